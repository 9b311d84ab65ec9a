"""The right edge of Teach: checks and how it is taught scroll, the button stays. Knows its parts, no pair."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from desktop.teach.check_list import CheckList
from desktop.teach.teach_box import TeachBox
from desktop.theme import Look
from desktop.widgets.area import area, hairline

WIDTH, LARGEST_SHARE = 300, 0.4
LEAST_CHECKS = 170


class Side(QFrame):
    """300 wide, and never more than two fifths of the page at large text."""

    def __init__(self, look: Look, checks: CheckList, box: TeachBox, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.setProperty("area", "panel")
        self.upper = QScrollArea()
        self.upper.setWidgetResizable(True)
        self.upper.setFrameShape(QScrollArea.Shape.NoFrame)
        self.upper.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.upper.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside = area("panel")
        self._upper = QVBoxLayout(inside)
        self._upper.addWidget(checks)
        self._upper.addWidget(box.how_button, 0, Qt.AlignmentFlag.AlignLeft)
        self._upper.addWidget(box.how)
        self._upper.addStretch(1)
        self.upper.setWidget(inside)
        self._lower = QVBoxLayout()
        self._lower.addWidget(box)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.upper, 1)
        column.addWidget(hairline())
        column.addLayout(self._lower)
        look.changed.connect(self._restyle)
        self._restyle()

    def fit(self, page_width: int, *, beside: bool) -> None:
        """Beside the table, or below it over the whole width."""
        width = min(self._look.px(WIDTH), int(page_width * LARGEST_SHARE)) if beside else page_width
        self.setFixedWidth(width)
        self.upper.setMinimumHeight(0 if beside else self._look.px(LEAST_CHECKS))

    @Slot()
    def _restyle(self) -> None:
        px = self._look.px
        self._upper.setContentsMargins(px(16), px(12), px(16), px(8))
        self._upper.setSpacing(px(8))
        self._lower.setContentsMargins(px(16), px(14), px(16), px(16))
