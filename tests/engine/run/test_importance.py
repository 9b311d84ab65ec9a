"""What a message does for the reply equals reading the conversation with and without it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine.errors import UserError
from engine.messages import Importance, Message, WeighMessages
from engine.paths import Paths
from engine.run.loaded import Loaded
from engine.run.session import Session
from engine.text.template import ChatTemplate
from tests.engine.run.staged import answer, events_of, load, staged

TALK = (
    Message("system", "Be brief."),
    Message("user", "My cat is called Lily."),
    Message("assistant", "That is a nice name."),
    Message("user", "What is she called?"),
)
REPLY = "She is called Lily 👋."
ALTERNATING = (
    "{% for m in messages %}{% if (m['role'] == 'user') != (loop.index0 % 2 == 0) %}{{ raise_exception('Turns must "
    "alternate') }}{% endif %}{{ '<|im_start|>' + m['role'] + '\n' + m['content'] + '<|im_end|>' }}{% endfor %}"
    "{{ '<|im_start|>assistant\n' }}"
)


@pytest.fixture
def session(paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    yield from staged(paths, tmp_path, monkeypatch)


def slow(loaded: Loaded, messages: Sequence[Message], reply: str = REPLY) -> float:
    before = loaded.ids(messages)
    ids = [*before, *loaded.tokenizer.encode(reply, start=False)]
    with torch.inference_mode():
        logprobs = loaded.model(torch.tensor([ids]))[0].log_softmax(-1)
    return sum(float(logprobs[n - 1, ids[n]]) for n in range(len(before), len(ids)))


@pytest.mark.parametrize("name", ["mine", "qwen", "bytes"])
def test_each_message_is_left_out_once(session: Session, name: str) -> None:
    load(session, name)
    loaded = session.require()
    found = answer(session, WeighMessages(2, TALK, REPLY), tuple)
    assert [one.index for one in found] == [0, 1, 2, 3] and all(isinstance(one, Importance) for one in found)
    whole = slow(loaded, TALK)
    for one in found:
        without = slow(loaded, TALK[: one.index] + TALK[one.index + 1 :])
        assert one.nats == pytest.approx(whole - without, abs=2e-3)
        assert one.tokens == len(loaded.tokenizer.encode(TALK[one.index].text, start=False))


def test_a_single_question_counts_too(session: Session) -> None:
    (one,) = answer(session, WeighMessages(2, TALK[1:2], REPLY), tuple)
    loaded = session.require()
    assert one.nats == pytest.approx(slow(loaded, TALK[1:2]) - slow(loaded, ()), abs=2e-3)


def test_messages_outside_the_window_have_no_number(session: Session) -> None:
    long = (TALK[0], Message("user", "word " * 40), Message("assistant", "Yes. " * 20), *TALK[1:])
    found = answer(session, WeighMessages(2, long, REPLY), tuple)
    assert [one.nats is None for one in found] == [False, True, True, False, False, False]
    assert found[1].tokens > 40
    kept = answer(session, WeighMessages(2, TALK, REPLY), tuple)
    assert [one.nats for one in found if one.nats is not None] == pytest.approx([one.nats for one in kept], abs=1e-3)


def test_a_template_that_wants_turns_to_alternate_gets_an_empty_one(session: Session) -> None:
    loaded = session.require()
    session.loaded = replace(loaded, template=ChatTemplate(ALTERNATING))
    found = answer(session, WeighMessages(2, TALK[1:], REPLY), tuple)
    loaded = session.require()
    whole = slow(loaded, TALK[1:])
    for one, n in zip(found, (1, 2, 3), strict=True):
        emptied = [replace(message, text="") if message is TALK[n] else message for message in TALK[1:]]
        leaving = [message for message in TALK[1:] if message is not TALK[n]]
        left = emptied if n < 3 else leaving  # without the last question the turns still alternate
        assert one.nats == pytest.approx(whole - slow(loaded, left), abs=2e-3)


def test_what_cannot_be_measured_is_said(session: Session) -> None:
    for messages, reply, message in (
        (TALK, "", "no reply"),
        ((), REPLY, "no reply"),
        (TALK, "word " * 300, "The reply is"),
        ((Message("user", "word " * 300),), REPLY, "The message is"),
    ):
        with pytest.raises(UserError, match=message):
            events_of(session, WeighMessages(2, messages, reply))
