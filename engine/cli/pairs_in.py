"""A file of pairs as lessons for a verb; what cannot be taught is named. Knows no verb."""

from __future__ import annotations

import sys
from pathlib import Path

from engine.errors import UserError
from engine.messages import Lesson


def lessons_of(path: Path) -> tuple[Lesson, ...]:
    """Every pair that has a question and an answer, numbered as in the file. UserError where there is none."""
    from engine.data.pairs.reading import read_pairs  # workbooks and YAML: not for --help

    reading = read_pairs(path)
    while True:
        try:
            next(reading)
        except StopIteration as finished:
            found = finished.value
            break
    whole = [pair for pair in found.pairs if pair.question.strip() and pair.answer.strip()]
    left_out = len(found.pairs) - len(whole) + len(found.skipped)
    if left_out:
        sys.stderr.write(f"{left_out} rows are left out; “check-pairs” says which and why.\n")
    if not whole:
        raise UserError(f"{path.name} holds no pair with a question and an answer", "Look at it with check-pairs.")
    return tuple(Lesson(n, p.question, p.answer, p.system, p.earlier) for n, p in enumerate(whole, 1))
