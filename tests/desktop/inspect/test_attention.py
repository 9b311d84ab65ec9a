"""Attention: what the maps say in words, by mouse and by keyboard, and heads that are switched off."""

from __future__ import annotations

import struct
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.bridge import Bridge
from desktop.inspect.attention import AttentionTab
from desktop.inspect.attention_weights import Weights, shade_table
from desktop.inspect.shades import color_table, picture
from desktop.loader import ModelLoader
from desktop.theme import Look
from engine.messages import AttentionMaps, Cancel, Failed, NextWords, Progress, ReadAttention
from engine.settings import SettingsStore
from tests.desktop.inspect.answering import PIECES, TEXT, Answering, chances, loaded, maps
from tests.desktop.reachable import nameless


@pytest.fixture
def engine() -> Answering:
    bridge = Bridge()
    engine = Answering(bridge)
    bridge.attach(engine)
    engine.answers = {
        ReadAttention: lambda command: maps(),
        NextWords: lambda command: chances(0.2 if command.heads_off else 0.33),
    }
    return engine


@pytest.fixture
def tab(look: Look, engine: Answering, settings: SettingsStore, qtbot: QtBot) -> Iterator[AttentionTab]:
    loader = ModelLoader(engine.bridge, settings)
    loaded(engine.bridge, loader)
    tab = AttentionTab(look, engine.bridge, loader)
    qtbot.addWidget(tab)
    tab.resize(1156, 560)
    tab.show()
    qtbot.waitExposed(tab)
    yield tab
    engine.bridge.flush()


def read(tab: AttentionTab, engine: Answering, text: str = TEXT) -> None:
    tab.read(text)
    engine.settle()


def test_the_weights_come_out_as_they_went_in() -> None:
    two = AttentionMaps(("a", "b"), 1, 2, struct.pack("<8f", 1, 0, 0.25, 0.75, 1, 0, 0.5, 0.5))
    weights = Weights(two)
    assert weights.row(0, 0, 1) == [0.25, 0.75] and weights.row(0, 1, 1) == [0.5, 0.5]
    assert weights.mostly(0, 0, 1) == [1, 0], "a second one only where it has a tenth"
    assert weights.shades(0, 0, 9) == (bytes([255, 0, 64, 191]), 2)
    assert weights.mostly(0, 0, 0) == [0]


def test_a_small_map_keeps_the_strongest_look() -> None:
    size = 5
    itself = [1.0 if token == other else 0.0 for token in range(size) for other in range(size)]
    weights = Weights(AttentionMaps(tuple("abcde"), 1, 1, struct.pack("<25f", *itself)))
    assert weights.shades(0, 0, 5) == (bytes(255 * int(one) for one in itself), 5)
    shades, width = weights.shades(0, 0, 3)
    assert width == 3 and list(shades) == [255, 0, 0, 0, 255, 0, 0, 0, 255]


def test_a_shade_is_never_nothing_where_there_is_a_weight() -> None:
    table = shade_table()
    assert len(table) == 65536 and table[0] == 0 and table[1] == 1 and table[0x3F80] == 255
    assert table[0x3F00] == 128, "one half"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_map_goes_from_the_ground_to_the_whole_hue(look: Look, settings: SettingsStore, theme: str) -> None:
    settings.set("general.theme", theme)
    image = picture(bytes([0, 255, 128, 1]), 2, color_table(look))
    assert image.pixelColor(0, 0) == look.color("surface")
    assert image.pixelColor(1, 0) == look.color("k1")
    faint, ground = image.pixelColor(1, 1), look.color("surface")
    assert faint != ground and abs(QColor(faint).lightness() - ground.lightness()) < 20


def test_all_heads_of_all_layers_and_the_last_token(tab: AttentionTab, engine: Answering) -> None:
    said: list[str] = []
    tab.said.connect(said.append)
    read(tab, engine)
    assert said[-1] == "8 layers with 4 heads each."
    assert (tab.grid.model_heads.columnCount(), tab.grid.model_heads.rowCount()) == (8, 4)
    assert tab.head_title.text() == "Layer 1, head 1"
    assert tab.finding.text() == "“back” looks mostly at “back”"


def test_a_text_that_was_cut_is_said_to_be(tab: AttentionTab, engine: Answering) -> None:
    said: list[str] = []
    tab.said.connect(said.append)
    engine.answers[ReadAttention] = lambda command: maps(cut=12)
    read(tab, engine)
    assert said[-1].endswith("The first 12 tokens did not fit and are left out.")


def test_the_arrow_keys_go_from_head_to_head(tab: AttentionTab, engine: Answering, qtbot: QtBot) -> None:
    read(tab, engine)
    tab.grid.setFocus()
    for key in (Qt.Key.Key_Right, Qt.Key.Key_Right, Qt.Key.Key_Down):
        qtbot.keyClick(tab.grid, key)
    assert tab.head == (2, 1) and tab.head_title.text() == "Layer 3, head 2"
    read(tab, engine, TEXT + ".")
    assert tab.head == (2, 1), "another text keeps the head"


def test_a_click_chooses_a_head(tab: AttentionTab, engine: Answering, qtbot: QtBot) -> None:
    read(tab, engine)
    place = tab.grid.visualRect(tab.grid.model_heads.index(2, 4)).center()
    qtbot.mouseClick(tab.grid.viewport(), Qt.MouseButton.LeftButton, pos=place)
    assert tab.head == (4, 2)


def test_maps_are_made_for_what_is_seen(tab: AttentionTab, engine: Answering, qtbot: QtBot) -> None:
    read(tab, engine)
    qtbot.waitUntil(lambda: tab.grid.image((3, 1)) is not None)


def test_the_keys_move_the_framed_row_and_say_what_is_there(tab: AttentionTab, engine: Answering, qtbot: QtBot) -> None:
    read(tab, engine)
    tab.grid.setCurrentIndex(tab.grid.model_heads.index(2, 4))
    tab.large.setFocus()
    qtbot.keyClick(tab.large, Qt.Key.Key_Up)
    qtbot.keyClick(tab.large, Qt.Key.Key_Up)
    assert tab.large.chosen == 8
    assert tab.finding.text().startswith("“fog” looks mostly at ")
    assert tab.pointed.text().startswith("“fog” looks at “The” with ")
    tab.large.setCurrentIndex(tab.large.looks.index(0, 3))
    assert tab.pointed.text() == "“The” cannot look at “counted”, which comes later"


def test_switching_off_a_head_compares_the_next_words(tab: AttentionTab, engine: Answering, qtbot: QtBot) -> None:
    read(tab, engine)
    tab.grid.setCurrentIndex(tab.grid.model_heads.index(2, 4))
    tab.test.button.setFocus()
    qtbot.keyClick(tab.test.button, Qt.Key.Key_Return)
    engine.settle()
    assert [one.heads_off for one in engine.asked(NextWords)] == [(), ((4, 2),)]
    assert tab.test.finding.text() == "“lifted” falls from 33.0% to 20.0%, by the model before any sampler."
    assert tab.test.after_title.text() == "Without layer 5, head 3"
    assert tab.test.before.rows()[0].probability == 0.33 and tab.test.after.rows()[0].probability == 0.2
    assert tab.test.before.rows()[-1].kind == "others"
    assert "switched off" in tab.grid.model_heads.spoken(4, 2)
    tab.grid.setCurrentIndex(tab.grid.model_heads.index(0, 0))
    tab.test.button.click()
    engine.settle()
    assert engine.asked(NextWords)[-1].heads_off == ((0, 0), (4, 2)), "what came before is not asked again"
    assert len(engine.asked(NextWords)) == 3 and tab.test.after_title.text() == "Without 2 heads"
    tab.test.all_on.click()
    assert not tab.test.off and tab.test.place.isHidden() and tab.test.all_on.toolTip() == "No head is switched off."


def test_another_text_switches_all_heads_on(tab: AttentionTab, engine: Answering) -> None:
    read(tab, engine)
    tab.test.button.click()
    engine.settle()
    read(tab, engine, "Another one")
    assert not tab.test.off and not tab.grid.model_heads.off


def test_no_text_and_no_model_are_sentences(
    look: Look, engine: Answering, settings: SettingsStore, qtbot: QtBot
) -> None:
    loader = ModelLoader(engine.bridge, settings)
    tab = AttentionTab(look, engine.bridge, loader)
    qtbot.addWidget(tab)
    tab.read(TEXT)
    assert "No model" in tab.place.sentence.text() and tab.table() is None and not tab.place.pictured
    loaded(engine.bridge, loader)
    tab.read("")
    assert "no text" in tab.place.sentence.text() and not engine.asked(ReadAttention)


def test_a_failure_is_said_with_what_to_do_and_can_be_tried_again(tab: AttentionTab, engine: Answering) -> None:
    engine.answers[ReadAttention] = lambda command: Failed(0, "There is no memory for the maps", "Use a shorter text.")
    read(tab, engine)
    assert tab.place.sentence.text() == "There is no memory for the maps"
    assert tab.place.hint.text() == "Use a shorter text."
    engine.answers[ReadAttention] = lambda command: maps()
    tab.place.again_button.click()
    engine.settle()
    assert tab.place.pictured and tab.weights is not None


def test_it_can_be_stopped_and_says_how_far_it_is(tab: AttentionTab, engine: Answering) -> None:
    del engine.answers[ReadAttention]
    read(tab, engine)
    job = engine.asked(ReadAttention)[0].job
    engine.say(Progress(job, 3, 8, "Looking at attention"))
    engine.settle()
    assert tab.place.sentence.text() == "Looking at attention" and tab.place.meter.value() == 3
    tab.place.stop_button.click()
    engine.settle()
    assert Cancel(job) in engine.sent and tab.place.again_button.isVisible()


def test_leaving_drops_the_job(tab: AttentionTab, engine: Answering) -> None:
    del engine.answers[ReadAttention]
    read(tab, engine)
    tab.leave()
    assert isinstance(engine.sent[-1], Cancel) and not tab.asking.running
    assert tab.place.again_button.isVisible(), "never a bar that stands still"


def test_a_table_of_the_chosen_head(tab: AttentionTab, engine: Answering) -> None:
    read(tab, engine)
    table = tab.table()
    assert table is not None and table.name == "Attention of layer 1, head 1"
    assert len(table.rows) == 11 * 12 // 2 and len(table.rows[0]) == len(table.columns)
    last = [row for row in table.rows if row[0] == len(PIECES)]
    assert sum(float(row[4] or 0) for row in last) == pytest.approx(1, abs=1e-6)


def test_everything_that_can_be_reached_has_a_name(tab: AttentionTab, engine: Answering) -> None:
    read(tab, engine)
    tab.test.button.click()
    engine.settle()
    assert nameless(tab) == []


@pytest.mark.parametrize("size", [80, 150, 200])
def test_nothing_is_cut_in_a_small_window(
    tab: AttentionTab, engine: Answering, settings: SettingsStore, size: int
) -> None:
    settings.set("general.text_size", size)
    engine.answers[ReadAttention] = lambda command: maps(12, 5, PIECES * 2)
    tab.resize(836, 400)
    read(tab, engine)
    tab.test.button.click()
    engine.settle()
    QApplication.processEvents()
    assert tab.halves.content.width() <= tab.halves.viewport().width()
