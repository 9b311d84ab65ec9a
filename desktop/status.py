"""The line at the foot of the window: model, device, precision, what the engine does, seed. Always the truth.

Knows how to say it, not where it comes from.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStatusBar, QWidget

from desktop.amounts import counted
from desktop.metrics import STATUS_BAR
from desktop.theme import Look
from desktop.widgets.label import ElidedLabel, Label
from engine.messages import LoadedModel, Progress

OFFLINE = "Offline. Nothing leaves this computer."


class Dot(QWidget):
    """Green: in use. Accent: a model learns. Amber: runs elsewhere than wanted. Ring: no model."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.colour = ""

    def sizeHint(self) -> QSize:
        return QSize(self._look.px(10), self._look.px(10))

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = float(self._look.px(8))
        circle = QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)
        if self.colour:
            painter.setPen(self._look.color(self.colour))
            painter.setBrush(self._look.color(self.colour))
        else:
            painter.setPen(QPen(self._look.color("ink3"), 1.5))
        painter.drawEllipse(circle.adjusted(1, 1, -1, -1))


class StatusLine(QStatusBar):
    """Parts from left to right; an empty part is not shown."""

    def __init__(self, look: Look, computer: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.setSizeGripEnabled(False)
        self.setAccessibleName("State of the engine")
        self._dot = Dot(look)
        self._model, self._training = "", False
        parts = {name: Label(look, "", "small", "ink2") for name in ("device", "precision", "doing", "seed")}
        parts["doing"] = ElidedLabel(look, "", "small", "ink2")  # the longest gives way first
        self._parts = {"model": Label(look, "", "small_medium"), **parts}
        row = QWidget(self)
        self._row = QHBoxLayout(row)
        self._row.addWidget(self._dot)
        for part in self._parts.values():
            self._row.addWidget(part)
        self._row.addStretch(1)
        self._lock = QLabel(self)
        self._offline = Label(look, OFFLINE, "small", "ink2")
        self._row.addWidget(self._lock)
        self._row.addWidget(self._offline)
        self.addWidget(row, 1)
        look.changed.connect(self._restyle)
        self._restyle()
        self.show_model(None, None, "")

    def show_model(self, loaded: LoadedModel | None, progress: Progress | None, wanted: str) -> None:
        """What is in memory, or how far it is on its way there."""
        self._model = "" if loaded is None else ("warn" if loaded.fallback else "ok")
        self._colour_dot()
        if loaded is not None:
            self._say("model", loaded.title)
            threads = f", {counted(loaded.threads, 'thread')}" if loaded.device == "cpu" else ""
            self._say("device", loaded.device.upper() + threads, loaded.reason)
            self._say("precision", loaded.reason if loaded.fallback else loaded.precision, loaded.reason)
            return self.show_doing("")
        self._say("model", f"Loading {wanted}" if wanted else "No model yet")
        self._say("device", "")
        self._say("precision", "")
        self.show_doing(reading_note(progress) if progress else ("Preparing" if wanted else ""))

    def show_doing(self, text: str, seed: int | None = None, *, training: bool = False) -> None:
        self._training = training
        self._colour_dot()
        self._say("doing", text)
        self._say(
            "seed", "" if seed is None else f"Seed {seed}", "The same seed with the same settings gives the same reply"
        )

    def _colour_dot(self) -> None:
        self._dot.colour = "accent" if self._training else self._model
        self._dot.update()

    def _say(self, part: str, text: str, tip: str = "") -> None:
        label = self._parts[part]
        label.setText(text)
        label.setToolTip(tip)
        label.setVisible(bool(text))

    def _restyle(self) -> None:
        px = self._look.px
        self.setFixedHeight(px(STATUS_BAR))
        self._row.setContentsMargins(px(12), 0, px(14), 0)
        self._row.setSpacing(px(12))
        self._lock.setPixmap(self._look.pixmap("lock", "ink3", 14))


def reading_note(progress: Progress) -> str:
    """How far something is, with its numbers."""
    if progress.total <= 0:
        return progress.note
    if progress.total >= 1 << 20:
        return f"{progress.note}, {progress.done / 1e6:.0f} of {progress.total / 1e6:.0f} MB"
    return f"{progress.note}, {progress.done:,} of {progress.total:,}"
