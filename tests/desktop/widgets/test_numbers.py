"""Sliders with a number, and meters: what is shown is what is said."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from desktop.theme import Look
from desktop.widgets.meter_bar import MeterBar
from desktop.widgets.number_box import decimals_of
from desktop.widgets.slider_with_number import SliderWithNumber, marks

Show = Callable[[QWidget], QWidget]


def slider(look: Look, **more: float) -> SliderWithNumber:
    return SliderWithNumber(look, "Temperature", **({"minimum": 0, "maximum": 2, "step": 0.05, "value": 0.7} | more))  # pyright: ignore[reportArgumentType]


def test_an_arrow_key_moves_one_step_and_the_number_with_it(look: Look, qtbot: QtBot, shown: Show) -> None:
    both = slider(look)
    shown(both)
    with qtbot.waitSignal(both.changed, timeout=1000) as heard:
        qtbot.keyClick(both.slider, Qt.Key.Key_Right)
    assert heard.args == [0.75] and both.number.value() == 0.75


def test_a_typed_number_moves_the_slider(look: Look, qtbot: QtBot, shown: Show) -> None:
    both, heard = slider(look), []
    both.changed.connect(heard.append)
    shown(both)
    both.number.setFocus()
    both.number.selectAll()
    qtbot.keyClicks(both.number, "1.33")
    assert heard == [], "a number half typed is no number"
    qtbot.keyClick(both.number, Qt.Key.Key_Return)
    assert heard == [1.33] and both.value() == 1.33
    assert both.slider.value() == round(1.35 / 0.05)


def test_showing_a_value_is_not_changing_it(look: Look, qtbot: QtBot, shown: Show) -> None:
    both = slider(look)
    shown(both)
    with qtbot.assertNotEmitted(both.changed):
        both.set_value(1.5)
    assert both.number.value() == 1.5 and both.slider.value() == 30


def test_whole_numbers_stay_whole(look: Look, qtbot: QtBot, shown: Show) -> None:
    both = slider(look, minimum=1, maximum=32768, step=1, value=512)
    shown(both)
    with qtbot.waitSignal(both.changed, timeout=1000) as heard:
        qtbot.keyClick(both.slider, Qt.Key.Key_Right)
    assert type(heard.args[0]) is int and heard.args[0] > 512  # pyright: ignore[reportOptionalSubscript]


@given(
    st.sampled_from(
        [(0.0, 2.0, 0.05), (0, 1000, 1), (1, 32768, 1), (0, 1 << 20, 256), (80, 200, 10), (-2.0, 2.0, 0.05)]
    )
)
def test_the_stops_of_a_slider_run_from_end_to_end_in_steps(limits: tuple[float, float, float]) -> None:
    minimum, maximum, step = limits
    stops = marks(minimum, maximum, step)
    assert stops[0] == minimum and stops[-1] == maximum
    assert stops == sorted(set(stops)) and len(stops) <= 201
    assert all(abs((stop - minimum) / step - round((stop - minimum) / step)) < 1e-6 for stop in stops)


@pytest.mark.parametrize(("step", "decimals"), [(1, 0), (256, 0), (0.05, 2), (0.1, 1)])
def test_a_step_says_how_many_decimals_are_shown(step: float, decimals: int) -> None:
    assert decimals_of(step) == decimals


@pytest.mark.parametrize(
    ("share", "color", "full"),
    [(0.0, "accent", 0), (0.64, "accent", 0), (0.65, "warn", 0), (0.85, "bad", 1), (7.0, "bad", 1)],
)
def test_a_meter_warns_by_colour_and_in_words(look: Look, qtbot: QtBot, share: float, color: str, full: int) -> None:
    meter = MeterBar(look, "Context", alarms=True)
    qtbot.addWidget(meter)
    meter.show_value(share, "1,900 of 2,048 tokens")
    assert meter.color == color and meter.nearly_full is bool(full)
    assert meter.text() == "1,900 of 2,048 tokens" + (", nearly full" if full else "")


def test_a_meter_is_a_progress_bar_for_screen_readers(look: Look, qtbot: QtBot) -> None:
    meter = MeterBar(look, "Context")
    qtbot.addWidget(meter)
    meter.show_value(0.3, "30% read")
    assert meter.text() == "30% read" and meter.accessibleName() == "Context"
    spoken = QAccessible.queryAccessibleInterface(meter)
    assert spoken.role() == QAccessible.Role.ProgressBar
    assert spoken.text(QAccessible.Text.Name) == "Context"
