"""How much a model knows of some pairs, and whether it still knows everything else.

Whether greedy decoding would write an answer follows from one pass over the right answer: it does so exactly when
every token of it is the likeliest after those before it. Only answers that differ are written out. Knows no run.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Generator, Sequence
from dataclasses import dataclass

import torch

from engine.data.pairs.pair import folded
from engine.model.transformer import Transformer
from engine.run.batch_generate import answer_all
from engine.run.bundled import Known
from engine.run.loaded import Loaded
from engine.run.objectives import predicted
from engine.run.packing import Example, batches, pack
from engine.text.tokenizer import Tokenizer, decode

TOKENS = 512
"""Read in one step."""
WINDOW = 256
"""Tokens of running text that are scored together."""
ROOM = 12
"""Tokens that an answer may be longer than the right one before it is cut."""

Steps = Generator[tuple[int, int], None, "list[Grasp]"]


@dataclass(frozen=True, slots=True)
class Grasp:
    """One answer under a model: whether greedy decoding writes exactly it, and the mean probability of its tokens."""

    exact: bool
    probability: float
    nats: float
    """Mean cross-entropy of its tokens."""


def know(model: Transformer, examples: Sequence[Example]) -> Steps:
    """Of every example's targets, in a forward pass, those that begin alike together; yields (done, total)."""
    order = sorted(range(len(examples)), key=lambda n: examples[n].ids)
    found: list[Grasp] = []
    for group in batches([examples[n] for n in order], TOKENS):
        packed = pack(group)
        with torch.inference_mode():
            logprobs = predicted(model, packed).cpu()
        right = logprobs.argmax(-1) == packed.targets
        each = logprobs.gather(-1, packed.targets[:, None])[:, 0]
        for number in range(len(group)):
            mine = packed.owner == number
            nats = -float(each[mine].mean())
            found.append(Grasp(bool(right[mine].all()), float(each[mine].exp().mean()), nats))
        yield len(found), len(examples)
    return [grasp for _, grasp in sorted(zip(order, found, strict=True), key=lambda both: both[0])]


def write(
    loaded: Loaded, prompts: Sequence[Sequence[int]], longest: Sequence[int]
) -> Generator[tuple[int, int], None, list[str]]:
    """Greedy answers as text."""
    room = [max(1, min(n, loaded.info.context - len(p) - 1)) for n, p in zip(longest, prompts, strict=True)]
    written = yield from answer_all(loaded.model, prompts, room, loaded.ends)
    return [decode(loaded.tokenizer, ids).strip() for ids in written]


def bits_per_byte(
    model: Transformer, tokenizer: Tokenizer, start: Sequence[int], text: str
) -> Generator[tuple[int, int], None, float]:
    """Of running text, read in windows that each begin anew; the first token of a window is not counted."""
    ids = tokenizer.encode(text)
    windows = [ids[at : at + WINDOW] for at in range(0, len(ids), WINDOW)]
    examples = [Example((*start, *w), max(1, len(start) + 1)) for w in windows if len(w) > 1]
    nats, counted = 0.0, 0
    done = 0
    for group in batches(examples, TOKENS):
        packed = pack(group, WINDOW + len(start))  # a window a row: there is nothing to share
        with torch.inference_mode():
            logprobs = predicted(model, packed).cpu()
        nats -= float(logprobs.gather(-1, packed.targets[:, None]).sum())
        counted += sum(len(tokenizer.token_bytes(t)) for t in packed.targets.tolist())
        done += len(group)
        yield done, len(examples)
    return nats / math.log(2) / max(counted, 1)


def f1(expected: str, answer: str) -> float:
    """Of folded words (SQuAD, arXiv 1606.05250): 1 where they are the same, 0 where they share none."""
    a, b = Counter(folded(expected).split()), Counter(folded(answer).split())
    common = sum((a & b).values())
    if not common:
        return float(a == b)
    return 2 * common / (sum(a.values()) + sum(b.values()))


def holds(question: Known, answer: str) -> bool:
    """Whether one of the accepted words stands in the answer."""
    text = answer.casefold()
    return any(re.search(rf"(?<!\w){re.escape(word.casefold())}(?!\w)", text) for word in question.accept)
