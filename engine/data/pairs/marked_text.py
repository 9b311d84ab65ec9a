"""Questions and answers in running text: lines that begin with Q: and A: in many languages, headings that ask, and
the blocks of OpenTriviaQA. Knows no table and no JSON."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from engine.data.pairs.collecting import Collected, Steps
from engine.data.pairs.pair_file import Mapping

_ASKING = (
    "q|question|f|frage|p|pregunta|pergunta|d|domanda|v|vraag|pytanie|в|вопрос|質問|問|问|问题|question|user|human"
)
_ANSWERING = (
    "a|answer|antwort|r|respuesta|resposta|réponse|risposta|antwoord|odpowiedź|о|ответ|回答|答|答え|答案|"
    "assistant|ai|bot"
)
_LEAD = r"\s{0,3}(?P<lead>(?:>\s*|#{1,6}\s+|[-*+]\s+|\d{1,4}[.)]\s+)*)(?P<bold>\*\*|__)?\s*"
_MARK = re.compile(
    rf"{_LEAD}(?:(?P<q>{_ASKING})|(?P<a>{_ANSWERING}))\s?(?P<number>\d{{1,4}})?\s*(?:\*\*|__)?"
    r"\s*(?P<colon>[:：]|(?<=\d)[.)])(?(bold)(?:\*\*|__)?)\s*(?P<text>.*)",
    re.IGNORECASE,
)
_HEADING = re.compile(r"\s{0,3}(#{1,6})\s+(.*?)\s*#*\s*$")
_BOLD_LINE = re.compile(r"\s{0,3}(?:\*\*|__)(.+?)(?:\*\*|__)\s*$")
_RULE = re.compile(r"\s*(?:[-*_=]\s*){3,}$")
_FENCE = re.compile(r"\s*(```|~~~)")
_ENDS_ASKING = ("?", "？", "؟", "?**", "?:")
_LONGEST_MARK, _LONGEST_HEADING = 120, 500
BOLD = 7
"""The level of a line in bold that stands for a heading."""


@dataclass(slots=True)
class Block:
    """A question, the lines of its answer, and where it began."""

    row: int
    question: list[str]
    answer: list[str] | None = None


class Mark(NamedTuple):
    """The beginning of a question or of an answer; `level` counts the # before it."""

    asks: bool
    level: int
    text: str


@dataclass(slots=True)
class Heading:
    row: int
    level: int
    text: str
    body: list[str] = field(default_factory=list)


def looks_marked(text: str) -> bool:
    """Whether lines begin with marks for questions and about as often with marks for answers."""
    marks = Counter("q" if mark.asks else "a" for mark in _marks(text[:200_000].split("\n")))
    return min(marks["q"], marks["a"]) * 2 >= max(marks["q"], marks["a"], 1)


def _marks(lines: Sequence[str]) -> Iterator[Mark]:
    return (mark for line in lines if (mark := _mark(line)))


def _mark(line: str) -> Mark | None:
    found = _MARK.match(line[:_LONGEST_MARK])  # the beginning only: a line may be megabytes
    if found is None:
        return None
    text, bold = line[found.start("text") :].rstrip(), found["bold"]
    text = text.removesuffix(bold) if bold and text.count(bold) % 2 else text
    return Mark(bool(found["q"]), found["lead"].count("#"), text)


def looks_like_trivia(text: str) -> bool:
    return bool(re.search(r"^#Q\s", text, re.MULTILINE) and re.search(r"^\^\s", text, re.MULTILINE))


def looks_like_faq(text: str) -> bool:
    return _question_level(_headings(text[:200_000].split("\n"))) > 0


def read_marked(text: str, found: Collected, given: Mapping | None) -> Steps:
    """Q: and A: lines, or a page whose headings are the questions."""
    lines = text.split("\n")
    if looks_marked(text):
        yield from _read_blocks(lines, found)
    else:
        yield from _read_headings(lines, found)


def _read_blocks(lines: Sequence[str], found: Collected) -> Steps:
    levels = [mark.level for mark in _marks(lines) if mark.level]
    sections = max(2, min(levels, default=2))  # headings of this level or above part the answers
    block: Block | None = None
    fenced = False
    for row, line in enumerate(lines, 1):
        fenced ^= bool(_FENCE.match(line))
        mark = None if fenced else _mark(line)
        heading = None if fenced or mark else _heading(line)
        if mark and mark.asks:
            _close(block, found)
            block = Block(row, [mark.text])
        elif mark and block:
            if block.answer is not None:  # a second answer to the same question
                _close(block, found)
                block = Block(row, block.question)
            block.answer = [mark.text]
        elif mark:
            found.skip(row, "There is no question before this answer.", mark.text)
        elif heading and heading.level <= sections:
            _close(block, found)
            block = None
            found.skip(row, "A heading is left out.", heading.text)
        elif block:
            (block.question if block.answer is None else block.answer).append(line)
        elif line.strip() and not _RULE.match(line):
            found.skip(row, "The text stands outside a question with its answer.", line)
        if row % 1000 == 0:
            yield row, len(lines)
    _close(block, found)


def _close(block: Block | None, found: Collected) -> None:
    if block is None:
        return
    question = "\n".join(block.question)
    if block.answer is None:
        found.skip(block.row, "The question has no answer.", question)
    else:
        found.pair(block.row, question, _body(block.answer))


def _body(lines: Sequence[str]) -> str:
    """The lines of an answer without the rule that parts it from the next."""
    end = len(lines)
    while end and (not lines[end - 1].strip() or _RULE.match(lines[end - 1])):
        end -= 1
    return "\n".join(lines[:end])


# ---- headings that ask ----------------------------------------------------------
def _heading(line: str, row: int = 0) -> Heading | None:
    if len(line) > _LONGEST_HEADING:
        return None
    if mark := _HEADING.match(line):
        return Heading(row, len(mark[1]), mark[2])
    bold = _BOLD_LINE.match(line)
    return Heading(row, BOLD, bold[1]) if bold and bold[1].rstrip().endswith(_ENDS_ASKING) else None


def _headings(lines: Sequence[str]) -> list[Heading]:
    """All headings with what stands below them; the first one, of level 0, holds what stands before any."""
    headings = [Heading(0, 0, "")]
    fenced = False
    for row, line in enumerate(lines, 1):
        fenced ^= bool(_FENCE.match(line))
        if not fenced and (heading := _heading(line, row)):
            headings.append(heading)
        else:
            headings[-1].body.append(line)
    return headings


def _question_level(headings: Sequence[Heading]) -> int:
    """The level at which most headings ask something; 0 when there is none."""
    asking = Counter(h.level for h in headings if h.text.strip("*_ ").endswith(_ENDS_ASKING) and any(h.body))
    every = Counter(h.level for h in headings)
    levels = [level for level, count in asking.items() if count * 2 >= every[level]]
    return max(levels, key=lambda level: asking[level], default=0)


def _read_headings(lines: Sequence[str], found: Collected) -> Steps:
    headings = _headings(lines)
    level = _question_level(headings)
    current: Heading | None = None
    for done, heading in enumerate(headings, 1):
        if heading.level == level:
            if current:
                found.pair(current.row, current.text.strip("*_ "), _body(current.body))
            current = heading
        elif heading.level > level and current:
            current.body += [f"{'#' * heading.level} {heading.text}", *heading.body]
        else:
            if current:
                found.pair(current.row, current.text.strip("*_ "), _body(current.body))
                current = None
            if heading.text or any(line.strip() for line in heading.body):
                text = "\n".join([heading.text, *heading.body])
                found.skip(max(heading.row, 1), "The text stands outside a question with its answer.", text)
        if done % 1000 == 0:
            yield heading.row, len(lines)
    if current:
        found.pair(current.row, current.text.strip("*_ "), _body(current.body))


# ---- OpenTriviaQA ---------------------------------------------------------------
def read_trivia(text: str, found: Collected, given: Mapping | None) -> Steps:
    """#Q question, ^ answer, and A to D to choose from, which are no part of the pair."""
    lines = text.split("\n")
    block: Block | None = None
    for row, line in enumerate(lines, 1):
        if line.startswith("#Q"):
            _close(block, found)
            block = Block(row, [line[2:].strip()])
        elif line.startswith("^") and block:
            block.answer = [line[1:].strip()]
        elif block and block.answer is None:
            block.question.append(line)
        elif line.strip() and not re.match(r"[A-Z] ", line):
            found.skip(row, "The text stands outside a question with its answer.", line)
        if row % 1000 == 0:
            yield row, len(lines)
    _close(block, found)
