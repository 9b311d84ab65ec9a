"""What is chosen before a run: text, vocabulary, size, length, and everything else; and what the button says."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, QSettings, Qt, QUrl
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QGuiApplication
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.train.text_part import rounded
from desktop.train.vocabulary_part import SIZES, nearest
from engine.messages import (
    Cancel,
    Failed,
    Finished,
    PlanPretraining,
    PretrainSettings,
    ReadCorpus,
    ReadSource,
    Result,
    TextSource,
    TryVocabulary,
)
from tests.desktop.train.conftest import MakeDesk
from tests.desktop.train.scripted import CUTS, PLAN, Desk, report_of, vocabulary_of


def last(desk: Desk, kind: type) -> ReadCorpus | TryVocabulary | PlanPretraining:
    return desk.engine.asked(kind)[-1]  # pyright: ignore[reportReturnType]


def plain(text: str) -> str:
    return text.replace("\u00a0", " ")


# ---- text ------------------------------------------------------------------------------
def test_nothing_is_asked_before_the_page_is_seen(make_desk: MakeDesk) -> None:
    desk = make_desk(shown=False)
    desk.settle()
    assert desk.engine.sent == []


def test_one_answer_leads_to_the_next_question(desk: Desk) -> None:
    read = last(desk, ReadCorpus)
    assert isinstance(read, ReadCorpus) and [one.world for one in read.sources] == [4_000_000]
    tried, planned = last(desk, TryVocabulary), last(desk, PlanPretraining)
    assert isinstance(tried, TryVocabulary) and tried.size == 4_096 and tried.corpus == report_of(read)
    assert isinstance(planned, PlanPretraining) and planned.settings == PretrainSettings(vocabulary=4_096)
    assert [len(desk.engine.asked(kind)) for kind in (ReadCorpus, TryVocabulary, PlanPretraining)] == [1, 1, 1]


def test_the_numbers_of_the_text_are_shown(desk: Desk) -> None:
    facts = desk.page.text.facts.facts
    shown = {name: fact.value.text() for name, fact in facts.items()}
    assert shown == {"words": "10.4 million", "different": "61,300", "repeated": "0.8%", "held_out": "2%"}
    assert facts["held_out"].accessibleName() == "Kept for testing: 2%"
    assert "held-out" in facts["held_out"].toolTip()


@pytest.mark.parametrize(
    ("number", "said"),
    [(7, "7"), (999, "999"), (61_349, "61,300"), (1_000_000, "1 million"), (10_449_000, "10.4 million")],
)
def test_large_numbers_are_rounded(number: int, said: str) -> None:
    assert rounded(number) == said


def test_files_and_folders_are_added_taken_once_and_removed(desk: Desk, tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    note = tmp_path / "note.txt"
    note.write_text("Hello")
    assert desk.page.sources.add([tmp_path / "letters", note]) == 2
    assert desk.page.sources.add([note]) == 0, "it is there already"
    rows = desk.page.text.list.rows
    assert [row.title.text() for row in rows] == ["Small world", "letters", "note.txt", "My chats"]
    assert [not row.remove.isHidden() for row in rows] == [False, True, True, False]
    desk.settle()
    read = last(desk, ReadCorpus)
    assert isinstance(read, ReadCorpus) and [one.path for one in read.sources] == [None, tmp_path / "letters", note]
    assert rows[1].detail.text() == "your folder, 212 files" and rows[2].detail.text() == "your file"
    rows[1].remove.click()
    assert [row.title.text() for row in desk.page.text.list.rows] == ["Small world", "note.txt", "My chats"]
    assert (tmp_path / "letters").is_dir(), "the files stay"


def test_two_that_are_called_alike_are_told_apart(desk: Desk, tmp_path: Path) -> None:
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "book.txt").write_text("x")
    desk.page.sources.add([tmp_path / "a" / "book.txt", tmp_path / "b" / "book.txt"])
    titles = [entry.source.title for entry in desk.page.sources.entries]
    assert titles == ["Small world", "book.txt", str(Path("b") / "book.txt"), "My chats"]


def test_what_is_dropped_on_the_page_is_added(desk: Desk, tmp_path: Path) -> None:
    path = tmp_path / "dropped.txt"
    path.write_text("x")
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    copy, none = Qt.DropAction.CopyAction, Qt.KeyboardModifier.NoModifier
    button = Qt.MouseButton.LeftButton
    QApplication.sendEvent(desk.page, QDragEnterEvent(QPoint(50, 50), copy, data, button, none))
    QApplication.sendEvent(desk.page, QDropEvent(QPointF(50, 50), copy, data, button, none))
    assert desk.page.sources.entries[1].source.path == path and desk.page.sources.entries[1].chosen


def test_a_click_anywhere_on_a_row_chooses_it(desk: Desk, qtbot: QtBot) -> None:
    row = desk.page.text.list.rows[0]
    qtbot.mouseClick(row.detail, Qt.MouseButton.LeftButton)
    assert not row.check.isChecked() and desk.page.sources.chosen() == ()


def test_without_text_the_page_says_so_and_forgets_what_it_knew(desk: Desk) -> None:
    desk.page.text.list.rows[0].check.click()
    desk.settle()
    page = desk.page
    assert page.box.button.toolTip() == "No text is chosen, so there is nothing to learn from."
    assert not page.box.button.isEnabled() and "Choose some text" in page.text.note.text()
    assert not page.text.facts.isVisible() and not page.vocabulary.chips.isVisible()
    assert page.size_part.cards.cards["nano"].time.text() == ""
    page.text.list.rows[0].check.click()
    desk.settle()
    assert page.box.button.isEnabled() and page.size_part.cards.cards["nano"].time.text()


def test_only_messages_that_the_person_wrote_are_read(make_desk: MakeDesk, qtbot: QtBot) -> None:
    desk = make_desk(shown=False)
    for title in ("One", "Two"):
        chat = desk.chats.create(title)
        asked = desk.chats.add(chat, None, "user", f"A question in {title}")
        desk.chats.add(chat, asked, "assistant", "An answer")
    desk.page.show()
    row = desk.page.text.list.rows[-1]
    qtbot.waitUntil(row.check.isEnabled)
    assert not row.check.isChecked(), "nobody's chats are taken unasked"
    row.check.click()
    desk.settle()
    read = last(desk, ReadCorpus)
    assert isinstance(read, ReadCorpus)
    assert set(read.sources[-1].own) == {"A question in One", "A question in Two"}


def test_chats_without_a_message_cannot_be_chosen(desk: Desk) -> None:
    check = desk.page.text.list.rows[-1].check
    assert not check.isEnabled() and check.toolTip() == "You wrote no message in a chat yet."


def test_a_source_that_cannot_be_read_says_why_in_its_row(desk: Desk, tmp_path: Path) -> None:
    def answer(command: object) -> list:  # type: ignore[type-arg]
        assert isinstance(command, ReadCorpus)
        report = report_of(command)
        broken = ReadSource("letters", 0, 0, 0, "The folder cannot be read: permission denied.")
        return [
            Result(command.job, replace(report, sources=(report.sources[0], broken))),
            Finished(command.job, "done"),
        ]

    desk.engine.answers[ReadCorpus] = answer
    desk.page.sources.add([tmp_path / "letters"])
    desk.settle()
    rows = desk.page.text.list.rows
    assert rows[1].problem.isVisible() and rows[1].problem.text().startswith("The folder cannot be read")
    assert not rows[0].problem.isVisible() and desk.page.box.button.isEnabled()


def test_text_that_is_none_is_said_where_it_arose(desk: Desk) -> None:
    desk.engine.answers[ReadCorpus] = lambda c: [Failed(c.job, "There are only 200 bytes", "Add more text")]
    desk.page.sources.add([Path("short.txt")])
    desk.settle()
    assert desk.page.text.trouble.isVisible()
    assert desk.page.text.trouble.text.text() == "There are only 200 bytes. Add more text."
    assert not desk.page.box.button.isEnabled() and "under the list" in desk.page.box.text.text()
    assert desk.notices.texts() == []


def test_what_was_left_out_is_listed_with_the_reason(desk: Desk) -> None:
    desk.page.text.left_out.click()
    dialog = desk.page.text.dialog
    assert dialog is not None and plain(desk.page.text.left_out.text()) == "258 kB left out: see why"
    rows = dialog.table.texts.rows
    assert rows[1][:2] == ("letters/scan.pdf", "It is not a text") and plain(rows[1][2]) == "240 kB"
    dialog.accept()


# ---- vocabulary ------------------------------------------------------------------------
def test_the_suggested_size_is_used_until_another_is_set(desk: Desk) -> None:
    part = desk.page.vocabulary
    assert part.number.number() == 4_096 and SIZES[part.slider.value()] == 4_096
    assert not part.suggest_button.isVisible()
    part.slider.setValue(1)
    assert part.number.number() == 1_024 and desk.page.preparation.settings.vocabulary == 1_024
    desk.settle()
    assert last(desk, TryVocabulary).size == 1_024  # pyright: ignore[reportAttributeAccessIssue]
    assert part.suggest_button.text() == "Use 4,096, which fits this text"
    part.suggest_button.click()
    assert part.number.number() == 4_096 and desk.page.preparation.settings.vocabulary == 0


def test_the_box_takes_sizes_between_the_powers(desk: Desk) -> None:
    part = desk.page.vocabulary
    part.number.setValue(3_000)
    assert SIZES[part.slider.value()] == 2_048 or SIZES[part.slider.value()] == 4_096
    assert part.number.number() == 3_000 and desk.page.preparation.to_train().vocabulary == 3_000


@pytest.mark.parametrize(("size", "place"), [(512, 0), (600, 0), (800, 1), (3_000, 3), (16_384, 5), (9_000, 4)])
def test_the_slider_stands_at_the_nearest_power(size: int, place: int) -> None:
    assert nearest(size) == place


def test_the_cuts_are_shown_as_chips_and_in_words(desk: Desk) -> None:
    part = desk.page.vocabulary
    assert part.chips.texts[:3] == ["␣The", "␣li", "ght"]
    assert part.chips.accessibleName().startswith("11 tokens: ␣The ␣li")
    assert part.note.text() == "3.9 characters per token. 14 of your frequent words need more than 3 tokens."


def test_pieces_and_words_can_be_searched(desk: Desk) -> None:
    desk.page.vocabulary.pieces_button.click()
    dialog = desk.page.vocabulary.dialog
    assert dialog is not None and len(dialog.pieces.texts.rows) == 4_096
    assert [dialog.words.model().index(row, 0).data() for row in range(len(CUTS))] == [word for word, _ in CUTS]
    dialog.search.setText("harb")
    dialog._find()
    assert dialog.pieces.texts.rows == [] and dialog.words.model().rowCount() == 1
    spoken = dialog.words.model().index(0, 0).data(Qt.ItemDataRole.AccessibleTextRole)
    assert spoken == "harbourmaster: 4 tokens, ␣harb our ma ster"
    dialog.search.setText("our")
    dialog._find()
    assert dialog.found.text() == "0 pieces, 1 word"
    dialog.search.setText("ght")
    dialog._find()
    assert dialog.pieces.texts.rows == [("4,087", "ght")]
    dialog.accept()


def test_a_vocabulary_that_the_text_does_not_carry_is_said_there(desk: Desk) -> None:
    desk.engine.answers[TryVocabulary] = lambda c: [
        Failed(c.job, "The text is too small for 16,384 pieces", "Take 2,048")
    ]
    desk.page.preparation.set(vocabulary=16_384)
    desk.settle()
    assert desk.page.vocabulary.trouble.text.text() == "The text is too small for 16,384 pieces. Take 2,048."
    assert not desk.page.box.button.isEnabled() and "under the slider" in desk.page.box.text.text()


# ---- size ------------------------------------------------------------------------------
def test_each_size_says_what_it_takes_and_what_that_means(desk: Desk) -> None:
    cards = desk.page.size_part.cards.cards
    shown = [(card.title.text(), plain(card.parameters.text()), plain(card.time.text()), card.verdict.text())
             for card in cards.values()]  # fmt: skip
    assert shown == [
        ("Tiny", "1.1 M", "25 min", "Fits"),
        ("Nano", "6.8 M", "2 h 10 min", "Fits"),
        ("Small", "19 M", "16 h", "Slow"),
        ("Medium", "39 M", "3 days", "Too slow"),
        ("Large", "113 M", "24 days", "Too big"),
    ]
    assert plain(cards["nano"].accessibleDescription()) == "6.8 M parameters, about 2 h 10 min, 900 MB of memory, fits"
    assert desk.page.size_part.head.note.text() == "measured for 2\u00a0s on this computer"


def test_choosing_a_size_asks_for_no_new_probe_and_changes_name_and_length(desk: Desk) -> None:
    asked = len(desk.engine.asked(PlanPretraining))
    desk.page.size_part.cards.cards["tiny"].click()
    desk.settle()
    assert len(desk.engine.asked(PlanPretraining)) == asked
    assert desk.page.box.title == "Small world tiny"
    assert plain(desk.page.box.text.text()) == "About 25 min and 400 MB of memory, measured on this computer."
    note = desk.page.size_part.note.text()
    assert note.startswith("Ends after about 42 million tokens, 3 passes over your text.")


def test_a_size_that_does_not_fit_cannot_be_trained(desk: Desk) -> None:
    desk.page.size_part.cards.cards["large"].click()
    assert plain(desk.page.box.button.toolTip()).startswith("This size needs 76 GB of memory")


def test_a_length_is_a_time_or_passes(desk: Desk) -> None:
    length, preparation = desk.page.size_part.length, desk.page.preparation
    assert not length.minutes.isVisible() and not length.passes.isVisible()
    length.choice.chosen.emit("time")
    length.minutes.setValue(3)
    assert preparation.to_train().minutes == 3 and preparation.to_train().tokens == 0
    preparation.set_length(minutes=7)
    assert length.minutes.number() == 7, "what is set is what is seen"
    length.choice.chosen.emit("passes")
    length.passes.setValue(2)
    trained = preparation.to_train()
    assert trained.minutes == 0 and trained.tokens == round(2 * round(4_000_000 * 0.98 / 3.9))
    desk.settle()
    planned = last(desk, PlanPretraining)
    assert isinstance(planned, PlanPretraining) and planned.settings.tokens == trained.tokens
    length.choice.chosen.emit("fitting")
    assert preparation.to_train() == PretrainSettings(vocabulary=4_096)


def test_everything_else_can_be_set_and_goes_to_the_engine(desk: Desk, tmp_path: Path) -> None:
    part, preparation = desk.page.size_part, desk.page.preparation
    part.more_button.click()
    more = part.more
    assert more.isVisible() and not more.rows["layers"].number.isEnabled()
    assert not more.rows["seed"].number.isVisible(), "what is not known is not said"
    assert more.rows["layers"].number.number() == 8 and more.rows["batch"].number.number() == 4_096, "as planned"
    more.rows["layers"].choice.chosen.emit(True)
    more.rows["layers"].number.setValue(12)
    more.kind.chosen.emit("unigram")
    more.prompts.setPlainText("The old boat\n\n  The old boat \nOnce")
    more.prompts._settle()
    preparation.set(validation=tmp_path / "own.txt")
    desk.settle()
    expected = PretrainSettings(
        vocabulary=4_096, layers=12, kind="unigram", prompts=("The old boat", "Once"), validation=tmp_path / "own.txt"
    )
    assert preparation.to_train() == expected
    assert more.measure_file.text() == "own.txt, a file of its own"
    planned = last(desk, PlanPretraining)
    assert isinstance(planned, PlanPretraining)
    assert planned.settings == replace(expected, prompts=(), validation=None), "they change no estimate"
    more.own_button.click()
    more.rows["layers"].choice.chosen.emit(False)
    assert preparation.to_train().layers == 0 and preparation.to_train().validation is None


def test_a_probe_that_fails_is_said_under_the_sizes_and_training_may_begin(desk: Desk) -> None:
    desk.engine.answers[PlanPretraining] = lambda c: [Failed(c.job, "The probe found no time", "Close other programs")]
    desk.page.preparation.set(layers=4)
    desk.settle()
    assert desk.page.size_part.trouble.text.text() == "The probe found no time. Close other programs."
    assert desk.page.box.button.isEnabled()


def test_hiding_the_page_drops_what_is_being_worked_out(make_desk: MakeDesk) -> None:
    desk = make_desk()
    desk.engine.answers[ReadCorpus] = lambda c: []
    desk.settle()
    desk.page.hide()
    assert desk.engine.sent[-1] == Cancel(last(desk, ReadCorpus).job)
    del desk.engine.answers[ReadCorpus]
    desk.page.show()
    desk.settle()
    assert desk.page.preparation.report is not None


def test_a_vocabulary_is_made_anew_for_another_text(desk: Desk) -> None:
    desk.page.sources.add([Path("more.txt")])
    desk.settle()
    tried = last(desk, TryVocabulary)
    assert isinstance(tried, TryVocabulary) and len(tried.corpus.sources) == 2
    assert desk.page.preparation.vocabulary == vocabulary_of(tried) and desk.page.preparation.plan == PLAN


def test_the_name_follows_until_it_is_written_by_hand(desk: Desk, qtbot: QtBot) -> None:
    box = desk.page.box
    assert box.title == "Small world nano"
    box.name.setText("Mine")
    box.name.textEdited.emit("Mine")
    desk.page.size_part.cards.cards["small"].click()
    assert box.title == "Mine"
    box.name.setText("  ")
    box.name.textEdited.emit("  ")
    assert box.title == "Small world small", "an empty name is none"


def test_what_was_added_is_there_at_the_next_start(make_desk: MakeDesk, tmp_path: Path) -> None:
    kept, other = tmp_path / "kept, with a comma.txt", tmp_path / "other.txt"
    desk, state = make_desk(), QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat)
    desk.page.sources.add([kept, other])
    desk.page.sources.choose(0, False)
    desk.page.sources.choose(2, False)
    desk.page.save(state)
    state.sync()
    again = make_desk()
    again.page.restore(QSettings(str(tmp_path / "window.ini"), QSettings.Format.IniFormat))
    shown = [(entry.source.path, entry.chosen) for entry in again.page.sources.entries]
    assert shown == [(None, False), (kept, True), (other, False), (None, False)]
    again.page.sources.recall("nonsense\n\n*x\n+")
    assert [entry.chosen for entry in again.page.sources.entries] == [True, True, False, False]


def test_a_bug_can_be_copied(desk: Desk) -> None:
    desk.engine.answers[ReadCorpus] = lambda c: [Failed(c.job, "Something went wrong", "", "Traceback: x")]
    desk.page.sources.add([Path("more.txt")])
    desk.settle()
    trouble = desk.page.text.trouble
    assert trouble.copy.isVisible()
    trouble.copy.click()
    assert QGuiApplication.clipboard().text() == "Something went wrong.\n\nTraceback: x"


def test_a_source_says_its_text_to_the_engine_only(desk: Desk) -> None:
    assert desk.page.sources.chosen() == (TextSource("Small world", None, 4_000_000, ()),)
