"""The settings file: what comes back, what a bad file does, and what is never lost."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.errors import UserError
from engine.settings import DECLARED, Declared, SettingsStore, to_toml, toml_value


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "config" / "settings.toml"


def write(path: Path, text: str | bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)


def test_without_a_file_everything_is_at_its_default_and_nothing_is_written(path: Path) -> None:
    store = SettingsStore(path)
    assert store.problem == ""
    assert {key: store.get(key) for key in DECLARED} == {key: one.default for key, one in DECLARED.items()}
    assert not path.parent.exists()


def test_only_what_differs_from_the_default_is_written(path: Path) -> None:
    store = SettingsStore(path)
    store.set("generation.temperature", 0.25)
    store.set("general.theme", "dark")
    store.set("general.theme", "system")
    assert tomllib.loads(path.read_text("utf-8")) == {"version": 1, "generation": {"temperature": 0.25}}


def test_a_change_comes_back_after_a_restart(path: Path) -> None:
    store = SettingsStore(path)
    store.set("generation.instructions", 'Be brief.\nSay "hm" \\ \x7f 🙂')
    store.set("hardware.threads", 3)
    again = SettingsStore(path)
    assert again.problem == ""
    assert again.values == store.values


def test_listeners_hear_the_key_until_they_stop_listening(path: Path) -> None:
    store, heard = SettingsStore(path), []
    stop = store.on_change(heard.append)
    store.set("general.tint", False)
    store.set("general.tint", False)
    stop()
    stop()
    store.set("general.tint", True)
    assert heard == ["general.tint"]


def test_a_setting_that_is_not_declared_is_a_bug_and_says_so(path: Path) -> None:
    with pytest.raises(KeyError):
        SettingsStore(path).set("general.colour_of_the_sky", "blue")
    with pytest.raises(KeyError):
        SettingsStore(path).get("general.colour_of_the_sky")


def test_a_value_that_is_not_allowed_changes_nothing(path: Path) -> None:
    store = SettingsStore(path)
    with pytest.raises(UserError) as told:
        store.set("general.text_size", 500)
    assert "Text size" in told.value.message and "80" in told.value.hint
    assert store.get("general.text_size") == 100 and not path.exists()


@pytest.mark.parametrize(
    "content",
    ["not = = toml", b"\xff\xfe\x00", b"x" * (1 << 21), "a = " + "[" * 5000],
    ids=["not TOML", "not UTF-8", "too large", "nested too deep"],
)
def test_a_damaged_file_is_kept_aside_and_said_so(path: Path, content: str | bytes) -> None:
    write(path, content)
    store = SettingsStore(path)
    assert store.get("general.theme") == "system"
    assert "settings.toml.bad" in store.problem and store.problem.endswith(".")
    assert not path.exists() and path.with_name("settings.toml.bad").exists()
    store.set("general.theme", "dark")
    assert SettingsStore(path).get("general.theme") == "dark"


def test_a_folder_in_the_place_of_the_file_is_said_and_left_alone(path: Path) -> None:
    path.mkdir(parents=True)
    store = SettingsStore(path)
    assert "could not be read" in store.problem and path.is_dir()
    with pytest.raises(UserError):
        store.set("general.theme", "dark")
    assert store.get("general.theme") == "dark", "the change holds until the app is closed"
    assert [entry.name for entry in path.parent.iterdir()] == ["settings.toml"], "nothing half-written stays"


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ('[general]\ntext_size = "big"', "general.text_size"),
        ("[general]\ntext_size = 5000", "general.text_size"),
        ("[general]\ntint = 1", "general.tint"),
        ('[general]\ntheme = "pink"', "general.theme"),
        ("[generation]\ntemperature = nan", "generation.temperature"),
        ("[generation]\ninstructions = [1, 2]", "generation.instructions"),
        ("[hardware]\nthreads = 99999999999999999999", "hardware.threads"),
    ],
)
def test_a_value_of_the_wrong_kind_becomes_the_default_with_a_sentence(path: Path, line: str, key: str) -> None:
    write(path, f"version = 1\n{line}\n[privacy]\nreceipts = false\n")
    store = SettingsStore(path)
    assert store.get(key) == DECLARED[key].default
    assert DECLARED[key].label in store.problem
    assert store.get("privacy.receipts") is False, "the rest of the file still counts"


def test_what_is_not_known_is_left_out_with_a_sentence(path: Path) -> None:
    write(path, 'weather = "fine"\n[general]\nsmell = 3\ntint = false\n[moon]\nfull = true\n')
    store = SettingsStore(path)
    assert store.get("general.tint") is False
    for name in ("weather", "general.smell", "moon"):
        assert f"“{name}”" in store.problem


def test_many_problems_make_three_sentences_and_a_number(path: Path) -> None:
    write(path, "\n".join(f"unknown{n} = 1" for n in range(40)))
    assert "37 more settings" in SettingsStore(path).problem


def test_an_older_file_is_brought_up_to_date_step_by_step(path: Path) -> None:
    def rename(tables: dict[str, Any]) -> dict[str, Any]:
        return {"general": {"text_size": tables["look"]["scale"]}}

    def double(tables: dict[str, Any]) -> dict[str, Any]:
        return {"general": {"text_size": tables["general"]["text_size"] * 2}}

    write(path, "version = 1\n[look]\nscale = 60\n")
    store = SettingsStore(path, (rename, double))
    assert store.problem == "" and store.get("general.text_size") == 120
    store.set("general.tint", False)
    assert tomllib.loads(path.read_text("utf-8"))["version"] == 3
    assert SettingsStore(path, (rename, double)).get("general.text_size") == 120, "a new file is not migrated again"


def test_a_file_from_a_newer_version_is_copied_before_it_is_written_over(path: Path) -> None:
    newer = "version = 9\n[general]\ntint = false\n"
    write(path, newer)
    store = SettingsStore(path)
    assert "newer" in store.problem and store.get("general.tint") is False
    assert path.read_text("utf-8") == newer
    store.set("general.theme", "dark")
    assert path.with_name("settings.toml.newer").read_text("utf-8") == newer


def test_keys_of_any_action_are_kept_and_can_be_taken_away(path: Path) -> None:
    store = SettingsStore(path)
    assert store.get("shortcuts.new_chat") is None
    store.set("shortcuts.new_chat", "Ctrl+Shift+X")
    store.set("shortcuts.odd name", "")
    again = SettingsStore(path)
    assert again.get("shortcuts.new_chat") == "Ctrl+Shift+X" and again.get("shortcuts.odd name") == ""
    again.reset("shortcuts.new_chat")
    assert SettingsStore(path).get("shortcuts.new_chat") is None
    with pytest.raises(UserError):
        store.set("shortcuts.stop", 7)


def test_a_write_that_fails_leaves_the_old_file_whole(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = SettingsStore(path)
    store.set("general.theme", "dark")
    before = path.read_bytes()

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(UserError, match="No space left"):
        store.set("general.theme", "light")
    assert path.read_bytes() == before
    assert [entry.name for entry in path.parent.iterdir()] == ["settings.toml"]


def values_of(one: Declared) -> st.SearchStrategy[Any]:
    if one.choices:
        return st.sampled_from([value for value, _ in one.choices])
    if isinstance(one.default, bool):
        return st.booleans()
    if isinstance(one.default, str):
        return st.text(max_size=200)
    if isinstance(one.default, int):
        return st.integers(int(one.minimum or 0), int(one.maximum or 0))
    return st.floats(one.minimum, one.maximum, allow_nan=False)


@given(st.fixed_dictionaries({}, optional={key: values_of(one) for key, one in DECLARED.items()}))
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_set_comes_back(tmp_path: Path, chosen: dict[str, Any]) -> None:
    path = tmp_path / "settings.toml"
    path.unlink(missing_ok=True)
    store = SettingsStore(path)
    for key, value in chosen.items():
        store.set(key, value)
    again = SettingsStore(path)
    assert again.problem == "" and again.values == store.values


@given(st.text(), st.text())
def test_any_text_survives_as_key_and_value(key: str, value: str) -> None:
    line = f"{toml_value(key)} = {toml_value(value)}"
    assert tomllib.loads(line) == {key: value}


def test_the_defaults_make_a_file_with_nothing_but_the_version(path: Path) -> None:
    assert to_toml(SettingsStore(path).values, 1) == "version = 1\n"
