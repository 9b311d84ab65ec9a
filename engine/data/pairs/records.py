"""Records of named values, as JSON and YAML hold them: what each one is by its keys, and its pairs.

Knows the layouts that data sets are published in, not how they are written in the file. Numbers arrive as text.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from engine.data.pairs.collecting import Collected, Steps
from engine.data.pairs.columns import known, plain_name
from engine.data.pairs.conversations import add_messages, add_statements, role_of
from engine.data.pairs.exports import add_chatgpt, add_claude
from engine.data.pairs.pair_file import Mapping
from engine.data.pairs.rows import pairs_of_rows, with_context
from engine.data.pairs.trees import is_tree, pairs_of_tree

Record = dict[str, Any]
DEPTH = 5
"""How deep the records may be hidden in lists and objects."""
MOST_KEYS = 500


def add_squad(row: int, record: Record, found: Collected) -> None:
    for paragraph in _dicts(record["paragraphs"]):
        context = str(paragraph.get("context") or "")
        for asked in _dicts(paragraph.get("qas")):
            question = as_text(asked.get("question"))
            answers = [as_text(a.get("text")) for a in _dicts(asked.get("answers"))]
            different = list(dict.fromkeys(filter(None, answers)))
            if not different:
                found.skip(row, "The passage does not answer this question.", question)
                continue
            found.pair(row, with_context(question, context, "context"), different[0])
            if len(different) > 1:
                found.skip(row, "Of several answers the first is taken.", " | ".join(different[1:]))


def add_intent(row: int, record: Record, found: Collected) -> None:
    """Every way to ask with every way to answer."""
    patterns, responses = (
        [text for text in record[key] if isinstance(text, str) and text.strip()] for key in ("patterns", "responses")
    )
    if not patterns or not responses:
        found.skip(row, "It has no pattern or no response.", as_text(record.get("tag")))
    for pattern in patterns:
        for response in responses:
            found.pair(row, pattern, response)


def add_instances(row: int, record: Record, found: Collected) -> None:
    for instance in _dicts(record["instances"]):
        asked = with_context(as_text(record.get("instruction")), as_text(instance.get("input")), "input")
        found.pair(row, asked, as_text(instance.get("output")))


def _add_openai(row: int, record: Record, found: Collected) -> None:
    add_messages(row, record, record["messages"], found)


def add_chosen(row: int, record: Record, found: Collected) -> None:
    """Of a preference the reply that was chosen, when it is written as messages."""
    prompt = record.get("prompt")
    before = prompt if isinstance(prompt, list) else [{"role": "user", "content": prompt}] if prompt else []
    opening = as_text(_dicts(record["chosen"])[0].get("role")) if _dicts(record["chosen"]) else ""
    messages = [*before, *record["chosen"]] if role_of(opening) == "assistant" else record["chosen"]
    add_messages(row, record, messages, found)
    if record.get("rejected"):
        found.skip(row, "The rejected reply is left out.", as_text(record["rejected"]))


def _add_sharegpt(row: int, record: Record, found: Collected) -> None:
    add_messages(row, record, record.get("conversations") or record.get("conversation") or [], found)


SHAPES: dict[str, Callable[[int, Record, Collected], None]] = {
    "openai": _add_openai,
    "sharegpt": _add_sharegpt,
    "chatgpt": add_chatgpt,
    "claude": add_claude,
    "squad": add_squad,
    "intents": add_intent,
    "self-instruct": add_instances,
    "preferences": add_chosen,
}


def shape_of(record: Record) -> str:
    """Which published layout a record has, by its keys; "flat" for values with names, "" for none of these."""
    if isinstance(record.get("messages"), list):
        return "openai"
    turns = record.get("conversations", record.get("conversation"))
    if isinstance(turns, list) and turns and isinstance(turns[0], dict) and {"from", "role"} & turns[0].keys():
        return "sharegpt"
    for name, key, kind in (
        ("chatgpt", "mapping", dict),
        ("claude", "chat_messages", list),
        ("squad", "paragraphs", list),
    ):
        if isinstance(record.get(key), kind):
            return name
    if isinstance(record.get("patterns"), list) and isinstance(record.get("responses"), list):
        return "intents"
    if isinstance(record.get("instances"), list) and "instruction" in record:
        return "self-instruct"
    if any(isinstance(item, dict) for item in record.get("chosen") or ()):
        return "preferences"
    if record and known(list(record)) and not _parallel(record):
        return "flat"
    simple = sum(not isinstance(value, dict | list) for value in record.values())
    return "flat" if simple >= 2 else ""


def flat_format(keys: Sequence[str]) -> str:
    """The published layout that has these keys; "" for one of somebody's own."""
    names = {plain_name(key) for key in keys}
    if names >= {"instruction", "context", "response"}:
        return "dolly"
    if names >= {"instruction", "output"}:
        return "alpaca"
    return "prompt-completion" if names >= {"prompt", "completion"} else ""


def unfold(value: object, found: Collected, row: int = 0, depth: int = 0) -> Iterator[tuple[int, Record | list[str]]]:
    """The records in a value, however they are wrapped: lists in objects, objects by name, columns side by side."""
    if isinstance(value, dict):
        yield from _unfold_dict(value, found, row, depth)
    elif isinstance(value, list) and depth and value and all(isinstance(item, str) for item in value):
        yield getattr(value, "line", row), value
    elif isinstance(value, list) and depth < DEPTH:
        for i, item in enumerate(value, 1):
            yield from unfold(item, found, getattr(item, "line", i if depth == 0 or not row else row), depth + 1)
    elif value not in ("", None):
        found.skip(max(row, 1), "It is not a question with an answer.", as_text(value))


def _unfold_dict(value: Record, found: Collected, row: int, depth: int) -> Iterator[tuple[int, Record | list[str]]]:
    row = getattr(value, "line", row) or 1
    if couples := _asking_keys(value):
        yield from ((row, {"question": asked, "answer": answer}) for asked, answer in couples.items())
    elif shape_of(value):
        yield row, value
    elif keyed := list(_couples_by_key(value)):
        yield from ((line or row, {"question": q, "answer": a}) for line, q, a in keyed)
    elif parallel := _parallel(value):
        names = list(parallel)
        for i, cells in enumerate(zip(*parallel.values(), strict=True), 1):
            yield i, dict(zip(names, cells, strict=True))
    elif depth >= DEPTH:
        found.skip(row, "It is wrapped too deeply.", as_text(value))
    else:
        count = 0
        for key, inner in value.items():
            if isinstance(inner, list) and inner and any(not isinstance(item, str) for item in inner):
                for item in inner:
                    count += 1
                    yield from unfold(item, found, getattr(item, "line", count), depth + 1)
            elif isinstance(inner, dict):
                count += 1
                yield from unfold(inner, found, getattr(inner, "line", count), depth + 1)
            elif isinstance(inner, str) and inner.strip() and len(value) == 1:
                found.skip(row, "It is not a question with an answer.", f"{key}: {inner}")


def _asking_keys(value: Record) -> dict[str, str]:
    """An object whose keys are the questions and whose values are their answers."""
    asking = sum(key.rstrip().endswith(("?", "？", "؟")) for key in value)
    return value if asking * 2 > len(value) and all(isinstance(text, str) for text in value.values()) else {}


def _couples_by_key(value: Record) -> Iterator[tuple[int, str, str]]:
    """Entries whose keys end in _q and _a, each a text or one text for each language."""
    for key, asked in value.items():
        for question, answer in (("_q", "_a"), ("_question", "_answer")):
            answered = value.get(key.removesuffix(question) + answer) if key.endswith(question) else None
            if answered is None:
                continue
            line = getattr(asked, "line", 0)
            if isinstance(asked, dict) and isinstance(answered, dict):
                texts = [(as_text(asked[k]), as_text(answered[k])) for k in asked if k in answered]
                yield from ((line, q, a) for q, a in texts)
            elif isinstance(asked, str) and isinstance(answered, str):
                yield line, asked, answered


def _parallel(value: Record) -> dict[str, list[Any]]:
    """Columns beside each other: lists of the same length, or objects by the same numbers, with known names."""
    lists: dict[str, list[Any]] = {}
    for key, inner in value.items():
        if isinstance(inner, dict):
            inner = list(inner.values())
        if isinstance(inner, list) and inner and all(not isinstance(item, dict | list) for item in inner):
            lists[key] = inner
    same = len({len(column) for column in lists.values()}) == 1
    return lists if len(lists) >= 2 and same and known(list(lists)) else {}


@dataclass(slots=True)
class Flat:
    """Records with a value for each name: a table, once all its names are known."""

    rows: list[tuple[int, Record]] = field(default_factory=list)
    columns: dict[str, None] = field(default_factory=dict)

    def add(self, row: int, record: Record) -> None:
        self.rows.append((row, record))
        if len(self.columns) < MOST_KEYS:
            self.columns.update(dict.fromkeys(map(str, record)))

    def pairs(self, found: Collected, given: Mapping | None) -> Steps:
        if given is None and is_tree(self.columns):
            yield from pairs_of_tree(self.rows, found)
            return
        names = tuple(self.columns)
        total = len(self.rows)
        rows = ((row, [as_text(record.get(n)) for n in names], i) for i, (row, record) in enumerate(self.rows, 1))
        yield from pairs_of_rows(_after((0, names, 0), rows), total, found, replace(given or Mapping(), header=True))


def _after(first: tuple[int, Sequence[str], int], rows: Iterable[tuple[int, Sequence[str], int]]) -> Iterator[Any]:
    yield first
    yield from rows


def as_text(value: object) -> str:
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, list) and value and all(isinstance(item, str) for item in value):
        return "\n".join(value)
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False) if value else ""
    return "true" if value is True else "false" if value is False else str(value)


def _dicts(value: object) -> list[Record]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def pairs_of_records(
    records: Iterable[tuple[int, Record | list[str], int]], total: int, found: Collected, given: Mapping | None
) -> Steps:
    """Pairs of records, each with its row and how far into the file it ends."""
    flat = Flat()
    container = found.format
    for count, (row, record, done) in enumerate(records, 1):
        if isinstance(record, list):
            add_statements(row, record, found)
        elif shape := shape_of(record):
            if shape == "flat":
                flat.add(row, record)
            else:
                SHAPES[shape](row, record, found)
            if found.format == container:
                found.format = shape if shape != "flat" else flat_format(list(record)) or container
        else:
            found.skip(row, "It has no question and no answer.", as_text(record))
        if count % 100 == 0:
            yield done, total
    if flat.rows:
        mixed = bool(found.pairs)
        yield from flat.pairs(found, given)
        if mixed:
            found.pairs.sort(key=lambda pair: pair.row)
