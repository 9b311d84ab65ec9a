"""Part 2, the vocabulary: how large, and how it cuts the person's own text. Knows what was tried, no engine."""

from __future__ import annotations

import math

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.theme import Look
from desktop.train.chips import Chips
from desktop.train.pieces_dialog import PiecesDialog
from desktop.train.preparation import Preparation
from desktop.train.step_head import StepHead
from desktop.train.text_part import working
from desktop.train.trouble import Trouble
from desktop.widgets.button import Button
from desktop.widgets.label import Label
from desktop.widgets.number_box import NumberBox
from desktop.widgets.slider import Slider
from engine.messages import VocabularyReport

SMALLEST, LARGEST = 512, 16_384
SIZES = tuple(SMALLEST << power for power in range(6))
"""The slider goes in powers of two; the box takes what lies between."""
TIP = "How many different pieces of text it knows (vocabulary size, SentencePiece)"


class VocabularyPart(QWidget):
    def __init__(self, look: Look, preparation: Preparation, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look, self._preparation = look, preparation
        self._shown: VocabularyReport | None = None
        self.dialog: PiecesDialog | None = None
        self.head = StepHead(look, 2, "Vocabulary")
        self.slider = Slider(look, "Size of the vocabulary")
        self.slider.setRange(0, len(SIZES) - 1)
        self.slider.setPageStep(1)
        self.slider.setTracking(False)
        self.number = NumberBox(look, "Size of the vocabulary, number", minimum=SMALLEST, maximum=LARGEST, step=256)
        self.number.setGroupSeparatorShown(True)
        for control in (self.slider, self.number):
            control.setToolTip(TIP)
        self.chips = Chips(look)
        self.note = Label(look, "", "small", "ink3", wrap=True)
        self.trouble = Trouble(look)
        self.suggest_button = Button(look, "", kind="link", size="small")
        self.pieces_button = Button(look, "Look at the pieces", kind="link", size="small")
        self._lay_out()
        self.slider.sliderMoved.connect(self._drag)
        self.slider.valueChanged.connect(lambda place: preparation.set(vocabulary=SIZES[place]))
        self.number.valueChanged.connect(lambda _: preparation.set(vocabulary=int(self.number.number())))
        self.suggest_button.clicked.connect(lambda: preparation.set(vocabulary=0))
        self.pieces_button.clicked.connect(self._show_pieces)
        preparation.changed.connect(self._show)
        look.changed.connect(self._restyle)
        self._restyle()
        self._show()

    def _lay_out(self) -> None:
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._controls, self._links = QHBoxLayout(), QHBoxLayout()
        self._controls.addWidget(self.slider, 1)
        self._controls.addWidget(self.number)
        self._links.addWidget(self.pieces_button)
        self._links.addWidget(self.suggest_button)
        self._links.addStretch(1)
        self._column.addWidget(self.head)
        self._column.addLayout(self._controls)
        for widget in (self.chips, self.trouble, self.note):
            self._column.addWidget(widget)
        self._column.addLayout(self._links)

    @Slot(int)
    def _drag(self, place: int) -> None:
        self.number.blockSignals(True)
        self.number.setValue(SIZES[place])
        self.number.blockSignals(False)

    @Slot()
    def _show(self) -> None:
        preparation = self._preparation
        size, report = preparation.vocabulary_size or SIZES[3], preparation.vocabulary
        if not self.slider.isSliderDown():
            for control in (self.slider, self.number):
                control.blockSignals(True)
            self.slider.setValue(nearest(size))
            self.number.setValue(size)
            for control in (self.slider, self.number):
                control.blockSignals(False)
            self.slider.update()
        self.head.say(f"{size:,} tokens" if preparation.report is not None else "", TIP)
        self.trouble.show_failed(preparation.trying.failed)
        self.chips.setVisible(report is not None)
        if report is not None and report is not self._shown:
            self.chips.show_pieces(report.example)
        self._shown = report
        self.note.setText(self._note(report))
        self.note.setVisible(bool(self.note.text()))
        self.pieces_button.setVisible(report is not None)
        suggested = preparation.report.suggested_vocabulary if preparation.report else 0
        self.suggest_button.setText(f"Use {suggested:,}, which fits this text")
        self.suggest_button.setVisible(bool(suggested) and size != suggested)

    def _note(self, report: VocabularyReport | None) -> str:
        trying = self._preparation.trying
        if trying.failed is not None:
            return ""
        if trying.waiting:
            return working("Finding the pieces of your text", trying.progress)
        return in_words(report) if report is not None else "Is made from your text, once that is read."

    @Slot()
    def _show_pieces(self) -> None:
        report = self._preparation.vocabulary
        if report is not None:
            self.dialog = PiecesDialog(self._look, report, self)
            self.dialog.open()

    @Slot()
    def _restyle(self) -> None:
        px = self._look.px
        self._column.setSpacing(px(6))
        self._controls.setSpacing(px(12))
        self._links.setSpacing(px(12))
        width = self.number.fontMetrics().horizontalAdvance("16,384") + px(24)
        self.number.setFixedWidth(max(px(64), width))


def nearest(size: int) -> int:
    """The place of the slider that is closest, by the logarithm."""
    return min(range(len(SIZES)), key=lambda place: abs(math.log(SIZES[place] / size)))


def in_words(report: VocabularyReport) -> str:
    long = (
        "Each of your frequent words needs at most 3 tokens."
        if not report.many
        else f"{report.many:,} of your frequent words {'needs' if report.many == 1 else 'need'} more than 3 tokens."
    )
    return f"{report.characters_per_token:.1f} characters per token. {long}"
