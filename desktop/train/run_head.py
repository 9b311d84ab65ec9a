"""The head of a run: what it is called, how far it is, and what can be done with it now. Knows no engine."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import QSize, Qt, Signal, SignalInstance, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from desktop.amounts import about
from desktop.theme import Look
from desktop.train.run import TrainRun
from desktop.widgets.button import Button
from desktop.widgets.folding_row import FoldingRow
from desktop.widgets.label import ElidedLabel

Mode = Literal["live", "done", "unfinished", "broken"]
ENDING = "The run is ending."
NO_WEIGHTS = "There is nothing to talk to yet: its first steps are still to come."


class RunHead(FoldingRow):
    pausing = Signal()
    finishing = Signal()
    stopping = Signal()
    chatting = Signal()
    teaching = Signal()
    showing = Signal()
    going_on = Signal()
    back = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(look, (24, 8, 20, 8), 8, parent)
        self.setAccessibleName("The run")
        self.title = ElidedLabel(look, "", "section")
        self.progress = ElidedLabel(look, "", "small", "ink2")
        self.back_button = Button(look, "Back to the run", "chevron-left", kind="ghost")
        self.show_button = Button(look, "Show in Models", "boxes", kind="ghost")
        self.teach_button = Button(look, "Teach it", "graduation-cap", kind="ghost")
        self.chat = Button(look, "Chat with it", "message-square")
        self.stop = Button(look, "Stop", kind="ghost")
        self.pause = Button(look, "Pause", "pause")
        self.finish = Button(look, "Finish now")
        self.go_on = Button(look, "Go on", "play")
        self.stop.setToolTip("Stop at once. It is saved, and can go on later.")
        self.finish.setToolTip("Let the learning rate fall to its end from here, and keep a good model")
        self.teach_button.setToolTip("Teach it questions and answers next (fine-tuning)")
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(self.title)
        words.addWidget(self.progress)
        self.first.addLayout(words, 1)
        self._sets = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._rows = (QHBoxLayout(), QHBoxLayout())
        self._rows[0].addStretch(1)
        for button, signal in self._buttons():
            row = self._rows[1 if button in (self.pause, self.finish, self.go_on) else 0]
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignVCenter)
            button.clicked.connect(signal)
        for row in self._rows:
            self._sets.addLayout(row)
        self.second.addLayout(self._sets)
        look.changed.connect(self._space)
        self._space()
        self.mode: Mode = "live"
        self.show_mode("live", other=False)

    def _buttons(self) -> list[tuple[Button, SignalInstance]]:
        return [
            (self.back_button, self.back),
            (self.show_button, self.showing),
            (self.teach_button, self.teaching),
            (self.stop, self.stopping),
            (self.chat, self.chatting),
            (self.pause, self.pausing),
            (self.finish, self.finishing),
            (self.go_on, self.going_on),
        ]

    def minimumSizeHint(self) -> QSize:
        """As narrow as the wider set of buttons: then the second stands below the first."""
        width = max(row.minimumSize().width() for row in self._rows) + self._look.px(44)
        width = max(width, self._look.px(170 + 44))
        return QSize(width, super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        self._space()
        super().resizeEvent(event)

    @Slot()
    def _space(self) -> None:
        px, ways = self._look.px, QBoxLayout.Direction
        for box in (self._sets, *self._rows):
            box.setSpacing(px(8))
        self.title.setMinimumWidth(px(170))  # less would say neither the name nor the step
        both = sum(row.minimumSize().width() for row in self._rows) + px(44 + 8)
        self._sets.setDirection(ways.TopToBottom if 0 < self.width() < both else ways.LeftToRight)

    def show_mode(self, mode: Mode, *, other: bool) -> None:
        """`other`: another run goes on behind this one."""
        self.mode = mode
        live = mode == "live"
        for button, shown in (
            (self.back_button, other),
            (self.show_button, mode == "done"),
            (self.teach_button, mode == "done"),
            (self.chat, live or mode == "done"),
            (self.stop, live),
            (self.pause, live),
            (self.finish, live),
            (self.go_on, mode == "unfinished"),
        ):
            button.setVisible(shown)
        if mode == "done":
            self.chat.enable()
        if other:
            self.go_on.disable("Waits until the current run ends.")
        else:
            self.go_on.enable()
        self._space()
        self.updateGeometry()

    def show_texts(self, title: str, progress: str) -> None:
        for label, text in ((self.title, title), (self.progress, progress)):
            if label.text() != text:
                label.setText(text)
        self.progress.setVisible(bool(progress))

    def show_run(self, run: TrainRun) -> None:
        """The one that goes on."""
        self.show_texts(run.title, progress_of(run))
        paused = run.phase == "paused"
        if (self.pause.text() == "Continue") != paused:
            self.pause.setText("Continue" if paused else "Pause")
            self.pause.set_icon("play" if paused else "pause")
        ending = run.phase in ("ending", "stopping")
        for button in (self.pause, self.finish):
            if ending:
                button.disable(ENDING)
            else:
                button.enable()
        if run.phase == "stopping":
            self.stop.disable(ENDING)
        else:
            self.stop.enable()
        if not run.record.rows:
            self.chat.disable(NO_WEIGHTS)
            self.finish.disable("There is no step yet that could be finished.")
        else:
            self.chat.enable()


def progress_of(run: TrainRun) -> str:
    """ "Step 6,200 of 10,000, about 49 min left" """
    step = run.record.step
    if run.phase == "stopping":
        return "Stopping"
    if step is None:
        note = run.note or "Getting ready"
        return f"{note}, paused" if run.phase == "paused" else note
    where = f"{step.step:,} of {step.steps:,}"
    if run.phase == "paused":
        return f"Paused at step {where}"
    if run.note:
        return f"Step {where}. {run.note}"
    ending = ", coming to its end" if run.phase == "ending" else ""
    return (
        f"Step {where}{ending}, {about(step.seconds_left)} left" if step.seconds_left > 0 else f"Step {where}{ending}"
    )
