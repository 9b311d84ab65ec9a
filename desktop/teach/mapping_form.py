"""Which column of a file is the question, which the answer: as it was found, and as a person corrects it. No engine."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QGridLayout, QWidget

from desktop.teach.labelled import labelled
from desktop.theme import Look
from desktop.widgets.segmented import Segmented
from engine.data.pairs.pair_file import Mapping, PairFile

NONE = "None"
PARTS = (("question", "Question"), ("answer", "Answer"), ("system", "Instructions"))


class MappingForm(QWidget):
    """Hidden for a format that has no columns. `corrected` carries the Mapping."""

    corrected = Signal(object)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._mapping = Mapping()
        self.boxes = {key: QComboBox() for key, _ in PARTS}
        self.sheet = QComboBox()
        self.header = Segmented(look, ((True, "Names"), (False, "A pair")), "The first row holds")
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        for column, (key, title) in enumerate(PARTS):
            self.boxes[key].setAccessibleName(f"Column of the {title.lower()}")
            self._grid.addLayout(labelled(look, title, self.boxes[key]), 0, column)
            self.boxes[key].activated.connect(lambda _=0: self._correct())
        self._grid.addLayout(labelled(look, "First row", self.header), 0, len(PARTS))
        self.sheet.setAccessibleName("Sheet")
        self._sheet_box = QWidget()
        self._sheet_box.setLayout(labelled(look, "Sheet", self.sheet))
        self._grid.addWidget(self._sheet_box, 1, 0)
        self.header.chosen.connect(lambda _: self._correct())
        self.sheet.activated.connect(lambda _=0: self._correct())
        look.changed.connect(self._restyle)
        self._restyle()
        self.hide()

    def show_file(self, file: PairFile) -> None:
        self._mapping = file.mapping
        self.setVisible(bool(file.columns))
        for key, box in self.boxes.items():
            box.clear()
            if key == "system":
                box.addItem(NONE)
            box.addItems(list(file.columns))
            chosen = getattr(file.mapping, key)
            box.setCurrentText(chosen or NONE)
        self.header.set_value(file.mapping.header is not False)
        self._sheet_box.setVisible(len(file.sheets) > 1)
        self.sheet.clear()
        self.sheet.addItems(list(file.sheets))
        self.sheet.setCurrentText(file.mapping.sheet)

    def _correct(self) -> None:
        chosen = {key: "" if box.currentText() == NONE else box.currentText() for key, box in self.boxes.items()}
        header = bool(self.header.value())
        sheet = self.sheet.currentText() if self.sheet.count() > 1 else self._mapping.sheet
        if sheet != self._mapping.sheet or header != (self._mapping.header is not False):
            self.corrected.emit(Mapping(header=header, sheet=sheet))  # the columns have other names there
        else:
            self.corrected.emit(replace(self._mapping, header=header, **chosen))

    @Slot()
    def _restyle(self) -> None:
        self._grid.setHorizontalSpacing(self._look.px(12))
        self._grid.setVerticalSpacing(self._look.px(8))
