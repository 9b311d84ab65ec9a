"""One text under two models: what it is, how likely the whole became, and every changed piece in it. Knows no job."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QFrame, QVBoxLayout

from desktop.inspect.compare_rows import YOURS, pieces_of, whole
from desktop.inspect.marked_text import MarkedText
from desktop.theme import Look
from desktop.widgets.folding_row import FoldingRow
from desktop.widgets.label import ElidedLabel, Label
from engine.messages import ComparedText


class ComparedCard(QFrame):
    def __init__(self, look: Look, text: ComparedText) -> None:
        super().__init__()
        self._look = look
        self.setProperty("area", "card")
        self.group = Label(look, "", "small_medium", "accent")
        self.title = ElidedLabel(look, "", "small", "ink2")
        self.whole = Label(look, "", "small")
        self.whole.setToolTip("The chance that the model would write exactly this, all of it")
        self.text = MarkedText(look, "")
        head = FoldingRow(look, (4, 0, 4, 0), 10)
        head.first.addWidget(self.group)
        head.first.addWidget(self.title, 1)
        head.second.addWidget(self.whole, 0, Qt.AlignmentFlag.AlignRight)
        self._column = QVBoxLayout(self)
        self._column.addWidget(head)
        self._column.addWidget(self.text)
        self.show_text(text)
        look.changed.connect(self._restyle)
        self._restyle()

    def show_text(self, text: ComparedText) -> None:
        shown, pieces = pieces_of(text)
        self.group.setText(text.group or YOURS)
        self.title.setText(text.title)
        self.whole.setText(whole(text))
        self.text.show_pieces(shown, pieces)
        self.text.setAccessibleName(f"{text.group or YOURS}, {whole(text)}. Left and Right go from piece to piece")

    @Slot()
    def _restyle(self) -> None:
        px = self._look.px
        self._column.setContentsMargins(px(12), px(10), px(12), px(8))
        self._column.setSpacing(px(2))
