"""The page by keyboard, at every text size and in both themes."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QPushButton
from pytestqt.qtbot import QtBot

from tests.desktop.reachable import nameless, reachable
from tests.desktop.teach.scripted import DESK, Desk


def busy(desk: Desk) -> None:
    """With everything on screen at once."""
    ids = desk.fill()
    desk.page.box.how_button.click()
    desk.page.box.button.click()
    desk.engine.bridge.flush()
    desk.engine.step(60)
    desk.engine.measure(54, lambda place: 0.5)
    desk.engine.sample(0, ids[0], "No.")


def test_everything_that_can_be_reached_has_a_name(desk: Desk) -> None:
    busy(desk)
    assert nameless(desk.page) == []
    desk.engine.end()
    assert nameless(desk.page) == []


def test_tab_goes_round_and_leaves_the_table(desk: Desk, qtbot: QtBot) -> None:
    desk.fill((*DESK, ("Can I renew from home?", "Yes, once."), ("Is it warm? ", "Yes.")))
    QApplication.processEvents()  # what a layout takes up is shown with the next turn
    desk.page.header.add_button.setFocus()
    met = []
    for _ in range(60):
        widget = QApplication.focusWidget()
        if widget is None or widget in met:
            break
        met.append(widget)
        qtbot.keyClick(widget, Qt.Key.Key_Tab)
    link, page = desk.page.checks.rows[0].link, desk.page
    parts = [page.header.add_button, page.table, link, page.checks.fix, page.box.how_button, page.box.button]
    places = [met.index(part) for part in parts]
    assert places == sorted(places), "as they stand on the page"
    assert page.header.search in met, "and round again"


def test_enter_presses_teach(desk: Desk, qtbot: QtBot) -> None:
    desk.fill()
    desk.page.box.button.setFocus()
    qtbot.keyClick(desk.page.box.button, Qt.Key.Key_Return)
    assert desk.page.run.active


@pytest.mark.parametrize("size", [80, 100, 150, 200])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_no_button_is_cut_in_a_small_window(desk: Desk, qtbot: QtBot, size: int, theme: str) -> None:
    desk.settings.set("general.text_size", size)
    desk.settings.set("general.theme", theme)
    try:
        desk.page.resize(884, 588)
        busy(desk)
        QApplication.processEvents()
        cut = [b.text() for b in desk.page.findChildren(QPushButton) if b.isVisible() and b.width() < needed(b)]
        assert cut == []
        right = [
            (b.text(), b.mapTo(desk.page, QPoint(b.width(), 0)).x())
            for b in desk.page.findChildren(QPushButton)
            if b.isVisible() and b.mapTo(desk.page, QPoint(b.width(), 0)).x() > desk.page.width()
        ]
        assert right == []
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
    inside = []
    for widget in shown:
        parent = widget.parentWidget()
        if not widget.toolTip() and (parent is None or parent.isEnabled()):
            inside.append(widget)
    assert inside == []
