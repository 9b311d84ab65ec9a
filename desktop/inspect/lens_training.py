"""Training a lens for the loaded model: what it is for, how far it is, and how much nearer it came. Knows no table."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QProgressBar, QVBoxLayout, QWidget

from desktop.bridge import Bridge
from desktop.inspect.place import told
from desktop.notices import announce
from desktop.task import Task
from desktop.theme import Look
from desktop.widgets.button import Button
from desktop.widgets.label import Label
from engine.messages import Failed, LensState, Progress, TrainLens

WHAT_FOR = (
    "The layers of this model have no trained lens yet. With one, each layer is read in its own way instead of the "
    "output's, so that early layers say less that is only an accident of reading. It takes about a minute, is kept, "
    "and changes nothing in the model."
)
TERM = "Tuned lens: a small linear map for each layer, trained to say what the output says (arXiv 2303.08112)."
WORKING = "Training the lens. You can go on working meanwhile."


class LensTraining(QWidget):
    """`trained` comes with the state when a lens is there. Goes on while other tabs are seen."""

    trained = Signal(object)

    def __init__(self, look: Look, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.text = Label(look, WHAT_FOR, wrap=True)
        self.text.setToolTip(TERM)
        self.note = Label(look, "", "small", "ink2", wrap=True)
        self.meter = QProgressBar()
        self.meter.setAccessibleName("Progress of training the lens")
        self.button = Button(look, "Train the lens", "sprout")
        self.stop = Button(look, "Stop", "stop")
        row = QHBoxLayout()
        row.addWidget(self.button)
        row.addWidget(self.stop)
        row.addStretch(1)
        self._column = QVBoxLayout(self)
        for widget in (self.text, self.note, self.meter):
            self._column.addWidget(widget)
        self._column.addLayout(row)
        self._column.addStretch(1)
        self._task = Task(bridge, self)
        self._task.progress.connect(self._progress)
        self._task.done.connect(self._done)
        self._task.failed.connect(self._failed)
        self._task.stopped.connect(lambda: self._rest("Stopped. Nothing of it was kept."))
        self.button.clicked.connect(self._train)
        self.stop.clicked.connect(self._task.cancel)
        look.changed.connect(self._restyle)
        self._restyle()
        self._rest("")

    @property
    def running(self) -> bool:
        return self._task.running

    def begin_anew(self) -> None:
        """Another model: what was trained of the lens before is dropped."""
        self._task.drop()
        self._rest("")

    @Slot()
    def _train(self) -> None:
        self._task.start(TrainLens)
        self.text.setText(WORKING)
        self.note.setText("Getting the text ready")
        self.meter.setRange(0, 1)
        self.meter.setValue(0)
        for widget in (self.note, self.meter, self.stop):
            widget.show()
        self.button.hide()
        self.stop.setFocus(Qt.FocusReason.OtherFocusReason)

    @Slot(object)
    def _progress(self, progress: Progress) -> None:
        self.meter.setRange(0, max(progress.total, 1))
        self.meter.setValue(progress.done)
        self.note.setText(progress.note or f"{progress.done:,} of {progress.total:,}")

    @Slot(object)
    def _done(self, state: LensState) -> None:
        self._rest("")
        announce(self, nearer(state))
        self.trained.emit(state)

    @Slot(object)
    def _failed(self, failed: Failed) -> None:
        announce(self, failed.message, urgent=True)
        self._rest(told(failed))

    def _rest(self, note: str) -> None:
        self.text.setText(WHAT_FOR)
        self.note.setText(note)
        self.note.setVisible(bool(note))
        for widget in (self.meter, self.stop):
            widget.hide()
        self.button.show()

    @Slot()
    def _restyle(self) -> None:
        px = self._look.px
        self._column.setContentsMargins(0, px(16), px(16), px(16))
        self._column.setSpacing(px(8))
        for widget in (self.text, self.note):
            widget.setMaximumWidth(px(560))
        self.meter.setMaximumWidth(px(320))


def nearer(state: LensState) -> str:
    """By how much the trained lens is nearer to the output than the plain one, over all layers."""
    if not state.divergence or not state.plain_divergence:
        return ""
    ours = sum(state.divergence) / len(state.divergence)
    plain = sum(state.plain_divergence) / len(state.plain_divergence)
    if ours <= 0 or plain / ours < 1.05:
        return "The trained lens is no nearer to the output than the plain one."
    return f"The trained lens is {plain / ours:.1f} times nearer to the output than the plain one, over all layers."
