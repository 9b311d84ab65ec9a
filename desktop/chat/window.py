"""Which messages of a chat the model no longer reads. Knows the policies by name, no widget."""

from __future__ import annotations

from collections.abc import Sequence

from engine.data.chats import StoredMessage
from engine.messages import Overflow


def unread(messages: Sequence[StoredMessage], dropped: int, overflow: Overflow) -> frozenset[int]:
    """Ids of the `dropped` messages that do not fit, in the order in which `overflow` leaves them out."""
    if dropped <= 0 or overflow == "stop":
        return frozenset()
    read = [m.id for m in messages if m.text]  # failed replies have no text and are not read anyway
    if overflow == "drop_middle":
        second = _second_question(messages)
        read = read[second:] + read[:second]
    return frozenset(read[:dropped])


def _second_question(messages: Sequence[StoredMessage]) -> int:
    """Where the second turn begins: the first is dropped last."""
    questions = [place for place, m in enumerate(m for m in messages if m.text) if m.role == "user"]
    return questions[1] if len(questions) > 1 else 0
