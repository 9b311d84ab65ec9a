"""One line about a job: how far it is with Stop, what went wrong with Try again, or what to do. Knows not which job."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QWidget

from desktop.inspect.place import told
from desktop.task import Task
from desktop.theme import Look
from desktop.widgets.button import Button
from desktop.widgets.label import Label
from engine.messages import Failed, Progress


class JobLine(QWidget):
    """Takes no room while there is nothing to say. `again` comes from Try again."""

    again = Signal()

    def __init__(self, look: Look, task: Task, accessible_name: str) -> None:
        super().__init__()
        self._task = task
        self.setAccessibleName(accessible_name)
        self.text = Label(look, "", "body", "ink2", wrap=True)
        self.stop_button = Button(look, "Stop", "stop", size="small")
        self.again_button = Button(look, "Try again", "refresh-cw", size="small")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, look.px(4), 0, look.px(4))
        row.setSpacing(look.px(12))
        row.addWidget(self.text, 1)
        for button in (self.stop_button, self.again_button):
            row.addWidget(button, 0, Qt.AlignmentFlag.AlignTop)
        self.stop_button.clicked.connect(task.cancel)
        self.again_button.clicked.connect(self.again)
        task.progress.connect(self._progress)
        task.failed.connect(self._failed)
        task.stopped.connect(self._stopped)
        task.done.connect(lambda _: self.say(""))
        self.say("")

    def say(self, sentence: str, *, again: bool = False) -> None:
        """What to do, or nothing."""
        self.text.setText(sentence)
        self.text.set_color("ink2")
        self.stop_button.hide()
        self.again_button.setVisible(again)
        self.setVisible(bool(sentence))

    def begin(self, sentence: str) -> None:
        """A job was started."""
        self.say(sentence)
        self.stop_button.show()

    @Slot(object)
    def _progress(self, progress: Progress) -> None:
        far = f", {progress.done:,} of {progress.total:,}" if progress.total > 1 else ""
        self.begin(f"{progress.note or 'Reading'}{far}")

    @Slot(object)
    def _failed(self, failed: Failed) -> None:
        self.say(told(failed), again=True)
        self.text.set_color("bad")

    @Slot()
    def _stopped(self) -> None:
        self.say("Stopped.", again=True)
