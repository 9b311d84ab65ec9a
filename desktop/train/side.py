"""The left edge of Train: three parts that scroll, and the button that stays. Knows its parts, no engine."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Slot
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from desktop.theme import Look
from desktop.widgets.area import area, hairline

WIDTH, LARGEST_SHARE = 468, 0.46
UNBOUND = 16_777_215
"""Qt's own largest width of a widget."""


class Side(QFrame):
    """468 wide, and never half of the page."""

    def __init__(self, look: Look, parts: list[QWidget], box: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look, self._beside = look, True
        self.setProperty("area", "panel")
        self.upper = QScrollArea()
        self.upper.setWidgetResizable(True)
        self.upper.setFrameShape(QScrollArea.Shape.NoFrame)
        self.upper.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.upper.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        inside = area("panel")
        self._upper = QVBoxLayout(inside)
        for part in parts:
            self._upper.addWidget(part)
        self._upper.addStretch(1)
        self.upper.setWidget(inside)
        inside.installEventFilter(self)
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
        """Beside the run, or above it over the whole width and as high as it is."""
        own = min(self._look.px(WIDTH), int(page_width * LARGEST_SHARE))
        self.setMinimumWidth(own if beside else 0)
        self.setMaximumWidth(own if beside else UNBOUND)
        self._beside = beside
        bars = Qt.ScrollBarPolicy
        self.upper.setVerticalScrollBarPolicy(bars.ScrollBarAsNeeded if beside else bars.ScrollBarAlwaysOff)
        self._keep_height()

    def _keep_height(self) -> None:
        inside = self.upper.widget()
        if inside is not None:
            self.upper.setMinimumHeight(0 if self._beside else inside.sizeHint().height())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """What the parts need is known only when their own layout was done."""
        if event.type() == QEvent.Type.LayoutRequest:
            self._keep_height()
        return super().eventFilter(watched, event)

    @Slot()
    def _restyle(self) -> None:
        px = self._look.px
        self._upper.setContentsMargins(px(16), px(14), px(16), px(12))
        self._upper.setSpacing(px(18))
        self._lower.setContentsMargins(px(16), px(12), px(16), px(14))
