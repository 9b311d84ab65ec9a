"""Actions and keys: unique as they come, changed by a person, and never two actions on one key."""

from __future__ import annotations

import pytest
from PySide6.QtGui import QKeySequence

from desktop.shortcuts import ACTIONS, chosen_keys, give, keys_of, shown, taken_by
from engine.settings import SettingsStore


def test_no_two_actions_come_with_the_same_keys(settings: SettingsStore) -> None:
    all_keys = [QKeySequence(keys).toString() for action in ACTIONS for keys in keys_of(settings, action.id)]
    assert len(all_keys) == len(set(all_keys))
    assert len({action.id for action in ACTIONS}) == len(ACTIONS)


@pytest.mark.parametrize("action", ACTIONS, ids=lambda action: action.id)
def test_its_keys_can_be_read_by_qt(action: object, settings: SettingsStore) -> None:
    for keys in keys_of(settings, action.id):  # pyright: ignore[reportAttributeAccessIssue]
        assert QKeySequence(keys).count() == 1 and shown(keys)


def test_keys_that_are_taken_name_the_other_action_and_change_nothing(settings: SettingsStore) -> None:
    other = give(settings, "new_chat", "Ctrl+K")
    assert other is not None and other.id == "search_chats"
    assert chosen_keys(settings, "new_chat") == "Ctrl+N"


def test_fixed_further_keys_are_taken_too(settings: SettingsStore) -> None:
    other = give(settings, "new_chat", "Ctrl+=")
    assert other is not None and other.id == "text_larger"


def test_new_keys_free_the_old_ones(settings: SettingsStore) -> None:
    assert give(settings, "search_chats", "Ctrl+Shift+K") is None
    assert give(settings, "new_chat", "Ctrl+K") is None
    assert keys_of(settings, "new_chat") == ("Ctrl+K",)
    other = give(settings, "search_chats", "Ctrl+K")
    assert other is not None and other.id == "new_chat"


def test_keys_can_be_taken_away_and_given_back(settings: SettingsStore) -> None:
    assert give(settings, "next_unsure", "") is None
    assert keys_of(settings, "next_unsure") == ()
    assert give(settings, "next_unsure", "F8") is None
    assert settings.get("shortcuts.next_unsure") is None, "the usual keys are no change"


def test_an_action_does_not_conflict_with_itself(settings: SettingsStore) -> None:
    assert taken_by(settings, "Ctrl+N", "new_chat") is None
