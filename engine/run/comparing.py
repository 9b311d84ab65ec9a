"""Two models on the same texts: how likely each finds every token, or every word where they cut texts differently.

Knows how texts are read and matched; how models come and go is `stages`.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Generator, Sequence
from dataclasses import dataclass

from engine.errors import UserError
from engine.messages import ComparedText, ComparedToken, CompareModels, Comparison, Event, JobId, Message, TextToCompare
from engine.run.batch_score import score_all
from engine.run.loaded import Loaded
from engine.run.packing import WIDTH, Example
from engine.run.prefix import Prefix
from engine.run.progress import progress
from engine.run.score import part_of, score
from engine.run.stages import Stages, worn
from engine.text.tokenizer import Span, Tokenizer, encodable

Numbers = list[float | None]


@dataclass(frozen=True, slots=True)
class Cut:
    """A text as one model reads it: the ids before it, and its tokens with the characters that they stand for."""

    before: tuple[int, ...]
    spans: tuple[Span, ...]

    @property
    def ids(self) -> tuple[int, ...]:
        return (*self.before, *(token_id for token_id, _, _ in self.spans))


@dataclass(frozen=True, slots=True)
class Reading:
    """All texts under one model; `numbers` has a log-probability (nats) for each token of each cut."""

    title: str
    cuts: tuple[Cut, ...]
    numbers: tuple[Numbers, ...]


def compare(job: JobId, stages: Stages, command: CompareModels) -> Generator[Event, None, Comparison]:
    """UserError where both are the same, one is missing, or a text is empty."""
    if command.first == command.second:
        raise UserError("Both models are the same, so there is nothing to compare", "Choose another second one.")
    if not command.texts or not all(one.text.strip() for one in command.texts):
        raise UserError("There is nothing to compare: a text is empty", "Write something first.")
    stages.require([command.first, command.second])
    first = yield from _read(job, stages, command.first, command.texts)
    second = yield from _read(job, stages, command.second, command.texts)
    by_word = any(a.spans != b.spans for a, b in zip(first.cuts, second.cuts, strict=True))
    texts = tuple(_compared(one, n, first, second, by_word) for n, one in enumerate(command.texts))
    return Comparison(first.title, second.title, by_word, texts)


def _read(job: JobId, stages: Stages, name: str, texts: Sequence[TextToCompare]) -> Generator[Event, None, Reading]:
    """Keeps nothing of the model, so that it can make room for the next."""
    stage = yield from stages.bring(job, name)
    cuts = tuple(cut(stage, one) for one in texts)
    numbers = yield from progress(job, worn(stage, logprobs(stage, cuts)), f"Reading with {stage.info.title}")
    return Reading(stage.info.title, cuts, numbers)


def cut(loaded: Loaded, one: TextToCompare) -> Cut:
    before = loaded.ids([Message("user", one.prompt)]) if one.prompt else loaded.start
    return Cut(tuple(before), tuple(_spans(loaded.tokenizer, encodable(one.text), start=not one.prompt)))


def _spans(tokenizer: Tokenizer, text: str, *, start: bool) -> list[Span]:
    """As `encode_with_offsets`, also where a text goes on after others. UserError where tokens do not spell it then."""
    if start or not tokenizer.dummy_prefix:
        return tokenizer.encode_with_offsets(text)
    ids = tokenizer.encode(text, start=False)
    spelled = [tokenizer.token_bytes(token_id) for token_id in ids]
    if b"".join(spelled) != text.encode():
        raise UserError(
            f"The tokens of “{text[:40]}” do not give it back, so they cannot be compared after a question",
            "Take unusual characters out, or compare it without a question.",
        )
    owner = [n for n, character in enumerate(text) for _ in character.encode()] + [len(text)]
    spans: list[Span] = []
    at = 0
    for token_id, data in zip(ids, spelled, strict=True):
        after = at + len(data)
        spans.append((token_id, owner[at], owner[after - 1] + 1 if data else owner[at]))
        at = after
    return spans


def logprobs(loaded: Loaded, cuts: Sequence[Cut]) -> Generator[tuple[int, int], None, tuple[Numbers, ...]]:
    """Of every token of every text: short texts side by side, long ones in windows. Yields (done, total) in tokens."""
    found: list[Numbers] = [[None] * len(one.spans) for one in cuts]
    short = [n for n, one in enumerate(cuts) if len(one.ids) <= min(WIDTH, loaded.info.context)]
    asked = [n for n in short if len(cuts[n].ids) > max(len(cuts[n].before), 1)]
    examples = [Example(cuts[n].ids, max(len(cuts[n].before), 1)) for n in asked]
    long = [n for n in range(len(cuts)) if n not in {*short}]
    total = sum(len(cuts[n].ids) for n in (*asked, *long))
    together = yield from part_of(score_all(loaded.model, examples), 0, total)
    for n, numbers in zip(asked, together, strict=True):
        known = numbers.tolist()
        found[n][len(found[n]) - len(known) :] = known
    done, prefix = sum(len(example.ids) for example in examples), Prefix(loaded.model)
    for n in long:
        head = len(cuts[n].before)
        work = score(cuts[n].ids, prefix, loaded.tokenizer, loaded.info.context, head)
        scored = yield from part_of(work, done, total)
        found[n] = [token.logprob for token in scored.tokens[head:]]
        done += len(cuts[n].ids)
    return tuple(found)


def _compared(one: TextToCompare, n: int, first: Reading, second: Reading, by_word: bool) -> ComparedText:
    a, b = first.cuts[n].spans, second.cuts[n].spans
    begins = parts(one.text, a, b, by_word)
    sums = zip(_summed(begins, a, first.numbers[n]), _summed(begins, b, second.numbers[n]), strict=True)
    ends = [*begins[1:], len(one.text)]
    tokens = tuple(ComparedToken(one.text[at:to], x, y) for at, to, (x, y) in zip(begins, ends, sums, strict=True))
    both = [(t.first, t.second) for t in tokens if t.first is not None and t.second is not None]
    return ComparedText(one.group, one.title, tokens, sum(x for x, _ in both), sum(y for _, y in both))


def parts(text: str, first: Sequence[Span], second: Sequence[Span], by_word: bool) -> list[int]:
    """Where what is compared begins: at characters where a token begins in both, and with `by_word` a word does too.

    A word may begin anywhere in the white space before it: vocabularies differ in which word a space belongs to.
    """
    both = {at for _, at, _ in first} & {at for _, at, _ in second} - {len(text)}
    if not by_word:
        return sorted({0, *both})
    gaps = (range(gap.start(), gap.end() + 1) for gap in re.finditer(r"\s+", text.rstrip()))
    found = (next((at for at in gap if at in both), None) for gap in gaps)
    return sorted({0, *(at for at in found if at is not None)})


def _summed(begins: Sequence[int], spans: Sequence[Span], numbers: Numbers) -> Numbers:
    """For each part the sum over its tokens; None where one of them has none."""
    sums: Numbers = [0.0] * len(begins)
    for (_, at, _), number in zip(spans, numbers, strict=True):
        part = bisect_right(begins, at) - 1
        before = sums[part]
        sums[part] = None if before is None or number is None else before + number
    return sums
