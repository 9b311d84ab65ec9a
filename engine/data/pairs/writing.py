"""Pairs into files that other programs open, and that read back as the same pairs. Knows two layouts: CSV and JSONL.

Written aside, synced and renamed, so that a crash leaves the old file or the new one.
"""

from __future__ import annotations

import csv
import io
import json
import os
import re
import tempfile
from collections.abc import Iterable, Sequence
from itertools import pairwise
from pathlib import Path

from engine.data.pairs.pair import Pair
from engine.data.pairs.pair_file import Skipped
from engine.errors import UserError
from engine.messages import Message

_FORMULA = re.compile(r"'*\s*[=+\-@]")


def write_csv(pairs: Sequence[Pair], path: Path) -> None:
    """A table that spreadsheets open as it is: UTF-8 with its mark, and no cell is run as a formula."""
    names = ["question", "answer"]
    if any(pair.system for pair in pairs):
        names.append("system")
    if any(pair.earlier for pair in pairs):
        names.append("history")
    rows = [names]
    for pair in pairs:
        earlier = json.dumps(_messages(pair.earlier), ensure_ascii=False) if pair.earlier else ""
        cells = {"question": pair.question, "answer": pair.answer, "system": pair.system, "history": earlier}
        rows.append([cells[name] for name in names])
    _write(_table(rows), path)


def write_jsonl(pairs: Sequence[Pair], path: Path) -> None:
    """One object a line: question and answer, or OpenAI's messages with weight 0 for the answers before the last."""
    lines = (json.dumps(_record(pair), ensure_ascii=False) + "\n" for pair in pairs)
    _write("".join(lines), path)


def write_skipped(skipped: Iterable[Skipped], path: Path) -> None:
    """What was left out and why, as a table."""
    _write(_table([["row", "reason", "text"], *([str(s.row), s.reason, s.text] for s in skipped)]), path)


def guarded(cell: str) -> str:
    """With an apostrophe before what a spreadsheet would take for a formula; reading takes it off again."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def _table(rows: Iterable[Sequence[str]]) -> str:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([guarded(cell) for cell in row] for row in rows)
    return "\ufeff" + text.getvalue()


def _record(pair: Pair) -> dict[str, object]:
    turns = [*pair.earlier, Message("user", pair.question), Message("assistant", pair.answer)]
    takes_turns = all(a.role != b.role for a, b in pairwise(turns))
    if pair.earlier and takes_turns and all(turn.text.strip() for turn in turns):
        messages: list[dict[str, object]] = [{"role": "system", "content": pair.system}] if pair.system else []
        messages += _messages(turns)
        for message in messages[:-1]:
            if message["role"] == "assistant":
                message["weight"] = 0
        return {"messages": messages}
    record: dict[str, object] = {"question": pair.question, "answer": pair.answer}
    if pair.system:
        record["system"] = pair.system
    if pair.earlier:
        record["history"] = _messages(pair.earlier)
    return record


def _messages(turns: Iterable[Message]) -> list[dict[str, object]]:
    return [{"role": turn.role, "content": turn.text} for turn in turns]


def _write(text: str, path: Path) -> None:
    try:
        data = text.encode("utf-8")
    except UnicodeEncodeError as error:
        raise UserError(
            "A pair holds half a character, which no file can keep", "Take it out and try again."
        ) from error
    aside = ""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, aside = tempfile.mkstemp(prefix=f".{path.name[:50]}.", dir=path.parent)
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        Path(aside).chmod(0o644)
        Path(aside).replace(path)
    except OSError as error:
        if aside:
            Path(aside).unlink(missing_ok=True)
        raise UserError(f"{path} cannot be written: {error.strerror}", "Choose another place.") from error
