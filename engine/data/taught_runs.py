"""What each run over a set of pairs came to, kept so that it is shown again after a restart. Knows no engine.

A run is written down when it begins, so that one that was interrupted is found again under its set.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

from engine.data.pair_sets import PairState
from engine.data.store import Connection, Row, saving
from engine.messages import Answered, Recall, TeachOutcome, TeachSettings, Unrelated

States = Mapping[int, tuple[PairState, float | None]]


@dataclass(frozen=True, slots=True)
class TaughtRun:
    """`name` is of the model that it made, `title` what a person sees: "Library desk v4"."""

    id: int
    pair_set: int
    name: str
    title: str
    settings: TeachSettings
    outcome: TeachOutcome | None
    earlier_states: States
    """What was known of each pair before the run, for taking it back."""
    undone: bool


class TaughtRuns:
    """All runs of a person. `now` gives the time in seconds since 1970."""

    def __init__(self, db: Connection, now: Callable[[], float] = time.time) -> None:
        self._db = db
        self._now = now

    def begin(self, pair_set: int, name: str, title: str, settings: TeachSettings) -> int:
        with saving():
            added = self._db.execute(
                "INSERT INTO taught_run (pair_set, name, title, settings, started_at) VALUES (?, ?, ?, ?, ?)",
                (pair_set, name, title, json.dumps(asdict(settings)), self._now()),
            )
        return int(added.lastrowid or 0)

    def end(self, run: int, outcome: TeachOutcome, earlier_states: States) -> None:
        """The run came to something; its model may have another name than was asked for."""
        states = {str(pair): state for pair, state in earlier_states.items()}
        with saving():
            self._db.execute(
                "UPDATE taught_run SET name = ?, ended_at = ?, outcome = ?, earlier_states = ? WHERE id = ?",
                (outcome.name, self._now(), json.dumps(asdict(outcome)), json.dumps(states), run),
            )

    def set_undone(self, run: int, undone: bool) -> None:
        with saving():
            self._db.execute("UPDATE taught_run SET undone_at = ? WHERE id = ?", (self._now() if undone else None, run))

    def forget(self, run: int) -> None:
        """A run that came to nothing."""
        with saving():
            self._db.execute("DELETE FROM taught_run WHERE id = ?", (run,))

    def get(self, run: int) -> TaughtRun | None:
        return self._one("SELECT * FROM taught_run WHERE id = ?", run)

    def last(self, pair_set: int) -> TaughtRun | None:
        """The newest run that ended and was not taken back."""
        return self._one(
            "SELECT * FROM taught_run WHERE pair_set = ? AND outcome <> '' AND undone_at IS NULL "
            "ORDER BY id DESC LIMIT 1",
            pair_set,
        )

    def unfinished(self, name: str) -> TaughtRun | None:
        """The run that was to make this model and did not end."""
        return self._one("SELECT * FROM taught_run WHERE name = ? AND outcome = '' ORDER BY id DESC LIMIT 1", name)

    def knows(self, name: str) -> bool:
        """Whether a run made, or was to make, a model of this name."""
        return self._db.execute("SELECT 1 FROM taught_run WHERE name = ? LIMIT 1", (name,)).fetchone() is not None

    def rename(self, old: str, new: str) -> None:
        """A model that a run made has another name in the library now."""
        with saving():
            rows = self._db.execute("SELECT id, outcome FROM taught_run WHERE name = ?", (old,)).fetchall()
            for row in rows:
                outcome = json.dumps(json.loads(row["outcome"]) | {"name": new}) if row["outcome"] else ""
                self._db.execute("UPDATE taught_run SET name = ?, outcome = ? WHERE id = ?", (new, outcome, row["id"]))

    def versions(self, pair_set: int) -> int:
        """How many runs there were over a set."""
        return int(self._db.execute("SELECT count(*) FROM taught_run WHERE pair_set = ?", (pair_set,)).fetchone()[0])

    def _one(self, query: str, value: object) -> TaughtRun | None:
        row = self._db.execute(query, (value,)).fetchone()
        return _run(row) if row else None


def _run(row: Row) -> TaughtRun:
    states: dict[str, list[Any]] = json.loads(row["earlier_states"] or "{}")
    return TaughtRun(
        row["id"],
        row["pair_set"],
        row["name"],
        row["title"],
        TeachSettings(**json.loads(row["settings"])),
        _outcome(json.loads(row["outcome"])) if row["outcome"] else None,
        {int(pair): (state, recall) for pair, (state, recall) in states.items()},
        row["undone_at"] is not None,
    )


def _outcome(values: dict[str, Any]) -> TeachOutcome:
    return TeachOutcome(
        **values
        | {
            "recall": Recall(**values["recall"]),
            "rephrased": Recall(**values["rephrased"]),
            "answers": tuple(Answered(**one) for one in values["answers"]),
            "unrelated": tuple(Unrelated(**one) for one in values["unrelated"]),
        }
    )
