"""The sampler seen through: sliders on the left, what each step leaves in the middle, its words on the right.

Knows the engine's command. The steps are worked out anew on kept numbers, so that sliders move them at once.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QBoxLayout, QGridLayout, QHBoxLayout, QSizePolicy, QVBoxLayout, QWidget

from desktop.bridge import Bridge
from desktop.task import Task
from desktop.theme import Look
from desktop.widgets.button import Button
from desktop.widgets.label import Label
from desktop.widgets.slider_with_number import SliderWithNumber
from desktop.widgets.stage_rows import stage_rows
from desktop.widgets.waterfall import Waterfall
from desktop.widgets.word_bars import WordBars
from desktop.widgets.word_row import WordRow
from desktop.wording import OTHERS, shown
from engine.messages import Failed, Sampling, XRay, XRayStage
from engine.settings import DECLARED

MOVED = ("temperature", "top_k", "top_p", "min_p")
SHOWN = 8
BESIDE = 900
"""The least width at which the words of a step stand beside it."""
EXPLAINED = "Sliders move it without reading the text again. They change nothing in your chats."


class XRayView(QWidget):
    """One question on its way at a time; a slider that moved meanwhile is asked for when it is answered."""

    failed = Signal(object)  # Failed

    def __init__(self, look: Look, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._task = Task(bridge, self)
        self._text = ""
        self._again = False
        self.sampling = Sampling()
        self.stages: tuple[XRayStage, ...] = ()
        self.sliders: dict[str, SliderWithNumber] = {}
        self.waterfall = Waterfall(look)
        self.bars = WordBars(look, "Words after this step", row_height=24, bar_height=8)
        for part in (self.waterfall, self.bars):
            part.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.label = Label(look, "", "small", "ink2", wrap=True)
        self.usual = Button(look, "Use the defaults", "rotate-ccw", kind="ghost", size="small")
        self._lay_out()
        self._task.done.connect(self._take)
        self._task.failed.connect(self._fail)
        self.waterfall.moved.connect(self._show_step)
        self.usual.clicked.connect(self._reset)
        look.changed.connect(self._restyle)
        self._restyle()

    def _lay_out(self) -> None:
        look = self._look
        head = QHBoxLayout()
        head.addWidget(Label(look, "What the sampler keeps", "heading"))
        head.addWidget(Label(look, EXPLAINED, "small", "ink2", wrap=True), 1)
        head.addWidget(self.usual)
        left = QVBoxLayout()
        left.addLayout(self._rows())
        left.addWidget(self.waterfall)
        left.addStretch(1)
        right = QVBoxLayout()
        self._sides = (left, right)
        right.addWidget(self.label)
        right.addWidget(self.bars)
        right.addStretch(1)
        self._parts = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._parts.addLayout(left, 3)
        self._parts.addLayout(right, 2)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addLayout(head)
        self._column.addLayout(self._parts)

    def _rows(self) -> QGridLayout:
        self._grid = grid = QGridLayout()
        grid.setColumnStretch(1, 1)
        for number, key in enumerate(MOVED):
            declared = DECLARED[f"generation.{key}"]
            slider = SliderWithNumber(
                self._look,
                declared.label,
                minimum=declared.minimum or 0,
                maximum=declared.maximum or 1,
                step=declared.step or 1,
                value=float(getattr(self.sampling, key)),
            )
            slider.changed.connect(lambda value, k=key: self._set(k, value))
            slider.slider.sliderMoved.connect(lambda _, k=key: self._drag(k))
            self.sliders[key] = slider
            name = Label(self._look, declared.label, "body_medium")
            name.setToolTip(declared.help)
            grid.addWidget(name, number, 0)
            grid.addWidget(slider, number, 1)
        return grid

    # ---- asking ------------------------------------------------------------------------
    def read(self, text: str) -> None:
        self._text = text
        self._again = False
        self._task.start(XRay, text=text, sampling=self.sampling, top=SHOWN)

    def leave(self) -> None:
        self._task.drop()
        self._again = False

    def clear(self) -> None:
        self.leave()
        self._text, self.stages = "", ()
        self.hide()

    def _drag(self, key: str) -> None:
        """While the hand holds the handle; `changed` comes only when it lets go."""
        self._set(key, self.sliders[key].number.number())

    def _set(self, key: str, value: Any) -> None:
        kind = type(getattr(self.sampling, key))
        self.sampling = replace(self.sampling, **{key: kind(value)})
        if not self._text:
            return
        if self._task.running:
            self._again = True
        else:
            self.read(self._text)

    @Slot()
    def _reset(self) -> None:
        usual = Sampling()
        for key, slider in self.sliders.items():
            slider.set_value(float(getattr(usual, key)))
        self.sampling = usual
        if self._text:
            self.read(self._text)

    # ---- showing -----------------------------------------------------------------------
    @Slot(object)
    def _take(self, stages: Any) -> None:
        self.stages = tuple(stages or ())
        self.show()
        fresh = len(self.waterfall.rows()) != len(self.stages)
        self.waterfall.show_stages(stage_rows(self.stages, self.sampling))
        if fresh and self.stages:
            self.waterfall.select(len(self.stages) - 1)
        self._show_step(max(self.waterfall.currentIndex().row(), 0))
        if self._again:
            self.read(self._text)

    @Slot(int)
    def _show_step(self, number: int) -> None:
        rows = self.waterfall.rows()
        if not 0 <= number < len(rows):
            return
        row = rows[number]
        name = f"{row.label} {row.setting}".strip()
        self.label.setText("Model, before the sampler" if number == 0 else f"After sampler: up to {name.lower()}")
        words = [WordRow(shown(one.text), one.probability) for one in row.stage.items]
        rest = max(0.0, 1.0 - sum(one.probability for one in row.stage.items))
        others = [WordRow(OTHERS, rest, "others")] if row.stage.candidates > len(words) else []
        self.bars.show_rows([*words, *others])

    @Slot(object)
    def _fail(self, failed: Failed) -> None:
        self.clear()
        self.failed.emit(failed)

    def resizeEvent(self, event: object) -> None:
        self._fit()

    def _fit(self) -> None:
        ways = QBoxLayout.Direction
        self._parts.setDirection(ways.LeftToRight if self.width() >= self._look.px(BESIDE) else ways.TopToBottom)

    @Slot()
    def _restyle(self) -> None:
        px = self._look.px
        self._column.setSpacing(px(12))
        self._parts.setSpacing(px(32))
        for side in self._sides:
            side.setSpacing(px(10))
        self._grid.setHorizontalSpacing(px(16))
        self._grid.setVerticalSpacing(px(6))
        self._fit()
