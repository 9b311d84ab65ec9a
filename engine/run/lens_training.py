"""A lens is trained: one affine map a layer, so that each layer says what the output will say (arXiv 2303.08112).

A map begins as the identity. One look at the text gives the map that comes closest to the last stream (ridge regression
towards the identity, in closed form); steps of AdamW then make the divergence itself small. In those, the vocabulary is
the likeliest tokens and a sample of the others that stands for all of them, since the head of 49,152 words would take
ten times as long. Measured on text that was held out, over the whole vocabulary. Figures in docs/decisions/011.
Knows a model and the bundled text, no file and no command.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import Parameter

from engine.model.linear import linear
from engine.model.transformer import Transformer
from engine.run.bundled import general_chat, general_text
from engine.run.lens import Maps, at_once, lens_logits
from engine.run.optim import AdamW, clip, rate
from engine.run.streams import read_on
from engine.text.tokenizer import Tokenizer

WINDOW = 128
"""Tokens that are read together."""
SWEEPS, PEAK, LARGEST_NORM = 36, 1e-3, 1.0
RIDGE = 1e-2
"""Added to the square of every direction, as a share of it."""
LIKELIEST, SAMPLED = 48, 2048
"""Of every token's distribution, and of the rest of the vocabulary."""
EVERY, HELD_OUT = 5, 2
"""Every fifth paragraph is held out; windows of these that are measured on."""


@dataclass(frozen=True, slots=True)
class Trained:
    """The maps, and KL(output ‖ lens) on text that was held out, in nats, for every row but the last."""

    maps: Maps
    divergence: tuple[float, ...]
    plain: tuple[float, ...]
    """That of the lens without maps."""


def train_lens(
    model: Transformer, tokenizer: Tokenizer, start: Sequence[int]
) -> Generator[tuple[int, int], None, Trained]:
    """Yields (done, total): about a minute on two cores for 135 million parameters."""
    seen, held = windows(tokenizer, start)
    layers = model.config.layers
    parts = -(-WINDOW // at_once(model))
    total = 2 * (len(seen) - 1) + layers + (SWEEPS + 1) * (layers + 1) + len(held) * (2 * layers + 1) * parts
    work = _trained(model, seen, held)
    done = 0
    while True:
        try:
            next(work)
        except StopIteration as finished:
            return finished.value
        done += 1
        yield min(done, total), total


def windows(tokenizer: Tokenizer, start: Sequence[int]) -> tuple[list[list[int]], list[list[int]]]:
    """Ids of the bundled texts to learn from and to measure on, each read by itself."""
    paragraphs = [part for part in general_text().split("\n\n") if part.strip()]
    held = [part for n, part in enumerate(paragraphs) if n % EVERY == EVERY - 1]
    rest = [part for n, part in enumerate(paragraphs) if n % EVERY != EVERY - 1]
    rest += [f"{question}\n{answer}" for question, answer in general_chat()]
    return _cut(tokenizer, start, rest), _cut(tokenizer, start, held)[:HELD_OUT]


def _cut(tokenizer: Tokenizer, start: Sequence[int], texts: Sequence[str]) -> list[list[int]]:
    ids = tokenizer.encode("\n\n".join(texts))
    length = WINDOW - len(start)
    return [[*start, *ids[at : at + length]] for at in range(0, max(1, len(ids) - length + 1), length)]


def _trained(
    model: Transformer, seen: Sequence[Sequence[int]], held: Sequence[Sequence[int]]
) -> Generator[None, None, Trained]:
    *seen, judged = seen
    learner = Learner(model, (yield from fitted(model, seen)))
    for sweep in range(SWEEPS):
        yield from learner.sweep(seen[sweep % len(seen)], rate(sweep, SWEEPS, PEAK))
    yield from learner.judge(judged)
    divergence, plain = yield from measured(model, held, learner.maps)
    return Trained(learner.maps, divergence, plain)


def fitted(model: Transformer, seen: Sequence[Sequence[int]]) -> Generator[None, None, Maps]:
    """The maps that bring each layer's stream closest to the last one (least squares, held to the identity)."""
    layers, size = model.config.layers, model.config.hidden_size
    squares = torch.zeros(layers, size + 1, size + 1, device=model.device)
    wanted = torch.zeros(layers, size + 1, size, device=model.device)
    for ids in seen:
        streams = read_on(model, ids)
        yield
        streams = streams[:, 1:]  # the first token's stream is like no other and many times as long
        ones = streams.new_ones(layers, streams.shape[1], 1)
        known = torch.cat((streams[:-1], ones), -1)
        squares.baddbmm_(known.transpose(1, 2), known)
        wanted.baddbmm_(known.transpose(1, 2), streams[-1] - streams[:-1])
        yield
    turn, shift = torch.zeros(layers, size, size), torch.zeros(layers, size)
    for layer in range(layers):
        found = _solved(squares[layer], wanted[layer])
        turn[layer], shift[layer] = found[:size].T, found[size]
        yield
    return Maps(turn.to(model.device), shift.to(model.device))


def _solved(squares: Tensor, wanted: Tensor) -> Tensor:
    """Ridge regression where every direction counts as if it were equally long: in Gemma one reaches 100,000."""
    squares, wanted = squares.double(), wanted.double()
    length = squares.diagonal().sqrt().clamp(min=1e-12)[:, None]
    held = RIDGE * torch.eye(len(squares), dtype=squares.dtype, device=squares.device)
    return (torch.linalg.solve(squares / length / length.T + held, wanted / length) / length).float()


class Learner:
    """Maps that are made better a window at a time, each layer by itself."""

    def __init__(self, model: Transformer, maps: Maps) -> None:
        self._model = model
        self._first = maps
        self.maps = Maps(maps.turn.clone(), maps.shift.clone())
        """As they are now: the parameters are views of these."""
        layers = zip(self.maps.turn, self.maps.shift, strict=True)
        self._parameters = [[Parameter(turn), Parameter(shift)] for turn, shift in layers]
        self._optimizers = [AdamW(both) for both in self._parameters]
        self._generator = torch.Generator().manual_seed(0)

    def sweep(self, ids: Sequence[int], learning_rate: float) -> Generator[None, None, None]:
        """One step of every layer on one window."""
        streams = read_on(self._model, ids)
        output = self._output(streams[-1])
        yield
        for layer, both in enumerate(self._parameters):
            with torch.inference_mode(False), torch.enable_grad():
                self._loss(streams[layer], both, output).backward()
            clip(both, LARGEST_NORM)
            self._optimizers[layer].step(learning_rate)
            yield

    def judge(self, ids: Sequence[int]) -> Generator[None, None, None]:
        """Put back the first map of every layer that has not come closer on a window that nothing was learned from."""
        streams = read_on(self._model, ids)
        output = self._output(streams[-1])
        yield
        for layer, both in enumerate(self._parameters):
            first = [self._first.turn[layer], self._first.shift[layer]]
            with torch.no_grad():
                if self._loss(streams[layer], both, output) >= self._loss(streams[layer], first, output):
                    for now, before in zip(both, first, strict=True):
                        now.copy_(before)
            yield

    def _output(self, last: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Words that stand for the vocabulary, what each weighs, and the log-probabilities of the model's output."""
        words, weight = self.some(last)
        return words, weight, self.logits(last, words, weight).log_softmax(-1).detach()

    def _loss(self, stream: Tensor, both: Sequence[Tensor], output: tuple[Tensor, Tensor, Tensor]) -> Tensor:
        words, weight, wanted = output
        said = self.logits(stream + linear(stream, both[0], both[1]), words, weight).log_softmax(-1)
        return torch.nn.functional.kl_div(said, wanted, log_target=True, reduction="batchmean")

    @torch.no_grad()
    def some(self, last: Tensor) -> tuple[Tensor, Tensor]:
        """Words that stand for the vocabulary, int64 [words], and the logarithm of how many each stands for."""
        model = self._model
        vocabulary = model.config.vocab_size
        likeliest = torch.cat([
            model.logits(model.norm(part)).topk(min(LIKELIEST, vocabulary)).indices.flatten()
            for part in last.split(at_once(model))
        ]).unique()  # fmt: skip
        others = torch.ones(vocabulary, dtype=torch.bool)
        others[likeliest.cpu()] = False
        rest = others.nonzero()[:, 0]
        sample = rest[torch.randperm(len(rest), generator=self._generator)[:SAMPLED]]
        each = math.log(len(rest) / max(1, len(sample))) if len(rest) else 0.0
        weight = torch.cat((torch.zeros(len(likeliest)), torch.full((len(sample),), each)))
        return torch.cat((likeliest, sample.to(model.device))), weight.to(model.device)

    def logits(self, stream: Tensor, words: Tensor, weight: Tensor) -> Tensor:
        """Float32 [T, words] of a stream [T, hidden], so that each word weighs what it stands for."""
        model = self._model
        head = (model.embed if model.head is None else model.head).weight.detach()[words]
        return linear(model.norm(stream).to(head.dtype), head).float() + weight


def measured(
    model: Transformer, held: Sequence[Sequence[int]], maps: Maps
) -> Generator[None, None, tuple[tuple[float, ...], tuple[float, ...]]]:
    """KL(output ‖ lens) in nats over the whole vocabulary, the mean over all tokens: with the maps and without."""
    layers = model.config.layers
    sums, tokens = torch.zeros(2, layers, dtype=torch.float64), 0
    for ids in held:
        streams = read_on(model, ids)
        for part in streams.split(at_once(model), 1):
            with torch.no_grad():
                output = lens_logits(model, part[-1], layers, None).log_softmax(-1)
            yield
            tokens += len(output)
            for row in range(layers):
                for which, lens in enumerate((maps, None)):
                    with torch.no_grad():
                        said = lens_logits(model, part[row], row, lens).log_softmax(-1)
                        sums[which, row] += (output.exp() * (output - said)).sum().double().cpu()
                    yield
    with_maps, without = (sums / max(1, tokens)).tolist()
    return tuple(with_maps), tuple(without)
