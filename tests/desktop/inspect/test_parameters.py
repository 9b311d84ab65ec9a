"""Where the parameters are: shares by part, the table that sorts, and what an adapter changed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from desktop.bridge import Bridge
from desktop.inspect.parameter_table import CHANGED
from desktop.inspect.parameters import ParametersTab, many
from desktop.loader import ModelLoader
from desktop.theme import Look
from engine.messages import Failed, Parameters, ReadParameters
from engine.settings import SettingsStore
from tests.desktop.inspect.answering import Answering, loaded, parameters
from tests.desktop.reachable import nameless


@pytest.fixture
def engine() -> Answering:
    bridge = Bridge()
    engine = Answering(bridge)
    bridge.attach(engine)
    engine.answers = {ReadParameters: lambda command: parameters()}
    return engine


@pytest.fixture
def tab(look: Look, engine: Answering, settings: SettingsStore, qtbot: QtBot) -> Iterator[ParametersTab]:
    loader = ModelLoader(engine.bridge, settings)
    loaded(engine.bridge, loader)
    tab = ParametersTab(look, engine.bridge, loader)
    qtbot.addWidget(tab)
    tab.resize(1156, 560)
    tab.show()
    qtbot.waitExposed(tab)
    yield tab
    engine.bridge.flush()


def read(tab: ParametersTab, engine: Answering, text: str = "") -> None:
    tab.read(text)
    engine.settle()


def names(tab: ParametersTab) -> list[str]:
    return [str(row[0]) for row in tab.figures.model_rows.rows]


def test_shares_by_part_the_largest_first(tab: ParametersTab, engine: Answering) -> None:
    said: list[str] = []
    tab.said.connect(said.append)
    read(tab, engine)
    rows = tab.parts.rows()
    assert [row.name for row in rows] == ["Embedding", "MLP", "Attention", "Norm"]
    assert sum(row.length for row in rows) == pytest.approx(1)
    assert rows[0].number == "28.3\u00a0million, 62%"
    assert said[-1] == "46.0\u00a0million parameters in 41 arrays."
    assert tab.facts.text() == "The file held blocks of Q4_K_M. What is shown is what they stand for."
    assert tab.figures.isColumnHidden(CHANGED)


def test_a_model_is_read_once_whatever_the_text(tab: ParametersTab, engine: Answering) -> None:
    for text in ("", "one", "two"):
        read(tab, engine, text)
    assert len(engine.asked(ReadParameters)) == 1


def test_columns_sort_by_number(tab: ParametersTab, engine: Answering) -> None:
    read(tab, engine)
    tab.figures.sortByColumn(3, Qt.SortOrder.DescendingOrder)
    assert names(tab)[0] == "embed.weight" and names(tab)[-1].endswith("attention_norm.weight")
    tab.figures.sortByColumn(4, Qt.SortOrder.AscendingOrder)
    assert names(tab)[0].startswith("layers.0.") and names(tab)[-1] == "embed.weight"


def test_a_part_can_be_looked_at_alone(tab: ParametersTab, engine: Answering, qtbot: QtBot) -> None:
    read(tab, engine)
    assert tab.all_parts.toolTip() == "All parts are listed. Choose one above to see only that."
    tab.parts.setCurrentIndex(tab.parts.model().index(1, 0))
    qtbot.keyClick(tab.parts, Qt.Key.Key_Return)
    assert len(names(tab)) == 16 and all(".mlp." in name for name in names(tab))
    assert tab.title_label.text() == "MLP"
    tab.all_parts.click()
    assert len(names(tab)) == 41


def test_what_an_adapter_changed(tab: ParametersTab, engine: Answering) -> None:
    engine.answers[ReadParameters] = lambda command: parameters(adapter=True)
    read(tab, engine)
    assert not tab.figures.isColumnHidden(CHANGED)
    assert (
        "Teaching changed 32 arrays, most of all layers.7.attention.q.weight, by 9.6% of its size." in tab.facts.text()
    )
    tab.figures.sortByColumn(CHANGED, Qt.SortOrder.DescendingOrder)
    assert names(tab)[0] == "layers.7.attention.q.weight" and names(tab)[-1].endswith("norm.weight"), (
        "unknown ones last"
    )
    assert tab.figures.model_rows.index(0, CHANGED).data() == "9.6%"


def test_no_model_and_a_failure_are_sentences(
    look: Look, engine: Answering, settings: SettingsStore, qtbot: QtBot
) -> None:
    loader = ModelLoader(engine.bridge, settings)
    tab = ParametersTab(look, engine.bridge, loader)
    qtbot.addWidget(tab)
    tab.read("text")
    assert "No model" in tab.place.sentence.text() and tab.table() is None
    loaded(engine.bridge, loader)
    engine.answers[ReadParameters] = lambda command: Failed(0, "The model is damaged.", "Open another one.")
    read(tab, engine)
    assert (tab.place.sentence.text(), tab.place.hint.text()) == ("The model is damaged.", "Open another one.")


def test_what_was_dropped_is_read_again(tab: ParametersTab, engine: Answering) -> None:
    del engine.answers[ReadParameters]
    read(tab, engine)
    tab.leave()
    engine.answers[ReadParameters] = lambda command: Parameters(())
    read(tab, engine)
    assert len(engine.asked(ReadParameters)) == 2 and tab.place.pictured and tab.parts.rows() == []


@pytest.mark.parametrize(
    ("count", "text"),
    [(576, "576"), (98_304, "98,304"), (134_515_008, "134.5\u00a0million"), (1_240_000_000, "1.2\u00a0billion")],
)
def test_how_many(count: int, text: str) -> None:
    assert many(count) == text


def test_a_table_of_all_rows_even_when_a_part_is_seen(tab: ParametersTab, engine: Answering) -> None:
    read(tab, engine)
    tab.parts.chosen.emit(1)
    table = tab.table()
    assert table is not None and len(table.rows) == 41 and {len(row) for row in table.rows} == {len(table.columns)}


def test_everything_that_can_be_reached_has_a_name(tab: ParametersTab, engine: Answering) -> None:
    read(tab, engine)
    assert nameless(tab) == []
