"""JSON, and JSON with one record a line: reads it record by record, and forgives what people leave in by hand.

Knows how JSON is written, not what the records mean. Numbers stay as they are written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from json import JSONDecodeError

from engine.data.pairs.collecting import Collected, Steps
from engine.data.pairs.pair_file import Mapping
from engine.data.pairs.records import Record, pairs_of_records, unfold
from engine.errors import UserError

_DECODER = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str, strict=False)
_START = re.compile(r'\s*(\[\s*(["\[{\]]|//)|\{\s*("|\}|//))')
_LOOSE = re.compile(r'"(?:[^"\\]++|\\.)*+"|//[^\n]*+|,(?=(?:\s++|//[^\n]*+)*+[\]}])', re.DOTALL)
"""Texts, which stay, and what JSON does not allow: comments, and commas before a closing bracket."""
_SPACE = re.compile(r"[\s,]*")
LINES_LOOKED_AT = 50
Found = tuple[int, Record | list[str], int]


def looks_like_json(text: str) -> bool:
    return bool(_START.match(text))


def is_lines(text: str) -> bool:
    """Whether most lines hold a value of their own."""
    lines = [line for line in text[: 4 << 20].split("\n") if line.strip()][:LINES_LOOKED_AT]
    whole = 0
    for line in lines:
        try:
            whole += isinstance(_DECODER.decode(line.strip()), dict | list)
        except (ValueError, RecursionError):
            whole += 0
    return len(lines) > 1 and whole * 2 >= len(lines)


def read_json(text: str, found: Collected, given: Mapping | None) -> Steps:
    if is_lines(text):
        found.format = "jsonl"
        yield from read_jsonl(text, found, given)
        return
    try:
        yield from pairs_of_records(_records(text, found), len(text), found, given)
    except RecursionError as error:
        raise UserError("The JSON is nested too deeply", "Choose a file with questions and answers.") from error


def read_jsonl(text: str, found: Collected, given: Mapping | None) -> Steps:
    yield from pairs_of_records(_line_records(text, found), len(text), found, given)


def _line_records(text: str, found: Collected) -> Iterator[Found]:
    done = 0
    for number, line in enumerate(text.split("\n"), 1):
        done += len(line) + 1
        if not line.strip():
            continue
        try:
            value = _DECODER.decode(line.strip())
        except (ValueError, RecursionError) as error:
            found.skip(number, f"The line is not valid JSON: {_reason(error)}.", line)
            continue
        for _, record in unfold([value], found, number, depth=1):
            yield number, record, done


def _reason(error: Exception) -> str:
    if isinstance(error, JSONDecodeError):
        return f"{error.msg[:1].lower()}{error.msg[1:].removesuffix(' at')} at character {error.colno}"
    return "it is nested too deeply"


def _records(text: str, found: Collected) -> Iterator[Found]:
    try:
        list_of = _first_of_list(text)
        value = None if list_of is not None else _DECODER.decode(text.strip())
    except JSONDecodeError:
        text = _strict(text)
        try:
            list_of = _first_of_list(text)
            value = None if list_of is not None else _DECODER.decode(text.strip())
        except JSONDecodeError as error:
            raise _broken(text, error) from error
    if list_of is None:
        yield from ((row, record, len(text)) for row, record in unfold(value, found))
    else:
        yield from _items(text, list_of, found)


def _first_of_list(text: str) -> int | None:
    """Where the first item of a list stands; None when the text is no list. Broken lists raise JSONDecodeError."""
    start = len(text) - len(text.lstrip())
    if text[start : start + 1] != "[":
        return None
    at = len(text[: start + 1]) + len(text[start + 1 :]) - len(text[start + 1 :].lstrip())
    if text[at : at + 1] != "]":
        _DECODER.raw_decode(text, at)
    return at


def _after_gap(text: str, at: int) -> int:
    gap = _SPACE.match(text, at)
    return gap.end() if gap else at


def _strict(text: str) -> str:
    return _LOOSE.sub(lambda found: found[0] if found[0].startswith('"') else "", text)


def _broken(text: str, error: JSONDecodeError) -> UserError:
    if error.pos >= len(text.rstrip()):
        return UserError("The JSON ends in the middle", "The file may be cut off: copy or download it again.")
    return UserError(
        f"The JSON is broken in line {error.lineno}: {_reason(error)}", "Put it right there and try again."
    )


def _items(text: str, at: int, found: Collected) -> Iterator[Found]:
    """The items of a list one by one, so that no step is long and all before an error are kept."""
    number = 0
    while at < len(text) and text[at] != "]":
        try:
            value, at = _DECODER.raw_decode(text, at)
        except JSONDecodeError as error:
            loose = _strict(text[at:])
            if len(loose) < len(text) - at:
                text, at = loose, _after_gap(loose, 0)
                continue
            if not number:
                raise _broken(text, error) from error
            found.skip(number + 1, f"The JSON is broken from here on: {_reason(error)}.", text[at : at + 200])
            return
        number += 1
        if isinstance(value, str):
            found.skip(number, "It is not a question with an answer.", value)
        else:
            for _, record in unfold([value], found, number, depth=1):
                yield number, record, at
        at = _after_gap(text, at)
    if at >= len(text):
        found.skip(number + 1, "The list is not closed: the file may be cut off.", "")
