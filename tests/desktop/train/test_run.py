"""Training from the button to the model, watched on the way; and what becomes of a run that did not end."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from pytestqt.qtbot import QtBot

from desktop.train.run_view import RunView
from engine.messages import (
    Cancel,
    ChatWhileTraining,
    Continue,
    Failed,
    Finished,
    FinishNow,
    ForgetPretraining,
    LoadModel,
    Pause,
    PlanPretraining,
    Pretrain,
    PretrainSettings,
    Progress,
    ReadCorpus,
    ReadPretraining,
    Result,
    WatchedPrompt,
    WatchPrompt,
)
from tests.desktop.train.conftest import MakeDesk
from tests.desktop.train.scripted import PROMPT, WORDS, Desk, outcome_of, run_of, watched


def view(desk: Desk) -> RunView:
    found = desk.page.board.view
    assert isinstance(found, RunView)
    return found


def begin(desk: Desk, until: int = 0) -> RunView:
    desk.begin()
    if until:
        desk.engine.step(until)
        desk.settle()
    return view(desk)


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


def test_before_a_run_it_says_what_will_happen_and_loads_no_chart(desk: Desk) -> None:
    assert desk.page.board.empty.isVisible() and desk.page.board.view is None


def test_train_sends_what_is_seen(desk: Desk) -> None:
    shown = begin(desk)
    training = desk.engine.training
    assert (training.title, training.resume) == ("Small world nano", False)
    assert training.sources == desk.page.sources.chosen() and training.settings == PretrainSettings(vocabulary=4_096)
    assert shown.isVisible() and shown.head.title.text() == "Small world nano"
    assert desk.page.box.button.toolTip() == "Waits until the current run ends."
    assert not shown.head.chat.isEnabled() and not shown.head.finish.isEnabled(), "there is no step yet"


def test_a_run_is_followed(desk: Desk) -> None:
    shown = begin(desk, 6_200)
    assert plain(shown.head.progress.text()) == "Step 6,191 of 10,000, about 49 min left"
    facts = {name: plain(fact.value.text()) for name, fact in shown.facts.facts.items()}
    assert facts == {"bits": "0.741", "norm": "0.41", "rate": "0.012", "speed": "5,320", "left": "49 min"}
    assert "gradient norm" in shown.facts.facts["norm"].toolTip()
    assert shown.curves.finding.text() == "At random it would choose between 4,096 tokens. Now about 7."
    assert shown.curves.summary().startswith("From 7.") and "Lower is better." in shown.curves.summary()
    assert desk.page.training() == "Training Small world nano, step 6,191 of 10,000"
    assert shown.head.chat.isEnabled() and shown.head.finish.isEnabled()


def test_what_is_done_before_the_steps_is_said(desk: Desk) -> None:
    shown = begin(desk)
    desk.engine.say(Progress(desk.engine.training.job, 3, 10, "Cutting the text into tokens"))
    desk.engine.bridge.flush()
    assert shown.head.progress.text() == "Cutting the text into tokens, 3 of 10"


def test_nothing_is_measured_while_a_run_goes_on(desk: Desk) -> None:
    begin(desk, 100)
    asked = len(desk.engine.asked(PlanPretraining)), len(desk.engine.asked(ReadCorpus))
    desk.page.preparation.set(layers=4)
    desk.page.sources.add([Path("more.txt")])
    desk.settle()
    assert (len(desk.engine.asked(PlanPretraining)), len(desk.engine.asked(ReadCorpus))) == asked
    desk.engine.end()
    desk.settle()
    assert len(desk.engine.asked(ReadCorpus)) == asked[1] + 1 and len(desk.engine.asked(PlanPretraining)) > asked[0]


def test_it_pauses_and_goes_on(desk: Desk) -> None:
    shown, job = begin(desk, 100), desk.engine.training.job
    shown.head.pause.click()
    assert desk.engine.sent[-1] == Pause(job) and shown.head.pause.text() == "Continue"
    assert shown.head.progress.text() == "Paused at step 91 of 10,000"
    shown.head.pause.click()
    assert desk.engine.sent[-1] == Continue(job) and shown.head.pause.text() == "Pause"


def test_finishing_a_paused_run_wakes_it(desk: Desk) -> None:
    shown, job = begin(desk, 100), desk.engine.training.job
    shown.head.pause.click()
    shown.head.finish.click()
    assert len(desk.engine.asked(FinishNow)) == 1 and desk.engine.sent[-1] == Continue(job)
    assert not shown.head.finish.isEnabled() and not shown.head.pause.isEnabled()
    assert "coming to its end" in shown.head.progress.text()
    assert shown.head.stop.isEnabled(), "a long decay can still be left"


def test_stopping_is_asked_first_and_can_go_on(desk: Desk) -> None:
    shown = begin(desk, 6_200)
    shown.head.stop.click()
    confirm = desk.page.watching.confirm
    assert confirm is not None and confirm.focusWidget() is confirm.stay
    confirm.stay.click()
    assert desk.page.run.phase == "running"
    shown.head.stop.click()
    desk.engine.runs = (run_of("small-world-nano", "Small world nano"),)
    assert desk.page.watching.confirm is not None
    desk.page.watching.confirm.go.click()
    desk.settle()
    assert isinstance(next(one for one in desk.engine.sent if isinstance(one, Cancel)), Cancel)
    assert not desk.page.run.active and shown.head.go_on.isVisible() and "stopped" in shown.outcome.text()
    assert desk.page.board.interrupted.card is None, "the one on screen is not offered a second time"
    shown.head.go_on.click()
    desk.settle()
    assert desk.engine.training.resume and desk.engine.training.title == "Small world nano"
    assert view(desk).record is not None and desk.page.run.record.rows, "what was drawn before is drawn again"


def test_a_run_that_ends_says_what_it_came_to(desk: Desk) -> None:
    shown = begin(desk, 6_200)
    desk.engine.runs = (run_of("small-world-nano", "Small world nano"),)
    desk.page.runs.refresh()
    desk.settle()
    desk.engine.runs = (run_of(state="done", model="harbour-nano"),)
    job = desk.engine.training.job
    desk.engine.say(Result(job, outcome_of("Small world nano")), Finished(job, "done"))
    desk.engine.bridge._deliver()
    assert desk.page.board.interrupted.card is None, "the list of before the end offers it no longer"
    desk.settle()
    assert desk.page.board.interrupted.card is None
    said = plain(shown.outcome.text())
    assert said == (
        "It came to 0.982 bits a byte on text it never saw, after 42 million tokens in 2 h 8 min. "
        "The averaged weights were better, so they were kept."
    )
    assert shown.facts.facts["bits"].value.text() == "0.982", "of what was kept"
    visible = [b.text() for b, _ in shown.head._buttons() if b.isVisible()]
    assert visible == ["Show in Models", "Teach it", "Chat with it"]
    heard = []
    for signal in (desk.page.chat_wanted, desk.page.teach_wanted, desk.page.model_wanted):
        signal.connect(heard.append)
    for button in (shown.head.chat, shown.head.teach_button, shown.head.show_button):
        button.click()
    assert heard == ["harbour-nano"] * 3
    assert desk.page.box.title == "Small world nano 2", "the name is taken now"


def test_an_end_that_nobody_sees_is_told(desk: Desk) -> None:
    begin(desk, 100)
    desk.page.hide()
    desk.engine.end()
    assert len(desk.notices.texts()) == 1 and "is trained" in desk.notices.texts()[0]


def test_a_failure_is_said_in_the_run_with_what_to_do(desk: Desk) -> None:
    shown = begin(desk, 100)
    desk.engine.runs = (run_of("small-world-nano", "Small world nano"),)
    desk.engine.say(Failed(desk.engine.training.job, "The loss is no number any more", "Take a lower learning rate"))
    desk.engine.bridge.flush()
    desk.settle()
    assert shown.trouble.text.text() == "The loss is no number any more. Take a lower learning rate."
    assert shown.head.go_on.isVisible() and desk.notices.texts() == []
    desk.begin()
    assert not shown.trouble.isVisible(), "the next run has its own"


def test_chatting_meanwhile_loads_the_weights_as_they_are(desk: Desk) -> None:
    shown = begin(desk, 100)
    talking = []
    desk.page.talking.connect(talking.append)
    shown.head.chat.click()
    desk.engine.bridge.flush()
    assert talking == ["Small world nano"] and len(desk.engine.asked(ChatWhileTraining)) == 1
    assert desk.loader.passing and desk.loader.loaded is not None and desk.page.run.active
    desk.loader.load("other")
    assert not desk.loader.passing and isinstance(desk.engine.sent[-1], LoadModel)


# ---- watch it learn --------------------------------------------------------------------
def test_each_step_shows_what_was_written_and_what_comes_next(desk: Desk) -> None:
    shown = begin(desk, 6_200)
    watch = shown.watch
    assert watch.scrubber.marks == [0, 30, 100, 300, 1_000, 3_000, 6_200] and watch.scrubber.step == 6_200
    watch.scrubber.go_to(1_000)
    assert watch.shown == watched(6_200)[4] and shown.curves.mark == 1_000
    assert watch.list.currentIndex().row() == 4
    assert watch.bars_title.text() == "Next token at step 1,000"
    assert [(row.text, row.probability) for row in watch.bars.rows()[:4]] == [(w.strip(), p) for w, p in WORDS]
    assert sum(row.probability for row in watch.bars.rows()) == 1 and watch.bars.rows()[-1].kind == "others"
    assert watch.bars_note.text() == "Model, before the sampler. Choosing between about 8 tokens."
    spoken = watch.list.model().index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken.startswith("Step 0: rtle")


def test_keys_go_from_mark_to_mark_in_the_scrubber_and_the_list(desk: Desk, qtbot: QtBot) -> None:
    watch = begin(desk, 6_200).watch
    qtbot.keyClick(watch.scrubber, Qt.Key.Key_Home)
    assert watch.scrubber.step == 0
    qtbot.keyClick(watch.scrubber, Qt.Key.Key_Right)
    assert watch.scrubber.step == 30 and watch.scrubber.accessibleDescription() == "step 30, 2 of 7"
    qtbot.keyClick(watch.list, Qt.Key.Key_Down)
    assert watch.scrubber.step == 100
    qtbot.mouseClick(watch.list.viewport(), Qt.MouseButton.LeftButton,
                     pos=watch.list.visualRect(watch.list.model().index(0, 0)).center())  # fmt: skip
    assert watch.scrubber.step == 0


def test_it_follows_the_newest_step_until_another_is_chosen(desk: Desk) -> None:
    watch = begin(desk, 300).watch
    assert watch.scrubber.step == 300
    desk.engine.step(1_000, first=301)
    desk.settle()
    assert watch.scrubber.step == 1_000
    watch.scrubber.go_to(100)
    desk.engine.step(3_000, first=1_001)
    desk.settle()
    assert watch.scrubber.step == 100 and watch.scrubber.marks[-1] == 3_000


def test_play_goes_through_the_steps_and_stops_at_the_end(desk: Desk, qtbot: QtBot) -> None:
    watch = begin(desk, 300).watch
    watch._playing.setInterval(1)
    watch.play.click()
    assert watch.scrubber.step == 0, "from the end it begins anew"
    qtbot.waitUntil(lambda: not watch.play.isChecked())
    assert watch.scrubber.step == 300 and not watch._playing.isActive()


def test_another_beginning_is_watched_from_now_on(desk: Desk, qtbot: QtBot) -> None:
    watch = begin(desk, 6_200).watch
    watch.field.button.click()
    qtbot.keyClicks(watch.field.edit, "The old boat")
    qtbot.keyClick(watch.field.edit, Qt.Key.Key_Return)
    assert [one.prompt for one in desk.engine.asked(WatchPrompt)] == ["The old boat"]  # pyright: ignore[reportAttributeAccessIssue]
    desk.settle()
    assert watch.prompts.currentText() == "The old boat" and not watch.field.isVisible()
    assert watch.shown == WatchedPrompt(6_200, "The old boat", " is old.", WORDS, 2.0)
    watch.prompts.setCurrentIndex(0)
    assert watch.prompts.currentText() == PROMPT and len(watch.scrubber.marks) == 7


def test_a_beginning_that_is_watched_already_is_only_shown(desk: Desk) -> None:
    watch = begin(desk, 6_200).watch
    watch.field.wanted.emit(PROMPT)
    assert desk.engine.asked(WatchPrompt) == [] and watch.prompts.currentText() == PROMPT


def test_a_beginning_that_cannot_be_watched_is_said_and_the_run_goes_on(desk: Desk) -> None:
    shown = begin(desk, 100)
    desk.engine.answers[WatchPrompt] = lambda c: [Failed(c.job, "The beginning is too long", "Take a shorter one")]
    shown.watch.field.wanted.emit("x" * 300)
    desk.engine.bridge.flush()
    assert shown.trouble.text.text() == "The beginning is too long. Take a shorter one." and desk.page.run.active


def test_the_picture_is_kept_as_png_and_svg(desk: Desk, tmp_path: Path) -> None:
    shown = begin(desk, 6_200)
    shown.watch.scrubber.go_to(1_000)
    shown.saving.write(tmp_path / "how.png", "png")
    shown.saving.write(tmp_path / "how.svg", "svg")
    image = QImage(str(tmp_path / "how.png"))
    assert (image.width(), image.height()) == (2_000, 1_440) and image.text("run") == "Small world nano"
    svg = (tmp_path / "how.svg").read_text()
    assert "Small world nano" in svg and "She was a big and the day" in svg and svg.count("polyline") >= 2
    assert "0.741 bits a byte" in svg
    shown.saving.write(tmp_path / "missing" / "how.png", "png")
    assert "could not be written" in desk.notices.texts()[-1]


def test_without_a_step_there_is_no_picture(desk: Desk) -> None:
    shown = begin(desk)
    shown.draw()
    assert not shown.saving.button.isEnabled() and shown.saving.button.toolTip() == "There is nothing to keep yet."


def test_the_loss_can_be_read_as_a_table(desk: Desk) -> None:
    curves = begin(desk, 1_000).curves
    curves.table_button.click()
    assert curves.table.isVisible() and curves.table.texts.titles == ("Step", "Training", "Held out", "Bits a byte")
    assert curves.table.texts.rows[0][0] == "1" and len(curves.table.texts.rows) == 5
    curves.table_button.click()
    assert not curves.table.isVisible()


# ---- what did not end ------------------------------------------------------------------
def test_an_interrupted_run_is_offered_and_goes_on_with_its_curve(make_desk: MakeDesk) -> None:
    desk = make_desk(runs=(run_of(), run_of("older", "Older")))
    desk.settle()
    card = desk.page.board.interrupted.card
    assert card is not None and card.title.text() == "Training Harbour nano stopped at step 6,200 of 10,000"
    card.go_on.click()
    desk.settle()
    assert [one.name for one in desk.engine.asked(ReadPretraining)] == ["harbour-nano"]  # pyright: ignore[reportAttributeAccessIssue]
    assert desk.engine.training == Pretrain(desk.engine.training.job, "Harbour nano", resume=True)
    assert len(desk.page.run.record.rows) == 620 and desk.page.board.interrupted.card is None
    desk.engine.step(6_400, first=6_201)
    desk.settle()
    assert desk.page.run.record.rows[-1].step == 6_391


def test_one_with_a_problem_cannot_go_on_and_says_why(make_desk: MakeDesk) -> None:
    desk = make_desk(runs=(run_of(problem="Its text has changed since."),))
    desk.settle()
    card = desk.page.board.interrupted.card
    assert card is not None and not card.go_on.isEnabled() and card.go_on.toolTip() == "Its text has changed since."


def test_one_that_goes_on_elsewhere_is_not_offered(make_desk: MakeDesk) -> None:
    desk = make_desk(runs=(run_of(running=True), run_of("done", "Done", state="done")))
    desk.settle()
    assert desk.page.board.interrupted.card is None


def test_forgetting_is_asked_first(make_desk: MakeDesk) -> None:
    desk = make_desk(runs=(run_of(),))
    desk.settle()
    card = desk.page.board.interrupted.card
    assert card is not None
    card.forget.click()
    assert desk.engine.asked(ForgetPretraining) == [] and desk.page.watching.confirm is not None
    desk.page.watching.confirm.go.click()
    desk.settle()
    assert desk.page.board.interrupted.card is None and desk.engine.runs == ()


def test_a_history_that_cannot_be_read_is_said(make_desk: MakeDesk) -> None:
    desk = make_desk(runs=(run_of(),))
    desk.settle()
    desk.engine.answers[ReadPretraining] = lambda c: [Failed(c.job, "Its record is damaged", "Begin a new run")]
    card = desk.page.board.interrupted.card
    assert card is not None
    card.go_on.click()
    desk.settle()
    assert not desk.page.run.active and view(desk).trouble.text.text() == "Its record is damaged. Begin a new run."


def test_closing_is_asked_only_while_it_trains(desk: Desk) -> None:
    closed = []
    assert not desk.page.watching.ask_before_closing(lambda: closed.append(True))
    begin(desk, 100)
    assert desk.page.watching.ask_before_closing(lambda: closed.append(True))
    confirm = desk.page.watching.confirm
    assert confirm is not None and closed == []
    confirm.go.click()
    assert closed == [True]


def test_a_question_goes_away_when_the_run_ends_by_itself(desk: Desk) -> None:
    shown = begin(desk, 100)
    shown.head.stop.click()
    desk.engine.end()
    assert desk.page.watching.confirm is None


def test_stopping_before_the_history_came_leaves_nothing_behind(make_desk: MakeDesk) -> None:
    desk = make_desk(runs=(run_of(),))
    desk.settle()
    desk.engine.answers[ReadPretraining] = lambda c: []
    card = desk.page.board.interrupted.card
    assert card is not None
    card.go_on.click()
    desk.page.run.stop()
    assert not desk.page.run.active and desk.engine.asked(Pretrain) == []


def test_last_weights_are_named_as_such(desk: Desk) -> None:
    shown = begin(desk, 100)
    outcome = replace(outcome_of("Small world nano"), averaged=False)
    desk.page.run.outcome = outcome
    desk.engine.say(Finished(desk.engine.training.job, "done"))
    desk.engine.bridge.flush()
    assert shown.outcome.text().endswith("Its last weights were kept.")
