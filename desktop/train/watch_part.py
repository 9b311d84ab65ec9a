"""Watch it learn: one beginning, how it goes on at each step, and what it would write next. Knows a record."""

from __future__ import annotations

from PySide6.QtCore import QSize, QTimer, Signal, Slot
from PySide6.QtGui import QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QBoxLayout, QComboBox, QSizePolicy, QVBoxLayout, QWidget

from desktop.amounts import choices_between
from desktop.theme import Look
from desktop.train.record import Record
from desktop.train.sample_list import SampleList
from desktop.train.scrubber import Scrubber
from desktop.train.watch_field import WatchField
from desktop.widgets.button import Button
from desktop.widgets.folding_row import FoldingRow
from desktop.widgets.icon_button import IconButton
from desktop.widgets.label import ElidedLabel, Label
from desktop.widgets.word_bars import WordBars
from desktop.widgets.word_row import WordRow
from engine.messages import WatchedPrompt

PLAY_MS = 700
SHOWN_WORDS = 5
BESIDE = 560
SAME = "Same seed at every step, so only the training differs."


class PromptBox(QComboBox):
    """Deaf to a passing wheel: else scrolling the page would change what is watched."""

    def wheelEvent(self, event: QWheelEvent) -> None:
        if self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class WatchPart(QWidget):
    """`moved` comes with the step that is shown; `wanted` with a beginning that should be watched too."""

    moved = Signal(int)
    wanted = Signal(str)

    def __init__(self, look: Look, save_button: Button, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._record: Record | None = None
        self._awaited = ""
        self.prompts = PromptBox()
        self.prompts.setAccessibleName("Beginning that is watched")
        self.prompts.view().setAccessibleName("Beginnings that are watched")
        self.prompts.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.prompts.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.prompts.setMinimumContentsLength(14)
        self.field = WatchField(look)
        self.play = IconButton(look, "play", "Play: go through the steps", checkable=True)
        self.save_button = save_button
        self.scrubber = Scrubber(look)
        self.list = SampleList(look)
        self.bars_title = ElidedLabel(look, "", "caption_strong", "ink2")
        self.bars_note = Label(look, "", "caption", "ink3", wrap=True)
        self.bars = WordBars(look, "Next token")
        self._playing = QTimer(self, interval=PLAY_MS)
        self._lay_out()
        self._wire()
        look.changed.connect(self._restyle)
        self._restyle()

    def _lay_out(self) -> None:
        self._head = FoldingRow(self._look, (0, 0, 0, 0), 8)
        self._head.first.addWidget(Label(self._look, "Watch it learn", "heading"))
        self._head.first.addWidget(self.prompts, 1)
        self._head.second.addStretch(1)
        for widget in (self.field.button, self.save_button, self.play):
            self._head.second.addWidget(widget)
        self._side = QVBoxLayout()
        for widget in (self.bars_title, self.bars, self.bars_note):
            self._side.addWidget(widget)
        self._side.addStretch(1)
        self._body = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._body.addWidget(self.list, 5)
        self._body.addLayout(self._side, 3)
        self.same = Label(self._look, SAME, "small", "ink3", wrap=True)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addWidget(self._head)
        self._column.addWidget(self.field)
        self._column.addWidget(self.scrubber)
        self._column.addLayout(self._body, 1)
        self._column.addWidget(self.same)

    def _wire(self) -> None:
        self.prompts.currentIndexChanged.connect(lambda _: self._show_prompt())
        self.field.wanted.connect(self._ask)
        self.scrubber.valueChanged.connect(lambda _: self._show_step())
        self.list.chosen.connect(self.scrubber.go_to)
        self.play.toggled.connect(self._play)
        self._playing.timeout.connect(self._next)

    @property
    def shown(self) -> WatchedPrompt | None:
        """The sample that is highlighted."""
        step = self.scrubber.step
        return next((one for one in self._rows() if one.step == step), None)

    def _rows(self) -> list[WatchedPrompt]:
        return self._record.by_prompt.get(self.prompts.currentText(), []) if self._record is not None else []

    # ---- what is shown ---------------------------------------------------------------
    def show_record(self, record: Record) -> None:
        """Another run, or more of this one."""
        self._record = record
        if [self.prompts.itemText(place) for place in range(self.prompts.count())] != record.prompts:
            self._list_prompts(record.prompts)
        self._show_prompt()

    def _list_prompts(self, prompts: list[str]) -> None:
        """The one that was asked for is chosen when it comes."""
        before = self.prompts.currentText()
        wanted = self._awaited if self._awaited in prompts else before
        if wanted == self._awaited:
            self._awaited = ""
        self.prompts.blockSignals(True)
        self.prompts.clear()
        self.prompts.addItems(prompts)
        self.prompts.setCurrentIndex(prompts.index(wanted) if wanted in prompts else 0)
        self.prompts.blockSignals(False)

    @Slot()
    def _show_prompt(self) -> None:
        rows = self._rows()
        self.prompts.setToolTip(self.prompts.currentText())
        self.list.show_rows(rows)
        self.scrubber.show_marks([one.step for one in rows])
        self._show_step()

    @Slot()
    def _show_step(self) -> None:
        one = self.shown
        self.bars.setVisible(one is not None)
        self.bars_note.setVisible(one is not None)
        if one is None:
            self.bars_title.setText("Nothing is written yet." if self._record is not None else "")
            return
        self.list.show_step(one.step)
        self.bars_title.setText(f"Next token at step {one.step:,}")
        self.bars.show_rows(bars_of(one))
        self.bars_note.setText(f"Model, before the sampler. Choosing between {choices_between(one.entropy)}.")
        self.moved.emit(one.step)

    # ---- playing, and adding ---------------------------------------------------------
    @Slot(bool)
    def _play(self, playing: bool) -> None:
        if not playing:
            return self._playing.stop()
        if self.scrubber.value() == self.scrubber.maximum():
            self.scrubber.setValue(0)
        return self._playing.start()

    @Slot()
    def _next(self) -> None:
        if self.scrubber.value() >= self.scrubber.maximum():
            self.play.setChecked(False)
        else:
            self.scrubber.setValue(self.scrubber.value() + 1)

    @Slot(str)
    def _ask(self, prompt: str) -> None:
        place = self.prompts.findText(prompt)
        if place >= 0:
            return self.prompts.setCurrentIndex(place)
        self._awaited = prompt
        return self.wanted.emit(prompt)

    # ---- room ------------------------------------------------------------------------
    def minimumSizeHint(self) -> QSize:
        return QSize(self._look.px(280), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        ways = QBoxLayout.Direction
        beside = self.width() >= self._look.px(BESIDE)
        self._body.setDirection(ways.LeftToRight if beside else ways.TopToBottom)

    @Slot()
    def _restyle(self) -> None:
        px = self._look.px
        self._column.setSpacing(px(6))
        self._body.setSpacing(px(16))
        self._side.setSpacing(px(2))
        self.list.setMinimumHeight(px(150))


def bars_of(one: WatchedPrompt) -> list[WordRow]:
    """The likeliest few; everything else is one bar, so that all make 1."""
    first = one.words[:SHOWN_WORDS]
    rows = [WordRow(text.strip() or "␣", chance) for text, chance in first]
    return [*rows, WordRow("<others>", max(1.0 - sum(chance for _, chance in first), 0.0), "others")]
