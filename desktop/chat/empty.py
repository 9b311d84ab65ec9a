"""What stands where no message is yet: which model would answer, and three questions to begin with."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.loader import ModelLoader
from desktop.status import reading_note
from desktop.theme import Look
from desktop.widgets.button import Button
from desktop.widgets.label import Label

QUESTIONS = ("What is the capital of France?", "Write a short poem about rain.", "Explain why the sky is blue.")
BEGINNINGS = ("Once upon a time, there was a little", "The recipe begins with", "In the year 2050,")


class EmptyChat(QWidget):
    """`asked` carries the question that was chosen."""

    asked = Signal(str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.setProperty("area", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._title = Label(look, "A new chat", "page_title")
        self._text = Label(look, "", "reading", "ink2", wrap=True)
        self._text.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        self._buttons = [Button(look, question) for question in QUESTIONS]
        layout = QVBoxLayout(self)
        layout.addStretch(2)
        layout.addWidget(self._title, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addWidget(self._text, 0, Qt.AlignmentFlag.AlignHCenter)
        layout.addSpacing(look.px(16))
        for button in self._buttons:
            layout.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
            button.clicked.connect(lambda _=False, b=button: self.asked.emit(b.text()))
        layout.addStretch(3)
        look.changed.connect(self._restyle)
        self._restyle()

    def _restyle(self) -> None:
        self._text.setFixedWidth(self._look.px(480))
        self._text.setMinimumHeight(max(0, self._text.heightForWidth(self._text.width())))

    def show_model(self, loader: ModelLoader) -> None:
        """Say who will answer, and offer what suits it: a base model goes on writing, it does not answer."""
        loaded = loader.loaded
        if loaded is not None and loaded.has_template:
            text, offers = (
                f"{loaded.title} answers here, word by word. Click a word to see what else it might have said.",
                QUESTIONS,
            )
        elif loaded is not None:
            text = f"{loaded.title} was not taught to answer: it goes on with what you write. Begin a text and see."
            offers = BEGINNINGS
        elif loader.loading:
            note = reading_note(loader.progress) if loader.progress else "Preparing the engine"
            text, offers = f"{note}. You can write already.", QUESTIONS
        elif loader.problem is not None:
            text, offers = f"{loader.problem.message}. {loader.problem.hint}", ()
        else:
            text, offers = "No model is loaded. Choose one on the page Models.", ()
        self._text.setText(text)
        self._restyle()
        for number, button in enumerate(self._buttons):
            button.setVisible(number < len(offers))
            button.setText(offers[number] if offers else "")
