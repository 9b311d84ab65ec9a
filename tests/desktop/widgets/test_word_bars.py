"""The words the model might write, by keyboard and by ear, and in the right colours."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor, QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop.theme import Look
from desktop.widgets.word_bars import WordBars
from desktop.widgets.word_row import WordRow, percent

Show = Callable[[QWidget], QWidget]
ROWS = (
    WordRow("twice", 0.384),
    WordRow("once", 0.217),
    WordRow("online", 0.096, "written"),
    WordRow("for", 0.0003),
    WordRow("<others>", 0.303, "others"),
)


@pytest.fixture
def bars(look: Look, shown: Show) -> WordBars:
    bars = WordBars(look, "Next word")
    bars.setFixedWidth(400)
    bars.show_rows(ROWS)
    shown(bars)
    return bars


def test_arrow_keys_move_and_enter_chooses(bars: WordBars, qtbot: QtBot) -> None:
    moved: list[int] = []
    bars.moved.connect(moved.append)
    bars.select(0)
    qtbot.keyClick(bars, Qt.Key.Key_Down)
    qtbot.keyClick(bars, Qt.Key.Key_Down)
    with qtbot.waitSignal(bars.chosen, timeout=1000) as heard:
        qtbot.keyClick(bars, Qt.Key.Key_Return)
    assert moved[-2:] == [1, 2] and heard.args == [2]


def test_all_other_words_together_cannot_be_chosen(bars: WordBars, qtbot: QtBot) -> None:
    bars.select(3)
    qtbot.keyClick(bars, Qt.Key.Key_End)
    with qtbot.assertNotEmitted(bars.chosen):
        bars.select(4)
        qtbot.keyClick(bars, Qt.Key.Key_Return)


def test_each_row_is_read_out_as_a_sentence(bars: WordBars) -> None:
    model = bars.model()
    spoken = [model.index(row, 0).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(5)]
    assert spoken == [
        "twice, 38.4 percent, first of 4",
        "once, 21.7 percent, second of 4",
        "online, 9.6 percent, third of 4, written here",
        "for, less than 0.1 percent, fourth of 4",
        "all other words, 30.3 percent",
    ]


def test_the_selection_stays_while_the_numbers_stream_in(bars: WordBars) -> None:
    bars.select(1)
    bars.show_rows([WordRow(row.text, row.probability / 2, row.kind) for row in ROWS])
    assert bars.currentIndex().row() == 1
    bars.show_rows(ROWS[:2])
    assert bars.height() == 2 * (bars.sizeHintForRow(0))


def run_of(image: QImage, y: int, color: QColor) -> int:
    return sum(image.pixelColor(x, y) == color for x in range(image.width()))


def test_bars_are_scaled_to_the_likeliest_and_the_written_word_has_its_own_colour(bars: WordBars, look: Look) -> None:
    image = bars.viewport().grab().toImage()
    middle = [bars.visualRect(bars.model().index(row, 0)).center().y() for row in range(5)]
    first = run_of(image, middle[0], look.color("accent"))
    second = run_of(image, middle[1], look.color("bar"))
    written = run_of(image, middle[2], look.color("c3u"))
    least = run_of(image, middle[3], look.color("bar"))
    assert first > 150
    assert second / first == pytest.approx(0.217 / 0.384, abs=0.03)
    assert written / first == pytest.approx(0.096 / 0.384, abs=0.03)
    assert 1 <= least <= 2
    assert 0 < run_of(image, middle[4], look.color("bar")) < 0.7 * first, "hatched, not filled"


def test_a_mouse_click_selects_a_row(bars: WordBars, qtbot: QtBot) -> None:
    place: QPoint = bars.visualRect(bars.model().index(1, 0)).center()
    qtbot.mouseClick(bars.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert bars.currentIndex().row() == 1


def test_no_rows_take_no_room(look: Look, qtbot: QtBot) -> None:
    bars = WordBars(look, "Next word")
    qtbot.addWidget(bars)
    bars.show_rows(ROWS)
    bars.show_rows([])
    assert bars.height() == 0 and bars.rows() == []


@pytest.mark.parametrize(
    ("probability", "text"), [(0.384, "38.4%"), (1.0, "100.0%"), (0.0004, "<0.1%"), (0.0005, "0.1%"), (0.0, "0.0%")]
)
def test_a_share_has_one_decimal_and_never_rounds_to_nothing(probability: float, text: str) -> None:
    assert percent(probability) == text
