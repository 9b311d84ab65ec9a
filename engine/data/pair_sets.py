"""Named sets of pairs as a person types them: kept, searched, deleted and brought back. Knows no model and no window.

Pairs stand in the order of their numbers. A number is never given twice, so that a reply can name the pair it leans on.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import Literal

from engine.data.pairs.pair import Pair
from engine.data.store import Connection, Row, saving, transaction
from engine.messages import Lesson, Message, TeachSettings

PairState = Literal["", "learned", "half", "not"]
PairField = Literal["question", "answer"]
KEPT_AFTER_DELETE_S = 30 * 24 * 3600
MOST_AT_ONCE = 5_000
"""How many pairs one statement names; SQLite takes 32,766."""


@dataclass(frozen=True, slots=True)
class PairSet:
    """One set of the chooser. `pairs` counts those that are not deleted."""

    id: int
    title: str
    pairs: int


@dataclass(frozen=True, slots=True)
class StoredPair:
    """A pair as typed. `state` is "" until it was taught; `recall` is from 0 to 1."""

    id: int
    question: str
    answer: str
    system: str = ""
    earlier: tuple[Message, ...] = ()
    state: PairState = ""
    recall: float | None = None

    @property
    def whole(self) -> bool:
        """Whether there is something to teach."""
        return bool(self.question.strip() and self.answer.strip())

    @property
    def lesson(self) -> Lesson:
        return Lesson(self.id, self.question, self.answer, self.system, self.earlier)

    @property
    def pair(self) -> Pair:
        return Pair(self.question, self.answer, self.system, self.earlier)


class PairSets:
    """All sets of a person. `now` gives the time in seconds since 1970."""

    def __init__(self, db: Connection, now: Callable[[], float] = time.time) -> None:
        self._db = db
        self._now = now
        # SQLite folds the case of ASCII letters only, and people search for Ärzte too.
        db.create_function("casefold", 1, str.casefold, deterministic=True)

    def recover(self) -> None:
        """After a start: what was deleted more than 30 days ago goes for good."""
        before = self._now() - KEPT_AFTER_DELETE_S
        with saving(), transaction(self._db):
            for table in ("pair_set", "pair"):
                self._db.execute(f"DELETE FROM {table} WHERE deleted_at < ?", (before,))

    # ---- sets --------------------------------------------------------------------
    def list(self) -> list[PairSet]:
        """The one that was changed last comes first."""
        rows = self._db.execute(
            "SELECT s.id, s.title, (SELECT count(*) FROM pair p WHERE p.pair_set = s.id AND p.deleted_at IS NULL) "
            "FROM pair_set s WHERE s.deleted_at IS NULL ORDER BY s.updated_at DESC, s.id DESC"
        )
        return [PairSet(*row) for row in rows]

    def get(self, pair_set: int) -> PairSet | None:
        return next((one for one in self.list() if one.id == pair_set), None)

    def create(self, title: str) -> int:
        with saving():
            now = self._now()
            added = self._db.execute(
                "INSERT INTO pair_set (title, created_at, updated_at) VALUES (?, ?, ?)", (_kept(title), now, now)
            )
        return int(added.lastrowid or 0)

    def rename(self, pair_set: int, title: str) -> None:
        self._set(pair_set, "title", _kept(title))

    def delete(self, pair_set: int) -> None:
        """Out of the chooser; `restore` brings it back within 30 days."""
        self._set(pair_set, "deleted_at", self._now())

    def restore(self, pair_set: int) -> None:
        self._set(pair_set, "deleted_at", None)

    def settings(self, pair_set: int) -> TeachSettings:
        """What a run over this set is told."""
        row = self._db.execute("SELECT settings FROM pair_set WHERE id = ?", (pair_set,)).fetchone()
        return TeachSettings(**json.loads(row[0])) if row and row[0] else TeachSettings()

    def set_settings(self, pair_set: int, settings: TeachSettings) -> None:
        self._set(pair_set, "settings", json.dumps(asdict(settings)))

    def _set(self, pair_set: int, column: str, value: object) -> None:
        with saving():
            self._db.execute(f"UPDATE pair_set SET {column} = ? WHERE id = ?", (value, pair_set))

    def _touch(self, pair: int) -> None:
        self._db.execute(
            "UPDATE pair_set SET updated_at = ? WHERE id = (SELECT pair_set FROM pair WHERE id = ?)",
            (self._now(), pair),
        )

    # ---- pairs -------------------------------------------------------------------
    def ids(self, pair_set: int) -> list[int]:
        """The numbers of all pairs, in order."""
        rows = self._db.execute(
            "SELECT id FROM pair WHERE pair_set = ? AND deleted_at IS NULL ORDER BY id", (pair_set,)
        )
        return [row[0] for row in rows]

    def set_of(self, pair: int) -> int | None:
        """The set that a pair is in; None where there is no such pair, or it was deleted."""
        row = self._db.execute(
            "SELECT p.pair_set FROM pair p JOIN pair_set s ON s.id = p.pair_set "
            "WHERE p.id = ? AND p.deleted_at IS NULL AND s.deleted_at IS NULL",
            (pair,),
        ).fetchone()
        return int(row[0]) if row else None

    def read(self, ids: Sequence[int]) -> list[StoredPair]:
        """These pairs in the order of their numbers, whether deleted or not."""
        found: list[StoredPair] = []
        for start in range(0, len(ids), MOST_AT_ONCE):
            part = ids[start : start + MOST_AT_ONCE]
            marks = ", ".join("?" * len(part))
            found += map(
                _stored,
                self._db.execute(
                    "SELECT id, question, answer, system, earlier, state, recall FROM pair "
                    f"WHERE id IN ({marks}) ORDER BY id",
                    tuple(part),
                ),
            )
        return found

    def matching(self, pair_set: int, words: str) -> list[int]:
        """The pairs whose question or answer holds this text, whatever its case."""
        rows = self._db.execute(
            "SELECT id FROM pair WHERE pair_set = ?1 AND deleted_at IS NULL "
            "AND (instr(casefold(question), ?2) OR instr(casefold(answer), ?2)) ORDER BY id",
            (pair_set, words.casefold()),
        )
        return [row[0] for row in rows]

    def add(self, pair_set: int, pairs: Iterable[Pair]) -> list[int]:
        """Put pairs at the end; returns their numbers."""
        ids: list[int] = []
        with saving(), transaction(self._db):
            for pair in pairs:
                added = self._db.execute(
                    "INSERT INTO pair (pair_set, question, answer, system, earlier) VALUES (?, ?, ?, ?, ?)",
                    (pair_set, _kept(pair.question), _kept(pair.answer), _kept(pair.system), _packed(pair.earlier)),
                )
                ids.append(int(added.lastrowid or 0))
            if ids:
                self._touch(ids[0])
        return ids

    def put(self, pairs: Iterable[StoredPair]) -> None:
        """Write pairs as they are given, over what they were."""
        with saving(), transaction(self._db):
            for one in pairs:
                self._db.execute(
                    "UPDATE pair SET question = ?, answer = ?, system = ?, earlier = ?, state = ?, recall = ? "
                    "WHERE id = ?",
                    (
                        _kept(one.question),
                        _kept(one.answer),
                        _kept(one.system),
                        _packed(one.earlier),
                        one.state,
                        one.recall,
                        one.id,
                    ),
                )
                self._touch(one.id)

    def remove(self, ids: Sequence[int]) -> None:
        """Out of the table; `bring_back` puts them where they were, within 30 days."""
        self._mark_deleted(ids, self._now())

    def bring_back(self, ids: Sequence[int]) -> None:
        self._mark_deleted(ids, None)

    def _mark_deleted(self, ids: Sequence[int], when: float | None) -> None:
        with saving(), transaction(self._db):
            self._db.executemany("UPDATE pair SET deleted_at = ? WHERE id = ?", [(when, one) for one in ids])
            if ids:
                self._touch(ids[0])

    def mark(self, states: Iterable[tuple[int, PairState, float | None]]) -> None:
        """What a run said about pairs: number, state, recall."""
        with saving(), transaction(self._db):
            self._db.executemany(
                "UPDATE pair SET state = ?2, recall = ?3 WHERE id = ?1", [(one, s, r) for one, s, r in states]
            )

    # ---- what is being typed -----------------------------------------------------
    def keep_draft(self, pair: int, field: PairField, text: str) -> None:
        """What stands in the editor now, which is not the pair's text before the editor is left."""
        with saving():
            self._db.execute("INSERT OR REPLACE INTO pair_draft VALUES (?, ?, ?)", (pair, field, _kept(text)))

    def drop_draft(self, pair: int) -> None:
        with saving():
            self._db.execute("DELETE FROM pair_draft WHERE pair = ?", (pair,))

    def drafts(self, pair_set: int) -> list[tuple[int, PairField, str]]:
        """What was being typed in this set when the app died."""
        rows = self._db.execute(
            "SELECT d.pair, d.field, d.text FROM pair_draft d JOIN pair p ON p.id = d.pair "
            "WHERE p.pair_set = ? AND p.deleted_at IS NULL ORDER BY d.pair",
            (pair_set,),
        )
        return [(row[0], row[1], row[2]) for row in rows]


def _kept(text: str) -> str:
    """NUL ends a string for SQLite, and half a surrogate pair is no character that it can keep."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def _packed(earlier: Sequence[Message]) -> str:
    return json.dumps([[m.role, m.text] for m in earlier]) if earlier else ""


def _stored(row: Row) -> StoredPair:
    number, question, answer, system, earlier, state, recall = row
    turns = tuple(Message(role, text) for role, text in json.loads(earlier)) if earlier else ()
    return StoredPair(number, question, answer, system, turns, state, recall)
