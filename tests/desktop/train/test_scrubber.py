"""Steps on a line, by their logarithm: each mark can be hit, and no label lies on another."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from desktop.theme import Look
from desktop.train.scrubber import Scrubber

MARKS = st.lists(st.integers(1, 2_000_000), min_size=1, max_size=60, unique=True).map(lambda steps: [0, *sorted(steps)])


@pytest.fixture
def scrubber(look: Look, qtbot: QtBot) -> Scrubber:
    scrubber = Scrubber(look)
    scrubber.resize(600, scrubber.height())
    qtbot.addWidget(scrubber)
    return scrubber


@given(MARKS)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
def test_marks_stand_in_order_inside_and_labels_apart(scrubber: Scrubber, marks: list[int]) -> None:
    scrubber.show_marks(marks)
    places = [scrubber.x_of(mark) for mark in marks]
    assert places == sorted(places) and places[0] >= 0 and places[-1] <= scrubber.width()
    labels = sorted(scrubber.labels(), key=lambda label: label[1])
    assert scrubber.step in [step for step, _ in labels], "the chosen one is always named"
    spans = []
    for step, middle in labels:
        half = scrubber.fontMetrics().horizontalAdvance(f"{step:,}") / 2
        spans.append((middle - half, middle + half))
    assert all(left[1] < right[0] for left, right in pairwise(spans))
    assert spans[0][0] >= 0 and spans[-1][1] <= scrubber.width()


def test_a_click_goes_to_the_nearest_mark(scrubber: Scrubber, qtbot: QtBot) -> None:
    marks = [0, 10, 100, 1_000, 10_000]
    scrubber.show_marks(marks)
    for mark in marks:
        qtbot.mouseClick(scrubber, Qt.MouseButton.LeftButton, pos=QPoint(round(scrubber.x_of(mark)) + 5, 13))
        assert scrubber.step == mark
    gaps = [scrubber.x_of(b) - scrubber.x_of(a) for a, b in pairwise(marks[1:])]
    assert max(gaps) - min(gaps) < 8, "ten times as many steps is always as far"


def test_it_stays_at_its_step_when_others_come(scrubber: Scrubber) -> None:
    scrubber.show_marks([0, 10, 100])
    scrubber.go_to(10)
    scrubber.show_marks([0, 5, 10, 100, 1_000])
    assert scrubber.step == 10
    scrubber.show_marks([])
    assert scrubber.step is None
    scrubber.show_marks([0])
    assert scrubber.step == 0
