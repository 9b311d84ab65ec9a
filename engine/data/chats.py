"""The conversation tree: chats and their messages, each message under its parent. Knows no model and no window.

Only `chat.tip` ever moves: it names the leaf on screen, and the messages shown are its ancestors. Regenerating and
editing add siblings; nothing that was written is overwritten.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from engine.data.store import Connection, Row, saving, transaction

State = Literal["done", "stopped", "failed", "writing"]
KEPT_AFTER_DELETE_S = 30 * 24 * 3600


@dataclass(frozen=True, slots=True)
class Chat:
    """One row of the list. `instructions` and `sampling` (JSON) are None where the defaults hold. Times: Unix, s."""

    id: int
    title: str
    created_at: float
    updated_at: float
    pinned: bool
    tip: int | None
    draft: str
    instructions: str | None
    sampling: str | None


@dataclass(frozen=True, slots=True)
class StoredMessage:
    """A message on the path to the tip, with its place among its siblings (`nth` counts from 1)."""

    id: int
    chat: int
    parent: int | None
    role: Literal["user", "assistant"]
    text: str
    state: State
    created_at: float
    nth: int
    siblings: int


_CHAT = "id, title, created_at, updated_at, pinned, tip, draft, instructions, sampling"

_PATH = """
WITH RECURSIVE up(id, parent, depth) AS (
  SELECT id, parent, 0 FROM message WHERE id = ?
  UNION ALL
  SELECT m.id, m.parent, up.depth + 1 FROM message m JOIN up ON m.id = up.parent)
SELECT m.id, m.chat, m.parent, m.role, m.text, m.state, m.created_at,
  (SELECT count(*) FROM message s WHERE s.chat = m.chat AND s.parent IS m.parent AND s.id <= m.id) AS nth,
  (SELECT count(*) FROM message s WHERE s.chat = m.chat AND s.parent IS m.parent) AS siblings
FROM up JOIN message m USING (id) ORDER BY up.depth DESC"""

_NEWEST_LEAF = """
WITH RECURSIVE down(id) AS (
  SELECT ?
  UNION ALL
  SELECT (SELECT max(id) FROM message WHERE parent = down.id) FROM down WHERE down.id IS NOT NULL)
SELECT max(id) FROM down"""


class Chats:
    """All chats of a person. `now` gives the time in seconds since 1970."""

    def __init__(self, db: Connection, now: Callable[[], float] = time.time) -> None:
        self._db = db
        self._now = now

    def recover(self) -> int:
        """After a start: what was being written when the app died counts as stopped. Returns how many."""
        with saving(), transaction(self._db):
            self._db.execute(
                "DELETE FROM chat WHERE deleted_at IS NOT NULL AND deleted_at < ?", (self._now() - KEPT_AFTER_DELETE_S,)
            )
            return self._db.execute("UPDATE message SET state = 'stopped' WHERE state = 'writing'").rowcount

    # ---- chats -------------------------------------------------------------------
    def list(self) -> list[Chat]:
        """Pinned ones first, then the newest."""
        rows = self._db.execute(
            f"SELECT {_CHAT} FROM chat WHERE deleted_at IS NULL ORDER BY pinned DESC, updated_at DESC, id DESC"
        )
        return [_chat(row) for row in rows]

    def get(self, chat: int) -> Chat | None:
        row = self._db.execute(f"SELECT {_CHAT} FROM chat WHERE id = ? AND deleted_at IS NULL", (chat,)).fetchone()
        return _chat(row) if row else None

    def create(self, title: str = "") -> int:
        with saving():
            now = self._now()
            added = self._db.execute(
                "INSERT INTO chat (title, created_at, updated_at) VALUES (?, ?, ?)", (title, now, now)
            )
        return int(added.lastrowid or 0)

    def rename(self, chat: int, title: str) -> None:
        self._set(chat, "title", title)

    def pin(self, chat: int, pinned: bool) -> None:
        self._set(chat, "pinned", int(pinned))

    def set_draft(self, chat: int, draft: str) -> None:
        self._set(chat, "draft", draft)

    def set_instructions(self, chat: int, instructions: str | None) -> None:
        self._set(chat, "instructions", instructions)

    def set_sampling(self, chat: int, sampling: str | None) -> None:
        self._set(chat, "sampling", sampling)

    def delete(self, chat: int) -> None:
        """Out of the list; `restore` brings it back within 30 days."""
        self._set(chat, "deleted_at", self._now())

    def restore(self, chat: int) -> None:
        self._set(chat, "deleted_at", None)

    def _set(self, chat: int, column: str, value: object) -> None:
        with saving():
            self._db.execute(f"UPDATE chat SET {column} = ? WHERE id = ?", (value, chat))

    # ---- messages ----------------------------------------------------------------
    def path(self, chat: int) -> list[StoredMessage]:
        """The messages on screen, from the first to the tip."""
        tip = self._db.execute("SELECT tip FROM chat WHERE id = ?", (chat,)).fetchone()
        return [] if tip is None else [StoredMessage(**row) for row in self._db.execute(_PATH, (tip["tip"],))]

    def add(
        self, chat: int, parent: int | None, role: Literal["user", "assistant"], text: str, state: State = "done"
    ) -> int:
        """Write a message under `parent` and make it the tip."""
        with saving(), transaction(self._db):
            now = self._now()
            added = self._db.execute(
                "INSERT INTO message (chat, parent, role, text, state, created_at) VALUES (?, ?, ?, ?, ?, ?)",
                (chat, parent, role, text, state, now),
            )
            message = int(added.lastrowid or 0)
            self._db.execute("UPDATE chat SET tip = ?, updated_at = ? WHERE id = ?", (message, now, chat))
            self._db.execute("UPDATE chat SET draft = '' WHERE id = ? AND ? = 'user'", (chat, role))
        return message

    def show_sibling(self, message: int, step: int) -> int:
        """Turn to the version `step` places away and its newest continuation; returns the new tip."""
        row = self._db.execute("SELECT chat, parent FROM message WHERE id = ?", (message,)).fetchone()
        ids = [
            r[0]
            for r in self._db.execute(
                "SELECT id FROM message WHERE chat = ? AND parent IS ? ORDER BY id", (row["chat"], row["parent"])
            )
        ]
        target = ids[max(0, min(len(ids) - 1, ids.index(message) + step))]
        tip = int(self._db.execute(_NEWEST_LEAF, (target,)).fetchone()[0])
        self.show(row["chat"], tip)
        return tip

    def show(self, chat: int, tip: int | None) -> None:
        """Make `tip` the leaf on screen."""
        self._set(chat, "tip", tip)

    def search(self, words: str, limit: int = 100) -> list[tuple[int, str]]:
        """Chats whose title or messages hold all the words (by their beginnings), with a snippet of the hit."""
        words = words.replace("\0", " ")  # ends a string for SQLite
        terms = " ".join('"' + word.replace('"', '""') + '"*' for word in words.split())
        if not terms:
            return []
        like = "%" + words.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        titles = self._db.execute(
            "SELECT id, '' FROM chat WHERE deleted_at IS NULL AND title LIKE ? ESCAPE '\\' "
            "ORDER BY updated_at DESC LIMIT ?",
            (like, limit),
        )
        found = {int(row[0]): "" for row in titles}
        bodies = self._db.execute(
            "SELECT m.chat, snippet(message_text, 0, '', '', '…', 10) FROM message_text "
            "JOIN message m ON m.id = message_text.rowid JOIN chat c ON c.id = m.chat "
            "WHERE message_text MATCH ? AND c.deleted_at IS NULL ORDER BY m.id DESC LIMIT ?",
            (terms, limit),
        )
        for chat, snippet in bodies:
            found.setdefault(int(chat), str(snippet).replace("\n", " "))
        return list(found.items())


def _chat(row: Row) -> Chat:
    return Chat(**{**dict(row), "pinned": bool(row["pinned"])})
