"""What each layer would say next: the table, the list of a cell, the two lenses, and stopping early."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.bridge import Bridge
from desktop.inspect.layers import LayersTab
from desktop.inspect.lens_training import nearer
from desktop.inspect.stop_after import INVITE
from desktop.loader import ModelLoader
from desktop.theme import Look
from engine.messages import (
    AskLens,
    Cancel,
    Failed,
    LensState,
    Progress,
    ReadLayers,
    ReplyAtLayer,
    TrainLens,
)
from engine.settings import SettingsStore
from tests.desktop.inspect.answering import PIECES, TEXT, Answering, lens, loaded
from tests.desktop.reachable import nameless

TRAINED = LensState(True, (0.4, 0.2), (1.2, 0.6))


@pytest.fixture
def engine() -> Answering:
    bridge = Bridge()
    engine = Answering(bridge)
    bridge.attach(engine)
    engine.answers = {
        ReadLayers: lambda command: lens(kind=command.lens),
        AskLens: lambda command: LensState(False),
        ReplyAtLayer: lambda command: " came in\nfrom the sea",
    }
    return engine


@pytest.fixture
def tab(look: Look, engine: Answering, settings: SettingsStore, qtbot: QtBot) -> Iterator[LayersTab]:
    loader = ModelLoader(engine.bridge, settings)
    loaded(engine.bridge, loader)
    tab = LayersTab(look, engine.bridge, loader)
    qtbot.addWidget(tab)
    tab.resize(1156, 560)
    tab.show()
    qtbot.waitExposed(tab)
    yield tab
    engine.bridge.flush()


def read(tab: LayersTab, engine: Answering, text: str = TEXT) -> None:
    tab.read(text)
    engine.settle()


def choose(tab: LayersTab, engine: Answering, value: str) -> None:
    tab.lens_choice.set_value(value)
    tab.lens_choice.chosen.emit(value)
    engine.settle()


def test_rows_from_the_start_to_the_output(tab: LayersTab, engine: Answering) -> None:
    read(tab, engine)
    cells = tab.view.cells
    names = [cells.headerData(row, Qt.Orientation.Vertical) for row in range(cells.rowCount())]
    assert names == ["Start", "1", "2", "3", "4", "5", "6", "7", "8, output"]
    assert cells.headerData(8, Qt.Orientation.Horizontal) == "fog"
    assert tab.cell_title.text() == "Output, after “back”", "where it is read first"


def test_bold_is_where_the_answer_is_already_that_of_the_output(tab: LayersTab, engine: Answering) -> None:
    read(tab, engine)
    cells = tab.view.cells
    assert cells.settled(10) == 5 and not cells.is_final(4, 10) and cells.is_final(5, 10)
    assert cells.finding(10) == "From layer 5 on, “came” is the first choice, as in the output."
    assert cells.spoken(6, 10) == "Layer 6, after “back”: “came”, 47.5%, already the final answer"
    assert cells.spoken(8, 10) == "Output, after “back”: “came”, 60.0%"


def test_a_click_shows_the_whole_list(tab: LayersTab, engine: Answering, qtbot: QtBot) -> None:
    read(tab, engine)
    index = tab.view.cells.index(7, 9)
    tab.view.scrollTo(index)
    qtbot.mouseClick(tab.view.viewport(), Qt.MouseButton.LeftButton, pos=tab.view.visualRect(index).center())
    assert tab.cell_title.text() == "Layer 7, after “came”"
    rows = tab.cell_bars.rows()
    assert len(rows) == 7 and rows[-1].kind == "others"
    assert sum(row.probability for row in rows) == pytest.approx(1)
    assert "by the plain lens" in tab.cell_said.text()


def test_the_arrow_keys_go_from_cell_to_cell(tab: LayersTab, engine: Answering, qtbot: QtBot) -> None:
    read(tab, engine)
    tab.view.setFocus()
    qtbot.keyClick(tab.view, Qt.Key.Key_Up)
    qtbot.keyClick(tab.view, Qt.Key.Key_Left)
    assert tab.cell_title.text() == "Layer 7, after “came”"
    qtbot.keyClick(tab.view, Qt.Key.Key_Tab)
    assert QApplication.focusWidget() is not tab.view, "Tab leaves the table"


def test_the_chosen_cell_stays_when_the_same_text_is_read_through_the_other_lens(
    tab: LayersTab, engine: Answering
) -> None:
    engine.answers[AskLens] = lambda command: TRAINED
    read(tab, engine)
    tab.view.setCurrentIndex(tab.view.cells.index(3, 2))
    choose(tab, engine, "trained")
    assert tab.cell_title.text() == "Layer 3, after “keeper”" and "by the trained lens" in tab.cell_said.text()


def test_without_a_trained_lens_one_can_be_trained(tab: LayersTab, engine: Answering, qtbot: QtBot) -> None:
    read(tab, engine)
    choose(tab, engine, "trained")
    assert tab.parts.currentWidget() is tab.training and tab.table() is None
    assert not [one for one in engine.asked(ReadLayers) if one.lens == "trained"]
    tab.training.button.click()
    job = engine.asked(TrainLens)[0].job
    engine.say(Progress(job, 30, 120, "Training a lens"))
    engine.settle()
    assert tab.training.meter.value() == 30 and tab.training.stop.isVisible()
    tab.leave()
    assert tab.training.running, "it goes on while other tabs are seen"
    engine.answers[AskLens] = lambda command: TRAINED
    engine.finish(engine.asked(TrainLens)[0], TRAINED)
    engine.settle()
    assert engine.asked(ReadLayers)[-1].lens == "trained"
    assert (
        tab.lens_said.text()
        == "The trained lens is 3.0 times nearer to the output than the plain one, over all layers."
    )
    assert tab.place.pictured and tab.parts.currentWidget() is tab.place


def test_training_can_be_stopped_and_a_failure_says_why(tab: LayersTab, engine: Answering) -> None:
    read(tab, engine)
    choose(tab, engine, "trained")
    tab.training.button.click()
    tab.training.stop.click()
    engine.settle()
    assert isinstance(engine.sent[-1], Cancel) and tab.training.note.text() == "Stopped. Nothing of it was kept."
    engine.answers[TrainLens] = lambda command: Failed(0, "The disk is full.", "Free some space.")
    tab.training.button.click()
    engine.settle()
    assert tab.training.note.text() == "The disk is full. Free some space." and tab.training.button.isVisible()


def test_what_was_trained_does_not_take_the_plain_lens_away(tab: LayersTab, engine: Answering) -> None:
    read(tab, engine)
    choose(tab, engine, "trained")
    tab.training.button.click()
    choose(tab, engine, "plain")
    asked = len(engine.asked(ReadLayers))
    engine.finish(engine.asked(TrainLens)[0], TRAINED)
    engine.settle()
    assert tab.view.cells.table is not None and tab.view.cells.table.lens == "plain"
    assert len(engine.asked(ReadLayers)) == asked


def test_how_much_nearer_is_only_said_where_it_is(tab: LayersTab) -> None:
    assert nearer(LensState(True, (1.0,), (1.0,))) == "The trained lens is no nearer to the output than the plain one."
    assert nearer(LensState(True)) == ""


def test_stopping_after_a_layer_shows_what_it_would_have_written(tab: LayersTab, engine: Answering) -> None:
    read(tab, engine)
    assert tab.stopping.reply.text() == INVITE and not engine.asked(ReplyAtLayer)
    tab.stopping.slider.number.setValue(6)
    engine.settle()
    asked = engine.asked(ReplyAtLayer)[0]
    assert (asked.layer, asked.lens, asked.text) == (6, "plain", TEXT)
    assert tab.stopping.reply.text() == (
        "The reply at layer 6, with the plain lens, likeliest token by token: “came in from the sea…”"
    )
    read(tab, engine, "Another text")
    assert tab.stopping.reply.text() == INVITE, "what was written followed another text"


def test_the_slider_has_the_layers_of_the_model(tab: LayersTab, engine: Answering) -> None:
    read(tab, engine)
    assert (tab.stopping.slider.number.minimum(), tab.stopping.slider.number.maximum()) == (1, 8)
    engine.answers[ReadLayers] = lambda command: lens(30, kind=command.lens)
    read(tab, engine, "Another text")
    assert tab.stopping.slider.number.maximum() == 30 and tab.stopping.slider.value() == 30


def test_writing_can_be_stopped(tab: LayersTab, engine: Answering) -> None:
    del engine.answers[ReplyAtLayer]
    read(tab, engine)
    tab.stopping.button.click()
    assert tab.stopping.button.text() == "Stop"
    tab.stopping.button.click()
    engine.settle()
    assert isinstance(engine.sent[-1], Cancel) and tab.stopping.reply.text() == INVITE
    assert tab.stopping.button.text() == "Write on"


def test_a_reply_that_fails_says_why(tab: LayersTab, engine: Answering) -> None:
    engine.answers[ReplyAtLayer] = lambda command: Failed(0, "There is no room for more.", "Use a shorter text.")
    read(tab, engine)
    tab.stopping.button.click()
    engine.settle()
    assert tab.stopping.reply.text() == "There is no room for more. Use a shorter text."


def test_no_text_no_model_and_a_failure_are_sentences(
    look: Look, engine: Answering, settings: SettingsStore, qtbot: QtBot
) -> None:
    loader = ModelLoader(engine.bridge, settings)
    tab = LayersTab(look, engine.bridge, loader)
    qtbot.addWidget(tab)
    tab.read(TEXT)
    assert "No model" in tab.place.sentence.text() and tab.table() is None
    choose(tab, engine, "trained")
    assert "No model" in tab.place.sentence.text() and not engine.asked(AskLens)
    loaded(engine.bridge, loader)
    engine.answers[AskLens] = lambda command: Failed(0, "The lens cannot be read.", "")
    read(tab, engine)
    assert tab.place.sentence.text() == "The lens cannot be read."
    tab.read("")
    assert "no text" in tab.place.sentence.text()


def test_a_long_text_and_many_layers_scroll_below_a_header_that_stays(tab: LayersTab, engine: Answering) -> None:
    engine.answers[ReadLayers] = lambda command: lens(30, PIECES * 3, command.lens)
    read(tab, engine)
    QApplication.processEvents()
    assert tab.view.horizontalScrollBar().maximum() > 0 and tab.view.verticalScrollBar().maximum() > 0
    assert tab.view.height() < 560 and tab.columns.content.width() <= tab.columns.viewport().width()
    assert tab.view.horizontalHeader().isVisible() and tab.view.verticalHeader().isVisible()


def test_a_table_of_every_choice(tab: LayersTab, engine: Answering) -> None:
    read(tab, engine)
    table = tab.table()
    assert table is not None and table.name == "Layers, plain lens"
    assert len(table.rows) == 9 * 11 * 6 and {len(row) for row in table.rows} == {len(table.columns)}


def test_everything_that_can_be_reached_has_a_name(tab: LayersTab, engine: Answering) -> None:
    read(tab, engine)
    assert nameless(tab) == []
    choose(tab, engine, "trained")
    assert nameless(tab) == []
