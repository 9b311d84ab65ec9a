"""Pictures and numbers into files that say which model they come from. Works for any widget and table; asks nobody."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QRegion
from PySide6.QtWidgets import QWidget

from desktop import pictures
from desktop.table import Table
from desktop.theme import Look
from engine.data.pairs.writing import guarded
from engine.messages import LoadedModel

BEFORE_SAMPLER = "model, before the sampler"
MARGIN, FOOT = 16, 26


@dataclass(frozen=True, slots=True)
class About:
    """What is written into every file beside its numbers."""

    title: str
    model: str
    checkpoint: str
    """SHA-256 of the weights."""
    precision: str
    text: str
    stage: str = BEFORE_SAMPLER

    def fields(self) -> Mapping[str, str]:
        return {
            "what": self.title,
            "model": self.model,
            "checkpoint": self.checkpoint,
            "precision": self.precision,
            "probabilities": self.stage,
            "text": self.text,
        }

    def line(self) -> str:
        """Below a picture."""
        return f"{self.model}, {self.checkpoint[:12]}, {self.precision}, {self.stage}"


def about(loaded: LoadedModel, title: str, text: str, stage: str = BEFORE_SAMPLER) -> About:
    return About(title, f"{loaded.title} ({loaded.name})", loaded.sha256, loaded.precision, text, stage)


# ---- numbers -----------------------------------------------------------------------------
def csv_of(table: Table, facts: About) -> bytes:
    """Facts first, a name and a value a row, then an empty row and the table. UTF-8 with its mark, for spreadsheets."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerows([name, guarded(value)] for name, value in facts.fields().items())
    writer.writerow([])
    writer.writerow(table.columns)
    writer.writerows([_cell(value) for value in row] for row in table.rows)
    return text.getvalue().encode("utf-8-sig")


def _cell(value: str | float | int | None) -> str:
    if isinstance(value, str):
        return guarded(value)
    return "" if value is None else repr(value)


def json_of(table: Table, facts: About) -> bytes:
    """An object with `about`, `columns` and `rows`."""
    value = {
        "about": dict(facts.fields()),
        "table": table.name,
        "columns": list(table.columns),
        "rows": [list(row) for row in table.rows],
    }
    return (json.dumps(value, ensure_ascii=False, indent=1) + "\n").encode()


# ---- pictures ----------------------------------------------------------------------------
def png_of(widget: QWidget, facts: About, look: Look) -> bytes:
    """With the facts as a line below and as text inside the file."""
    size = _size(widget, look)
    return pictures.png_of(size, lambda painter: _draw(painter, widget, facts, look, size), facts.fields())


def svg_of(widget: QWidget, facts: About, look: Look) -> bytes:
    size = _size(widget, look)

    def paint(painter: QPainter) -> None:
        _draw(painter, widget, facts, look, size)

    return pictures.svg_of(size, paint, facts.title, facts.fields())


def _size(widget: QWidget, look: Look) -> QSize:
    edge = 2 * look.px(MARGIN)
    return QSize(widget.width() + edge, widget.height() + edge + look.px(FOOT))


def _draw(painter: QPainter, widget: QWidget, facts: About, look: Look, size: QSize) -> None:
    edge = look.px(MARGIN)
    painter.fillRect(QRect(QPoint(0, 0), size), look.color("surface"))
    flags = QWidget.RenderFlag.DrawChildren
    widget.render(painter, QPoint(edge, edge), QRegion(), flags)
    painter.setFont(look.font("caption"))
    painter.setPen(look.color("ink3"))
    foot = QRectF(edge, size.height() - look.px(FOOT) - edge / 2, size.width() - 2 * edge, look.px(FOOT))
    line = painter.fontMetrics().elidedText(facts.line(), Qt.TextElideMode.ElideRight, int(foot.width()))
    painter.drawText(foot, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, line)
