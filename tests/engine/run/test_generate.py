from __future__ import annotations

from dataclasses import replace
from typing import TypeVar

import pytest
import torch

from engine.errors import UserError
from engine.messages import Event, Piece, Progress, ReplyEnd, ReplyStarted, Result, Sampling, Tokens
from engine.run.generate import Order, Pace, generate
from engine.run.prefix import CHUNK, Prefix
from engine.text.fast import FastTokenizer
from engine.text.tokenizer import decode
from tests.fakes import byte_level_json, tiny_model

TOKENIZER = FastTokenizer(byte_level_json())
MODEL = tiny_model(TOKENIZER.vocab_size, context=600)
END = TOKENIZER.control_tokens()["<|im_end|>"]
PROMPT = TOKENIZER.encode("hello world, who are you?")
ORDER = Order(PROMPT, [], Sampling(temperature=0.0), seed=1, max_new_tokens=12, context=600)
E = TypeVar("E", bound=Event)


def run(order: Order, prefix: Prefix | None = None) -> list[Event]:
    return list(generate(1, order, prefix or Prefix(MODEL), TOKENIZER))


def only(events: list[Event], kind: type[E]) -> list[E]:
    return [event for event in events if isinstance(event, kind)]


def pieces(events: list[Event]) -> list[Piece]:
    return [piece for event in only(events, Tokens) for piece in event.pieces]


def ids(events: list[Event]) -> list[int]:
    return [piece.id for piece in pieces(events)]


def end(events: list[Event]) -> ReplyEnd:
    last = events[-1]
    assert isinstance(last, Result) and isinstance(last.value, ReplyEnd)
    return last.value


def logits_after(tokens: list[int]) -> torch.Tensor:
    """All at once, without a cache: the independent way."""
    with torch.no_grad():
        return MODEL(torch.tensor([tokens]))[0, -1]


def greedy(tokens: list[int], count: int) -> list[int]:
    written: list[int] = []
    for _ in range(count):
        written.append(int(logits_after(tokens + written).argmax()))
    return written


def test_a_reply_is_what_the_model_finds_likeliest_token_by_token() -> None:
    events = run(ORDER)
    assert ids(events) == greedy(PROMPT, 12)
    assert end(events).reason == "length"
    assert "".join(piece.text for piece in pieces(events)) == decode(TOKENIZER, ids(events)).rstrip("\ufffd")
    assert isinstance(events[-2], Tokens) and [type(e) for e in events].index(ReplyStarted) == 1


def test_receipts_hold_the_model_s_own_probabilities() -> None:
    events = run(replace(ORDER, sampling=Sampling(temperature=1.5), alternatives=5))
    seen = list(PROMPT)
    for piece in pieces(events):
        logprobs = logits_after(seen).log_softmax(-1)
        top = logprobs.topk(5)
        assert piece.logprob == pytest.approx(float(logprobs[piece.id]), abs=1e-4)
        assert piece.entropy == pytest.approx(float(-(logprobs.exp() * logprobs).sum()), abs=1e-4)
        assert [a.id for a in piece.alternatives] == top.indices.tolist()
        assert [a.logprob for a in piece.alternatives] == pytest.approx(top.values.tolist(), abs=1e-4)
        seen.append(piece.id)


def test_alternatives_are_spelled_so_that_each_can_be_told_apart() -> None:
    every = pieces(run(replace(ORDER, alternatives=TOKENIZER.vocab_size)))[0].alternatives
    texts = {a.id: a.text for a in every}
    assert len(texts) == TOKENIZER.vocab_size and all(texts.values())
    assert texts[END] == "<|im_end|>" and "\ufffd" not in "".join(texts.values())


def test_without_alternatives_probabilities_stay() -> None:
    with_them, without = pieces(run(ORDER)), pieces(run(replace(ORDER, alternatives=0)))
    assert [p.logprob for p in with_them] == [p.logprob for p in without]
    assert not any(p.alternatives for p in without)


def test_a_long_prompt_is_read_in_chunks_and_reads_the_same() -> None:
    long = (PROMPT * 40)[: CHUNK + 100]
    events = run(replace(ORDER, prompt=long, max_new_tokens=3))
    assert [(e.done, e.total) for e in only(events, Progress)] == [(CHUNK, len(long)), (len(long), len(long))]
    assert ids(events) == greedy(long, 3)


def test_the_common_beginning_is_read_once() -> None:
    prefix = Prefix(MODEL)
    first = run(ORDER, prefix)
    again = run(ORDER, prefix)
    assert ids(again) == ids(first)
    assert only(again, Progress)[-1].total == 1
    turn = [*PROMPT, *ids(first), END, *PROMPT]
    assert only(second := run(replace(ORDER, prompt=turn), prefix), Progress)[-1].total <= len(PROMPT) + 2
    assert ids(second) == greedy(turn, 12)
    branch = [*PROMPT, *PROMPT[::-1]]
    assert ids(run(replace(ORDER, prompt=branch), prefix)) == greedy(branch, 12)


def test_a_reply_that_is_stopped_halfway_leaves_the_model_usable() -> None:
    prefix = Prefix(MODEL)
    job = generate(1, ORDER, prefix, TOKENIZER)
    while not isinstance(next(job), Tokens):
        pass
    job.close()  # type: ignore[attr-defined]
    assert ids(run(ORDER, prefix)) == greedy(PROMPT, 12)


def test_a_reply_goes_on_from_the_tokens_it_has() -> None:
    whole = ids(run(ORDER))
    later = run(replace(ORDER, reply=whole[:5], max_new_tokens=7))
    assert ids(later) == whole[5:]
    assert only(later, ReplyStarted)[0].prompt_tokens == len(PROMPT)


def test_a_forced_token_comes_first_whatever_the_sampler_says() -> None:
    whole = ids(run(ORDER))
    other = (whole[2] + 1) % 200
    events = run(replace(ORDER, reply=whole[:2], forced=(other,), max_new_tokens=4))
    assert ids(events) == [other, *greedy([*PROMPT, *whole[:2], other], 3)]
    before = logits_after([*PROMPT, *whole[:2]]).log_softmax(-1)
    assert pieces(events)[0].logprob == pytest.approx(float(before[other]), abs=1e-4)


def test_several_forced_tokens_come_first() -> None:
    whole = ids(run(ORDER))
    others = ((whole[2] + 1) % 200, (whole[3] + 1) % 200)
    events = run(replace(ORDER, reply=whole[:2], forced=others, max_new_tokens=5))
    assert ids(events) == [*others, *greedy([*PROMPT, *whole[:2], *others], 3)]


@pytest.mark.parametrize("other", [PROMPT[::-1], PROMPT[:2], [*PROMPT, 5, 6, 7], list(range(5, 60))])
def test_a_reply_is_the_same_when_something_else_is_read_between_any_two_tokens(other: list[int]) -> None:
    prefix = Prefix(MODEL)
    order = replace(ORDER, prompt=(PROMPT * 40)[: CHUNK + 100])
    events: list[Event] = []
    for event in generate(1, order, prefix, TOKENIZER):
        events.append(event)
        if isinstance(event, Tokens) or len(events) == 1:  # once while the prompt is read: it is begun anew then
            prefix.reuse(other)
            prefix.read(other[len(prefix.ids) :])
    assert ids(events) == ids(run(order)) and only(events, Progress)[-1].done == len(order.prompt)


def test_half_a_character_is_completed_by_the_token_that_continues_it() -> None:
    wave = TOKENIZER.encode("👋")
    events = run(replace(ORDER, reply=wave[:3], forced=(wave[3],), max_new_tokens=1))
    assert [piece.text for piece in pieces(events)] == ["👋"]


def test_the_same_seed_writes_the_same_reply() -> None:
    warm = replace(ORDER, sampling=Sampling(temperature=1.0, top_k=0, top_p=1.0, min_p=0.0))
    assert ids(run(warm)) == ids(run(warm)) != ids(run(replace(warm, seed=2)))


def test_a_token_that_ends_the_turn_is_the_last_and_has_no_text() -> None:
    third = greedy(PROMPT, 3)
    events = run(replace(ORDER, ends=frozenset(third[2:]) - set(third[:2])))
    assert ids(events) == third and end(events).reason == "stop"
    assert pieces(events)[-1].text == ""


def test_a_stop_string_split_over_tokens_is_never_shown() -> None:
    whole = run(replace(ORDER, max_new_tokens=40))
    text = "".join(p.text for p in pieces(whole))
    stop = text[4:7]
    stopped = run(replace(ORDER, max_new_tokens=40, stop=(stop, "\0never")))
    assert "".join(p.text for p in pieces(stopped)) == text[: text.index(stop)]
    assert end(stopped).reason == "stop_string"


def test_what_only_looked_like_a_stop_string_is_shown_at_the_end() -> None:
    whole = run(ORDER)
    text = "".join(p.text for p in pieces(whole))
    assert "".join(p.text for p in pieces(run(replace(ORDER, stop=(text[-1] + "\0",))))) == text


def test_the_context_s_end_is_the_reply_s_end() -> None:
    events = run(replace(ORDER, context=len(PROMPT) + 3))
    assert len(ids(events)) == 3 and end(events).reason == "context"


@pytest.mark.parametrize(
    "change",
    [
        {"prompt": []},
        {"max_new_tokens": 0},
        {"context": len(PROMPT)},
        {"forced": (1, TOKENIZER.vocab_size)},
        {"forced": (-1,)},
        {"reply": [10**6]},
        {"alternatives": -1},
        {"sampling": Sampling(temperature=-1)},
    ],
)
def test_an_order_that_cannot_be_carried_out_is_refused_in_a_sentence(change: dict[str, object]) -> None:
    with pytest.raises(UserError) as caught:
        run(replace(ORDER, **change))  # type: ignore[arg-type]
    assert caught.value.message and caught.value.hint


def test_numbers_that_overflowed_are_named() -> None:
    broken = tiny_model(TOKENIZER.vocab_size)
    with torch.no_grad():
        broken.norm.weight.fill_(torch.nan)
    with pytest.raises(UserError, match="overflowed"):
        run(ORDER, Prefix(broken))


def test_pace_counts_its_own_work_only() -> None:
    times = iter([0.0, 2.0, 100.0, 101.0])
    pace = Pace(lambda: next(times))
    with pace.count(5):
        pass
    with pace.count(1):
        pass
    assert pace.per_second == 2.0
