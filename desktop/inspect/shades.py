"""Intensity as one hue of the theme, from a breath of it to all of it. Knows no map."""

from __future__ import annotations

from PySide6.QtGui import QColor, QImage

from desktop.theme import Look

FAINTEST = 0.04
"""What is there is seen, however little it is."""


def mixed(ground: QColor, color: QColor, amount: float) -> QColor:
    """`amount` 0 is the ground, 1 the colour."""
    pairs = ((ground.red(), color.red()), (ground.green(), color.green()), (ground.blue(), color.blue()))
    return QColor(*(round(below + (above - below) * amount) for below, above in pairs))


def color_table(look: Look, ground: str = "surface") -> list[int]:
    """For pictures of bytes: 0 is the ground, 1 to 255 the hue from its faintest to all of it."""
    below, hue = look.color(ground), look.color("k1")
    levels = [0.0, *(FAINTEST + (1 - FAINTEST) * level / 255 for level in range(1, 256))]
    return [mixed(below, hue, level).rgb() for level in levels]


def shaded(look: Look, share: float, most: float = 1.0) -> QColor:
    """The colour of one cell with a share from 0 to 1; `most` is how much of the hue a share of 1 takes."""
    amount = FAINTEST + (most - FAINTEST) * min(max(share, 0.0), 1.0)
    return mixed(look.color("surface"), look.color("k1"), amount)


def picture(shades: bytes, size: int, colors: list[int]) -> QImage:
    """A square picture, one pixel a byte."""
    image = QImage(shades, size, size, size, QImage.Format.Format_Indexed8)
    image.setColorTable(colors)
    return image.convertToFormat(QImage.Format.Format_RGB32)  # a copy: the bytes may go
