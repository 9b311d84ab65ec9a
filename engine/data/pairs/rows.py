"""Turns rows of cells into pairs, once it is known which column is what. Knows not where the rows come from."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import chain, islice

from engine.data.pairs.collecting import Collected, Steps
from engine.data.pairs.columns import AFTER_THE_QUESTION, completed, has_header, known, letters, plain_name
from engine.data.pairs.pair_file import SAMPLE_ROWS, Mapping
from engine.errors import UserError
from engine.messages import Message

Row = tuple[int, Sequence[str], int]
"""Its number as a spreadsheet shows it, its cells, and how far into the file it ends."""

STEP = 500
MOST_COLUMNS = 2_000
TITLE_ROWS = 10


def pairs_of_rows(rows: Iterable[Row], total: int, found: Collected, given: Mapping | None, join: str = "") -> Steps:
    """Pairs out of a table. `join` is what stood between two cells, to put an answer together that was cut in them."""
    every = iter(rows)
    first = list(islice(every, SAMPLE_ROWS * 2))
    if given is None or given.header is None:
        first = _from_header_on(first, found)
    filled = [cells for _, cells, _ in first if any(cell.strip() for cell in cells)]
    if not filled:
        raise UserError("There is nothing in it", "Choose a file with questions and answers.")
    header = given.header if given and given.header is not None else has_header(filled)
    found.columns = column_names(filled, header)
    if len(found.columns) < 2:
        raise UserError(
            "There is only one column in it", "A pair needs two: one with the question, one with the answer."
        )
    found.mapping = completed(given, found.columns, filled[1:] if header else filled, header)
    columns = _Columns(found.columns, found.mapping, join)
    waiting = header
    for count, (row, cells, done) in enumerate(chain(first, every), 1):
        if not any(cell.strip() for cell in cells):
            if cells:
                found.skip(row, "The row is empty.")
        elif waiting:
            waiting = False
        else:
            found.show(cells)
            columns.pairs(row, cells, found)
        if count % STEP == 0:
            yield done, total


def _from_header_on(rows: list[Row], found: Collected) -> list[Row]:
    """Without the title and notes that people put above the names of the columns."""
    start = next((i for i, (_, cells, _) in enumerate(rows[:TITLE_ROWS]) if known(cells)), 0)
    for row, cells, _ in rows[:start]:
        if any(cell.strip() for cell in cells):
            found.skip(row, "The row stands above the names of the columns.", " | ".join(filter(None, cells)))
    return rows[start:]


def column_names(rows: Sequence[Sequence[str]], header: bool) -> tuple[str, ...]:
    """Every column's own name; the spreadsheet's letter where there is none or it is taken."""
    width = min(MOST_COLUMNS, len(rows[0]) if header else max(map(len, rows)))
    names: list[str] = []
    for letter, cell in zip(letters(width), rows[0] if header else [""] * width, strict=False):
        name = " ".join(cell.split())[:100]
        names.append(name if name and name not in names else f"{name} ({letter})" if name else letter)
    return tuple(names)


class _Columns:
    """Where in a row each part of a pair stands."""

    def __init__(self, names: Sequence[str], mapping: Mapping, join: str) -> None:
        self._at = {name: i for i, name in enumerate(names)}
        self._names = names
        self._mapping = mapping
        self._join = join

    def pairs(self, row: int, cells: Sequence[str], found: Collected) -> None:
        mapping, at = self._mapping, self._at
        extra = [cell for cell in cells[len(self._names) :] if cell.strip()]
        if extra:
            if not self._join or at[mapping.answer] != len(self._names) - 1:
                reason = f"It has {len(cells)} cells where there are {len(self._names)} columns: quotes may be missing."
                return found.skip(row, reason, " | ".join(cells))
            last = len(self._names) - 1
            cells = [*cells[:last], self._join.join(cells[last:])]

        def cell(name: str) -> str:
            i = at.get(name, len(cells))
            return cells[i].strip() if i < len(cells) else ""

        couples = ((mapping.question, mapping.answer), *mapping.more)
        whole = [(cell(q), cell(a)) for q, a in couples]
        kept = [couple for couple in whole if any(couple)]
        if not kept:
            return found.skip(row, "There is neither a question nor an answer.", " | ".join(cells))
        earlier = history(cell(mapping.history))
        if earlier is None:
            return found.skip(row, "Its earlier turns are not readable.", cell(mapping.history))
        for question, answer in kept:
            asked = with_context(question, cell(mapping.context), mapping.context)
            found.pair(row, asked, answer, cell(mapping.system), earlier)
        return None


def with_context(question: str, context: str, column: str) -> str:
    """A passage is read before it is asked about, also by a model without a place for instructions; the `input` of
    an instruction comes after it."""
    parts = (question, context) if plain_name(column) in AFTER_THE_QUESTION else (context, question)
    return "\n\n".join(part for part in parts if part)


def history(value: object) -> tuple[Message, ...] | None:
    """Earlier turns: couples of a question and its answer, or messages with their roles; None if it is neither."""
    if isinstance(value, str) and value:
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return None
    if not value:
        return ()
    if not isinstance(value, list):
        return None
    turns: list[Message] = []
    for item in value:
        if isinstance(item, list) and len(item) == 2 and all(isinstance(text, str) for text in item):
            turns += [Message("user", item[0]), Message("assistant", item[1])]
        elif (
            isinstance(item, dict)
            and item.get("role") in ("user", "assistant")
            and isinstance(item.get("content"), str)
        ):
            turns.append(Message(item["role"], item["content"]))
        else:
            return None
    return tuple(turns)
