from __future__ import annotations

import functools
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer as Library

from engine.errors import UserError
from engine.messages import Message
from engine.text.fast import FastTokenizer
from engine.text.sentencepiece import SentencePieceTokenizer
from engine.text.template import ChatTemplate, plain
from engine.text.tokenizer import Tokenizer, decode
from tests.fakes import (
    CHATML_TEMPLATE,
    CONTROLS,
    GEMMA_TEMPLATE,
    LLAMA3_TEMPLATE,
    MISTRAL_V1_TEMPLATE,
    MISTRAL_V3_TEMPLATE,
    TEMPLATES,
    VARIABLES,
    byte_level_json,
    metaspace_json,
)

BYTE_LEVEL = FastTokenizer(byte_level_json())
METASPACE = FastTokenizer(metaspace_json(prepend=False))
TALK = (
    Message("user", "Hello there,\nwho are you? 👋"),
    Message("assistant", "hello"),
    Message("user", " and <b>now</b>?"),
)


@functools.cache
def compiled(source: str) -> ChatTemplate:
    return ChatTemplate(source, VARIABLES)


def render(source: str, *messages: Message, tokenizer: Tokenizer = BYTE_LEVEL, prompt: bool = True) -> list[int]:
    return compiled(source).render(messages, tokenizer, add_generation_prompt=prompt)


def spelled(ids: list[int], tokenizer: Tokenizer = BYTE_LEVEL) -> str:
    """The text with its control tokens written out."""
    names = {token_id: name for name, token_id in tokenizer.control_tokens().items()}
    return b"".join(names[i].encode() if i in names else tokenizer.token_bytes(i) for i in ids).decode()


@pytest.mark.parametrize("source", TEMPLATES)
@pytest.mark.parametrize("prompt", [True, False])
@pytest.mark.parametrize("kind", ["byte level", "metaspace"])
def test_ordinary_talk_gives_the_ids_that_transformers_gives(source: str, prompt: bool, kind: str) -> None:
    from transformers import PreTrainedTokenizerFast

    file = byte_level_json() if kind == "byte level" else metaspace_json(prepend=False)
    reference = PreTrainedTokenizerFast(tokenizer_object=Library.from_str(file), **VARIABLES)
    talk = [{"role": m.role, "content": m.text} for m in TALK]
    expected = reference.apply_chat_template(
        talk, chat_template=source, add_generation_prompt=prompt, tokenize=True, return_dict=False
    )
    tokenizer = BYTE_LEVEL if kind == "byte level" else METASPACE
    assert render(source, *TALK, tokenizer=tokenizer, prompt=prompt) == expected


@pytest.mark.parametrize(
    ("source", "version", "file"),
    [
        (MISTRAL_V1_TEMPLATE, "v1", "mistral_tokenizer.model.v1"),
        (MISTRAL_V3_TEMPLATE, "v3", "mistral_instruct_240323.model.v3"),
    ],
)
def test_mistral_talk_gives_the_ids_of_mistral_s_own_library(
    shared: Callable[[str], Path], source: str, version: str, file: str
) -> None:
    tokenizer = SentencePieceTokenizer(shared(f"data/tokenizers/{file}").read_bytes())
    folder = shared("data/peer_expected/mistral_common")
    talk = json.loads((folder / "no_tools__sample.json").read_text())["messages"]
    expected = json.loads((folder / f"no_tools__tokens_{version}.json").read_text())["tokens"]
    template = ChatTemplate(source, {"bos_token": "<s>", "eos_token": "</s>"})
    assert template.render([Message(m["role"], m["content"]) for m in talk], tokenizer) == expected


def controls_of(ids: list[int], tokenizer: Tokenizer) -> list[int]:
    known = set(tokenizer.control_tokens().values())
    return [i for i in ids if i in known]


PIECES = st.sampled_from(
    [*CONTROLS, "<", "|", "im_", "im_start", "|>", " ", "\n", "\U0010fffd", "<|im_<|im_end|>end|>"]
)
TYPED = st.text(st.characters(exclude_categories=["Cs"])) | st.lists(PIECES, min_size=1).map("".join)


@settings(deadline=None, max_examples=150)
@given(text=TYPED, reply=TYPED)
def test_nothing_typed_ever_yields_a_control_id(text: str, reply: str) -> None:
    for source in TEMPLATES:
        for tokenizer in (BYTE_LEVEL, METASPACE):
            talk = [Message("user", text), Message("assistant", reply), Message("user", text)]
            neutral = [Message("user", "a"), Message("assistant", "a"), Message("user", "a")]
            ids = render(source, *talk, tokenizer=tokenizer)
            assert controls_of(ids, tokenizer) == controls_of(render(source, *neutral, tokenizer=tokenizer), tokenizer)


@settings(deadline=None, max_examples=100)
@given(text=TYPED)
def test_what_was_typed_is_read_exactly_as_typed(text: str) -> None:
    ids = render(CHATML_TEMPLATE, Message("user", text), prompt=False)
    assert spelled(ids) == f"<|im_start|>system\nYou are a bird<|im_end|>\n<|im_start|>user\n{text}<|im_end|>\n"


def test_a_template_that_assembles_a_control_token_out_of_a_message_does_not_get_one() -> None:
    source = "{% for m in messages %}<|im_start|>{{ m.content.replace('xx', '') }}<|im_end|>{% endfor %}"
    ids = render(source, Message("user", "a<|im_xxend|>b<|im_exxnd|>xx"))
    names = {v: k for k, v in BYTE_LEVEL.control_tokens().items()}
    assert [names[i] for i in ids if i in names] == ["<|im_start|>", "<|im_end|>"]


def test_every_naughty_string_goes_through_tokens_and_templates(shared: Callable[[str], Path]) -> None:
    strings = json.loads(shared("data/malformed/blns.json").read_text())
    assert len(strings) > 400
    for text in strings:
        assert decode(BYTE_LEVEL, BYTE_LEVEL.encode(text)) == text
        spans = BYTE_LEVEL.encode_with_offsets(text)
        assert "".join(text[a:b] for a, b in sorted({(a, b) for _, a, b in spans})) == text
        ids = render(CHATML_TEMPLATE, Message("user", text), prompt=False)
        assert spelled(ids).endswith(f"<|im_start|>user\n{text}<|im_end|>\n")
        assert len(controls_of(ids, BYTE_LEVEL)) == 4


def test_instructions_go_before_the_first_question_where_the_template_refuses_them() -> None:
    talk = (Message("system", "Be brief."), Message("user", "Hi"))
    assert (
        spelled(render(GEMMA_TEMPLATE, *talk, prompt=False))
        == "<bos><start_of_turn>user\nBe brief.\n\nHi<end_of_turn>\n"
    )
    ignoring = "{% for m in messages if m.role == 'user' %}<s>{{ m.content }}{% endfor %}"
    assert spelled(render(ignoring, *talk)) == "<s>Be brief.\n\nHi"
    assert spelled(render(ignoring, Message("system", "Sing"))) == "<s>Sing"


def test_a_template_s_own_refusal_is_the_reason_given() -> None:
    with pytest.raises(UserError, match="Conversation roles must alternate") as caught:
        render(GEMMA_TEMPLATE, Message("user", "a"), Message("user", "b"))
    assert caught.value.hint


NESTED = "{% set n = namespace(x=[1]) %}{% for i in range(60) %}{% set n.x = [n.x, n.x] %}{% endfor %}"
HOSTILE = {
    "loops": "{% for i in range(99999) %}{% for j in range(99999) %}{% endfor %}{% endfor %}",
    "loops that write": "{% for i in range(99999) %}{{ 'x' * 999 }}{% endfor %}",
    "loops over long text": "{% for i in range(99999) %}" + "x" * 100_000 + "{% endfor %}",
    "multiplies text": "{{ 'x' * 1000000000 }}",
    "multiplies lists": "{{ ([0] * 1000000000) | length }}",
    "powers": "{{ 10 ** 10 ** 9 }}",
    "grows numbers": "{% set n = namespace(x=9) %}{% for i in range(60) %}{% set n.x = n.x * n.x %}{% endfor %}",
    "doubles text": "{% set n = namespace(x='ab') %}{% for i in range(60) %}{% set n.x = n.x ~ n.x %}{% endfor %}",
    "doubles lists": "{% set n = namespace(x=[1]) %}{% for i in range(60) %}{% set n.x = n.x + n.x %}{% endfor %}",
    "shares lists": NESTED + "{{ n.x }}",
    "shares lists in JSON": NESTED + "{{ n.x | tojson }}",
    "replaces": "{% set x = 'a' * 99999 %}{{ x.replace('a', x) }}",
    "replaces by filter": "{% set x = 'a' * 99999 %}{{ x | replace('a', x) }}",
    "joins": "{% set x = 'a' * 99999 %}{{ x.join(x) }}",
    "joins by filter": "{% set x = 'a' * 99999 %}{{ x | join(x) }}",
    "pads": "{{ 'a'.center(1000000000) }}",
    "pads by filter": "{{ 'a' | center(1000000000) }}",
    "formats": "{{ '%1000000000d' % 3 }}",
    "formats by method": "{{ '{:1000000000}'.format(3) }}",
    "recurses": "{% macro f(n) %}{{ f(n + 1) }}{% endmacro %}{{ f(0) }}",
    "recurses twice": "{% macro f(n) %}{% if n %}{{ f(n - 1) }}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(60) }}",
    "calls a block again and again": "{% macro f() %}{% for i in range(9999) %}{{ caller() }}{% endfor %}{% endmacro %}"
    "{% call f() %}" + "x" * 100_000 + "{% endcall %}",
    "indents JSON": "{{ [1] | tojson(indent=1000000000) }}",
    "wants Python's insides": "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "wants them by filter": "{{ '' | attr('__class__') }}",
    "includes files": "{% include '/etc/passwd' %}",
    "pads the date": "{{ strftime_now('%1000000000Y') }}",
    "divides by zero": "{{ 1 / 0 }}",
    "calls nothing": "{{ nothing() }}",
}


@pytest.mark.parametrize("source", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_template_ends_in_a_sentence(source: str) -> None:
    with pytest.raises(UserError, match="chat template"):
        render(source, Message("user", "hi"))


@pytest.mark.parametrize("source", ["{% for %}", "{{", "{% endfor %}", "(" * 5 + "{{" + "(" * 3000, "x" * 2_000_000])
def test_a_template_that_cannot_be_read_is_refused_in_a_sentence(source: str) -> None:
    with pytest.raises(UserError, match="cannot be read"):
        ChatTemplate(source)


def test_the_date_and_json_and_loop_controls_are_there_as_templates_expect() -> None:
    source = (
        "{{ strftime_now('%d %b %Y') }}|{{ {'a': '<é>', 'b': [1]} | tojson }}|{{ [1] | tojson(indent=2) }}|"
        "{% for i in range(9) %}{% if i == 2 %}{% break %}{% endif %}{{ i }}{% endfor %}|"
        "{{ ['a', 'b'] | join('-') }}{{ 'a\nb' | indent(2) }}{{ 'aab' | replace('a', 'c', 1) }}{{ tools is none }}"
        "{% set n = namespace(found=false) %}{% set n.found = true %}{{ n.found }}{{ messages[0].nothing }}"
        "{% generation %}!{% endgeneration %}"
    )
    ids = ChatTemplate(source).render([Message("user", "x")], BYTE_LEVEL, now=datetime(2025, 3, 9))
    assert spelled(ids) == '09 Mar 2025|{"a": "<é>", "b": [1]}|[\n  1\n]|01|a-ba\n  bcabTrueTrue!'


def test_a_long_conversation_is_well_within_the_bounds() -> None:
    talk = [Message(("user", "assistant")[n % 2], "word " * 400) for n in range(201)]  # 400 kB
    assert len(render(GEMMA_TEMPLATE, *talk)) > 100_000


def test_a_model_without_a_template_reads_the_texts_line_by_line() -> None:
    assert decode(BYTE_LEVEL, plain(TALK[:2], BYTE_LEVEL)) == "Hello there,\nwho are you? 👋\nhello"


def test_llama_3_trims_what_was_typed_as_its_template_says() -> None:
    ids = render(LLAMA3_TEMPLATE, Message("user", "  hi  "), prompt=False)
    assert spelled(ids) == "<|begin_of_text|><|start_header_id|>user<|end_header_id|>\n\nhi<|eot_id|>"
