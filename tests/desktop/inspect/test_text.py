"""The numbers of a text and the game on its words, with an engine that answers from a script."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.bridge import Bridge
from desktop.inspect.guess_view import TOO_SHORT
from desktop.inspect.guessing import Game, hide, rank_of, same, verdict
from desktop.inspect.text import NO_MODEL, NO_TEXT, TextTab
from desktop.inspect.text_rows import surroundings
from desktop.loader import ModelLoader
from desktop.theme import Look
from engine.messages import (
    Chance,
    Command,
    Event,
    Failed,
    Finished,
    LoadedModel,
    LoadModel,
    NextChances,
    NextWords,
    Result,
    ScoreText,
    TextScore,
    TextToken,
)
from engine.settings import SettingsStore
from tests.desktop.models.scripted import ScriptedEngine, answers, waits
from tests.desktop.reachable import nameless

MODEL = LoadedModel("smollm2-135m", "SmolLM2 135M", "abc", "cpu", "float32", "It fits.", 8, 8192, 134_515_008, True)
TEXT = (
    "The lighthouse keeper counted the waves until the fog came back.\nThen the bells began to ring, and the ships "
    "turned slowly towards the harbour where lanterns were burning behind every single window of the village."
)


def scored(text: str, *, windows: int = 1, round_trip: bool = True) -> TextScore:
    """A token a word, with the space before it; the first has no numbers."""
    tokens = []
    for number, found in enumerate(re.finditer(r"\s?\S+", text)):
        known = number > 0
        logprob = -0.05 - (len(found.group()) * 13 + number * 7) % 23 / 3
        tokens.append(
            TextToken(number, f"Ġ{found.group().strip()}", found.start(), found.end(), logprob if known else None,
                      1 + int(-logprob * 3) ** 2 if known else None, 2.1 if known else None)
        )  # fmt: skip
    known = [one.logprob for one in tokens if one.logprob is not None]
    perplexity = math.exp(-sum(known) / len(known)) if known else None
    return TextScore(tuple(tokens), perplexity, 1.234 if known else None, windows, round_trip)


def scores(command: Command) -> list[Event]:
    assert isinstance(command, ScoreText)
    return [Result(command.job, scored(command.text)), Finished(command.job, "done")]


def next_words(*words: str) -> NextChances:
    items = tuple(Chance(f" {word}", 0.4 / 2**n, (n,)) for n, word in enumerate(words))
    return NextChances("word", items, 1 - sum(one.probability for one in items), len(items), 2.0, 5)


def guesses(command: Command) -> list[Event]:
    assert isinstance(command, NextWords)
    value = next_words("waves", "the", "bells", "ships", "a", "his", "days", "stars", "rocks")
    return [Result(command.job, value), Finished(command.job, "done")]


@dataclass
class Desk:
    tab: TextTab
    engine: ScriptedEngine
    bridge: Bridge
    loader: ModelLoader

    def read(self, text: str) -> None:
        self.tab.read(text)
        self.settle()

    def settle(self) -> None:
        for _ in range(3):
            self.bridge.flush()

    def guess(self, word: str) -> None:
        self.tab.guess.guess.setText(word)
        self.tab.guess.guess.returnPressed.emit()
        self.settle()


Make = Callable[..., Desk]


@pytest.fixture
def make_desk(qtbot: QtBot, qapp: QApplication, look: Look, settings: SettingsStore) -> Make:
    def make(*, loaded: bool = True, **script: Callable[[Command], list[Event]]) -> Desk:
        bridge = Bridge()
        usual = {
            ScoreText: script.get("score", scores),
            NextWords: script.get("words", guesses),
            LoadModel: answers(MODEL),
        }
        engine = ScriptedEngine(bridge, usual)
        loader = ModelLoader(bridge, settings)
        tab = TextTab(look, bridge, loader)
        qtbot.addWidget(tab)
        tab.resize(1156, 560)
        tab.show()
        qtbot.waitExposed(tab)
        desk = Desk(tab, engine, bridge, loader)
        if loaded:
            loader.load(MODEL.name)
            desk.settle()
        return desk

    return make


def test_the_numbers_of_the_whole_and_of_every_token(make_desk: Make, qtbot: QtBot) -> None:
    desk = make_desk()
    with qtbot.waitSignal(desk.tab.said) as said:
        desk.read(TEXT)
    assert said.args is not None and said.args[0].startswith("Like choosing between about ")
    assert "1.23 bits per byte" in desk.tab.facts.text() and "36 words in 36 tokens" in desk.tab.facts.text()
    rows = desk.tab.figures.model_rows
    assert len(rows.rows) == 36 and rows.rows[0][2] is None
    shown = [rows.data(rows.index(0, column)) for column in range(6)]
    assert shown == ["The", "1", "–", "–", "–", "–"]
    assert rows.data(rows.index(1, 0)) == "␣lighthouse"
    rows.sort(3, Qt.SortOrder.DescendingOrder)
    surprise = [row[3] for row in rows.rows]
    assert surprise[-1] is None and surprise[:-1] == sorted(surprise[:-1], reverse=True)  # type: ignore[type-var]
    table = desk.tab.table()
    assert table is not None and len(table.rows) == 36 and not desk.tab.warning.isVisible()


def test_jumping_to_what_surprised_most_shows_where_it_stands(make_desk: Make) -> None:
    desk = make_desk()
    desk.read(TEXT)
    tokens = scored(TEXT).tokens
    order = sorted(range(1, len(tokens)), key=lambda place: tokens[place].logprob or 0)
    desk.tab.most_button.click()
    assert desk.tab.figures.selected() == order[0] and desk.tab.where.isVisible()
    piece = TEXT[tokens[order[0]].start : tokens[order[0]].end]
    assert piece.strip() in desk.tab.where.toPlainText()
    desk.tab.less_button.click()
    assert desk.tab.figures.selected() == order[1]
    desk.tab.most_button.click()
    assert desk.tab.figures.selected() == order[0]


def test_surroundings_stay_on_one_line_with_the_token_in_them() -> None:
    text = "a\n" * 60 + "word" + "\nb" * 60
    line, start, end = surroundings(text, TextToken(0, "word", 120, 124, None, None, None))
    assert line[start:end] == "word" and "\n" not in line and line.startswith("…") and line.endswith("…")


def test_windows_and_a_tokenizer_that_changes_the_text_are_said(make_desk: Make) -> None:
    def odd(command: Command) -> list[Event]:
        assert isinstance(command, ScoreText)
        return [Result(command.job, scored(command.text, windows=3, round_trip=False)), Finished(command.job, "done")]

    desk = make_desk(score=odd)
    desk.read(TEXT)
    assert desk.tab.warning.isVisible()
    assert "3 parts" in desk.tab.warning.text() and "unchanged" in desk.tab.warning.text()


def test_no_model_no_text_and_a_failure_say_what_to_do(make_desk: Make) -> None:
    desk = make_desk(loaded=False)
    desk.read(TEXT)
    assert desk.tab.line.text.text() == NO_MODEL and desk.tab.guess.start_button.toolTip() == NO_MODEL
    desk.loader.load(MODEL.name)
    desk.settle()
    desk.read(" ")
    assert desk.tab.line.text.text() == NO_TEXT and desk.tab.table() is None
    failing = make_desk(score=lambda c: [Failed(c.job, "The model is gone", "Load it again.")])
    failing.read(TEXT)
    assert failing.tab.line.text.text() == "The model is gone. Load it again."
    assert not failing.tab.figures.isVisible() and failing.tab.line.again_button.isVisible()


def test_one_token_has_no_numbers_and_no_jumps(make_desk: Make) -> None:
    desk = make_desk()
    desk.read("Word")
    assert desk.tab.finding.text().startswith("Nothing stands before")
    assert not desk.tab.most_button.isEnabled() and desk.tab.guess.start_button.toolTip() == TOO_SHORT


def test_leaving_drops_the_job(make_desk: Make) -> None:
    desk = make_desk(score=waits)
    desk.read(TEXT)
    assert desk.tab.task.running
    desk.tab.leave()
    assert not desk.tab.task.running and not desk.tab.line.isVisible()


# ---- hide and guess -------------------------------------------------------------------
def test_a_game_goes_through_hidden_words_and_keeps_the_score(make_desk: Make, qtbot: QtBot) -> None:
    desk = make_desk()
    desk.read(TEXT)
    view = desk.tab.guess
    view.start_button.click()
    words = [one.word for one in view.game.words]
    assert len(words) == 10 and view.before.text().endswith("_____") and not view.guess_button.isEnabled()
    desk.guess(words[0].upper())
    asked = desk.engine.sent[-1]
    assert isinstance(asked, NextWords) and TEXT.startswith(asked.text) and asked.unit == "word"
    assert view.verdict.text().startswith(f"“{words[0]}” is right.")
    assert view.score.text().startswith("You 1, the model ") and view.score.text().endswith("9 to go.")
    assert not view.guess.isEnabled() and view.next_button.isVisible() and view.score.isVisible()
    qtbot.keyClick(view.next_button, Qt.Key.Key_Return)
    view.skip_button.click()
    desk.settle()
    assert view.verdict.text().startswith(f"It was “{words[1]}”.")
    for _ in words[2:]:
        view.next_button.click()
        desk.guess("nothing")
    assert view.game.now is None and view.start_button.isVisible() and view.start_button.text() == "Again"
    assert view.score.text().endswith(("won.", "draw."))
    view.start_button.click()
    assert view.game.rounds == [] and view.game.now is not None


def test_another_text_ends_the_game_and_a_failure_leaves_the_word_open(make_desk: Make) -> None:
    desk = make_desk(words=lambda c: [Failed(c.job, "Too long", "Take a shorter text.")])
    desk.read(TEXT)
    view = desk.tab.guess
    view.start_button.click()
    desk.guess("waves")
    assert view.line.text.text() == "Too long. Take a shorter text."
    assert view.game.rounds == [] and view.guess.isEnabled()
    desk.read(f"{TEXT} More of it.")
    assert view.game.words == [] and view.start_button.isVisible() and not view.guess.isVisible()


def test_the_right_word_is_marked_among_the_models(make_desk: Make) -> None:
    desk = make_desk()
    desk.read("He sat and looked at all of the rocks.")
    view = desk.tab.guess
    view.start_button.click()
    while view.game.now is not None and view.game.now.word != "rocks":
        desk.guess("x")
        view.next_button.click()
    desk.guess("stones")
    rows = view.bars.rows()
    assert [row.text for row in rows if row.kind == "written"] == ["rocks"] and rows[-1].kind == "others"
    assert "this one its number 9" in view.verdict.text()


def test_what_is_hidden_and_what_counts_as_right() -> None:
    assert hide("Too short") == [] and hide("") == []
    assert all(one.start >= 12 and len(one.word) >= 3 for one in hide(TEXT))
    assert [TEXT[one.start : one.end] for one in hide(TEXT)] == [one.word for one in hide(TEXT)]
    assert same(" Waves,", "waves") and not same("", "") and not same("wave", "waves")
    chances = next_words("The", "the", "sea")
    assert (rank_of("sea", chances), rank_of("fog", chances)) == (2, None)
    game = Game("x waves", hide("It is said that waves"))
    done = game.answer("", next_words("fog"))
    assert done.word == "waves" and "not among the model's 20" in verdict(done)


def test_everything_has_a_name(make_desk: Make) -> None:
    desk = make_desk()
    desk.read(TEXT)
    desk.tab.guess.start_button.click()
    desk.guess("waves")
    assert nameless(desk.tab) == []
    desk.tab.grab()
