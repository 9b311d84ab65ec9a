"""Which column holds the question and which the answer, by their names in many languages or by what is in them.

Knows no file format.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache

from engine.data.pairs.column_words import ANSWERS, BESIDES, QUESTIONS
from engine.data.pairs.pair_file import Mapping
from engine.errors import UserError

SYSTEMS = ("system", "system_prompt", "systemprompt")
CONTEXTS = ("context", "kontext", "contexto", "contexte", "passage", "input", "eingabe", "entrada", "entrée")
AFTER_THE_QUESTION = ("input", "eingabe", "entrada", "entrée")
HISTORIES = ("history", "earlier", "verlauf")
_LANGUAGE = re.compile(r"[a-z]{2,3}(_[a-z]{2})?|english|french|german|spanish|deutsch|français|español|\d{1,2}")
_BETWEEN_WORDS = re.compile(r"[\s_./:()*#?!|\[\]{}<>\"-]+")
_NUMBERLIKE = re.compile(r"[\s\d.,:/+%€$£TZ-]*|true|false|https?://\S+", re.IGNORECASE)
_NO_NAME = re.compile(r"[{}\[\]\"<>=\n]")
_NAMELIKE = re.compile(r"[\w.() /-]{1,40}")


def plain_name(column: str) -> str:
    """A column's name for comparing: small letters, words joined by _."""
    text = unicodedata.normalize("NFKC", column).casefold()
    return "_".join(filter(None, _BETWEEN_WORDS.split(text)))


def _kind(name: str, names: Sequence[str]) -> tuple[int, str] | None:
    """How well a plain name fits (lower is better), and what else it says: "q_en" is a question with "en"."""
    if name in names:
        return names.index(name), ""
    first, _, rest = name.partition("_")
    if rest and first in names and (len(first) > 1 or _LANGUAGE.fullmatch(rest)):
        return 100 + names.index(first), rest
    before, _, last = name.rpartition("_")
    if before and last in names and len(last) > 1:
        return 200 + names.index(last), before
    return None


def known(columns: Sequence[str]) -> bool:
    """Whether these cells name a question or an answer column, as a header would."""
    return _known(tuple(columns))


@lru_cache(maxsize=512)
def _known(columns: tuple[str, ...]) -> bool:
    names = [plain_name(column) for column in columns if not _NO_NAME.search(column) and len(column) <= 60]
    sides = [any(n in names_of or _coded(n, names_of) for n in names) for names_of in (QUESTIONS, ANSWERS)]
    if all(sides) or len(columns) < 2:
        return len(columns) > 1
    if not all(_NAMELIKE.fullmatch(column.strip()) for column in columns if column.strip()):
        return False
    loosely = all(any(_kind(n, names_of) for n in names) for names_of in (QUESTIONS, ANSWERS))  # "Your question"
    return loosely or any(len(name) > 1 and name in QUESTIONS + ANSWERS for name in names)


def _coded(name: str, names: Sequence[str]) -> bool:
    found = _kind(name, names)
    return found is not None and bool(found[1]) and bool(_LANGUAGE.fullmatch(found[1]))


def couples(columns: Sequence[str]) -> list[tuple[str, str]]:
    """Columns that are named as a question and its answer, the best first; several where there are languages."""
    best: dict[str, list[tuple[int, str] | None]] = {}
    for column in columns:
        for side, names in enumerate((QUESTIONS, ANSWERS)):
            found = _kind(plain_name(column), names)
            if found is None:
                continue
            sides = best.setdefault(found[1], [None, None])
            old = sides[side]
            if old is None or found[0] < old[0]:
                sides[side] = (found[0], column)
    whole = [(q, a, rest) for rest, (q, a) in best.items() if q and a]
    whole.sort(key=lambda couple: (couple[2] != "", columns.index(couple[0][1])))
    if not whole:
        return []
    more = [c for c in whole[1:] if c[2] and _LANGUAGE.fullmatch(c[2]) and _LANGUAGE.fullmatch(whole[0][2])]
    return [(q[1], a[1]) for q, a, _ in (whole[0], *more)]


def guess(columns: Sequence[str], sample: Sequence[Sequence[str]], header: bool) -> Mapping:
    """The columns by name, and by what the first rows hold where the names say nothing."""
    named = couples(columns) if header else []  # without a header the names are letters, Q and A among them
    names = {plain_name(column): column for column in reversed(columns)} if header else {}
    question, answer = named[0] if named else _by_content(columns, sample, header)
    taken = {question, answer}

    def first(candidates: Sequence[str]) -> str:
        return next((names[n] for n in candidates if n in names and names[n] not in taken), "")

    return Mapping(question, answer, first(SYSTEMS), first(CONTEXTS), first(HISTORIES), tuple(named[1:]))


def _by_content(columns: Sequence[str], sample: Sequence[Sequence[str]], header: bool) -> tuple[str, str]:
    cells = {c: [row[i].strip() for row in sample if i < len(row) and row[i].strip()] for i, c in enumerate(columns)}
    texts = [c for c in columns if any(not _NUMBERLIKE.fullmatch(cell) for cell in cells[c])]
    if len(texts) < 2:
        texts = [*texts, *(c for c in columns if c not in texts)][:2]
        texts.sort(key=list(columns).index)

    def asking(column: str) -> float:
        return sum(cell.endswith(("?", "？", "؟", ";")) for cell in cells[column]) / max(len(cells[column]), 1)

    def length(column: str) -> float:
        return sum(map(len, cells[column])) / max(len(cells[column]), 1)

    sides = [_best_named(texts, names) if header else "" for names in (QUESTIONS, ANSWERS)]
    question = sides[0] or max((c for c in texts if c != sides[1]), key=lambda c: (asking(c) > 0.3, -texts.index(c)))
    rest = [c for c in texts if c != question]
    later = [c for c in rest if texts.index(c) > texts.index(question)] or rest
    answer = (
        sides[1] if sides[1] and sides[1] != question else max(later, key=lambda c: length(c) if len(later) > 1 else 0)
    )
    return question, answer


def _best_named(columns: Sequence[str], names: Sequence[str]) -> str:
    found = [(fit[0], c) for c in columns if len(c) > 1 and (fit := _kind(plain_name(c), names)) is not None]
    return min(found)[1] if found else ""


def completed(given: Mapping | None, columns: Sequence[str], sample: Sequence[Sequence[str]], header: bool) -> Mapping:
    """What the person said about the columns, and a guess for what they left open."""
    for name in _said(given):
        if name not in columns:
            raise UserError(f"There is no column “{name}”", f"The columns are: {', '.join(columns)}.")
    if given is None or not (given.question or given.answer):
        return replace(guess(columns, sample, header), header=header, sheet=given.sheet if given else "")
    if not (given.question and given.answer):
        raise UserError(
            "Only one of the two columns is given", "Name a column for the question and one for the answer."
        )
    return replace(given, header=header)


def _said(given: Mapping | None) -> list[str]:
    if given is None:
        return []
    names = (given.question, given.answer, given.system, given.context, given.history)
    return [name for name in (*names, *(n for couple in given.more for n in couple)) if name]


def has_header(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns: known names, or names above cells that are of another kind."""
    if not rows or not any(cell.strip() for cell in rows[0]):
        return False
    first, rest = rows[0], rows[1:]
    if known(first):
        return True
    if len(set(first)) < len(first) or not all(_NAMELIKE.fullmatch(cell.strip()) for cell in first):
        return False
    if len(first) > 1 and any(plain_name(cell) in BESIDES for cell in first):
        return True
    if any(_NUMBERLIKE.fullmatch(cell.strip()) for cell in first):
        return False
    for i, name in enumerate(first):
        below = [row[i].strip() for row in rest if i < len(row) and row[i].strip()]
        if below and all(_NUMBERLIKE.fullmatch(cell) for cell in below):
            return True
        if below and len(below) > 2 and sum(map(len, below)) / len(below) > 3 * len(name) + 10:
            return True
    return False


def letters(count: int) -> tuple[str, ...]:
    """Names for columns without a header, as a spreadsheet has them: A, B, … Z, AA."""
    names = []
    for i in range(count):
        name, n = "", i + 1
        while n:
            n, digit = divmod(n - 1, 26)
            name = chr(65 + digit) + name
        names.append(name)
    return tuple(names)
