"""What went wrong, said where it arose: a mark, the sentence and what to do. Takes no room otherwise."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from desktop.notices import announce
from desktop.theme import Look
from desktop.widgets.label import Label
from engine.messages import Failed


class Trouble(QWidget):
    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._mark, self.text = QLabel(), Label(look, "", "small", "bad", wrap=True)
        self._row = QHBoxLayout(self)
        self._row.setContentsMargins(0, 0, 0, 0)
        self._row.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        self._row.addWidget(self.text, 1)
        look.changed.connect(self._restyle)
        self._restyle()
        self.hide()

    def show_failed(self, failed: Failed | None) -> None:
        said = "" if failed is None else sentence(failed)
        if said and said != self.text.text():
            announce(self, said, urgent=True)
        self.text.setText(said)
        self.text.setToolTip(failed.report[-2_000:] if failed is not None else "")
        self.setVisible(bool(said))

    @Slot()
    def _restyle(self) -> None:
        self._row.setSpacing(self._look.px(6))
        self._mark.setPixmap(self._look.pixmap("circle-alert", "bad", 14))


def sentence(failed: Failed) -> str:
    """What is wrong and what to do, each with its full stop."""
    parts = [part.strip() for part in (failed.message, failed.hint) if part.strip()]
    return " ".join(part if part.endswith((".", "?")) else f"{part}." for part in parts)
