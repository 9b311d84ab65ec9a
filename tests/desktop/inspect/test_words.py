"""Words alike: the map by mouse and keyboard, the list beside it, and sums of words."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.bridge import Bridge
from desktop.inspect.word_map_layout import next_point, place_labels
from desktop.inspect.words import WordsTab, last_word
from desktop.loader import ModelLoader
from desktop.theme import Look
from engine.messages import Failed, FindNeighbours, MapWords
from engine.settings import SettingsStore
from tests.desktop.inspect.answering import Answering, loaded, neighbours, word_map
from tests.desktop.reachable import nameless

PRESS, MOVE, RELEASE = QEvent.Type.MouseButtonPress, QEvent.Type.MouseMove, QEvent.Type.MouseButtonRelease
NONE = Qt.KeyboardModifier.NoModifier


@pytest.fixture
def engine() -> Answering:
    bridge = Bridge()
    engine = Answering(bridge)
    bridge.attach(engine)
    engine.answers = {FindNeighbours: neighbours, MapWords: word_map}
    return engine


@pytest.fixture
def tab(look: Look, engine: Answering, settings: SettingsStore, qtbot: QtBot) -> Iterator[WordsTab]:
    loader = ModelLoader(engine.bridge, settings)
    loaded(engine.bridge, loader)
    tab = WordsTab(look, engine.bridge, loader)
    qtbot.addWidget(tab)
    tab.resize(1156, 560)
    tab.show()
    qtbot.waitExposed(tab)
    yield tab
    engine.bridge.flush()


def read(tab: WordsTab, engine: Answering, text: str = "The boats lay in the harbour.") -> None:
    tab.read(text)
    engine.settle()


def asked(engine: Answering) -> list[str]:
    return [one.word for one in engine.asked(MapWords)]


@pytest.mark.parametrize(
    ("text", "word"),
    [("The boats lay in the harbour.", "harbour"), ("Zwölf Öfen ", "Öfen"), ("3 + 4 =", ""), ("", ""), ("don't", "t")],
)
def test_the_last_word_of_a_text(text: str, word: str) -> None:
    assert last_word(text) == word


def test_labels_never_lie_on_each_other() -> None:
    points = [(7.0 * (n % 40), 11.0 * (n // 40)) for n in range(200)]
    sizes = [(30.0 + n % 20, 15.0) for n in range(200)]
    labels = place_labels(points, sizes, [5, 77], range(200), 8)
    assert {5, 77} <= set(labels) and 10 < len(labels) < 200
    boxes = list(labels.values())
    for number, (left, top, width, height) in enumerate(boxes):
        for other_left, other_top, other_width, other_height in boxes[number + 1 :]:
            apart = left + width <= other_left or other_left + other_width <= left
            assert apart or top + height <= other_top or other_top + other_height <= top


def test_the_next_point_in_a_direction() -> None:
    points = [(0.0, 0.0), (1.0, 0.1), (3.0, 0.0), (0.0, 2.0), (-1.0, -5.0)]
    assert next_point(points, 0, 1, 0) == 1 and next_point(points, 1, 1, 0) == 2
    assert next_point(points, 0, 0, 1) == 3 and next_point(points, 0, 0, -1) == 4
    assert next_point(points, 2, 1, 0) == 2, "there is none to the right"


def test_a_text_asks_for_its_last_word(tab: WordsTab, engine: Answering) -> None:
    read(tab, engine)
    assert asked(engine) == ["harbour"] and tab.closest.field.text() == "harbour"
    assert [row.name for row in tab.closest.bars.rows()][:3] == ["port", "dock", "quay"]
    assert tab.closest.bars.rows()[0].number == "0.71"
    assert "64% of each word's 5 nearest are still among its 10 nearest" in tab.said_kept.text()
    read(tab, engine)
    assert asked(engine) == ["harbour"], "the same text asks nothing"
    read(tab, engine, "The boats lay in the dock")
    assert asked(engine) == ["harbour", "dock"]


def test_the_asked_word_and_its_neighbours_fill_the_map(tab: WordsTab, engine: Answering) -> None:
    read(tab, engine)
    view = tab.view
    assert view.points[view.asked].text == "harbour" and view.near == list(range(1, 31))
    assert all(view.rect().contains(view._spot(place).toPoint()) for place in (0, *view.near)) and view.zoom > 1
    assert {0, 1, 2, 3, 4, 5} <= set(view._labels)
    assert "“harbour” among its neighbours: port, dock" in view.accessibleDescription()


def test_a_typed_word_a_row_and_a_point_are_asked_for(tab: WordsTab, engine: Answering, qtbot: QtBot) -> None:
    read(tab, engine)
    tab.closest.field.clear()
    assert not tab.closest.button.isEnabled() and tab.closest.button.toolTip() == "There is no word to look up."
    qtbot.keyClicks(tab.closest.field, "fog")
    qtbot.keyClick(tab.closest.field, Qt.Key.Key_Return)
    engine.settle()
    row = tab.closest.bars.visualRect(tab.closest.bars.model().index(1, 0)).center()
    qtbot.mouseClick(tab.closest.bars.viewport(), Qt.MouseButton.LeftButton, pos=row)
    engine.settle()
    spot = tab.view._spot(1).toPoint()
    qtbot.mouseClick(tab.view, Qt.MouseButton.LeftButton, pos=spot)
    engine.settle()
    assert asked(engine) == ["harbour", "fog", "dock", "port"]


def test_the_keys_go_from_word_to_word_and_zoom(tab: WordsTab, engine: Answering, qtbot: QtBot) -> None:
    read(tab, engine)
    tab.view.setFocus()
    qtbot.keyClick(tab.view, Qt.Key.Key_Right)
    assert tab.view.current == 1
    qtbot.keyClick(tab.view, Qt.Key.Key_Return)
    engine.settle()
    assert asked(engine)[-1] == "port"
    before = tab.view.zoom
    qtbot.keyClicks(tab.view, "+")
    assert tab.view.zoom > before
    qtbot.keyClicks(tab.view, "0")
    assert tab.view.zoom == 1.0
    spot = tab.view._spot(0)
    qtbot.keyClick(tab.view, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert tab.view._spot(0).x() > spot.x(), "the map moves under the eye"


def test_the_mouse_moves_the_map_and_the_wheel_zooms_where_it_is(
    tab: WordsTab, engine: Answering, qtbot: QtBot
) -> None:
    read(tab, engine)
    view = tab.view
    place, spot = QPoint(30, 30), view._spot(0)
    for kind, where in ((PRESS, place), (MOVE, place + QPoint(40, 25)), (RELEASE, place + QPoint(40, 25))):
        held = Qt.MouseButton.NoButton if kind == RELEASE else Qt.MouseButton.LeftButton
        left = Qt.MouseButton.NoButton if kind == MOVE else Qt.MouseButton.LeftButton
        QApplication.sendEvent(view, QMouseEvent(kind, QPointF(where), view.mapToGlobal(where), left, held, NONE))
    assert asked(engine) == ["harbour"], "moving asks for no word"
    moved = view._spot(0) - spot
    assert (round(moved.x()), round(moved.y())) == (40, 25)
    around, zoom = view._spot(3), view.zoom
    turned = QPoint(0, 120)
    wheel = QWheelEvent(
        around,
        view.mapToGlobal(around),
        QPoint(),
        turned,
        Qt.MouseButton.NoButton,
        NONE,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(view, wheel)
    assert view.zoom > zoom
    after = view._spot(3)
    assert QPointF(after - around).manhattanLength() < 1.5


def test_buttons_zoom_too(tab: WordsTab, engine: Answering) -> None:
    read(tab, engine)
    zoom = tab.view.zoom
    tab.into.click()
    assert tab.view.zoom > zoom
    tab.out.click()
    assert tab.view.zoom == pytest.approx(zoom)
    tab.all.click()
    assert tab.view.zoom == 1.0


def test_the_tokens_of_the_word_are_chips(tab: WordsTab, engine: Answering) -> None:
    read(tab, engine)
    assert tab.closest.chips.texts() == ["␣har", "bour"]
    assert tab.closest.chips.accessibleName() == "2 tokens: ␣har, bour"
    tab.closest.chips.show_pieces([f"piece{n}" for n in range(40)])
    assert tab.closest.chips.texts()[-1].startswith("+")


def test_a_sum_of_words(tab: WordsTab, engine: Answering, qtbot: QtBot) -> None:
    read(tab, engine)
    qtbot.keyClick(tab.analogy.fields[2], Qt.Key.Key_Return)
    engine.settle()
    found = engine.asked(FindNeighbours)[-1]
    assert (found.word, found.less, found.more) == ("king", "man", "woman")
    assert tab.analogy.result.text().startswith("Closest to the result: port 0.71, dock 0.67")
    tab.analogy.fields[0].clear()
    assert tab.analogy.button.toolTip() == "There is no word to start from."
    engine.answers[FindNeighbours] = lambda command: Failed(
        0, "These words cancel each other out", "Choose other words."
    )
    tab.analogy.fields[0].setText("man")
    tab.analogy.button.click()
    engine.settle()
    assert tab.analogy.result.text() == "These words cancel each other out. Choose other words."


def test_no_model_no_word_and_a_failure_are_sentences(
    look: Look, engine: Answering, settings: SettingsStore, qtbot: QtBot
) -> None:
    loader = ModelLoader(engine.bridge, settings)
    tab = WordsTab(look, engine.bridge, loader)
    qtbot.addWidget(tab)
    tab.read("harbour")
    assert "No model" in tab.place.sentence.text() and tab.table() is None
    assert not tab.analogy.button.isEnabled() and "No model" in tab.analogy.button.toolTip()
    loaded(engine.bridge, loader)
    tab.read("")
    assert "no word" in tab.place.sentence.text() and tab.analogy.button.isEnabled()
    engine.answers[MapWords] = lambda command: Failed(0, "The model has no token for this", "Look up another word.")
    read(tab, engine)
    assert tab.place.sentence.text() == "The model has no token for this"


def test_what_was_dropped_is_asked_again(tab: WordsTab, engine: Answering) -> None:
    del engine.answers[MapWords]
    read(tab, engine)
    tab.leave()
    engine.answers[MapWords] = word_map
    read(tab, engine)
    assert asked(engine) == ["harbour", "harbour"] and tab.place.pictured


def test_a_table_of_the_map(tab: WordsTab, engine: Answering) -> None:
    read(tab, engine)
    table = tab.table()
    assert table is not None and table.name == "Words near harbour" and len(table.rows) == 151
    assert table.rows[1][:2] == ("port", 0.71)


def test_everything_that_can_be_reached_has_a_name(tab: WordsTab, engine: Answering) -> None:
    read(tab, engine)
    assert nameless(tab) == []
