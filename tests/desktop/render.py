"""Draws a widget into a picture, to look at it. Not a test.

Icons in buttons are sharp only when Qt itself scales: start with QT_SCALE_FACTOR=2 and render at `scale` 1.
"""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint
from PySide6.QtGui import QPixmap, QRegion
from PySide6.QtWidgets import QApplication, QWidget


def render(widget: QWidget, path: str | Path, scale: float = 2) -> Path:
    """The widget as it stands, `scale` pixels for each logical pixel."""
    widget.ensurePolished()
    QApplication.processEvents()
    picture = QPixmap(widget.size() * scale)
    picture.setDevicePixelRatio(scale)
    widget.render(
        picture, QPoint(), QRegion(), QWidget.RenderFlag.DrawWindowBackground | QWidget.RenderFlag.DrawChildren
    )
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    picture.save(str(path))
    return Path(path)
