"""Opens the database: one file, write-ahead log, numbered migrations, a copy before each of them.

Knows SQLite, not what the tables mean.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from engine.errors import UserError

Connection = sqlite3.Connection
Row = sqlite3.Row


class DamagedStore(UserError):
    """The file is no database, or one that is broken: it can only be put aside."""


def open_store(path: Path, migrations: Sequence[str]) -> Connection:
    """The database at `path`, brought to the version `len(migrations)`; made when it is not there.

    Commits survive the death of this process at any moment. Raises `UserError` for a file that is not a
    database, that is damaged, or that a later version of the app wrote.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        db = sqlite3.connect(path, isolation_level=None)
        try:
            db.row_factory = sqlite3.Row
            _configure(db)
            _migrate(db, path, migrations)
        except BaseException:
            db.close()
            raise
    except sqlite3.DatabaseError as error:
        # Operational: locked, full, not writable. All others say that the file itself is wrong.
        kind = UserError if isinstance(error, sqlite3.OperationalError) else DamagedStore
        raise kind(
            f"The file with your chats can't be opened: {error}",
            f"It is {path}. Move it elsewhere to start with an empty one; nothing in it has been changed.",
        ) from error
    except OSError as error:
        raise UserError(
            f"The folder {path.parent} can't be written: {error.strerror}", "Choose another with --data-dir."
        ) from error
    return db


def _configure(db: Connection) -> None:
    db.execute("PRAGMA journal_mode = WAL")
    # NORMAL syncs at checkpoints only: a commit costs no disk wait in the GUI thread and survives a crash of the
    # app; a power cut may lose the last commits, never the file.
    db.execute("PRAGMA synchronous = NORMAL")
    db.execute("PRAGMA foreign_keys = ON")
    db.execute("PRAGMA busy_timeout = 2000")


def _migrate(db: Connection, path: Path, migrations: Sequence[str]) -> None:
    version = int(db.execute("PRAGMA user_version").fetchone()[0])
    if version > len(migrations):
        raise UserError(
            "Your chats were written by a later version of Nextword",
            "Start that version, or move the file away to begin with an empty one: " + str(path),
        )
    if 0 < version < len(migrations):
        _copy(db, path.with_name(f"{path.name}.version-{version}"))
    for number, script in enumerate(migrations[version:], version + 1):
        with transaction(db):
            for statement in script.split(";\n"):
                db.execute(statement)
            db.execute(f"PRAGMA user_version = {number}")


def _copy(db: Connection, target: Path) -> None:
    with sqlite3.connect(target) as copy:
        db.backup(copy)
    copy.close()


def put_aside(path: Path, mark: str) -> Path:
    """Rename a store and its log, so that a new one can be begun; returns the new place."""
    aside = path.with_name(f"{path.name}.damaged-{mark}")
    for ending in ("", "-wal", "-shm"):
        part = path.with_name(path.name + ending)
        if part.exists():
            part.rename(aside.with_name(aside.name + ending))
    return aside


@contextmanager
def transaction(db: Connection) -> Iterator[None]:
    """All of the block, or none of it."""
    db.execute("BEGIN IMMEDIATE")
    try:
        yield
    except BaseException:
        db.execute("ROLLBACK")
        raise
    db.execute("COMMIT")


@contextmanager
def saving() -> Iterator[None]:
    """What the disk refuses while a person works becomes a sentence."""
    try:
        yield
    except sqlite3.OperationalError as error:
        raise UserError(
            f"This can't be saved: {error}", "Make room on the disk, then go on; what is on screen is still here."
        ) from error
