"""Two models chosen from the library, the one before and the one now. Knows the library's list, no text."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QSignalBlocker, QSize, Signal, Slot
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QWidget

from desktop.inspect.compare_rows import lineage, usual_pair
from desktop.theme import Look
from engine.messages import ModelInfo

ROOM = 18
"""Letters of a title that always have room."""


class ModelPair(QWidget):
    changed = Signal()

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.models: Sequence[ModelInfo] = ()
        self._chosen_by_person = False
        self.boxes = (QComboBox(), QComboBox())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(look.px(12))
        self._arrow = QLabel()
        for box, name in zip(self.boxes, ("First model", "Second model"), strict=True):
            box.setAccessibleName(name)
            box.view().setAccessibleName("Models")
            box.setMinimumContentsLength(ROOM)
            box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            box.activated.connect(self._chosen)
            row.addWidget(box)
        row.insertWidget(1, self._arrow)
        look.changed.connect(self._restyle)
        self._restyle()

    def sizeHint(self) -> QSize:
        return self.minimumSizeHint()

    @property
    def first(self) -> str:
        return self.boxes[0].currentData() or ""

    @property
    def second(self) -> str:
        return self.boxes[1].currentData() or ""

    def stages(self) -> list[ModelInfo]:
        """Those to ask one question: all from the base to the second where it comes from the first, else both."""
        line = lineage(self.models, self.second)
        if self.first in [one.name for one in line[:-1]]:
            return line[-3:]
        return [one for name in (self.first, self.second) for one in self.models if one.name == name]

    def show_models(self, models: Sequence[ModelInfo], loaded: str) -> None:
        """What a person chose stays; otherwise the loaded taught model and its base."""
        usable = [one for one in models if not one.problem]
        names = [one.name for one in usable]
        before = (self.first, self.second)
        kept = self._chosen_by_person and all(name in names for name in before)
        pair = before if kept else usual_pair(usable, loaded)
        self.models = usable
        for number, box in enumerate(self.boxes):
            with QSignalBlocker(box):
                box.clear()
                for one in usable:
                    box.addItem(one.title, one.name)
                if pair is not None:
                    box.setCurrentIndex(names.index(pair[number]))
        if (self.first, self.second) != before:
            self.changed.emit()

    @Slot()
    def _chosen(self) -> None:
        self._chosen_by_person = True
        self.changed.emit()

    @Slot()
    def _restyle(self) -> None:
        self._arrow.setPixmap(self._look.pixmap("arrow-right", "ink2", 16))
        for box in self.boxes:
            box.setFont(self._look.font("body_medium"))
