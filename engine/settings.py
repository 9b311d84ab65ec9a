"""The preferences on disk: TOML, only what differs from the default, read with care and written atomically.

Knows the form of the file, not what a setting does. Used from one thread.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from engine.errors import UserError
from engine.preferences import DECLARED, Declared, Settings, Value, is_text

Migration = Callable[[dict[str, Any]], dict[str, Any]]

MIGRATIONS: tuple[Migration, ...] = ()
"""MIGRATIONS[n - 1] turns the tables of version n into those of version n + 1."""
LARGEST_FILE = 1 << 20
BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
SENTENCES_SHOWN = 3

__all__ = ["DECLARED", "Declared", "Settings", "SettingsStore", "Value"]


class SettingsStore:
    """The one owner of the preferences: made once, passed to whoever needs it."""

    def __init__(self, path: Path, migrations: tuple[Migration, ...] = MIGRATIONS) -> None:
        self._path = path
        self._version = len(migrations) + 1
        self._newer = False
        self._listeners: list[Callable[[str], None]] = []
        self._problems: list[str] = []
        self.values = self._read(migrations)

    @property
    def problem(self) -> str:
        """What was wrong with the file, in sentences; empty when nothing was."""
        more = len(self._problems) - SENTENCES_SHOWN
        rest = [f"{more} more settings could not be used."] if more > 0 else []
        return " ".join(self._problems[:SENTENCES_SHOWN] + rest)

    def get(self, key: str) -> Any:
        """The value of "group.name"; of "shortcuts.action" the keys, or None where they were not changed."""
        group, name = key.split(".", 1)
        if group == "shortcuts":
            return self.values.shortcuts.get(name)
        return getattr(getattr(self.values, group), DECLARED[key].key.split(".")[1])

    def set(self, key: str, value: object) -> None:
        """Change, tell and save. `UserError` for a value that is not allowed, or when the file cannot be written:
        then the change holds until the app is closed."""
        group, name = key.split(".", 1)
        if group == "shortcuts":
            changed = self._with_shortcut(name, value)
        else:
            part = replace(getattr(self.values, group), **{name: DECLARED[key].check(value)})
            changed = replace(self.values, **{group: part})
        if changed == self.values:
            return
        self.values = changed
        for listener in list(self._listeners):
            listener(key)
        self._save()

    def reset(self, key: str) -> None:
        self.set(key, None if key.startswith("shortcuts.") else DECLARED[key].default)

    def on_change(self, callback: Callable[[str], None]) -> Callable[[], None]:
        """`callback` gets the key of every change from now on, until the returned function is called."""
        self._listeners.append(callback)
        return lambda: self._listeners.remove(callback) if callback in self._listeners else None

    def _with_shortcut(self, action: str, keys: object) -> Settings:
        shortcuts = {name: value for name, value in self.values.shortcuts.items() if name != action}
        if keys is not None:
            shortcuts[action] = checked_keys(action, keys)
        return replace(self.values, shortcuts=shortcuts)

    # ---- reading
    def _read(self, migrations: tuple[Migration, ...]) -> Settings:
        tables = self._load()
        version = tables.pop("version", self._version)
        if type(version) is not int or version < 1:
            self._problems.append("The settings file does not say its version, so it was read as the newest.")
            version = self._version
        if version > self._version:
            self._newer = True
            self._problems.append("The settings were written by a newer Nextword; what is known here is used.")
        for migration in migrations[version - 1 :]:
            tables = migration(tables)
        return self._values(tables)

    def _load(self) -> dict[str, Any]:
        try:
            with self._path.open("rb") as file:
                content = file.read(LARGEST_FILE + 1)
            if len(content) > LARGEST_FILE:
                raise ValueError("too large")
            return tomllib.loads(content.decode("utf-8"))
        except FileNotFoundError:
            return {}
        except OSError as error:
            self._problems.append(f"The settings could not be read ({error.strerror}), so the defaults are used.")
        except (ValueError, RecursionError):  # not UTF-8, not TOML, too large, or nested beyond reason
            self._set_aside()
        return {}

    def _set_aside(self) -> None:
        bad = self._path.with_name(self._path.name + ".bad")
        try:
            self._path.replace(bad)
        except OSError:
            self._problems.append("The settings file is damaged, so the defaults are used.")
        else:
            self._problems.append(
                f"The settings file was damaged. It is kept as {bad.name}, and the defaults are used."
            )

    def _values(self, tables: dict[str, Any]) -> Settings:
        """The defaults, and over them what the file says and the declaration allows."""
        settings = Settings()
        for group, table in tables.items():
            if not isinstance(table, dict) or group not in Settings.__dataclass_fields__:
                self._problems.append(f"The setting “{group}” is not known and was left out.")
            elif group == "shortcuts":
                settings = replace(settings, shortcuts=dict(self._shortcuts(table)))
            else:
                part = replace(getattr(settings, group), **dict(self._allowed(group, table)))
                settings = replace(settings, **{group: part})
        return settings

    def _allowed(self, group: str, table: dict[str, Any]) -> Iterator[tuple[str, Value]]:
        for name, value in table.items():
            declared = DECLARED.get(f"{group}.{name}")
            if declared is None:
                self._problems.append(f"The setting “{group}.{name}” is not known and was left out.")
                continue
            try:
                yield name, declared.check(value)
            except UserError as error:
                self._problems.append(f"{error.message}, so the default is used.")

    def _shortcuts(self, table: dict[str, Any]) -> Iterator[tuple[str, str]]:
        for action, keys in table.items():
            try:
                yield action, checked_keys(action, keys)
            except UserError as error:
                self._problems.append(f"{error.message}, so the default is used.")

    # ---- writing
    def _save(self) -> None:
        aside = self._path.with_name(f"{self._path.name}.{os.getpid()}.part")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            if self._newer:
                shutil.copyfile(self._path, self._path.with_name(self._path.name + ".newer"))
                self._newer = False
            write_through(aside, to_toml(self.values, self._version).encode("utf-8"))
            aside.replace(self._path)
        except OSError as error:
            with contextlib.suppress(OSError):
                aside.unlink(missing_ok=True)
            reason = error.strerror or type(error).__name__
            raise UserError(
                f"The settings could not be saved: {reason}",
                f"They hold until you close Nextword. Look at {self._path}.",
            ) from error


def write_through(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def checked_keys(action: str, keys: object) -> str:
    if not isinstance(keys, str) or len(keys) > 100 or not is_text(keys):
        raise UserError(f"The keys for “{action}” cannot be {keys!r}", 'They are text, such as "Ctrl+N".')
    return keys


def to_toml(settings: Settings, version: int) -> str:
    """Only what differs from the default, one table a group."""
    groups: dict[str, dict[str, Value]] = {}
    for key, declared in DECLARED.items():
        group, name = key.split(".")
        value = getattr(getattr(settings, group), name)
        if value != declared.default:
            groups.setdefault(group, {})[name] = value
    tables: dict[str, Mapping[str, Value]] = {**groups}
    if settings.shortcuts:
        tables["shortcuts"] = settings.shortcuts
    lines = [f"version = {version}"]
    for group, table in tables.items():
        lines += ["", f"[{group}]"] + [f"{toml_key(name)} = {toml_value(value)}" for name, value in table.items()]
    return "\n".join(lines) + "\n"


def toml_key(name: str) -> str:
    return name if BARE_KEY.fullmatch(name) else toml_value(name)


def toml_value(value: Value) -> str:
    """JSON and TOML write booleans, numbers and strings alike, but TOML wants DEL escaped too."""
    return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
