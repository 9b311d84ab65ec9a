"""Two parts of about the same weight side by side, below each other where the window is narrow. Knows neither part."""

from __future__ import annotations

from PySide6.QtWidgets import QBoxLayout

from desktop.inspect.two_columns import FOLDS_BELOW, TwoColumns


class Halves(TwoColumns):
    """As `TwoColumns`, but both share the width, eleven parts to nine."""

    def _fold(self) -> None:
        narrow = self.width() < self._look.px(FOLDS_BELOW)
        ways = QBoxLayout.Direction
        self._row.setDirection(ways.TopToBottom if narrow else ways.LeftToRight)
        self._row.setStretch(0, 11)
        self._row.setStretch(1, 9)
