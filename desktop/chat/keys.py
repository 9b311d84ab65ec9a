"""What the shortcuts of the chat page do. Knows the page's verbs, not the keys."""

from __future__ import annotations

from collections.abc import Callable

from desktop.chat.jumping import Jumps
from desktop.chat.page import ChatPage

Act = Callable[[], object]


def chat_actions(page: ChatPage, show: Callable[[], bool]) -> dict[str, Act]:
    """By the name of the action. `show` brings the page to the front and says whether it is there."""
    talk, transcript = page.talk, page.transcript
    jumps = Jumps(transcript, talk)

    def shown(act: Act) -> Act:
        def run() -> None:
            if show():  # before there is a model the first page stays, and nothing may be typed behind it
                act()

        return run

    def on_last(act: Callable[..., object]) -> Act:
        def run() -> None:
            reply = page.last_reply()
            if reply is not None and talk.writer.message is None:
                act(reply)

        return run

    return {
        "new_chat": shown(page.new_chat),
        "search_chats": shown(page.search),
        "toggle_list": page.sides.toggle_list,
        "toggle_dock": shown(page.sides.toggle_dock),
        "stop": lambda: leave(page),
        "write_again": on_last(talk.write_again),
        "continue": on_last(talk.go_on),
        "copy_last": on_last(lambda reply: page.copy(reply.text)),
        "focus_composer": shown(page.composer.focus),
        "word_left": lambda: transcript.step_token(-1),
        "word_right": lambda: transcript.step_token(1),
        "next_unsure": lambda: transcript.step_token(1, unsure_only=True),
        "last_unsure": lambda: transcript.step_token(-1, unsure_only=True),
        "next_fork": lambda: jumps.through("forks", 1),
        "last_fork": lambda: jumps.through("forks", -1),
        "find": page.find_bar.open,
    }


def leave(page: ChatPage) -> None:
    """Esc leaves what is open, from the smallest to the largest, and stops the reply when nothing is."""
    if page.inspector.popover is not None:
        page.inspector.leave()
    elif page.find_bar.isVisible():
        page.find_bar.shut()
    elif page.sides.dock_over:
        page.sides.show_dock(False)
    elif not page.composer.leave_editing():
        page.talk.writer.stop()
