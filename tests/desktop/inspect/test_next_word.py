"""The first tab: paths as blocks, the list of next words, and the sampler seen through."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.inspect.next_list import finding_of
from desktop.inspect.paths_layout import Block, lay_out
from desktop.theme import Look
from desktop.wording import continued, shown
from engine.messages import Chance, Failed, NextChances, NextWords, PathNode, Progress, WordPaths, XRay
from tests.desktop.inspect.harbour import PATHS, TEXT, Harbour


def names(blocks: list[Block]) -> list[tuple[int, str]]:
    return [(block.column, block.text) for block in blocks]


# ---- paths -------------------------------------------------------------------------------
def test_a_block_is_as_high_as_it_is_likely_and_others_are_what_is_left() -> None:
    blocks = lay_out(PATHS, 1000.0, 21.0)
    first = [block for block in blocks if block.column == 0]
    assert [block.height for block in first] == pytest.approx([412, 173, 94, 61, 260])
    assert first[-1].others and sum(block.height for block in first) == pytest.approx(1000)
    ring = [block for block in blocks if block.column == 1 and block.parent == 0]
    assert names(ring) == [(1, " again"), (1, "."), (1, " out"), (1, "<others>")]
    assert sum(block.height for block in ring) == pytest.approx(first[0].height)
    assert ring[0].top == first[0].top
    assert [block.text for block in blocks if block.likeliest] == [" ring", " again", "."]


def test_what_is_too_low_goes_into_others_with_what_follows_it() -> None:
    blocks = lay_out(PATHS, 100.0, 21.0)
    assert names(blocks) == [(0, " ring"), (1, "<others>"), (0, "<others>")]
    assert blocks[-1].probability == pytest.approx(1 - 0.412)


@st.composite
def forests(draw: st.DrawFn, mass: float = 1.0, depth: int = 3) -> tuple[PathNode, ...]:
    shares = draw(st.lists(st.floats(0.01, 1.0), min_size=0, max_size=4))
    scale = mass * draw(st.floats(0.1, 1.0)) / max(sum(shares), 1e-9)
    return tuple(
        PathNode(f" w{n}", share * scale, (n,), draw(forests(share * scale, depth - 1)) if depth > 1 else ())
        for n, share in enumerate(shares)
    )


@given(forests())
def test_every_column_fills_exactly_the_block_before_it(nodes: tuple[PathNode, ...]) -> None:
    blocks = lay_out(nodes, 500.0, 21.0)
    for number, parent in [(-1, None), *enumerate(blocks)]:
        children = [block for block in blocks if block.parent == number]
        if parent is None or children:
            whole = parent.height if parent else 500.0
            assert sum(block.height for block in children) == pytest.approx(whole)
            top = parent.top if parent else 0.0
            for child in children:
                assert child.top == pytest.approx(top)
                top += child.height
            assert all(block.others or block.height >= 21.0 for block in children)


def test_a_click_on_a_block_follows_it_and_others_lead_nowhere(harbour: Harbour, qtbot: QtBot) -> None:
    harbour.load()
    harbour.read()
    paths = harbour.next.paths
    again = next(block for block in paths.blocks if block.text == " again")
    qtbot.mouseClick(paths, Qt.MouseButton.LeftButton, pos=paths.place_of(again).center().toPoint())
    assert harbour.page.card.box.text() == f"{TEXT} ring again"
    harbour.engine.settle()
    others = next(block for block in paths.blocks if block.others)
    qtbot.mouseClick(paths, Qt.MouseButton.LeftButton, pos=paths.place_of(others).center().toPoint())
    assert harbour.page.card.box.text() == f"{TEXT} ring again"


def test_arrow_keys_walk_the_paths_and_enter_follows(harbour: Harbour, qtbot: QtBot) -> None:
    harbour.load()
    harbour.read()
    paths = harbour.next.paths
    paths.setFocus()
    keys = Qt.Key
    qtbot.keyClick(paths, keys.Key_Down)
    assert paths.accessibleDescription() == "toll: 17.30%"
    qtbot.keyClick(paths, keys.Key_Up)
    qtbot.keyClick(paths, keys.Key_Right)
    qtbot.keyClick(paths, keys.Key_Down)
    assert paths.accessibleDescription() == "ring.: 11.10%"
    qtbot.keyClick(paths, keys.Key_Left)
    qtbot.keyClick(paths, keys.Key_Left)
    assert paths.accessibleDescription() == "ring: 41.20%"
    qtbot.keyClick(paths, keys.Key_Return)
    assert harbour.page.card.box.text() == f"{TEXT} ring"


def test_words_ahead_ask_for_as_many(harbour: Harbour, qtbot: QtBot) -> None:
    harbour.load()
    harbour.read()
    qtbot.mouseClick(harbour.next.ahead._group.button(0), Qt.MouseButton.LeftButton)
    harbour.engine.settle()
    assert [one.ahead for one in harbour.engine.asked(WordPaths)] == [3, 1]
    assert {block.column for block in harbour.next.paths.blocks} == {0}


def test_the_likeliest_path_is_marked_and_the_hatching_stays_inside(harbour: Harbour, look: Look) -> None:
    harbour.load()
    harbour.read()
    paths = harbour.next.paths
    picture = paths.grab().toImage()
    ratio = picture.devicePixelRatio()
    ring, toll = (next(block for block in paths.blocks if block.text == word) for word in (" ring", " toll"))
    middle = paths.place_of(ring).center()
    assert picture.pixelColor((middle * ratio).toPoint()) == look.color("soft")
    assert picture.pixelColor((paths.place_of(toll).center() * ratio).toPoint()) == look.color("sunken")


# ---- the list ----------------------------------------------------------------------------
def test_the_list_has_words_and_others_and_adds_up(harbour: Harbour) -> None:
    harbour.load()
    harbour.read()
    rows = harbour.next.list.bars.rows()
    assert [row.text for row in rows][:2] == ["ring", "toll"] and rows[-1].kind == "others"
    assert sum(row.probability for row in rows) == pytest.approx(1.0)
    assert "at least 11 words" in harbour.next.list.finding.text()
    assert "before the sampler" in harbour.next.list.note.text()


def test_tokens_are_asked_for_as_tokens(harbour: Harbour, qtbot: QtBot) -> None:
    harbour.load()
    harbour.read()
    qtbot.mouseClick(harbour.next.list.units._group.button(1), Qt.MouseButton.LeftButton)
    harbour.engine.settle()
    assert harbour.engine.asked(NextWords)[-1].unit == "token"
    assert "about 11 tokens" in harbour.next.list.finding.text()


def test_enter_on_a_word_writes_it(harbour: Harbour, qtbot: QtBot) -> None:
    harbour.load()
    harbour.read()
    bars = harbour.next.list.bars
    bars.select(1)
    qtbot.keyClick(bars, Qt.Key.Key_Return)
    assert harbour.page.card.box.text() == f"{TEXT} toll"


@pytest.mark.parametrize(
    ("text", "words", "started", "expected"),
    [
        ("the be", "bells", "be", "the bells"),
        ("the be", " in", "be", "the be in"),
        ("the ", " bells", "", "the bells"),
        ("the", " bells", "", "the bells"),
        ("the bells", ".", "bells", "the bells."),
    ],
)
def test_a_word_is_written_after_the_text_or_completes_it(text: str, words: str, started: str, expected: str) -> None:
    assert continued(text, words, started) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [(" ring", "ring"), (".", "“.”"), ("\n", "↵"), (" ", "␣"), ("", "the end"), ("don't", "don't")],
)
def test_what_would_not_be_seen_is_made_visible(text: str, expected: str) -> None:
    assert shown(text) == expected


def test_the_finding_is_a_lower_bound_of_words_and_exact_of_tokens() -> None:
    def finding(unit: str, count: float) -> str:
        return finding_of(NextChances(unit, (Chance(" a", 1.0, (1,)),), 0.0, 1, math.log(count), 1))  # type: ignore[arg-type]

    assert finding("word", 1.0) == "Choosing between <b>only 1 word</b>"
    assert finding("word", 2.0) == "Choosing between <b>1 or 2 words</b>"
    assert finding("word", 123.0) == "Choosing between <b>at least 120 words</b>"
    assert finding("token", 8.2) == "Choosing between <b>about 8 tokens</b>"


# ---- the sampler -------------------------------------------------------------------------
def test_every_step_of_the_sampler_has_its_row(harbour: Harbour) -> None:
    harbour.load()
    harbour.read()
    rows = harbour.next.xray.waterfall.rows()
    assert [row.label for row in rows] == ["Model", "Penalties", "Temperature", "Top-k", "Top-p", "Min-p"]
    assert rows[3].spoken == "Top-k 40, keeps 95.2 percent, 40 tokens left"
    assert rows[1].setting == "off"
    assert harbour.next.xray.label.text() == "After sampler: up to min-p 0.05"
    harbour.next.xray.waterfall.select(0)
    assert harbour.next.xray.label.text() == "Model, before the sampler"


def test_a_slider_moves_it_while_the_hand_holds_it(harbour: Harbour) -> None:
    harbour.load()
    harbour.read()
    xray = harbour.next.xray
    slider = xray.sliders["temperature"].slider
    before = xray.bars.rows()[0].probability
    asked = len(harbour.engine.asked(NextWords))
    slider.setSliderDown(True)
    for position in (3, 4, 5):
        slider.setSliderPosition(position)
    harbour.engine.settle()
    assert xray.sampling.temperature == pytest.approx(0.25)
    assert xray.bars.rows()[0].probability > before
    assert len(harbour.engine.asked(NextWords)) == asked, "no new reading"
    sent = [one.sampling.temperature for one in harbour.engine.asked(XRay)]
    assert sent == pytest.approx([0.7, 0.15, 0.25]), "one on its way, and the last that was wanted"
    slider.setSliderDown(False)


def test_the_defaults_come_back(harbour: Harbour) -> None:
    harbour.load()
    harbour.read()
    xray = harbour.next.xray
    xray.sliders["top_k"].number.setValue(5)
    harbour.engine.settle()
    assert xray.sampling.top_k == 5 and xray.waterfall.rows()[3].setting == "5"
    xray.usual.click()
    harbour.engine.settle()
    assert xray.sampling.top_k == 40 and xray.sliders["top_k"].value() == 40


# ---- what goes wrong ---------------------------------------------------------------------
def test_an_empty_text_has_examples_and_one_is_a_click_away(harbour: Harbour) -> None:
    harbour.load()
    tab = harbour.next
    assert tab.examples.isVisible() and tab.table() is None and harbour.engine.asked(NextWords) == []
    tab.examples.cards[1].click()
    harbour.engine.settle()
    assert harbour.page.card.box.text() == "The capital of France is" and tab.paths.isVisible()


def test_a_failure_is_said_in_the_place_of_the_picture(harbour: Harbour) -> None:
    harbour.engine.answers[NextWords] = lambda command: Failed(0, "The text is too long", "Take a shorter one")
    harbour.load()
    harbour.read()
    assert harbour.next.examples.isVisible()
    assert harbour.next.examples._said.text() == "The text is too long. Take a shorter one"


def test_the_table_holds_what_is_drawn(harbour: Harbour) -> None:
    harbour.load()
    harbour.read()
    table = harbour.next.table()
    assert table is not None
    words = [row for row in table.rows if row[0] == "next word, model"]
    assert sum(float(row[3] or 0) for row in words) == pytest.approx(1.0)
    assert ["path, model", "2", " ring again", 0.128, "1"] in [list(row) for row in table.rows]
    assert {row[1] for row in table.rows if str(row[0]).startswith("sampler")} >= {"raw", "top-k", "min-p"}


@pytest.mark.parametrize("size", [100, 150])
def test_the_list_stands_below_the_paths_where_there_is_no_room(harbour: Harbour, look: Look, size: int) -> None:
    harbour.load()
    harbour.read()
    look._settings.set("general.text_size", size)
    harbour.page.resize(884, 588)
    QApplication.processEvents()
    QApplication.processEvents()
    tab = harbour.next
    beside = tab.list.mapTo(tab, QPoint(0, 0)).x() > tab.paths.mapTo(tab, QPoint(0, 0)).x()
    assert beside == (size == 100)


def test_a_first_answer_that_takes_long_says_what_is_going_on(harbour: Harbour, qtbot: QtBot) -> None:
    for kind in (NextWords, WordPaths, XRay):
        del harbour.engine.answers[kind]
    harbour.load()
    harbour.read()
    said = harbour.next.examples._said
    assert "Looking" not in said.text(), "not before it is slow"
    qtbot.waitUntil(lambda: said.text() == "Looking for the next words", timeout=3000)
    job = harbour.engine.asked(NextWords)[-1].job
    harbour.engine.say(Progress(job, 3, 12, "Learning where words end"))
    harbour.engine.settle()
    assert said.text() == "Learning where words end, 25%"
