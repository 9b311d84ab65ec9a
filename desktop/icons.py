"""Draws the SVG icons in any colour, size and screen density. Knows the files, not who shows them."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QImage, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from engine.paths import resource

STROKE = "1.7"
"""Of the 24 units an icon measures; as drawn by Lucide it is 2, too heavy at 16 pixels."""
DENSITIES = (1.0, 2.0)
"""Of screens; those in between take the sharper one and scale it down."""
USUAL = ((QIcon.Mode.Normal, QIcon.State.Off), (QIcon.Mode.Selected, QIcon.State.Off))
GREYED = ((QIcon.Mode.Disabled, QIcon.State.Off), (QIcon.Mode.Disabled, QIcon.State.On))
CHECKED = ((QIcon.Mode.Normal, QIcon.State.On), (QIcon.Mode.Selected, QIcon.State.On))

Paint = Callable[[str], str]
"""From the name of a colour to "#RRGGBB"."""


@lru_cache
def source(name: str) -> str:
    return resource(f"icons/{name}.svg").read_text("utf-8")


def recoloured(name: str, color: str, paint: Paint) -> str:
    """The SVG with `currentColor` and every `@token` in it replaced."""
    text = source(name).replace("currentColor", paint(color)).replace('stroke-width="2"', f'stroke-width="{STROKE}"')
    return re.sub(r"@(\w+)", lambda match: paint(match[1]) if match[1] != "license" else match[0], text)


def draw(svg: str, size: int, density: float, gap: int = 0) -> QPixmap:
    """`size` logical pixels square and `gap` empty ones after it, sharp on a screen of this density."""
    pixels = round(size * density)
    image = QImage(pixels + round(gap * density), pixels, QImage.Format.Format_ARGB32_Premultiplied)
    image.fill(Qt.GlobalColor.transparent)
    painter = QPainter(image)
    QSvgRenderer(QByteArray(svg.encode())).render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    pixmap = QPixmap.fromImage(image)
    pixmap.setDevicePixelRatio(density)
    return pixmap


def icon(name: str, color: str, size: int, paint: Paint, gap: int = 0) -> QIcon:
    """Normal in `color`, greyed when disabled, in the accent when its button is checked."""
    result = QIcon()
    for token, places in ((color, USUAL), ("ink3", GREYED), ("accent", CHECKED)):
        svg = recoloured(name, token, paint)
        for density in DENSITIES:
            pixmap = draw(svg, size, density, gap)
            for mode, state in places:
                result.addPixmap(pixmap, mode, state)
    return result


def app_icon() -> QIcon:
    """The mark of Nextword on paper, the same in both themes."""
    result = QIcon()
    for size in (16, 24, 32, 48, 64, 128, 256):
        result.addPixmap(draw(resource("icons/app.svg").read_text("utf-8"), size, 1.0))
    return result
