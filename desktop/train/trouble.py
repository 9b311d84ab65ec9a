"""What went wrong, said where it arose: a mark, the sentence, what to do, and the details of a bug. Knows no part."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from desktop.notices import announce
from desktop.theme import Look
from desktop.widgets.button import Button
from desktop.widgets.label import Label
from engine.messages import Failed


class Trouble(QWidget):
    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._mark, self.text = QLabel(), Label(look, "", "small", "bad", wrap=True)
        self._report = ""
        self.copy = Button(look, "Copy details", kind="link", size="small")
        self.copy.clicked.connect(lambda: QGuiApplication.clipboard().setText(f"{self.text.text()}\n\n{self._report}"))
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        self._row.addWidget(self.text, 1)
        self._row.addWidget(self.copy, 0, Qt.AlignmentFlag.AlignTop)
        look.changed.connect(self._restyle)
        self._restyle()
        self.hide()

    def show_failed(self, failed: Failed | None) -> None:
        said = "" if failed is None else sentence(failed)
        if said and said != self.text.text():
            announce(self, said, urgent=True)
        self.text.setText(said)
        self._report = failed.report if failed is not None else ""
        self.copy.setVisible(bool(self._report))
        self.setVisible(bool(said))

    @Slot()
    def _restyle(self) -> None:
        self._row.setSpacing(self._look.px(6))
        self._mark.setPixmap(self._look.pixmap("circle-alert", "bad", 14))


def sentence(failed: Failed) -> str:
    """What is wrong and what to do, each with its full stop."""
    parts = [part.strip() for part in (failed.message, failed.hint) if part.strip()]
    return " ".join(part if part.endswith((".", "?")) else f"{part}." for part in parts)
