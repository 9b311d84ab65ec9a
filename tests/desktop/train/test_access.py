"""The page by keyboard, at every text size and in both themes."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from tests.desktop.reachable import nameless, reachable
from tests.desktop.train.scripted import Desk


def busy(desk: Desk) -> None:
    """With everything on screen at once."""
    long = "A very long name of a folder that somebody has kept for many years and never opened again"
    desk.page.sources.add([Path(long), Path("short.txt")])
    desk.settle()
    desk.page.size_part.more_button.click()
    desk.page.size_part.length.choice.chosen.emit("time")
    desk.begin()
    desk.engine.step(6_200)
    desk.page.watching.view.watch.field.open()
    desk.settle()


def test_everything_that_can_be_reached_has_a_name(desk: Desk) -> None:
    busy(desk)
    assert nameless(desk.page) == []
    desk.engine.end()
    desk.settle()
    assert nameless(desk.page) == []


def test_tab_goes_round_through_all_parts_in_their_order(desk: Desk, qtbot: QtBot) -> None:
    desk.begin()
    desk.engine.step(6_200)
    desk.settle()
    page, view = desk.page, desk.page.watching.view
    page.header.teach.setFocus()
    met = []
    for _ in range(80):
        widget = QApplication.focusWidget()
        if widget is None or widget in met:
            break
        met.append(widget)
        qtbot.keyClick(widget, Qt.Key.Key_Tab)
    parts = [
        page.header.earlier_button,
        page.text.list.rows[0].check,
        page.text.list.files_button,
        page.vocabulary.slider,
        page.vocabulary.number,
        page.size_part.cards.cards["nano"],
        page.size_part.more_button,
        page.box.name,
        view.head.stop,
        view.head.pause,
        view.curves,
        view.watch.prompts,
        view.watch.play,
        view.watch.scrubber,
        view.watch.list,
    ]
    assert [part for part in parts if part not in met] == []
    places = [met.index(part) for part in parts]
    assert places == sorted(places), "as they stand on the page"


def test_space_chooses_a_text_and_arrows_a_size(desk: Desk, qtbot: QtBot) -> None:
    check = desk.page.text.list.rows[0].check
    check.setFocus()
    qtbot.keyClick(check, Qt.Key.Key_Space)
    assert desk.page.sources.chosen() == ()
    cards = desk.page.size_part.cards.cards
    cards["nano"].setFocus()
    qtbot.keyClick(cards["nano"], Qt.Key.Key_Right)
    QApplication.processEvents()
    focused = QApplication.focusWidget()
    assert focused is cards["small"]
    qtbot.keyClick(focused, Qt.Key.Key_Return)
    assert desk.page.preparation.settings.preset == "small"


def test_enter_in_the_name_begins(desk: Desk, qtbot: QtBot) -> None:
    desk.page.box.name.setFocus()
    qtbot.keyClick(desk.page.box.name, Qt.Key.Key_Return)
    assert desk.page.run.active


@pytest.mark.parametrize("size", [80, 100, 150, 200])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_button_is_cut_in_a_small_window(desk: Desk, size: int, theme: str) -> None:
    desk.settings.set("general.text_size", size)
    desk.settings.set("general.theme", theme)
    try:
        desk.page.resize(884, 588)
        busy(desk)
        buttons = [b for b in desk.page.findChildren(QPushButton) if b.isVisible()]
        assert [b.text() for b in buttons if b.width() < needed(b)] == []
        over = [(b.text(), b.mapTo(desk.page, QPoint(b.width(), 0)).x()) for b in buttons]
        assert [one for one in over if one[1] > desk.page.width()] == []
        upper = desk.page.side.upper
        inside = upper.widget()
        assert inside is not None and inside.width() <= upper.viewport().width(), "nothing is cut at the right"
        assert desk.page.board.inside.width() <= desk.page.board.viewport().width()
    finally:
        desk.settings.reset("general.text_size")
        desk.settings.reset("general.theme")


def needed(button: QPushButton) -> int:
    """What the words take, and the icon before them."""
    words = button.fontMetrics().horizontalAdvance(button.text().replace("&", ""))
    return words + (0 if button.icon().isNull() else button.iconSize().width())


def test_what_is_disabled_says_why(desk: Desk) -> None:
    busy(desk)
    shown = [widget for widget in reachable(desk.page) if widget.isVisible() and not widget.isEnabled()]
    assert shown, "the button waits at least"
    assert [widget for widget in shown if not widget.toolTip()] == []
