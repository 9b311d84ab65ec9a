"""The pieces of a vocabulary, and how it cuts words of the person's own text. Knows the report."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QAbstractListModel, QModelIndex, QPersistentModelIndex, QRectF, QSize, Qt, QTimer, Slot
from PySide6.QtGui import QFontMetrics, QPainter
from PySide6.QtWidgets import (
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QListView,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QVBoxLayout,
    QWidget,
)

from desktop.amounts import counted, share
from desktop.theme import Look
from desktop.train.chips import GAP, HEIGHT, SIDES, chip, paint_chip
from desktop.widgets.button import Button
from desktop.widgets.cells import Cells
from desktop.widgets.label import Label
from desktop.widgets.scrim import Scrim
from engine.messages import VocabularyReport

SIZE = (760, 540)
TYPING_MS = 150
ROW, WORD = 30, 130
Index = QModelIndex | QPersistentModelIndex
Cut = tuple[str, tuple[str, ...]]


class CutWords(QAbstractListModel):
    def __init__(self, cuts: Sequence[Cut]) -> None:
        super().__init__()
        self.cuts = list(cuts)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.cuts)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        word, pieces = self.cuts[index.row()]
        if role == Qt.ItemDataRole.DisplayRole:
            return word
        if role in (Qt.ItemDataRole.AccessibleTextRole, Qt.ItemDataRole.ToolTipRole):
            return f"{word}: {counted(len(pieces), 'token')}, {' '.join(chip(piece) for piece in pieces)}"
        return None


class CutPainter(QStyledItemDelegate):
    """A word, and its pieces as chips."""

    def __init__(self, look: Look, parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(self._look.px(WORD), self._look.px(ROW))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        model, look = index.model(), self._look
        assert isinstance(model, CutWords)
        word, pieces = model.cuts[index.row()]
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.fillRect(option.rect, look.color("sel"))
        painter.setFont(look.font("body"))
        painter.setPen(look.color("ink"))
        place = option.rect.adjusted(look.px(8), 0, 0, 0)
        place.setWidth(look.px(WORD) - look.px(16))
        text = painter.fontMetrics().elidedText(word, Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, text)
        left = float(option.rect.left() + look.px(WORD))
        metrics = QFontMetrics(look.font("token"))
        top = option.rect.top() + (option.rect.height() - look.px(HEIGHT)) / 2
        for number, piece in enumerate(pieces):
            width = metrics.horizontalAdvance(chip(piece)) + 2 * look.px(SIDES)
            paint_chip(painter, look, chip(piece), QRectF(left, top, width, look.px(HEIGHT)), number)
            left += width + look.px(GAP)
        painter.restore()


class PiecesDialog(QDialog):
    """Search goes over the pieces and over the words."""

    def __init__(self, look: Look, report: VocabularyReport, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._look, self._report = look, report
        self.setWindowTitle("Pieces of the vocabulary")
        px = look.px
        self.resize(px(SIZE[0]), px(SIZE[1]))
        self.search = QLineEdit()
        self.search.setPlaceholderText("Find a piece or a word")
        self.search.setAccessibleName("Find a piece or a word")
        self.search.setClearButtonEnabled(True)
        self.pieces = Cells(look, "Pieces", (0, 1))
        self.words = QListView()
        self.words.setAccessibleName("Words of your text and how they are cut")
        self.words.setUniformItemSizes(True)
        self.words.setItemDelegate(CutPainter(look, self.words))
        self.found = Label(look, "", "small", "ink2")
        self._typing = QTimer(self, singleShot=True, interval=TYPING_MS)
        self._typing.timeout.connect(self._find)
        self.search.textChanged.connect(lambda _: self._typing.start())
        self._lay_out()
        self._find()
        scrim = Scrim(look, parent.window())
        self.finished.connect(lambda _: scrim.deleteLater())
        self.search.setFocus()

    def _lay_out(self) -> None:
        look, px = self._look, self._look.px
        body, foot = QHBoxLayout(), QHBoxLayout()
        body.setSpacing(px(20))
        for title, widget, stretch in (
            ("Words of your text", self.words, 5),
            ("All pieces, in the order of their numbers", self.pieces, 4),
        ):
            column = QVBoxLayout()
            column.addWidget(Label(look, title, "caption_strong", "ink3"))
            column.addWidget(widget, 1)
            body.addLayout(column, stretch)
        covered = f"{share(self._report.covered)} of the words of your text are one token."
        close = Button(look, "Close")
        close.clicked.connect(self.accept)
        foot.addWidget(Label(look, covered, "small", "ink2", wrap=True), 1)
        foot.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(20), px(24), px(20))
        column.setSpacing(px(12))
        head = QHBoxLayout()
        head.addWidget(Label(look, f"{self._report.size:,} pieces", "section"))
        head.addStretch(1)
        head.addWidget(self.found)
        head.addWidget(self.search)
        self.search.setFixedWidth(px(240))
        column.addLayout(head)
        column.addLayout(body, 1)
        column.addLayout(foot)

    @Slot()
    def _find(self) -> None:
        wanted = self.search.text().strip().casefold()
        pieces = [
            (f"{place:,}", chip(piece)) for place, piece in enumerate(self._report.pieces) if holds(piece, wanted)
        ]
        cuts = [(word, cut) for word, cut in self._report.cuts if wanted in word.casefold()]
        self.pieces.show_rows(("Number", "Piece"), pieces)
        old = self.words.model()
        self.words.setModel(CutWords(cuts))
        if old is not None:
            old.deleteLater()
        self.found.setText(f"{counted(len(pieces), 'piece')}, {counted(len(cuts), 'word')}" if wanted else "")


def holds(piece: str, wanted: str) -> bool:
    """Whether a piece has these letters in it; a space is one of them."""
    return wanted in piece.replace("▁", " ").casefold()
