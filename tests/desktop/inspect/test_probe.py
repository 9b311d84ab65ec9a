"""A word is swapped and the choice after it is measured, with an engine that answers from a script."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.bridge import Bridge
from desktop.inspect.probe import NO_MODEL, ProbeTab
from desktop.inspect.probe_examples import EXAMPLES
from desktop.inspect.probe_words import draft_of, finding, from_text, split_slot, with_slot
from desktop.loader import ModelLoader
from desktop.theme import Look
from engine.messages import (
    SLOT,
    Candidate,
    Command,
    CompareAnswers,
    Event,
    Failed,
    Finished,
    LoadedModel,
    LoadModel,
    Probe,
    ProbeResult,
    ProbeRow,
    Result,
)
from engine.settings import SettingsStore
from tests.desktop.models.scripted import ScriptedEngine, answers, waits
from tests.desktop.reachable import nameless

MODEL = LoadedModel("smollm2-135m", "SmolLM2 135M", "abc", "cpu", "float32", "It fits.", 8, 8192, 134_515_008, True)
MEANS = (-1.55, -0.75, -0.1, 0.7, 1.1, 1.5)
WIDTHS = (0.4, 0.35, 0.4, 0.3, 0.45, 0.37)


def probed(command: Command) -> list[Event]:
    assert isinstance(command, Probe)
    rows = tuple(
        ProbeRow(filler, MEANS[n % 6], MEANS[n % 6] - WIDTHS[n % 6], MEANS[n % 6] + WIDTHS[n % 6],
                 tuple(MEANS[n % 6] + 0.01 * t for t in range(len(command.templates))))
        for n, filler in enumerate(command.fillers)
    )  # fmt: skip
    baseline = sum(row.log_odds for row in rows) / len(rows)
    several = len(command.templates) > 1
    shifted = sum(several and not row.low <= baseline <= row.high for row in rows)
    value = ProbeResult(command.choices, len(command.templates), rows, baseline, shifted)
    return [Result(command.job, value), Finished(command.job, "done")]


def candidates(command: Command) -> list[Event]:
    assert isinstance(command, CompareAnswers)
    shares = [2.0**-n for n in range(len(command.answers))][::-1]
    total = sum(shares)
    value = tuple(
        Candidate(text, math.log(share / 100), share / total)
        for text, share in zip(command.answers, shares, strict=True)
    )
    return [Result(command.job, value), Finished(command.job, "done")]


@dataclass
class Desk:
    tab: ProbeTab
    engine: ScriptedEngine
    bridge: Bridge
    loader: ModelLoader

    def asked(self, kind: type[Command]) -> list[Command]:
        return [one for one in self.engine.sent if isinstance(one, kind)]

    def settle(self) -> None:
        for _ in range(3):
            self.bridge.flush()

    def measure(self) -> None:
        self.tab.button.click()
        self.settle()


Make = Callable[..., Desk]


@pytest.fixture
def make_desk(qtbot: QtBot, qapp: QApplication, look: Look, settings: SettingsStore) -> Make:
    def make(*, loaded: bool = True, probe: Callable[[Command], list[Event]] = probed) -> Desk:
        bridge = Bridge()
        script = {Probe: probe, CompareAnswers: candidates, LoadModel: answers(MODEL)}
        engine = ScriptedEngine(bridge, script)
        loader = ModelLoader(bridge, settings)
        tab = ProbeTab(look, bridge, loader)
        qtbot.addWidget(tab)
        tab.resize(1156, 560)
        tab.show()
        qtbot.waitExposed(tab)
        desk = Desk(tab, engine, bridge, loader)
        if loaded:
            loader.load(MODEL.name)
            desk.settle()
        tab.read("The nurse said that")
        return desk

    return make


def test_the_example_can_be_measured_at_once_and_is_said_in_a_sentence(make_desk: Make) -> None:
    desk = make_desk()
    assert desk.tab.form.fillers.text() == "nurse, teacher, doctor, farmer, pilot, captain"
    assert (desk.tab.form.before.text(), desk.tab.form.after.text()) == ("The", "said that")
    desk.measure()
    asked = desk.asked(Probe)[-1]
    assert isinstance(asked, Probe) and len(asked.templates) == 12 and asked.choices == ("he", "she")
    assert all(one.count(SLOT) == 1 for one in asked.templates)
    assert desk.tab.finding.text() == "5 of 6 words shift the choice, and “nurse” shifts it most."
    assert desk.tab.details.text().startswith("Odds of 5 to 1 for “she” after “nurse”.")
    assert "By chance alone, 1 word in 20" in desk.tab.details.text()
    assert desk.tab.averaged.text().startswith("Each line averages 12 ways to say the same sentence.")
    assert desk.tab.chart.rows[0].filler == "nurse"


def test_the_chart_is_walked_through_by_keyboard_and_is_also_a_table(make_desk: Make, qtbot: QtBot) -> None:
    desk = make_desk()
    desk.measure()
    chart = desk.tab.chart
    chart.grab()
    for _ in range(3):
        qtbot.keyClick(chart, Qt.Key.Key_Down)
    assert chart.selected == 2 and "doctor" in chart.accessibleDescription()
    assert "no clear difference from the average" in chart.accessibleDescription()
    table = desk.tab.table()
    assert table is not None and len(table.rows) == 6 and len(table.columns) == 4 + 12


def test_the_sentence_is_edited_in_place_and_a_change_takes_the_old_result_away(make_desk: Make, qtbot: QtBot) -> None:
    desk = make_desk()
    desk.measure()
    form = desk.tab.form
    form.after.clear()
    qtbot.keyClicks(form.after, "wrote that")
    assert form.draft().templates[0] == "The ___ wrote that" and len(form.draft().templates) == 12
    assert desk.tab.result is None and not desk.tab.chart.isVisible() and desk.tab.table() is None
    form.ways.setPlainText("A ___ came and\nOur ___ left when")
    assert (form.before.text(), form.after.text()) == ("A", "came and")
    assert form.ways_button.text() == "2 ways to say it"
    qtbot.keyClick(form.after, Qt.Key.Key_Return)
    desk.settle()
    assert desk.tab.result is not None and "Few sentences" in desk.tab.averaged.text()


def test_one_sentence_shows_little_and_says_so(make_desk: Make) -> None:
    desk = make_desk()
    desk.tab.form.ways.setPlainText("The ___ said that")
    desk.measure()
    assert desk.tab.averaged.text().startswith("One sentence alone shows little")
    assert desk.tab.finding.text() == "None of 6 words clearly shifts the choice."


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda form: form.ways.setPlainText(""), "Write a sentence with ___"),
        (lambda form: form.ways.setPlainText("The ___ said\nThe doctor said"), "Sentence 2 needs ___ once"),
        (lambda form: form.fillers.setText("nurse"), "at least two words to swap"),
        (lambda form: form.choices.setText("he"), "two words to choose between"),
        (lambda form: form.choices.setText("he or he"), "two words to choose between"),
    ],
)
def test_what_cannot_be_measured_is_said(make_desk: Make, change: Callable[[object], None], said: str) -> None:
    desk = make_desk()
    change(desk.tab.form)
    assert not desk.tab.button.isEnabled() and said in desk.tab.button.toolTip()
    assert said in desk.tab.line.text.text()


def test_without_a_model_and_after_a_failure_there_is_something_to_do(make_desk: Make) -> None:
    desk = make_desk(loaded=False)
    assert desk.tab.button.toolTip() == NO_MODEL and desk.tab.candidates.button.toolTip() == NO_MODEL
    desk.loader.load(MODEL.name)
    desk.settle()
    assert desk.tab.button.isEnabled()
    failing = make_desk(probe=lambda c: [Failed(c.job, "“he” gives this model nothing to read", "Choose another.")])
    failing.measure()
    assert failing.tab.line.text.text() == "“he” gives this model nothing to read. Choose another."
    assert failing.tab.line.again_button.isVisible()


def test_leaving_drops_the_probe(make_desk: Make) -> None:
    desk = make_desk(probe=waits)
    desk.measure()
    assert desk.tab.task.running and desk.tab.line.stop_button.isVisible()
    desk.tab.leave()
    assert not desk.tab.task.running and not desk.tab.line.isVisible()


def test_the_text_of_the_box_becomes_the_sentence(make_desk: Make) -> None:
    desk = make_desk()
    form = desk.tab.form
    form.take_button.click()
    assert form.draft().templates == ("The ___ said that",)
    desk.tab.read("Something else")
    assert not form.take_button.isEnabled() and "___" in form.take_button.toolTip()
    form.examples.activated.emit(2)
    assert form.choices.text() == "tea or coffee" and form.draft().fillers == EXAMPLES[1].fillers


def test_candidate_answers_are_a_classifier_without_training(make_desk: Make) -> None:
    desk = make_desk()
    desk.tab.read("Great food. The review is")
    answers = desk.tab.candidates
    answers.field.setPlainText("positive")
    assert not answers.button.isEnabled() and "two answers" in answers.button.toolTip()
    answers.field.setPlainText("positive\nnegative\n positive ")
    answers.button.click()
    desk.settle()
    asked = desk.asked(CompareAnswers)[-1]
    assert isinstance(asked, CompareAnswers) and asked.answers == ("positive", "negative")
    assert [row.text for row in answers.bars.rows()] == ["negative", "positive"], "the likeliest first"
    assert sum(row.probability for row in answers.bars.rows()) == pytest.approx(1)
    assert "“negative” itself has a chance of 1 in 100" in answers.note.text()
    table = desk.tab.table()
    assert table is not None and table.name == "answers"
    desk.tab.read("Other text")
    assert answers.found == () and not answers.bars.isVisible()
    desk.tab.read("")
    assert "Write a text" in answers.button.toolTip()


def test_everything_has_a_name(make_desk: Make) -> None:
    desk = make_desk()
    desk.measure()
    assert nameless(desk.tab) == []
    desk.tab.resize(600, 500)
    desk.tab.grab()
    assert desk.tab.columns.folded


def test_slots_and_drafts() -> None:
    assert [split_slot(one) for one in ("The ___ said", "___ said", "In ____, we")] == [
        ("The", "said"), ("", "said"), ("In", ", we"),
    ]  # fmt: skip
    assert with_slot("In", ", we") == "In ___, we" and with_slot("", "said") == "___ said"
    assert from_text("The Doctor\nsaid", ("nurse", "doctor")) == "The ___ said"
    assert from_text("Nursery rhymes", ("nurse",)) == ""
    assert draft_of("a ___", "x, x, y,", "he/she").fillers == ("x", "y")
    assert all(not draft_of("\n".join(e.templates), ",".join(e.fillers), " or ".join(e.choices)).problem
               for e in EXAMPLES)  # fmt: skip
    one = ProbeResult(("he", "she"), 3, (ProbeRow("x", 1.0, 0.5, 1.5, ()), ProbeRow("y", 0, -0.5, 2, ())), 0.2, 1)
    assert finding(one) == "1 of 2 words shifts the choice, and “x” shifts it most."
