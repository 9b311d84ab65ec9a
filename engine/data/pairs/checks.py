"""What may be wrong with pairs before they are taught, each with its row and a remedy; and the repairs that are safe.

Knows pairs only: neither the file they came from nor the model that will learn them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Generator, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from engine.data.pairs.alike import asked, grouped, links
from engine.data.pairs.collecting import clean
from engine.data.pairs.html_text import has_html, plain_text
from engine.data.pairs.pair import Pair, folded
from engine.data.pairs.private import find_private

Kind = Literal["empty", "duplicate", "contradiction", "too_long", "leak", "private", "html", "no_end"]
Fix = Literal["", "remove", "strip_html", "trim"]
_ENDS = frozenset(".!?…。！？।؟)]}\"'”’»“*_`>|;:")
_LISTED = re.compile(r"\s*(?:[-*•|>]|\d+[.)])\s")
_LONG = 80
"""Characters from which an answer is expected to end like a sentence."""
_SHOWN_ROWS = 5


@dataclass(frozen=True, slots=True)
class Problem:
    """Something to look at before teaching. `fix` names a repair that is safe; "" where a person must decide."""

    index: int
    row: int
    kind: Kind
    message: str
    remedy: str
    others: tuple[int, ...] = ()
    """Positions of the other pairs it is about; for a leak, positions among the held-out pairs."""
    fix: Fix = ""


def check(
    pairs: Sequence[Pair],
    *,
    tokens: Callable[[Pair], int] | None = None,
    context: int = 0,
    held_out: Sequence[Pair] = (),
) -> Generator[tuple[int, int], None, list[Problem]]:
    """All problems in the order of the pairs, step by step: (done, total) each.

    `tokens` counts what a pair takes of the model's `context`.
    """
    problems: list[Problem] = []
    total = 2 * len(pairs) + len(held_out)
    ended = _mostly_ended(pairs)
    questions: list[str] = []
    for i, pair in enumerate(pairs):
        questions.append(asked(pair))
        problems += _alone(i, pair, ended)
        if tokens and context and (count := tokens(pair)) > context:
            problems.append(_too_long(i, pair, count, context))
        if i % 100 == 0 or tokens:
            yield i, total
    linked = yield from _shifted(links(questions), len(pairs), total)
    for step, group in enumerate(grouped(len(pairs), linked)):
        if len(group) > 1:
            problems += _together(pairs, group)
        if step % 1000 == 0:
            yield total, total
    if held_out:
        both = [asked(pair, with_system=False) for pair in (*pairs, *held_out)]
        linked = yield from _shifted(links(both), len(pairs), total)
        problems += _leaks(pairs, held_out, grouped(len(both), linked))
    return sorted(problems, key=lambda problem: problem.index)


def _shifted(
    steps: Generator[tuple[int, int], None, list[tuple[int, int]]], by: int, total: int
) -> Generator[tuple[int, int], None, list[tuple[int, int]]]:
    while True:
        try:
            done, _ = next(steps)
        except StopIteration as finished:
            return finished.value
        yield min(by + done, total), total


# ---- one pair by itself ---------------------------------------------------------
def _alone(i: int, pair: Pair, ended: bool) -> Iterable[Problem]:
    row = _row(i, pair)
    sides = {"question": pair.question, "answer": pair.answer}
    empty = [name for name, text in sides.items() if not text.strip()]
    if empty:
        message = f"Row {row}: the {' and the '.join(empty)} {'is' if len(empty) == 1 else 'are'} empty."
        yield Problem(i, row, "empty", message, "Fill it in, or remove the row.", fix="remove")
        return
    if any(clean(text) != text for text in sides.values()):
        message = f"Row {row}: there is empty space around the text."
        yield Problem(i, row, "empty", message, "Have the space removed.", fix="trim")
    html = [name for name, text in sides.items() if has_html(text)]
    if html:
        message = f"Row {row}: there is HTML left in the {' and the '.join(html)}."
        yield Problem(i, row, "html", message, "Have it turned into plain text.", fix="strip_html")
    private = find_private(pair.question) + find_private(pair.answer)
    if private:
        names = list(dict.fromkeys(name for name, _ in private))
        shown = ", ".join(dict.fromkeys(_masked(text) for _, text in private))
        message = f"Row {row} holds {' and '.join(names)}: {shown}."
        yield Problem(i, row, "private", message, "Take it out if nobody who talks to the model may see it.")
    if ended and _breaks_off(pair.answer):
        message = f"Row {row}: the answer seems to break off: “…{' '.join(pair.answer[-30:].split())}”."
        yield Problem(i, row, "no_end", message, "Write its end, or shorten it to a whole sentence.")


def _row(i: int, pair: Pair) -> int:
    return pair.row or i + 1


def _masked(text: str) -> str:
    """Enough to find it, not enough to use it."""
    text = " ".join(text.split())
    return f"{text[:4]}…{text[-2:]}" if len(text) > 8 else text


def _mostly_ended(pairs: Sequence[Pair]) -> bool:
    """Whether long answers in this file mostly end like sentences; only then one that does not is worth a look."""
    last = [pair.answer.rstrip()[-1] for pair in pairs if len(pair.answer) >= _LONG and pair.answer.strip()]
    return bool(last) and sum(c in _ENDS for c in last) > 0.7 * len(last)


def _breaks_off(answer: str) -> bool:
    """A code block that is not closed, a comma at the end, or a line of running text that stops in the middle."""
    text = answer.rstrip()
    if text.count("```") % 2 or text.endswith(","):
        return True
    last = text.rpartition("\n")[2]
    running = len(last) >= _LONG and not _LISTED.match(last)
    return running and text[-1].isalpha() and "#" not in last[-20:]


def _too_long(i: int, pair: Pair, count: int, context: int) -> Problem:
    row = _row(i, pair)
    message = f"Row {row} takes {count:,} tokens, and the model reads {context:,}."
    return Problem(i, row, "too_long", message, "Shorten it, or split it into several pairs.")


# ---- pairs beside each other ----------------------------------------------------
def _together(pairs: Sequence[Pair], group: Sequence[int]) -> Iterable[Problem]:
    """Of pairs that ask almost the same: those that repeat another one, and answers that differ."""
    whole = [i for i in group if pairs[i].question.strip() and pairs[i].answer.strip()]
    first: dict[tuple[str, str], int] = {}
    answers: dict[str, int] = {}
    for i in whole:
        pair = pairs[i]
        said = folded(pair.answer)
        key = (asked(pair), said)
        if key in first:
            yield _duplicate(pairs, i, first[key])
        first.setdefault(key, i)
        answers.setdefault(said, i)
    if len(answers) > 1:
        yield _contradiction(pairs, list(answers.values()))


def _duplicate(pairs: Sequence[Pair], i: int, before: int) -> Problem:
    row, other = _row(i, pairs[i]), _row(before, pairs[before])
    if pairs[i] == pairs[before]:
        message = f"Row {row} repeats {'itself' if row == other else f'row {other}'}."
        return Problem(i, row, "duplicate", message, "Have the repetition removed.", (before,), "remove")
    message = f"Row {row} says almost the same as row {other}."
    return Problem(i, row, "duplicate", message, "Keep the better of the two.", (before,))


def _contradiction(pairs: Sequence[Pair], members: Sequence[int]) -> Problem:
    i, *others = members
    rows = [str(row) for row in dict.fromkeys(_row(k, pairs[k]) for k in members)]
    shown = ", ".join(rows[:_SHOWN_ROWS])
    shown = (
        f"{shown} and {len(rows) - _SHOWN_ROWS} more"
        if len(rows) > _SHOWN_ROWS
        else " and ".join(shown.rsplit(", ", 1))
    )
    same = len({asked(pairs[k]) for k in members}) == 1
    who = f"Rows {shown} answer" if len(rows) > 1 else f"Row {shown} answers"
    message = f"{who} {'the same question' if same else 'almost the same question'} differently."
    remedy = "Keep one answer, or ask more precisely in each; the model can learn only one."
    return Problem(i, _row(i, pairs[i]), "contradiction", message, remedy, tuple(others))


def _leaks(pairs: Sequence[Pair], held_out: Sequence[Pair], groups: Iterable[Sequence[int]]) -> Iterable[Problem]:
    count = len(pairs)
    for group in groups:
        outside = tuple(k - count for k in group if k >= count)
        for i in group if outside else ():
            if i < count:
                row, other = _row(i, pairs[i]), _row(outside[0], held_out[outside[0]])
                message = f"Row {row} asks what row {other} of the held-out pairs asks."
                remedy = "Remove one of the two: a question that was taught measures nothing."
                yield Problem(i, row, "leak", message, remedy, outside)


# ---- repairs --------------------------------------------------------------------
def fix_all(pairs: Sequence[Pair], problems: Iterable[Problem]) -> list[Pair]:
    """The pairs after all repairs that are safe: repetitions and empty rows gone, HTML as plain text, space trimmed."""
    fixes: dict[int, set[Fix]] = defaultdict(set)
    for problem in problems:
        if problem.fix:
            fixes[problem.index].add(problem.fix)
    kept: list[Pair] = []
    for i, pair in enumerate(pairs):
        if "remove" in fixes[i]:
            continue
        if "strip_html" in fixes[i]:
            pair = replace(pair, question=_stripped(pair.question), answer=_stripped(pair.answer))
        if "trim" in fixes[i]:
            pair = replace(pair, question=clean(pair.question), answer=clean(pair.answer))
        kept.append(pair)
    return kept


def _stripped(text: str) -> str:
    return plain_text(text) if has_html(text) else text
