"""The page around the tabs: the text as its own heat map, when the engine is asked, model, tabs and files."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt, QUrl
from PySide6.QtGui import QColor
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.inspect.heat import MEASURES, band_of, rounded
from desktop.inspect.heat_painting import Places, token_rects
from desktop.inspect.model_choice import why_not
from desktop.inspect.scored import between, choices, words_of
from desktop.inspect.text_file import LARGEST, read_text
from desktop.theme import Look
from engine.errors import UserError
from engine.messages import Failed, NextWords, ScoreText, TextToken
from tests.desktop.inspect.harbour import TEXT, Harbour, score
from tests.desktop.models.scripted import model
from tests.desktop.reachable import nameless


# ---- the text and its colours ------------------------------------------------------------
def test_the_text_is_coloured_and_says_what_surprised(harbour: Harbour) -> None:
    harbour.load()
    harbour.read()
    card = harbour.page.card
    assert len(card.box.tokens) == 16
    assert "Like choosing between about" in card.finding.text()
    assert "“counted” (2%), “bells” (5%), “fog” (6%)" in card.finding.text()
    assert card.finding.accessibleName().startswith("Like choosing between about 5 words at each step. Most")


def test_what_is_painted_is_the_band_of_the_token_and_nothing_for_a_sure_one(harbour: Harbour, look: Look) -> None:
    harbour.load()
    harbour.read()
    box = harbour.page.card.box
    picture = box.grab().toImage()

    def behind(word: str) -> QColor:
        start = TEXT.index(f" {word}")
        rect = next(iter(token_rects(box.document(), start, start + len(word) + 1, look.px(2))))
        scale = picture.devicePixelRatio()
        return picture.pixelColor(int((rect.left() + 3) * scale), int((rect.top() + 2) * scale))

    assert behind("counted") == look.color("c3")
    assert behind("keeper") == look.color("c2")
    assert behind("the") == look.color("c1")
    assert behind("to").alpha() == 0


def test_what_is_written_behind_an_edit_loses_its_colour_and_what_stands_before_keeps_it(harbour: Harbour) -> None:
    harbour.load()
    harbour.read()
    box = harbour.page.card.box
    box.show_text(TEXT.replace("waves", "weeks"))
    assert [one.piece for one in box.tokens] == ["The", " lighthouse", " keeper", " counted", " the"]


def test_the_engine_is_asked_when_typing_pauses_and_the_old_text_is_dropped(harbour: Harbour, qtbot: QtBot) -> None:
    harbour.load()
    qtbot.keyClicks(harbour.page.card.box, "A bell")
    assert harbour.engine.asked(ScoreText) == [] and harbour.engine.asked(NextWords) == []
    qtbot.waitUntil(lambda: bool(harbour.engine.asked(ScoreText)), timeout=2000)
    assert [one.text for one in harbour.engine.asked(ScoreText)] == ["A bell"]
    del harbour.engine.answers[ScoreText]  # the next answer is not there yet when the text changes
    harbour.read("A bell rings")
    qtbot.keyClicks(harbour.page.card.box, "!")
    assert not harbour.page.scoring._task.running


def test_nothing_is_asked_before_the_page_is_seen_and_the_same_text_once(harbour: Harbour) -> None:
    harbour.page.hide()
    harbour.load()
    harbour.read()
    assert harbour.engine.asked(ScoreText) == [] and harbour.engine.asked(NextWords) == []
    harbour.page.show()
    harbour.engine.settle()
    harbour.page.hide()
    harbour.page.show()
    harbour.engine.settle()
    assert len(harbour.engine.asked(ScoreText)) == 1 and len(harbour.engine.asked(NextWords)) == 1


def test_a_new_model_reads_the_text_anew(harbour: Harbour) -> None:
    harbour.load()
    harbour.read()
    harbour.loader.unload()
    harbour.engine.settle()
    assert harbour.page.card.box.tokens == [] and harbour.page.card.finding.text() == ""
    harbour.load()
    assert len(harbour.engine.asked(ScoreText)) == 2 and len(harbour.page.card.box.tokens) == 16


def test_a_long_text_and_one_that_does_not_come_back_are_said(harbour: Harbour) -> None:
    harbour.engine.answers[ScoreText] = lambda command: score(command.text, windows=3, round_trip=False)
    harbour.load()
    harbour.read()
    said = harbour.page.card.finding.accessibleName()
    assert "read in 3 parts" in said and "do not give the text back unchanged" in said


def test_a_score_that_fails_is_said_below_the_text(harbour: Harbour) -> None:
    harbour.engine.answers[ScoreText] = lambda command: Failed(0, "The model is gone", "Choose another one")
    harbour.load()
    harbour.read()
    assert harbour.page.card.finding.text() == "The model is gone. Choose another one"


def test_markup_in_a_text_is_shown_as_it_is(harbour: Harbour) -> None:
    harbour.engine.answers[ScoreText] = lambda command: score(command.text)
    harbour.load()
    harbour.read("A <b>bold</b> word")
    assert "<b>bold" not in harbour.page.card.finding.text()


# ---- measures ----------------------------------------------------------------------------
def token(logprob: float | None, rank: int | None = 5, entropy: float | None = 1.0) -> TextToken:
    return TextToken(1, "x", 0, 1, logprob, rank, entropy)


@pytest.mark.parametrize(
    ("share", "band"), [(0.95, 0), (0.71, 0), (0.69, 1), (0.41, 1), (0.39, 2), (0.16, 2), (0.1, 3)]
)
def test_the_bands_of_probability_are_those_of_the_chat(share: float, band: int) -> None:
    assert band_of(MEASURES["probability"], token(math.log(share))) == band


def test_the_other_measures_have_bands_of_their_own_and_nothing_is_quiet() -> None:
    assert [band_of(MEASURES["rank"], token(-1.0, rank)) for rank in (1, 2, 10, 11, 100, 101)] == [0, 1, 1, 2, 2, 3]
    assert [band_of(MEASURES["surprisal"], token(-nats)) for nats in (1.0, 2.0, 4.0, 7.0)] == [0, 1, 2, 3]
    assert [band_of(MEASURES["entropy"], token(-1.0, 1, nats)) for nats in (1.0, 2.0, 4.0, 5.0)] == [0, 1, 2, 3]
    assert all(band_of(measure, token(None, None, None)) == 0 for measure in MEASURES.values())


def test_choosing_a_measure_changes_colours_and_their_key(harbour: Harbour) -> None:
    header = harbour.page.header
    header.measures.setCurrentIndex(3)
    assert header.legend.accessibleName() == "Colours: first 10, first 100, further"
    assert harbour.page.card.box._measure is MEASURES["rank"]
    header.measures.setCurrentIndex(4)
    assert header.legend.accessibleName() == "No colours" and harbour.page.card.box._measure is None


def test_a_token_says_what_is_known_of_it(harbour: Harbour) -> None:
    harbour.load()
    harbour.read()
    box = harbour.page.card.box
    said = box.said_at(TEXT.index("counted") + 1)
    assert said.startswith("“counted”: 2% likely, place 50, choosing between about 50, surprisal 5.6")
    assert box.said_at(0) == "“The”: nothing comes before it, so it has no numbers"


def test_words_are_counted_and_not_tokens() -> None:
    tokens = [
        TextToken(0, "The", 0, 3, None, None, None),
        TextToken(1, "Ġlight", 3, 9, -2.0, 1, 1.0),
        TextToken(2, "house", 9, 14, -0.5, 1, 1.0),
        TextToken(3, ".", 14, 15, -0.5, 1, 1.0),
    ]
    words = words_of("The lighthouse.", tokens)
    assert [(word.text, word.logprob) for word in words] == [("The", None), ("lighthouse.", -3.0)]
    assert choices(words) == pytest.approx(20.0855, abs=1e-3)
    assert choices(words[:1]) is None
    assert [
        word.text for word in words_of("灯台 守", [TextToken(0, "", n, n + 1, -1.0, 1, 1.0) for n in (0, 1, 3)])
    ] == [
        "灯",
        "台",
        "守",
    ]


def test_numbers_of_choices_have_two_digits() -> None:
    assert [rounded(n) for n in (1.44, 9.0, 12.4, 1234.0)] == ["about 1.4", "about 9", "about 12", "about 1,200"]
    assert [between(n) for n in (1.0, 2.0, 4.7, 48.0)] == [
        "only 1 word",
        "1 or 2 words",
        "about 5 words",
        "about 48 words",
    ]


def test_places_count_as_qt_does() -> None:
    places = Places("a🙂b🙂c")
    assert [places.position(n) for n in range(6)] == [0, 1, 3, 4, 6, 7]


# ---- tabs, model, keys ---------------------------------------------------------------------
def test_ctrl_tab_goes_round_the_tabs(harbour: Harbour, qtbot: QtBot) -> None:
    page = harbour.page
    page.activateWindow()
    page.focus()
    for place in (*range(1, len(page.tabs)), 0):
        qtbot.keyClick(page.card.box, Qt.Key.Key_Tab, Qt.KeyboardModifier.ControlModifier)
        assert page.bar.currentIndex() == place and page.tab.isVisible()


def test_everything_that_can_be_reached_has_a_name(harbour: Harbour) -> None:
    harbour.load()
    harbour.read()
    assert len(harbour.page.tabs) == harbour.page.bar.count()  # all of them are made
    assert nameless(harbour.page) == []


def test_a_tab_is_made_when_it_is_first_turned_to(harbour: Harbour) -> None:
    page = harbour.page
    made = page.stack.count()
    page.show_tab("layers")
    assert page.stack.count() == made + 1 and page.tab.key == "layers" and page.tab.isVisible()
    page.show_tab("next")
    page.show_tab("layers")
    assert page.stack.count() == made + 1


def test_without_a_model_it_says_what_to_do(harbour: Harbour) -> None:
    harbour.read()
    assert not harbour.page.saving.button.isEnabled() and harbour.page.saving.button.toolTip()
    assert harbour.page.header.choice.text() == "Choose a model"
    assert not harbour.next._body.isVisible() and harbour.next.examples.isVisible()


def test_another_model_is_chosen_from_the_menu(harbour: Harbour, qtbot: QtBot) -> None:
    harbour.load()
    menu = harbour.page.header.choice.menu_of(
        (model("nano", "Nano"), model("other", "Other & more"), model("bad", "Bad", problem="It is damaged."))
    )
    assert [(one.text(), one.isChecked(), one.isEnabled()) for one in menu.actions()] == [
        ("Nano", True, True),
        ("Other && more", False, True),
        ("Bad", False, False),
    ]
    assert menu.actions()[2].toolTip() == "It is damaged." == why_not(model("bad", "Bad", problem="It is damaged."))
    with qtbot.waitSignal(harbour.page.loading) as asked:
        menu.actions()[1].trigger()
    assert asked.args == ["other"]


@pytest.mark.parametrize("size", [100, 150, 200])
def test_nothing_reaches_out_of_a_small_page(harbour: Harbour, look: Look, size: int) -> None:
    harbour.load()
    harbour.read()
    look._settings.set("general.text_size", size)
    harbour.page.resize(884, 588)
    QApplication.processEvents()
    QApplication.processEvents()
    header = harbour.page.header
    for widget in (header.choice, header.legend, header.measures, harbour.page.saving.button):
        assert widget.mapTo(harbour.page, QPoint(widget.width(), 0)).x() <= harbour.page.width()


# ---- files -----------------------------------------------------------------------------------
def test_a_file_is_opened_whatever_its_encoding_and_line_ends(harbour: Harbour, tmp_path: Path) -> None:
    path = tmp_path / "fog.txt"
    path.write_bytes("The fog\r\ncame — back".encode("cp1252"))
    harbour.page.open_file(path)
    assert harbour.page.card.box.text() == "The fog\ncame — back"


def test_a_long_file_is_begun_and_said(harbour: Harbour, tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    path.write_text("wave é " * 80_000, encoding="utf-8")
    text, more = read_text(path)
    assert more and len(text) == LARGEST and "\ufffd" not in text


def test_what_is_no_text_is_refused_with_a_sentence(harbour: Harbour, tmp_path: Path) -> None:
    path = tmp_path / "picture.png"
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(100))
    harbour.page.open_file(path)
    assert any("picture" in text for text in harbour.notices.texts())
    with pytest.raises(UserError, match="cannot be opened"):
        read_text(tmp_path / "missing.txt")


def test_a_dropped_file_is_not_pasted_as_its_address(harbour: Harbour, tmp_path: Path) -> None:
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(tmp_path / "fog.txt"))])
    assert not harbour.page.card.box.canInsertFromMimeData(data)
    data = QMimeData()
    data.setText("fog")
    assert harbour.page.card.box.canInsertFromMimeData(data)


def test_a_space_that_does_not_break_is_kept_and_undo_brings_the_text_back(harbour: Harbour) -> None:
    box = harbour.page.card.box
    box.show_text("10\u00a0km")
    assert box.text() == "10\u00a0km"
    box.show_text("other")
    box.undo()
    assert box.text() == "10\u00a0km"


def test_a_tab_adds_its_sentence_and_says_nothing_twice(harbour: Harbour) -> None:
    harbour.load()
    harbour.read()
    card = harbour.page.card
    first = "Like choosing between about 5 words at each step."
    card.say("30 layers with 9 heads each.")
    assert card.finding.accessibleName() == f"{first} 30 layers with 9 heads each."
    card.say(first)
    assert card.finding.accessibleName().startswith(f"{first} Most surprising")
    both = "Like choosing between about 7 words at each step with this, about 9 words with that."
    card.say(both)
    assert card.finding.accessibleName() == both
