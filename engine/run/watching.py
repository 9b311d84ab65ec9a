"""Watch it learn: how a model goes on from a few beginnings, drawn with the same luck every time. Knows no training."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass

from engine.messages import Sampling, WatchedPrompt
from engine.model.transformer import Transformer
from engine.run.prefix import Prefix
from engine.run.sampling import make_sampler
from engine.text.tokenizer import Tokenizer, decode

LENGTH = 40
"""Tokens that are written to each beginning."""
WORDS = 8
"""Next tokens that are kept with their chances."""
SAMPLING = Sampling(temperature=0.7, top_k=40, top_p=0.95, min_p=0.05)
LEADING = (1, 2, 3, 5, 7)


@dataclass(frozen=True, slots=True)
class Watch:
    """Beginnings and a seed, for one vocabulary."""

    tokenizer: Tokenizer
    start: Sequence[int]
    ends: frozenset[int]
    seed: int

    def all(
        self, model: Transformer, step: int, prompts: Sequence[str]
    ) -> Generator[tuple[int, int], None, tuple[WatchedPrompt, ...]]:
        """What the model makes of each prompt now; yields (done, total), a token a step."""
        found: list[WatchedPrompt] = []
        for number, prompt in enumerate(prompts):
            writing = self._one(model, step, prompt)
            while True:
                try:
                    next(writing)
                except StopIteration as finished:
                    found.append(finished.value)
                    break
                yield number, len(prompts)
        return tuple(found)

    def _one(self, model: Transformer, step: int, prompt: str) -> Generator[None, None, WatchedPrompt]:
        ids = [*self.start, *self.tokenizer.encode(prompt)]
        prefix, sampler = Prefix(model), make_sampler(SAMPLING, self.seed)
        logits = prefix.read(ids)
        logprobs = logits.log_softmax(-1)
        likeliest = logprobs.topk(min(WORDS, len(logprobs)))
        entropy = -float((logprobs.exp() * logprobs).sum())
        chances = zip(likeliest.indices.tolist(), likeliest.values.exp().tolist(), strict=True)
        words = tuple((self._shown(token), chance) for token, chance in chances)
        written: list[int] = []
        while len(written) < min(LENGTH, model.config.context - len(ids)):
            token = sampler.pick(logits, (), 0)
            if token in self.ends:
                break
            written.append(token)
            yield
            logits = prefix.read([token])
        return WatchedPrompt(step, prompt, decode(self.tokenizer, written), words, entropy)

    def _shown(self, token: int) -> str:
        return decode(self.tokenizer, [token]) or self.tokenizer.piece(token)


def watched_steps(steps: int) -> int:
    """How many of the first steps are watched, that before the first one included."""
    return 1 + sum(lead * 10**zeros <= steps for zeros in range(len(str(steps))) for lead in LEADING)


def is_watched(step: int) -> bool:
    """Steps that are spread by their logarithm: 0, 1, 2, 3, 5, 7, 10, 20, 30, 50, …"""
    while step >= 10 and step % 10 == 0:
        step //= 10
    return step == 0 or step in LEADING
