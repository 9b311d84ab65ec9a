"""YAML, read as events: every value stays text (no becomes no False), and what could grow without end is refused.

Knows how YAML is written, not what the records mean.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Self

import yaml

from engine.data.pairs.collecting import Collected, Steps
from engine.data.pairs.json_rows import Found
from engine.data.pairs.pair_file import Mapping
from engine.data.pairs.records import pairs_of_records, unfold
from engine.errors import UserError

DEEPEST = 40
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_KEY = re.compile(r"""[\w"'][^\n:#?!.]{0,60}:(\s|$)""")
_RECORD = re.compile(r"""^(?: *- |\w[^\n:]*:\n +)["']?\w+["']?:[^\n]*\n(?: [^\n]*\n)*? +["']?\w+["']?:""", re.MULTILINE)
_ITEM = re.compile(r"- (- |[\w\"' ]{1,40}:(\s|$))")


class Entries(dict[str, Any]):
    """A mapping that knows its line."""

    line = 0

    def at(self, line: int) -> Self:
        self.line = line
        return self


class Items(list[Any]):
    """A sequence that knows its line."""

    line = 0

    def at(self, line: int) -> Self:
        self.line = line
        return self


def looks_like_records(text: str) -> bool:
    """Whether it is YAML with several keys in an item, and no list of lines that begin with Q: and A:."""
    return looks_like_yaml(text) and bool(_RECORD.search(text[:5_000]))


def looks_like_yaml(text: str) -> bool:
    """Whether the first line that is no comment opens a mapping or a sequence, and more lines do."""
    lines = [line for line in text[:20_000].split("\n") if line.strip() and not line.lstrip().startswith(("#", "%"))]
    if not lines:
        return False
    if lines[0].rstrip() == "---":
        return len(lines) > 1
    if _ITEM.match(lines[0]):
        return True
    opens = lines[0].rstrip().endswith(":") and len(lines) > 1 and lines[1].startswith((" ", "-", "\t"))
    return bool(_KEY.match(lines[0])) and opens


def read_yaml(text: str, found: Collected, given: Mapping | None) -> Steps:
    total = text.count("\n") + 1
    documents = Items()
    for line in _compose(text, documents):
        yield line, total
    yield from pairs_of_records(_records(documents, found), total, found, given)


def _records(documents: Items, found: Collected) -> Iterator[Found]:
    for document in documents:
        for row, record in unfold(document, found):
            yield row, record, row


def _compose(text: str, documents: Items) -> Iterator[int]:
    """Fill `documents`; gives the lines it has come to. A list of open collections instead of recursion."""
    open_ones: list[Any] = [documents]
    keys: list[str | None] = [None]
    try:
        for count, event in enumerate(yaml.parse(text, Loader=_LOADER)):
            line = event.start_mark.line + 1
            if count % 1000 == 0:
                yield line
            if isinstance(event, yaml.AliasEvent):
                raise UserError(
                    f"Line {line} repeats another place (a YAML alias)", "Write the text itself there, and try again."
                )
            if isinstance(event, yaml.ScalarEvent):
                _put(open_ones, keys, _scalar(event))
            elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
                new = Entries().at(line) if isinstance(event, yaml.MappingStartEvent) else Items().at(line)
                _put(open_ones, keys, new)
                open_ones.append(new)
                keys.append(None)
                if len(open_ones) > DEEPEST:
                    raise UserError("The YAML is nested too deeply", "Choose a file with questions and answers.")
            elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
                open_ones.pop()
                keys.pop()
    except yaml.MarkedYAMLError as error:
        where = f" in line {error.problem_mark.line + 1}" if error.problem_mark else ""
        raise UserError(f"The YAML is broken{where}: {error.problem}", "Put it right there and try again.") from error
    except yaml.YAMLError as error:
        raise UserError("The YAML holds characters that it may not hold", "Save it as plain UTF-8 text.") from error


def _scalar(event: yaml.ScalarEvent) -> str:
    return "" if event.style in (None, "") and event.value in ("~", "null", "Null", "NULL") else str(event.value)


def _put(open_ones: list[Any], keys: list[str | None], value: Any) -> None:
    inner = open_ones[-1]
    if isinstance(inner, Items):
        inner.append(value)
    elif keys[-1] is None:
        keys[-1] = value if isinstance(value, str) else ""  # a key that is itself a collection names nothing
    else:
        inner[keys[-1]] = value
        keys[-1] = None
