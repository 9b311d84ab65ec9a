"""The place of a picture: the picture itself, or one sentence and what to do. Knows not what is drawn."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QApplication, QFrame, QProgressBar, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from desktop.notices import announce
from desktop.theme import Look
from desktop.widgets.button import Button
from desktop.widgets.label import Label
from engine.messages import Failed, Progress

NO_MODEL = ("No model is in memory, so there is nothing to look into.", "Choose a model above, or add one on Models.")
NO_TEXT = ("There is no text to look at yet.", "Write a sentence in the box above.")
PATIENCE_MS = 400
"""What takes less is not spoken of."""


class Place(QStackedWidget):
    """`again` and `stop` are what the button below the sentence asks for."""

    again = Signal()
    stop = Signal()

    def __init__(self, look: Look, picture: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look, self.picture = look, picture
        self.sentence = Label(look, "", "section", wrap=True)
        self.hint = Label(look, "", "body", "ink2", wrap=True)
        self.meter = QProgressBar()
        self.meter.setAccessibleName("Progress")
        self.again_button = Button(look, "Try again", "refresh-cw")
        self.stop_button = Button(look, "Stop")
        self._message = QWidget()
        self._column = QVBoxLayout(self._message)
        for widget in (self.sentence, self.hint, self.meter):
            self._column.addWidget(widget)
        for button in (self.again_button, self.stop_button):
            self._column.addWidget(button, 0, Qt.AlignmentFlag.AlignLeft)
        self._column.addStretch(1)
        self.addWidget(picture)
        self.addWidget(self._message)
        self._waiting = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._waiting.timeout.connect(self._show_progress)
        self._progress = Progress(0, 0, 0)
        self._had_focus: QWidget | None = None
        self.again_button.clicked.connect(self.again)
        self.stop_button.clicked.connect(self.stop)
        look.changed.connect(self._restyle)
        self._restyle()

    @property
    def pictured(self) -> bool:
        return self.currentWidget() is self.picture

    def show_picture(self) -> None:
        self._waiting.stop()
        self.setCurrentWidget(self.picture)
        if self._had_focus is not None:
            self._had_focus.setFocus()
        self._had_focus = None

    def say(self, sentence: str, hint: str = "", *, again: bool = False) -> None:
        """Instead of the picture: what is, and what to do."""
        self._waiting.stop()
        self._write(sentence, hint)
        self.again_button.setVisible(again)
        for widget in (self.meter, self.stop_button):
            widget.hide()
        self._turn()

    def fail(self, failed: Failed) -> None:
        announce(self, failed.message, urgent=True)
        self.say(failed.message, failed.hint or "The other parts of this page go on working.", again=True)

    def wait(self) -> None:
        """Something was asked. What stands here stays while the answer is quick."""
        self._progress = Progress(0, 0, 0)
        if self.pictured:
            self._waiting.start()
        else:
            self._show_progress()

    def rest(self) -> None:
        """What was asked is not waited for any more. A picture of before stays."""
        self._waiting.stop()
        if not self.pictured and not self.stop_button.isHidden():
            self.say("This was not read to the end.", again=True)

    def show_progress(self, progress: Progress) -> None:
        self._progress = progress
        if not self._waiting.isActive():
            self._show_progress()

    @Slot()
    def _show_progress(self) -> None:
        progress = self._progress
        self._write(progress.note or "Reading the text", "")
        self.again_button.hide()
        self.stop_button.show()
        self.meter.setVisible(progress.total > 0)
        self.meter.setRange(0, max(progress.total, 1))
        self.meter.setValue(progress.done)
        self._turn()

    def _write(self, sentence: str, hint: str) -> None:
        self.sentence.setText(sentence)
        self.hint.setText(hint)
        self.hint.setVisible(bool(hint))

    def _turn(self) -> None:
        if self.pictured:
            focused = QApplication.focusWidget()
            inside = focused is not None and self.picture.isAncestorOf(focused)
            self._had_focus = focused if inside else None
            self.setCurrentWidget(self._message)

    @Slot()
    def _restyle(self) -> None:
        px = self._look.px
        self._column.setSpacing(px(8))
        self._column.setContentsMargins(0, px(16), px(16), px(16))
        self.meter.setMaximumWidth(px(320))
        self.sentence.setMaximumWidth(px(560))
        self.hint.setMaximumWidth(px(560))


def told(failed: Failed) -> str:
    """What went wrong and what to do, as sentences."""
    message = failed.message if failed.message.endswith((".", "?")) else f"{failed.message}."
    return f"{message} {failed.hint}".strip()


def scrolling(content: QWidget) -> QScrollArea:
    """Around what may be taller or wider than the window."""
    area = QScrollArea()
    area.setWidgetResizable(True)
    area.setFrameShape(QFrame.Shape.NoFrame)
    area.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # what stands inside is reached by Tab, and scrolls into sight
    area.setWidget(content)
    return area
