"""The page Train: text, vocabulary, size, the button, and the run put together. Says who hears whom."""

from __future__ import annotations

from PySide6.QtCore import QSettings, Qt, Signal, Slot
from PySide6.QtGui import QHideEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QScrollArea, QVBoxLayout, QWidget

from desktop.bridge import Bridge
from desktop.notices import Notices
from desktop.theme import Look
from desktop.train.board import Board
from desktop.train.earlier import Earlier
from desktop.train.header import TrainHeader
from desktop.train.preparation import Preparation
from desktop.train.run import TrainRun
from desktop.train.runs import Runs
from desktop.train.side import Side
from desktop.train.size_part import SizePart
from desktop.train.sources import Sources
from desktop.train.text_part import TextPart
from desktop.train.train_box import TrainBox
from desktop.train.vocabulary_part import VocabularyPart
from desktop.train.watching import Watching
from desktop.widgets.area import area, hairline
from desktop.widgets.dropping import Dropping
from engine.data.chats import Chats

TEXTS = "train_texts"
BESIDE = 760
"""The least width at which the run stands beside what it is made of, and not below."""


class TrainPage(QWidget):
    """`chat_wanted`, `teach_wanted` and `model_wanted` name a model; `talking` the run that is to be chatted with."""

    chat_wanted = Signal(str)
    teach_wanted = Signal(str)
    model_wanted = Signal(str)
    talking = Signal(str)
    teaching = Signal()

    def __init__(self, look: Look, bridge: Bridge, notices: Notices, chats: Chats) -> None:
        super().__init__()
        self._look = look
        self.sources = Sources(chats, self)
        self.preparation = Preparation(bridge, self.sources, self)
        self.run = TrainRun(bridge, self)
        self.runs = Runs(bridge, self)
        self.header = TrainHeader(look)
        self.text = TextPart(look, self.sources, self.preparation)
        self.vocabulary = VocabularyPart(look, self.preparation)
        self.size_part = SizePart(look, self.preparation)
        self.box = TrainBox(look, self.sources, self.preparation, self.run, self.runs)
        self.side = Side(look, [self.text, self.vocabulary, self.size_part], self.box)
        self.board = Board(look)
        self.watching = Watching(look, self.board, self.run, self.runs, notices, parent=self)
        self.earlier = Earlier(look, self.run, self.runs, self.watching, notices, self)
        self._lay_out()
        self._wire()

    # ---- layout ----------------------------------------------------------------------
    def _lay_out(self) -> None:
        inside = area("surface")
        self._body = QBoxLayout(QBoxLayout.Direction.LeftToRight, inside)
        self._body.setContentsMargins(0, 0, 0, 0)
        self._body.setSpacing(0)
        self._edge = hairline(vertical=True)
        for part, stretch in ((self.side, 0), (self._edge, 0), (self.board, 1)):
            self._body.addWidget(part, stretch)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inside)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(hairline())
        column.addWidget(scroll, 1)
        self.setProperty("area", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._look.changed.connect(self._fit)
        self.board.turned.connect(self._fit)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    @Slot()
    def _fit(self) -> None:
        """Side by side, or one above the other: then a run comes first where there is one."""
        ways, beside = QBoxLayout.Direction, self.width() >= self._look.px(BESIDE)
        below = ways.BottomToTop if self.board.shows_run else ways.TopToBottom
        self._body.setDirection(ways.LeftToRight if beside else below)
        self._edge.setVisible(beside)
        self.side.fit(self.width(), beside=beside)
        self.board.fit(beside=beside)

    # ---- wiring ----------------------------------------------------------------------
    def _wire(self) -> None:
        self.header.teaching.connect(self.teaching)
        self.header.earlier.connect(self.earlier.open)
        self.box.train.connect(self._train)
        self.run.changed.connect(lambda: self.preparation.rest(self.run.active))
        Dropping(self._look, self).dropped.connect(self.sources.add)
        self.watching.chat.connect(self.chat_wanted)
        self.watching.teach.connect(self.teach_wanted)
        self.watching.models.connect(self.model_wanted)
        self.watching.chat_now.connect(lambda: self.talking.emit(self.run.title))

    @Slot(str)
    def _train(self, title: str) -> None:
        self.box.forget_name()
        self.run.begin(title, self.sources.chosen(), self.preparation.to_train())

    # ---- what the window asks --------------------------------------------------------
    def save(self, state: QSettings) -> None:
        state.setValue(TEXTS, self.sources.remembered())

    def restore(self, state: QSettings) -> None:
        self.sources.recall(str(state.value(TEXTS) or ""))

    def focus(self) -> None:
        self.text.list.rows[0].check.setFocus()

    def training(self) -> str:
        """What the status line says while a run goes on; empty otherwise."""
        step = self.run.record.step
        if not self.run.active:
            return ""
        return f"Training {self.run.title}" + (f", step {step.step:,} of {step.steps:,}" if step else "")

    def showEvent(self, event: QShowEvent) -> None:
        """The engine is asked nothing before the page is seen."""
        super().showEvent(event)
        self.sources.gather_chats()
        self.preparation.wake(True)
        self.runs.refresh()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.preparation.wake(False)  # no probe takes time from a chat
