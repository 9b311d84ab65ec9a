"""Two models on the same texts, with an engine that answers from a script."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QComboBox
from pytestqt.qtbot import QtBot

from desktop.bridge import Bridge
from desktop.inspect.chances import chance, odds, rounded, times, words_to_choose
from desktop.inspect.compare import ONE_ONLY, SAME_TWICE, CompareTab
from desktop.inspect.compare_rows import changes, lineage, lines_of, pieces_of, usual_pair, whole
from desktop.inspect.marked_text import MarkedText, Piece
from desktop.loader import ModelLoader
from desktop.theme import Look
from engine.messages import (
    Command,
    ComparedText,
    ComparedToken,
    CompareModels,
    Comparison,
    Event,
    Failed,
    Finished,
    ListModels,
    Message,
    Result,
    StageReplies,
    StageReply,
)
from engine.settings import SettingsStore
from tests.desktop.models.scripted import ScriptedEngine, answers, listing, model, waits
from tests.desktop.reachable import nameless

BASE = model("smollm2-135m", "SmolLM2 135M")
TAUGHT = model("library-desk-v3", "Library desk v3", stage="taught", parent="smollm2-135m")
OTHER = model("gemma-3-270m", "Gemma 3 270M")
TEXT = "You can keep a book for three weeks. Films are one week."


def compared(text: str, group: str = "", title: str = "") -> ComparedText:
    """Word by word, with numbers that differ from word to word and are the same each time."""
    words = [word if not number else f" {word}" for number, word in enumerate(text.split())]
    tokens = []
    for number, word in enumerate(words):
        before = -0.3 - (len(word) * 7 + number * 3) % 11 / 2.5
        now = before + ((len(word) * 5 + number) % 7 - 2) * 0.45
        known = number > 0
        tokens.append(ComparedToken(word, before if known else None, min(now, -0.02) if known else None))
    first, second = (sum(getattr(one, side) or 0.0 for one in tokens) for side in ("first", "second"))
    return ComparedText(group, title, tuple(tokens), first, second)


def comparison(command: Command) -> list[Event]:
    assert isinstance(command, CompareModels)
    texts = tuple(compared(one.text, one.group, one.title) for one in command.texts)
    by_word = "gemma" in command.first + command.second
    value = Comparison(BASE.title, TAUGHT.title, by_word, texts)
    return [Result(command.job, value), Finished(command.job, "done")]


def replies(command: Command) -> list[Event]:
    assert isinstance(command, StageReplies)
    found = tuple(StageReply(name, name.title(), f"{name} says {command.sampling.seed}.") for name in command.names)
    return [Result(command.job, found), Finished(command.job, "done")]


@dataclass
class Desk:
    tab: CompareTab
    engine: ScriptedEngine
    bridge: Bridge

    def asked(self, kind: type[Command]) -> list[Command]:
        return [one for one in self.engine.sent if isinstance(one, kind)]

    def read(self, text: str) -> None:
        self.tab.read(text)
        self.settle()

    def settle(self) -> None:
        for _ in range(3):
            self.bridge.flush()


Make = Callable[..., Desk]


@pytest.fixture
def make_desk(qtbot: QtBot, qapp: QApplication, look: Look, settings: SettingsStore) -> Make:
    def make(*models: object, compare: Callable[[Command], list[Event]] = comparison) -> Desk:
        bridge = Bridge()
        script = {
            ListModels: answers(listing(*(models or (BASE, TAUGHT)))),  # type: ignore[arg-type]
            CompareModels: compare,
            StageReplies: replies,
        }
        engine = ScriptedEngine(bridge, script)
        tab = CompareTab(look, bridge, ModelLoader(bridge, settings))
        qtbot.addWidget(tab)
        tab.resize(1156, 560)
        tab.show()
        qtbot.waitExposed(tab)
        desk = Desk(tab, engine, bridge)
        desk.settle()
        return desk

    return make


def test_base_and_taught_are_compared_on_the_text_in_the_box(make_desk: Make, qtbot: QtBot) -> None:
    desk = make_desk(OTHER, BASE, TAUGHT)
    with qtbot.waitSignal(desk.tab.said) as said:
        desk.read(TEXT)
    asked = desk.asked(CompareModels)[-1]
    assert isinstance(asked, CompareModels)
    assert (asked.first, asked.second, asked.texts[0].text) == ("smollm2-135m", "library-desk-v3", TEXT)
    (card,) = desk.tab.cards.values()
    assert card.text.toPlainText() == TEXT
    assert card.whole.text().startswith("whole text: 1 in ") and ", now 1 in " in card.whole.text()
    assert said.args is not None and said.args[0].startswith("Like choosing between about ")
    assert not desk.tab.dots.isVisible(), "one text needs no dots"
    assert "Taught" in [desk.tab.largest.table.model_rows.columns[n].title for n in range(4)]


def test_changes_are_drawn_with_a_line_below_or_above_and_small_ones_stay_plain(make_desk: Make) -> None:
    tokens = (
        ComparedToken("A", None, None),
        ComparedToken(" much", -4.0, -1.0),
        ComparedToken(" less", -1.0, -3.0),
        ComparedToken(" same", -1.0, -1.3),
    )
    text, pieces = pieces_of(ComparedText("", "", tokens, -6.0, -5.3))
    assert text == "A much less same"
    assert [(one.fill, one.above) for one in pieces] == [("", False), ("k1", False), ("k2", True), ("", False)]
    assert 0.08 < pieces[1].strength <= 0.34 and pieces[1].width == 3
    assert "20 times more likely" in pieces[1].tip


def test_the_table_holds_the_largest_changes_and_can_show_the_worse_alone(make_desk: Make, qtbot: QtBot) -> None:
    desk = make_desk()
    desk.read(TEXT)
    largest = desk.tab.largest
    points = [abs(one.points) for one in largest.changes]
    assert points == sorted(points, reverse=True)
    largest.which.set_value("worse")
    largest.which.chosen.emit("worse")
    assert largest.changes and all(one.points < 0 for one in largest.changes)
    rows = largest.table.model_rows
    rows.sort(1, Qt.SortOrder.AscendingOrder)
    shown = [row[1] for row in rows.rows]
    assert shown == sorted(shown)  # type: ignore[type-var]
    rows.sort(-1)
    assert rows.source == list(range(len(rows.rows))), "a third click gives the first order back"


def test_more_texts_become_dots_in_groups_and_a_dot_opens_its_text(make_desk: Make, qtbot: QtBot) -> None:
    desk = make_desk()
    desk.read(TEXT)
    assert not desk.tab.compare_button.isEnabled() and "Paste texts" in desk.tab.compare_button.toolTip()
    desk.tab.field.setPlainText("Pairs\tHow long?\tThree whole weeks.\nPairs\tHow much?\tIt costs 3 euros.\nPlain line")
    desk.tab.compare_button.click()
    desk.settle()
    asked = desk.asked(CompareModels)[-1]
    assert isinstance(asked, CompareModels)
    assert [(one.group, one.prompt) for one in asked.texts] == [
        ("", ""), ("Pairs", "How long?"), ("Pairs", "How much?"), ("More texts", ""),
    ]  # fmt: skip
    assert desk.tab.dots.isVisible() and desk.tab.dots.groups == ["Your text", "Pairs", "More texts"]
    assert len(desk.tab.cards) == 3
    place = next(one.place for one in desk.tab.dots.dots if "How much" in one.name)
    desk.tab.dots.chosen.emit(place)
    assert desk.tab.cards["Pairs"].title.text() == "How much?"
    qtbot.keyClick(desk.tab.dots, Qt.Key.Key_Down)
    qtbot.keyClick(desk.tab.dots, Qt.Key.Key_Down)
    assert desk.tab.dots.selected is not None and desk.tab.dots.accessibleDescription().endswith("likely")
    table = desk.tab.table()
    assert table is not None and {row[1] for row in table.rows} == {"Your text", "Pairs", "More texts"}


def test_the_same_question_goes_to_all_stages_with_the_same_random_numbers(make_desk: Make) -> None:
    preferred = model("library-desk-v4", "Library desk v4", stage="preferred", parent="library-desk-v3")
    desk = make_desk(BASE, TAUGHT, preferred)
    stages = desk.tab.stages
    box = desk.tab.pair.boxes
    choose(box[0], BASE.name)
    choose(box[1], preferred.name)
    assert not stages.ask_button.isEnabled(), "nothing is asked yet"
    desk.read("One text.")
    desk.read("Another\ntext.")
    assert stages.question.text() == "Another text.", "the text of the box, until the person asks something else"
    stages.question.setText("How long can I keep a book?")
    desk.read(TEXT)
    assert stages.question.text() == "How long can I keep a book?"
    stages.ask_button.click()
    desk.settle()
    asked = desk.asked(StageReplies)[-1]
    assert isinstance(asked, StageReplies) and asked.names == (BASE.name, TAUGHT.name, preferred.name)
    assert asked.messages == (Message("user", "How long can I keep a book?"),)
    assert len(stages.replies) == 3 and asked.sampling.seed == 1
    stages.other_button.click()
    desk.settle()
    again = desk.asked(StageReplies)[-1]
    assert isinstance(again, StageReplies) and again.sampling.seed == 2


def choose(box: QComboBox, name: str) -> None:
    box.setCurrentIndex(box.findData(name))
    box.activated.emit(box.currentIndex())


def test_what_cannot_be_compared_is_said(make_desk: Make) -> None:
    alone = make_desk(BASE)
    alone.read(TEXT)
    assert alone.tab.line.text.text() == ONE_ONLY and alone.tab.table() is None
    desk = make_desk()
    desk.read("")
    assert "Write a text" in desk.tab.line.text.text()
    desk.read(TEXT)
    choose(desk.tab.pair.boxes[0], TAUGHT.name)
    desk.settle()
    assert desk.tab.line.text.text() == SAME_TWICE and not desk.tab.cards
    broken = make_desk(BASE, model("x", "X", problem="It is damaged"))
    broken.read(TEXT)
    assert broken.tab.line.text.text() == ONE_ONLY, "a damaged model is no second one"


def test_a_failed_job_says_why_and_can_be_tried_again(make_desk: Make) -> None:
    fail = [True]

    def once(command: Command) -> list[Event]:
        if fail:
            return [Failed(command.job, "It does not fit beside the other", "Close other programs.")]
        return comparison(command)

    desk = make_desk(compare=once)
    desk.read(TEXT)
    assert desk.tab.line.text.text() == "It does not fit beside the other. Close other programs."
    fail.clear()
    desk.tab.line.again_button.click()
    desk.settle()
    assert desk.tab.cards and not desk.tab.line.isVisible()


def test_leaving_drops_the_job_and_stopping_says_so(make_desk: Make) -> None:
    desk = make_desk(compare=waits)
    desk.read(TEXT)
    assert desk.tab.task.running and desk.tab.line.stop_button.isVisible()
    desk.tab.line.stop_button.click()
    desk.settle()
    assert desk.tab.line.text.text() == "Stopped."
    desk.read(TEXT)
    desk.tab.leave()
    assert not desk.tab.task.running


def test_two_vocabularies_are_compared_by_word_and_it_is_said(make_desk: Make) -> None:
    desk = make_desk(BASE, OTHER)
    desk.read(TEXT)
    assert "different vocabularies" in desk.tab.largest.note.text()
    assert desk.tab.largest.table.model_rows.columns[0].title == "Word"
    table = desk.tab.table()
    assert table is not None and table.columns[3] == "word"


def test_everything_has_a_name_and_pieces_can_be_walked_through(make_desk: Make, qtbot: QtBot) -> None:
    desk = make_desk()
    desk.read(TEXT)
    assert nameless(desk.tab) == []
    (card,) = desk.tab.cards.values()
    for _ in range(2):
        qtbot.keyClick(card.text, Qt.Key.Key_Right)
    assert card.text.selected == 1
    desk.tab.grab()  # everything is painted once, with a frame around a piece
    desk.tab.resize(560, 500)
    assert desk.tab.columns.folded


def test_marks_stand_on_their_own_words_where_the_direction_of_writing_turns(qtbot: QtBot, look: Look) -> None:
    text = "one שלום עולם two 🙂 end"
    places, start = [], 0
    for word in text.split(" "):
        places.append(Piece(start, start + len(word), word, "k1"))
        start += len(word) + 1
    shown = MarkedText(look, "Text")
    qtbot.addWidget(shown)
    shown.resize(600, 80)
    shown.show_pieces(text, places)
    spans = sorted((rect.left(), rect.right()) for piece in places for rect in shown._rects(piece))
    assert len(spans) == len(places)
    assert all(one[1] <= other[0] + 1 for one, other in itertools.pairwise(spans)), "none lies over another"


def test_chances_in_words() -> None:
    said = [chance(math.log(p)) for p in (0.97, 0.8, 0.5, 1 / 7, 1 / 9012, 2e-7, 2e-30)]
    assert said == ["almost certain", "8 in 10", "1 in 2", "1 in 7", "1 in 9,000", "1 in 5 million",
                    "1 in a number of 30 digits"]  # fmt: skip
    assert [times(n) for n in (0.05, math.log(12.4), -math.log(3))] == [
        "about as", "12 times more", "3 times less",
    ]  # fmt: skip
    assert [odds(n) for n in (0.0, math.log(4), -math.log(2.5))] == ["even", "4 to 1", "2.5 to 1"]
    assert [words_to_choose(p) for p in (1.1, 2, 3.04, 12.3)] == [
        "only 1 word", "1 or 2 words", "about 3 words", "about 12 words",
    ]  # fmt: skip
    assert rounded(5.2e9) == "5.2 billion" and rounded(9.96e5) == "1 million"


def test_a_long_text_is_said_by_its_change_and_not_by_two_numbers_of_many_digits() -> None:
    tokens = (ComparedToken("x", -60.0, -57.0),)
    assert whole(ComparedText("", "", tokens, -60.0, -57.0)) == "whole text: 20 times more likely now"
    assert whole(ComparedText("", "q", tokens, -99.0, -59.0)) == "whole answer: 10^17 times more likely now"


def test_lines_lineage_and_the_usual_pair() -> None:
    assert [one.text for one in lines_of("a\n\n  \nb")] == ["a", "b"]
    circle = (model("a", parent="b"), model("b", parent="a"))
    assert len(lineage(circle, "a")) == 2
    assert usual_pair((BASE, OTHER), OTHER.name) == (BASE.name, OTHER.name)
    assert usual_pair((BASE,), BASE.name) is None
    assert changes((compared("one"),), worse=False) == []
