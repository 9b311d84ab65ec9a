"""What has keys, and which: the list of actions, and the keys a person gave them. Knows not what an action does."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QKeySequence

from engine.settings import SettingsStore


@dataclass(frozen=True, slots=True)
class Action:
    """`keys` are the usual ones, in Qt's portable spelling; `also` are further ones that cannot be changed."""

    id: str
    label: str
    keys: str
    also: tuple[str, ...] = ()


ACTIONS: tuple[Action, ...] = (
    Action("new_chat", "New chat", "Ctrl+N"),
    Action("search_chats", "Search all chats", "Ctrl+K"),
    Action("find", "Find in this chat", "Ctrl+F"),
    Action("toggle_list", "Show or hide the list of chats", "Ctrl+B"),
    Action("toggle_dock", "Show or hide the next words", "Ctrl+Shift+B"),
    Action("focus_composer", "Go to the message box", "Shift+Esc"),
    Action("stop", "Stop writing", "Esc"),
    Action("write_again", "Write the reply again", "Ctrl+R"),
    Action("continue", "Continue a cut reply", "Alt+Return"),
    Action("copy_last", "Copy the last reply", "Ctrl+Shift+C"),
    Action("word_left", "Previous word of a reply", "Alt+Left"),
    Action("word_right", "Next word of a reply", "Alt+Right"),
    Action("next_unsure", "Next unsure word", "F8"),
    Action("last_unsure", "Previous unsure word", "Shift+F8"),
    Action("next_fork", "Next fork, where another word was nearly as likely", "F9"),
    Action("last_fork", "Previous fork", "Shift+F9"),
    Action("page_chat", "Open Chat", "Ctrl+1"),
    Action("page_teach", "Open Teach", "Ctrl+2"),
    Action("page_train", "Open Train", "Ctrl+3"),
    Action("page_inspect", "Open Look inside", "Ctrl+4"),
    Action("page_models", "Open Models", "Ctrl+5"),
    Action("settings", "Open Settings", "Ctrl+,"),
    Action("shortcuts", "List of shortcuts", "Ctrl+/"),
    Action("text_larger", "Larger text", "Ctrl++", also=("Ctrl+=",)),
    Action("text_smaller", "Smaller text", "Ctrl+-"),
    Action("text_normal", "Usual text size", "Ctrl+0"),
)
BY_ID = {action.id: action for action in ACTIONS}


def chosen_keys(settings: SettingsStore, action: str) -> str:
    """The keys that can be changed, in Qt's portable spelling; empty where a person took them away."""
    chosen = settings.get(f"shortcuts.{action}")
    return BY_ID[action].keys if chosen is None else chosen


def keys_of(settings: SettingsStore, action: str) -> tuple[str, ...]:
    """All keys of an action, in Qt's portable spelling; none where a person took them away."""
    return tuple(keys for keys in (chosen_keys(settings, action), *BY_ID[action].also) if keys)


def shown(keys: str) -> str:
    """As this system spells it: "Ctrl+N", or ⌘N on a Mac. Empty for no keys."""
    return QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)


def taken_by(settings: SettingsStore, keys: str, action: str) -> Action | None:
    """The other action that these keys already belong to."""
    wanted = QKeySequence(keys)
    for other in ACTIONS:
        if other.id != action and wanted in [QKeySequence(taken) for taken in keys_of(settings, other.id)]:
            return other
    return None


def give(settings: SettingsStore, action: str, keys: str) -> Action | None:
    """Give an action its keys, or name the other action that has them and change nothing."""
    other = taken_by(settings, keys, action) if keys else None
    if other is None:
        settings.set(f"shortcuts.{action}", None if keys == BY_ID[action].keys else keys)
    return other
