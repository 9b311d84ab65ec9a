"""Something painted as a PNG or an SVG, with facts about it inside the file; and any file whole or not at all."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QPoint, QRect, QSaveFile, QSize
from PySide6.QtGui import QImage, QImageWriter, QPainter
from PySide6.QtSvg import QSvgGenerator

from engine.errors import UserError

DENSITY = 2
"""Pixels of a picture for each on the screen."""

Paint = Callable[[QPainter], None]
Facts = Mapping[str, str]


def png_of(size: QSize, paint: Paint, facts: Facts) -> bytes:
    """Twice as sharp as the screen, with the facts as text inside the file."""
    image = QImage(size * DENSITY, QImage.Format.Format_RGB32)
    image.setDevicePixelRatio(DENSITY)
    for name, value in facts.items():
        image.setText(name, value)
    painter = QPainter(image)
    paint(painter)
    painter.end()
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    QImageWriter(buffer, QByteArray(b"png")).write(image)
    return bytes(data.data())


def svg_of(size: QSize, paint: Paint, title: str, facts: Facts) -> bytes:
    """Letters and lines stay letters and lines; what a widget paints from pixels is embedded as pixels."""
    data = QByteArray()
    buffer = QBuffer(data)
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)  # the other one knows no clipping
    generator.setOutputDevice(buffer)
    generator.setSize(size)
    generator.setViewBox(QRect(QPoint(0, 0), size))
    generator.setTitle(title)
    generator.setDescription("; ".join(f"{name}: {value}" for name, value in facts.items()))
    painter = QPainter(generator)
    paint(painter)
    painter.end()
    return bytes(data.data())


def write(path: Path, data: bytes) -> None:
    """All of it or nothing: written aside and renamed. UserError with the reason otherwise."""
    file = QSaveFile(str(path))
    whole = file.open(QIODevice.OpenModeFlag.WriteOnly) and file.write(data) == len(data) and file.commit()
    if not whole:
        raise UserError(f"{path.name} could not be written: {file.errorString()}", "Choose another folder")
