"""Round numbers on an axis, and names that do not lie on each other."""

from __future__ import annotations

from itertools import pairwise

import pyqtgraph as pg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.plot import part_names, parted, ticks


@given(st.floats(0, 1e4), st.floats(1e-3, 1e6), st.integers(2, 6))
def test_ticks_are_few_in_order_and_inside(bottom: float, height: float, most: int) -> None:
    top = bottom + height
    marks = ticks(top, most, bottom)
    slack = 1e-6 * top
    assert len(marks) <= most and marks == sorted(marks)
    assert all(bottom - slack <= mark <= top + slack for mark in marks)
    steps = [b - a for a, b in pairwise(marks)]
    assert all(abs(step - steps[0]) < 1e-6 * max(top, 1) for step in steps)


def test_without_a_height_there_is_one_tick() -> None:
    assert ticks(0, 4) == [0.0] and ticks(float("nan"), 4) == [0.0] and ticks(3, 4, 3) == [0.0]


@given(st.lists(st.floats(0, 10), max_size=6).map(sorted), st.floats(0.01, 2), st.floats(-5, 0))
def test_names_are_moved_apart_and_no_further_than_needed(heights: list[float], nearest: float, floor: float) -> None:
    places = parted(heights, nearest, floor)
    assert all(b - a >= nearest - 1e-9 for a, b in pairwise(places)) and all(place >= floor for place in places)
    if all(b - a >= nearest for a, b in pairwise(heights)):
        assert places == pytest.approx(heights)
    reach = nearest * len(heights)
    assert all(abs(place - height) <= 2 * reach for place, height in zip(places, heights, strict=True))


def test_hidden_names_push_no_other() -> None:
    names = [pg.TextItem("a"), pg.TextItem("b")]
    for name in names:
        name.setPos(3, 5)
    names[1].setVisible(False)
    part_names(names, 10)
    assert (names[0].pos().x(), names[0].pos().y()) == (3, 5)
    names[1].setVisible(True)
    part_names(names, 10)
    assert [name.pos().y() for name in names] == pytest.approx([4.3, 5.7])
