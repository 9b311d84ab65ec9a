from __future__ import annotations

import random
from dataclasses import replace

import pytest
import torch

from engine.formats.checkpoint import load_model
from engine.model.layout import Layout
from engine.model.lora import linear_of
from engine.model.transformer import Transformer
from engine.run import batch_generate
from engine.run.batch_generate import TOKENS, answer_all
from engine.run.evaluate import f1, know
from engine.run.objectives import answer_loss, keep, replay_loss, target_logprobs
from engine.run.packing import Example, batches, pack, taken
from engine.run.prefix import Prefix
from tests.tiny import CONFIGS, tiny_checkpoint


def model_of(architecture: str) -> Transformer:
    loading = load_model(tiny_checkpoint(architecture), "cpu", torch.float32)
    while True:
        try:
            next(loading)
        except StopIteration as finished:
            return finished.value


def examples(count: int = 9, longest: int = 40) -> list[Example]:
    luck = random.Random(count)
    made = []
    for number in range(count):
        ids = tuple(luck.randrange(4, 384) for _ in range(luck.randrange(3, longest)))
        made.append(Example(ids, luck.randrange(1, len(ids)), number))
    return made


def alone(model: Transformer, example: Example) -> torch.Tensor:
    logprobs = model(torch.tensor([example.ids])).log_softmax(-1)[0]
    places = torch.arange(example.start - 1, len(example.ids) - 1)
    return logprobs[places, torch.tensor(example.targets)]


@pytest.mark.parametrize("architecture", sorted(CONFIGS))
def test_packed_texts_are_read_as_each_alone(architecture: str) -> None:
    """Windows of 16 tokens included, in rows that hold several texts."""
    model = model_of(architecture)
    several = examples()
    packed = pack(several, 64)
    assert packed.ids.shape[0] > 1 and packed.ids.shape[0] < len(several)
    with torch.inference_mode():
        together = target_logprobs(model, packed)
        for number, example in enumerate(several):
            torch.testing.assert_close(together[packed.owner == number], alone(model, example), atol=2e-4, rtol=0)


def test_gradients_of_packed_texts_are_the_sum_of_each_alone() -> None:
    model = model_of("qwen3")
    weight = linear_of(model, "layers.0.mlp.up").weight.requires_grad_(True)
    several = examples(5)
    (together,) = torch.autograd.grad(answer_loss(model, pack(several, 48)), weight)
    each = [torch.autograd.grad(-alone(model, example).sum(), weight)[0] for example in several]
    torch.testing.assert_close(together, torch.stack(each).sum(0), atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize("architecture", sorted(CONFIGS))
def test_texts_that_begin_alike_are_read_as_each_alone(architecture: str) -> None:
    """The common beginning stands in a row once, longer than a window of 16 tokens and shorter."""
    model, luck = model_of(architecture), random.Random(8)
    for length in (5, 24):
        start = tuple(luck.randrange(4, 384) for _ in range(length))
        several = [replace(e, ids=(*start, *e.ids), start=length + e.start) for e in examples(6, 20)]
        several.insert(2, examples(1)[0])
        packed = pack(several, 96)
        assert packed.tokens < sum(len(e.ids) for e in several)
        with torch.inference_mode():
            together = target_logprobs(model, packed)
            for number, example in enumerate(several):
                torch.testing.assert_close(together[packed.owner == number], alone(model, example), atol=2e-4, rtol=0)
                assert tuple(packed.ids.flatten()[packed.spots[number]].tolist()) == example.ids


def test_gradients_through_a_common_beginning_are_the_sum_of_each_alone() -> None:
    model = model_of("qwen3")
    weight = linear_of(model, "layers.0.mlp.up").weight.requires_grad_(True)
    several = [replace(e, ids=(7, 8, 9, 10, *e.ids), start=4 + e.start) for e in examples(5)]
    (together,) = torch.autograd.grad(answer_loss(model, pack(several)), weight)
    each = [torch.autograd.grad(-alone(model, example).sum(), weight)[0] for example in several]
    torch.testing.assert_close(together, torch.stack(each).sum(0), atol=1e-3, rtol=1e-3)


@pytest.mark.parametrize(("rows", "tokens"), [(3, TOKENS), (48, 80)])
@pytest.mark.parametrize("architecture", sorted(CONFIGS))
def test_answers_of_many_rows_are_those_of_each_alone(
    architecture: str, rows: int, tokens: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch_generate, "TOKENS", tokens)
    model = model_of(architecture)
    luck = random.Random(3)
    prompts = [[luck.randrange(4, 384) for _ in range(n)] for n in (3, 30, 1, 17, 22)]
    longest, ends = [6, 9, 1, 12, 9], frozenset({5, 9})
    work = answer_all(model, prompts, longest, ends, rows)
    while True:
        try:
            next(work)
        except StopIteration as finished:
            found = finished.value
            break
    for prompt, most, answer in zip(prompts, longest, found, strict=True):
        slow: list[int] = []
        prefix = Prefix(model)
        logits = prefix.read(prompt)
        while len(slow) < most and int(logits.argmax()) not in ends:
            slow.append(int(logits.argmax()))
            logits = prefix.read(slow[-1:])
        assert answer == slow


def test_what_greedy_decoding_would_write_follows_from_one_pass() -> None:
    model = model_of("llama")
    (greedy,) = _written(model, [[7, 8, 9]], [6])
    right = Example((7, 8, 9, *greedy), 3)
    wrong = Example((7, 8, 9, *greedy[:-1], (greedy[-1] + 1) % 384), 3)
    exact, other = _known(model, [right, wrong])
    assert exact.exact and not other.exact and exact.probability > other.probability > 0
    assert exact.nats == pytest.approx(-float(alone(model, right).mean()), abs=1e-4)


def test_nothing_is_forgotten_by_a_model_that_did_not_change() -> None:
    model = model_of("llama")
    packed = pack(examples(4))
    kept = keep(model, packed, 16)
    with torch.inference_mode():
        assert abs(float(replay_loss(model, packed, kept))) < 1e-3
        model.embed.weight.data *= 1.3
        assert float(replay_loss(model, packed, kept)) > 0.1


def test_the_kept_likeliest_tokens_bound_the_whole_divergence() -> None:
    """Lumping what is not kept can only make the divergence smaller (data processing), and little so with many kept."""
    model, packed = model_of("llama"), pack(examples(4))
    few, all_of_them = keep(model, packed, 16), keep(model, packed, 383)
    with torch.inference_mode():
        model.norm.weight.data *= 0.7
        lumped, whole = float(replay_loss(model, packed, few)), float(replay_loss(model, packed, all_of_them))
    assert 0 < lumped <= whole + 1e-3


def test_batches_keep_the_order_and_the_limit() -> None:
    several = examples(20)
    groups = batches(several, 60)
    assert [e for group in groups for e in group] == several
    assert all(taken(group) <= 60 or len(group) == 1 for group in groups)


def test_a_text_without_anything_to_predict_is_refused() -> None:
    for ids, start in (((1, 2), 2), ((1, 2), 0), ((1,), 1)):
        with pytest.raises(ValueError, match="nothing to predict"):
            Example(ids, start)


def test_a_layout_shows_each_text_itself_only() -> None:
    layout = Layout.packed([[[0, 1], [0, 2]], [[0, 1, 2, 3]]])
    assert layout.positions.tolist() == [[0, 1, 1, 0], [0, 1, 2, 3]]
    assert layout.allowed[0].int().tolist() == [[1, 0, 0, 0], [1, 1, 0, 0], [1, 0, 1, 0], [0, 0, 0, 1]]
    assert layout.mask(2)[1, 0].int().tolist() == [[1, 0, 0, 0], [1, 1, 0, 0], [0, 1, 1, 0], [0, 0, 1, 1]]


def test_word_f1() -> None:
    assert f1("The door code is 4711.", "the DOOR code is 4711") == 1.0
    assert f1("yes", "no") == 0.0
    assert f1("a b c d", "a b") == pytest.approx(2 * 2 / 6)
    assert f1("a a b", "a b b") == pytest.approx(2 / 3)


def _written(model: Transformer, prompts: list[list[int]], longest: list[int]) -> list[list[int]]:
    work = answer_all(model, prompts, longest, frozenset())
    while True:
        try:
            next(work)
        except StopIteration as finished:
            return finished.value


def _known(model: Transformer, several: list[Example]):
    work = know(model, several)
    while True:
        try:
            next(work)
        except StopIteration as finished:
            return finished.value


def test_examples_longer_than_a_row_make_their_row_longer() -> None:
    long = replace(examples(1)[0], ids=tuple(range(4, 104)), start=50)
    assert pack([long], 32).ids.shape == (1, 100)


def test_what_is_known_stands_in_the_order_of_the_examples() -> None:
    """They are read sorted, since those that begin alike are neighbours then."""
    model, several = model_of("llama"), examples(9)
    apart = [_known(model, [one])[0] for one in several]
    for found, mine in zip(_known(model, several), apart, strict=True):
        assert found.nats == pytest.approx(mine.nats, abs=1e-4) and found.exact == mine.exact
    assert len({round(one.nats, 3) for one in apart}) > 5
