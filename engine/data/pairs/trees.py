"""Messages that each name the one they answer (Open Assistant): every reply becomes a pair. Knows only this layout."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from engine.data.pairs.collecting import Collected, Steps
from engine.data.pairs.conversations import role_of
from engine.messages import Message

DEEPEST = 64
"""Messages before a question that are kept."""


def is_tree(columns: Collection[str]) -> bool:
    return {"message_id", "parent_id", "role", "text"} <= set(columns)


def pairs_of_tree(rows: Sequence[tuple[int, dict[str, Any]]], found: Collected) -> Steps:
    """Several replies to one message are several pairs; the checks say that they differ."""
    found.format = "tree"
    messages = {str(record.get("message_id")): record for _, record in rows}
    answered = {str(record.get("parent_id")) for _, record in rows}
    for done, (row, record) in enumerate(rows, 1):
        path = _path(record, messages)
        if role_of(record.get("role")) == "assistant" and len(path) > 1 and path[-2].role == "user":
            found.pair(row, path[-2].text, path[-1].text, earlier=path[:-2])
        elif str(record.get("message_id")) not in answered or role_of(record.get("role")) == "assistant":
            found.skip(row, "The message is no reply to a question, and has none.", str(record.get("text")))
        if done % 500 == 0:
            yield done, len(rows)


def _path(record: dict[str, Any] | None, messages: dict[str, dict[str, Any]]) -> list[Message]:
    """The messages from the first one down to this."""
    path: list[Message] = []
    while record is not None and len(path) < DEEPEST:
        assistant = role_of(record.get("role")) == "assistant"
        path.append(Message("assistant" if assistant else "user", str(record.get("text") or "")))
        record = messages.get(str(record.get("parent_id")))
    return path[::-1]
