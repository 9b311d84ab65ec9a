"""Teaching from the button to the result, and what becomes of a run that did not end."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from desktop.teach.pair_rows import RECALL, STATUS
from desktop.teach.result_rows import QUESTION, RESULT
from desktop.teach.run_view import RunView
from engine.messages import (
    Cancel,
    CompareText,
    Continue,
    ExportModel,
    Failed,
    Finished,
    ForgetRun,
    KeepBest,
    LoadedModel,
    MergeModel,
    ModelInfo,
    Pause,
    PlanTeaching,
    Progress,
    RemoveModel,
    RestoreModel,
    Result,
    RunInfo,
    Teach,
    TeachSettings,
)
from tests.desktop.models.scripted import model
from tests.desktop.teach.scripted import DESK, MODEL, Desk, outcome_of


def view(desk: Desk) -> RunView:
    found = desk.page.below.run_view
    assert isinstance(found, RunView)
    return found


def begin(desk: Desk) -> RunView:
    desk.page.box.button.click()
    desk.engine.bridge.flush()
    return view(desk)


def finish(desk: Desk) -> None:
    begin(desk)
    desk.engine.step(150)
    desk.engine.end()


def test_the_button_says_what_it_takes(desk: Desk) -> None:
    desk.fill()
    assert desk.page.box.button.text() == "Teach 10 pairs" and desk.page.box.button.isEnabled()
    said = desk.page.box.text.text().replace("\u00a0", " ")
    assert said == "About 3 min and 1.1 GB of 16 GB memory, measured on this computer. You can undo it."


@pytest.mark.parametrize(
    ("pairs", "loaded", "reason"),
    [
        (DESK[:2], False, "No model is loaded. Choose one on the page Models."),
        ((("Only a question?", " "),), True, "No pair has a question and an answer, so there is nothing to learn."),
    ],
)
def test_a_button_that_cannot_be_pressed_says_why(
    make_desk: Callable[[], Desk], pairs: tuple[tuple[str, str], ...], loaded: bool, reason: str
) -> None:
    desk = make_desk()
    if loaded:
        desk.load()
    desk.fill(pairs)
    button = desk.page.box.button
    assert not button.isEnabled() and button.toolTip() == reason and button.accessibleDescription() == reason
    assert desk.page.box.text.text() == reason


def test_an_edit_of_a_word_asks_for_no_new_probe(desk: Desk) -> None:
    ids = desk.fill()
    asked = len(desk.engine.asked(PlanTeaching))
    desk.page.pairs.write(ids[0], "answer", "From 10 to 3.")
    desk.settle()
    assert len(desk.engine.asked(PlanTeaching)) == asked
    desk.page.pairs.write(ids[0], "answer", "From 10 to 3, " * 40)
    desk.settle()
    assert len(desk.engine.asked(PlanTeaching)) == asked + 1


def test_settings_are_set_belong_to_the_set_and_go_to_the_engine(desk: Desk, qtbot: QtBot) -> None:
    desk.fill()
    desk.page.box.how_button.click()
    how = desk.page.box.how
    assert how.isVisible() and not how.rows["epochs"].number.isEnabled()
    assert how.rows["epochs"].number.number() == 10, "the plan's value is shown"
    assert "LoRA, because" in how.reasons.text()
    how.rows["epochs"].choice.chosen.emit(True)
    how.rows["epochs"].number.setValue(4)
    how.method.chosen.emit("lora")
    desk.settle()
    assert desk.page.pairs.settings == TeachSettings(method="lora", epochs=4)
    assert how.rows["rank"].isVisible()
    how.method.chosen.emit("full")
    assert not how.rows["rank"].isVisible(), "whole layers have none to choose"
    how.method.chosen.emit("lora")
    assert how.rows["rank"].isVisible()
    begin(desk)
    assert desk.engine.teaching.settings == TeachSettings(method="lora", epochs=4)


def test_a_run_is_followed(desk: Desk, qtbot: QtBot) -> None:
    ids = desk.fill()
    shown = begin(desk)
    teaching = desk.engine.teaching
    assert (teaching.name, len(teaching.lessons), teaching.resume) == ("library-desk-v1", 10, False)
    assert shown.isVisible() and shown.title.text() == "Teaching Library desk v1"
    assert not desk.page.box.button.isEnabled() and not shown.keep.isEnabled()
    desk.engine.step(124)
    desk.engine.measure(108, lambda place: (0.99, 0.61, 0.18)[place % 3])
    assert shown.progress_text.text().replace("\u00a0", " ") == "Step 124 of 150, about 40 s left"
    assert shown.answered.value.text() == "84%" and shown.answered.evidence.text() == "8 of 10, word for word"
    assert shown.forgotten.value.text() == "1.2% of general text"
    assert "From 2.9" in shown.chart.summary() and "best so far is step 108" in shown.chart.summary()
    rows = desk.page.table.rows
    assert [rows.index(row, STATUS).data() for row in range(3)] == ["Learned", "Half", "Not yet"]
    assert rows.index(0, RECALL).data() == "99%"
    assert desk.sets.read([ids[0]])[0].recall == 0.99, "kept at once"
    assert desk.page.teaching() == "Teaching Library desk v1, step 124 of 150"


def test_answers_before_and_now_are_shown_for_each_pair(desk: Desk) -> None:
    ids = desk.fill()
    shown = begin(desk).samples
    desk.engine.sample(0, ids[2], "You can renew your home.")
    desk.engine.sample(60, ids[2], "Yes, twice.")
    desk.engine.sample(0, ids[7], "In the sea.")
    assert (shown.which.text(), shown.question.text()) == ("pair 3", DESK[2][0])
    assert (shown.before.text(), shown.now.text()) == ("You can renew your home.", "Yes, twice.")
    assert shown.now_title.text() == "Now, step 60" and not shown.back.isEnabled()
    shown.forward.click()
    assert (shown.which.text(), shown.before.text()) == ("pair 8", "In the sea.")


def test_a_pair_edited_during_the_run_takes_no_recall_of_the_old_one(desk: Desk) -> None:
    ids = desk.fill()
    begin(desk)
    desk.page.pairs.write(ids[0], "answer", "From 11 to 2.")
    desk.engine.measure(6, lambda place: 0.99)
    assert desk.page.table.rows.index(0, STATUS).data() == "New"
    assert desk.page.table.rows.index(1, STATUS).data() == "Learned"


def test_pause_and_go_on(desk: Desk) -> None:
    desk.fill()
    shown = begin(desk)
    desk.engine.step(30)
    shown.pause.click()
    assert desk.engine.sent[-1] == Pause(desk.engine.teaching.job)
    assert shown.progress_text.text() == "Paused at step 30 of 150" and shown.pause.text() == "Continue"
    shown.pause.click()
    assert desk.engine.sent[-1] == Continue(desk.engine.teaching.job) and shown.pause.text() == "Pause"


def test_keeping_the_best_of_a_paused_run_wakes_it(desk: Desk) -> None:
    desk.fill()
    shown = begin(desk)
    desk.engine.step(30)
    desk.engine.measure(24, lambda place: 0.5)
    shown.pause.click()
    shown.keep.click()
    assert isinstance(desk.engine.sent[-2], KeepBest)
    assert desk.engine.sent[-1] == Continue(desk.engine.teaching.job)
    assert not shown.pause.isEnabled() and "keeping the best" in shown.progress_text.text()
    desk.engine.end()
    assert desk.page.result.isVisible() and not shown.isVisible()


def test_cancelling_asks_first_and_the_run_can_go_on_later(desk: Desk, qtbot: QtBot) -> None:
    desk.fill()
    shown = begin(desk)
    desk.engine.step(40)
    desk.engine.measure(36, lambda place: 0.5)
    shown.cancel.click()
    dialog = desk.page.watching.confirm
    assert dialog is not None
    qtbot.waitUntil(dialog.stay.hasFocus)
    dialog.stay.click()
    assert desk.page.run.active
    shown.cancel.click()
    dialog = desk.page.watching.confirm
    assert dialog is not None
    desk.engine.unfinished = (RunInfo("library-desk-v1", MODEL.name, 10, 36, 150, 0.0),)
    dialog.go.click()
    assert any(isinstance(one, Cancel) for one in desk.engine.sent)
    desk.engine.bridge.flush()
    desk.engine.bridge.flush()
    (card,) = desk.page.below.interrupted.cards
    assert card.title.text() == "Teaching Library desk v1 was interrupted at step 36 of 150"
    card.go_on.click()
    desk.engine.bridge.flush()
    assert desk.engine.teaching.resume and desk.engine.teaching.name == "library-desk-v1"
    assert desk.page.below.interrupted.cards == [] and view(desk).isVisible()


def test_an_interrupted_run_is_offered_after_a_restart_and_loads_its_model(
    desk: Desk, make_desk: Callable[[], Desk]
) -> None:
    desk.fill()
    begin(desk)
    again = make_desk()
    again.engine.unfinished = (RunInfo("library-desk-v1", MODEL.name, 10, 40, 150, 0.0),)
    again.page.lessons.look_for_interrupted()
    again.engine.bridge.flush()
    again.page.loading.connect(again.loader.load)
    again.page.below.interrupted.cards[0].go_on.click()
    again.engine.bridge.flush()
    again.engine.bridge.flush()
    assert again.engine.teaching.resume and len(again.engine.teaching.lessons) == 10


def test_an_interrupted_run_can_be_forgotten(desk: Desk) -> None:
    desk.fill()
    desk.engine.unfinished = (RunInfo("strange", MODEL.name, 10, 40, 150, 0.0),)
    desk.page.lessons.look_for_interrupted()
    desk.engine.bridge.flush()
    (card,) = desk.page.below.interrupted.cards
    assert not card.go_on.isEnabled() and "can only be forgotten" in card.go_on.toolTip()
    card.forget.click()
    for _ in range(3):
        desk.engine.bridge.flush()
    assert desk.engine.asked(ForgetRun)[0].name == "strange"  # pyright: ignore[reportAttributeAccessIssue]
    assert desk.page.below.interrupted.cards == [] and not desk.page.below.isVisible()


def test_the_result_says_what_got_worse_first(desk: Desk) -> None:
    ids = desk.fill()
    finish(desk)
    result = desk.page.result
    assert result.isVisible() and result.title.text() == "Last run, Library desk v1"
    said = result.summary.text().replace("\u00a0", " ")
    assert said == "Finished in 2 min 51 s. 8 of 10 pairs learned, 2 of 40 unrelated answers changed."
    rows = result.rows
    assert [rows.index(row, RESULT).data() for row in range(3)] == ["Worse", "Changed", "Better"]
    assert "weights alone 78%, cards alone 71%, both 91%" in result.facts.text()
    assert "General text is predicted 1.2% less well than before." in result.facts.text()
    assert desk.sets.read([ids[3]])[0].state == "not" and desk.sets.read([ids[0]])[0].state == "learned"
    result.all_button.click()
    assert rows.rowCount() == 50 and rows.index(9, RESULT).data() == "Better"
    assert rows.index(10, QUESTION).data() == DESK[3][0], "then what was not learned"


def test_the_result_is_there_after_a_restart(desk: Desk, make_desk: Callable[[], Desk]) -> None:
    desk.fill()
    finish(desk)
    again = make_desk()
    assert again.page.result.isVisible() and again.page.result.title.text() == "Last run, Library desk v1"


def test_enter_on_a_result_goes_to_the_pair(desk: Desk, qtbot: QtBot) -> None:
    ids = desk.fill()
    finish(desk)
    table = desk.page.result.table
    table.setCurrentIndex(desk.page.result.rows.index(2, QUESTION))
    qtbot.keyClick(table, Qt.Key.Key_Return)
    assert desk.page.table.chosen() == [ids[0]] and desk.page.table.hasFocus()


def test_undoing_a_run_takes_back_what_is_known_of_its_pairs_and_can_be_taken_back(desk: Desk) -> None:
    ids = desk.fill()
    finish(desk)
    gone: list[str] = []
    desk.page.removing.connect(gone.append)
    desk.page.result.undo_button.click()
    desk.engine.bridge.flush()
    assert gone == ["library-desk-v1"] and len(desk.engine.asked(RemoveModel)) == 1
    assert not desk.page.result.isVisible() and desk.sets.read([ids[0]])[0].state == ""
    assert "Library desk v1 was undone." in desk.notices.texts()
    next(b for b in desk.notices.findChildren(QPushButton) if b.text() == "Bring it back").click()
    desk.engine.bridge.flush()
    assert len(desk.engine.asked(RestoreModel)) == 1 and desk.page.result.isVisible()
    assert desk.sets.read([ids[0]])[0].state == "learned"


def test_chatting_with_the_result(desk: Desk, qtbot: QtBot) -> None:
    desk.fill()
    finish(desk)
    assert desk.page.result.chat_button.text() == "Chat with v1"
    with qtbot.waitSignal(desk.page.chat_wanted) as wanted:
        desk.page.result.chat_button.click()
    assert wanted.args == ["library-desk-v1"]


def test_merging_and_exporting(desk: Desk, tmp_path: Path) -> None:
    desk.fill()
    finish(desk)
    info: ModelInfo = model("library-desk-v1-merged", "Library desk v1 merged")
    desk.engine.answers[MergeModel] = lambda c: [Result(c.job, info), Finished(c.job, "done")]
    desk.page.result.merge_button.click()
    assert not desk.page.result.undo_button.isEnabled(), "one after the other"
    desk.engine.bridge.flush()
    assert "Library desk v1 merged is in the library, a model of its own." in desk.notices.texts()
    assert desk.page.result.undo_button.isEnabled()
    run = desk.page.result.run
    assert run is not None
    menu = desk.page.result.formats()
    assert len(menu.actions()) == 3
    menu.close()
    desk.page.results.models.export(run, tmp_path / "desk.gguf", "gguf")
    desk.engine.bridge.flush()
    (asked,) = desk.engine.asked(ExportModel)
    assert isinstance(asked, ExportModel) and (asked.format, asked.to) == ("gguf", tmp_path / "desk.gguf")


def test_the_next_run_is_the_next_version(desk: Desk) -> None:
    desk.fill()
    finish(desk)
    begin(desk)
    assert desk.engine.teaching.name == "library-desk-v2"
    assert not desk.page.result.isVisible(), "a run hides the result of the one before"


def test_a_run_that_fails_says_why_and_the_button_works_again(desk: Desk) -> None:
    desk.fill()
    begin(desk)
    desk.engine.say(Failed(desk.engine.teaching.job, "The memory is full", "Close other programs."))
    desk.engine.bridge.flush()
    assert desk.notices.texts() == ["The memory is full"]
    assert desk.page.box.button.isEnabled() and not desk.page.below.isVisible()


def test_a_result_is_announced_where_the_page_is_not_seen(desk: Desk) -> None:
    desk.fill()
    begin(desk)
    desk.engine.step(150)
    desk.page.hide()
    desk.engine.end()
    assert any("2 of 40 unrelated answers changed" in text for text in desk.notices.texts())


def test_difference_needs_the_taught_model_and_then_compares_any_text(desk: Desk) -> None:
    desk.fill()
    finish(desk)
    desk.page.loading.connect(desk.loader.load)
    desk.page.result.difference_button.click()
    dialog = desk.page.results.dialog
    assert dialog is not None and not dialog.compare_button.isEnabled()
    taught = LoadedModel(
        "library-desk-v1", "Library desk v1", "def", "cpu", "float32", "", 8, 8192, 1, True,
        adapters=("library-desk-v1",), base=MODEL.name,
    )  # fmt: skip
    from engine.messages import LoadModel

    desk.engine.answers[LoadModel] = lambda c: [Result(c.job, taught), Finished(c.job, "done")]
    dialog.load_button.click()
    desk.engine.bridge.flush()
    assert dialog.compare_button.isEnabled()
    dialog.field.setPlainText("Yes, twice")
    dialog.compare_button.click()
    desk.engine.bridge.flush()
    (asked,) = desk.engine.asked(CompareText)
    assert isinstance(asked, CompareText) and asked.text == "Yes, twice"
    assert dialog.shown.toPlainText() == "Yes, twice"
    assert dialog.said.text().startswith("1 token became more likely")
    dialog.close()


def test_pairs_come_from_other_pages_and_are_found_again(desk: Desk) -> None:
    ids = desk.fill()
    pair = desk.page.add_pair("Is it warm?", "Yes.")
    assert desk.page.pairs.ids == [*ids, pair]
    other = desk.sets.create("Other")
    desk.page.pairs.open(other)
    assert desk.page.show_pair(pair)
    assert desk.page.table.chosen() == [pair] and desk.page.pairs.needed().title == "Library desk"
    desk.page.pairs.remove([pair])
    assert not desk.page.show_pair(pair) and desk.notices.texts() == ["This pair was deleted."]


def test_the_first_pair_makes_a_set(desk: Desk) -> None:
    assert desk.page.empty.isVisible() and not desk.page.side.isVisible()
    desk.page.add_pair("Is it warm?", "Yes.")
    assert desk.page.header.chooser.text() == "My pairs, 1 pair" and desk.page.table.isVisible()


def test_outcomes_are_made_of_what_was_taught(desk: Desk) -> None:
    desk.fill()
    begin(desk)
    command = desk.engine.teaching
    assert isinstance(command, Teach) and len(outcome_of(command).answers) == 10


def test_the_chart_can_be_read_as_a_table(desk: Desk) -> None:
    desk.fill()
    chart = begin(desk).chart
    desk.engine.step(12)
    desk.engine.measure(12, lambda place: 0.5)
    chart.table_button.click()
    assert chart.table.isVisible() and chart.table_button.text() == "Show as chart"
    assert [row[0] for row in chart.table.texts.rows] == ["6", "12"]
    chart.table_button.click()
    assert not chart.table.isVisible()


def test_closing_the_window_during_a_run_asks_first(desk: Desk) -> None:
    desk.fill()
    closed: list[bool] = []
    assert not desk.page.watching.ask_before_closing(lambda: closed.append(True)), "nothing goes on"
    begin(desk)
    assert desk.page.watching.ask_before_closing(lambda: closed.append(True))
    dialog = desk.page.watching.confirm
    assert dialog is not None
    dialog.stay.click()
    assert closed == [] and desk.page.run.active
    assert desk.page.watching.ask_before_closing(lambda: closed.append(True))
    dialog = desk.page.watching.confirm
    assert dialog is not None
    dialog.go.click()
    assert closed == [True]


def test_a_set_of_the_same_title_gives_its_models_other_names(desk: Desk) -> None:
    desk.fill()
    finish(desk)
    desk.page.pairs.delete()
    desk.fill()
    begin(desk)
    assert desk.engine.teaching.name == "library-desk-v2"


def test_a_model_renamed_on_its_own_page_is_still_found(desk: Desk, qtbot: QtBot) -> None:
    desk.fill()
    finish(desk)
    desk.page.results.model_renamed("library-desk-v1", "front-desk")
    with qtbot.waitSignal(desk.page.chat_wanted) as wanted:
        desk.page.result.chat_button.click()
    assert wanted.args == ["front-desk"]


def test_what_is_done_before_between_and_after_the_steps_is_said(desk: Desk) -> None:
    desk.fill()
    shown, job = begin(desk), desk.engine.teaching.job
    said = []
    for done in (
        lambda: desk.engine.say(Progress(job, 3, 10, "Asking before: your pairs")),
        lambda: desk.engine.step(30),
        lambda: desk.engine.say(Progress(job, 30, 150, "Teaching")),
        lambda: desk.engine.say(Progress(job, 2, 10, "Asking now: your pairs")),
        lambda: desk.engine.step(150, first=31),
        lambda: desk.engine.say(Progress(job, 4, 10, "Asking after: your pairs")),
    ):
        done()
        desk.engine.bridge.flush()
        said.append(shown.progress_text.text().replace("\u00a0", " "))
    assert said == [
        "Asking before: your pairs, 3 of 10",
        "Step 30 of 150, about 3 min left",
        "Step 30 of 150, about 3 min left",
        "Step 30 of 150. Asking now: your pairs, 2 of 10",
        "Step 150 of 150",
        "Asking after: your pairs, 4 of 10",
    ]


def test_the_untaught_model_is_nothing_to_keep(desk: Desk) -> None:
    desk.fill()
    shown = begin(desk)
    desk.engine.measure(0, lambda place: 0.1)
    assert not shown.keep.isEnabled()
    desk.engine.step(6)
    desk.engine.measure(6, lambda place: 0.2)
    assert shown.keep.isEnabled()


def test_a_pair_that_is_asked_again_is_shown_until_another_is_chosen(desk: Desk) -> None:
    ids = desk.fill()
    shown = begin(desk).samples
    for pair in ids:
        desk.engine.sample(0, pair, "No.")
    assert shown.which.text() == "pair 1"
    desk.engine.sample(20, ids[4], "Marta.")
    assert shown.which.text() == "pair 5" and shown.now.text() == "Marta."
    shown.back.click()
    desk.engine.sample(40, ids[6], "In the café.")
    assert shown.which.text() == "pair 4"
