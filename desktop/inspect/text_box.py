"""The text that is looked into: written here, coloured by how likely it is. Knows numbers of tokens, no engine."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QMimeData, QPoint, QSize, Qt, Signal, Slot
from PySide6.QtGui import (
    QHelpEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QTextBlockFormat,
    QTextCursor,
    QTextOption,
)
from PySide6.QtWidgets import QTextEdit, QToolTip, QWidget

from desktop.inspect.heat import Measure, spoken
from desktop.inspect.heat_painting import Places, paint_tints
from desktop.theme import Look
from desktop.widgets.dropping import local_paths
from engine.messages import TextToken

MOST_LINES = 5
PLACEHOLDER = "Write or paste a text, or drop a file. Its words are coloured by how likely they are"


class TextBox(QTextEdit):
    """As high as its text, up to five lines. `edited` comes at every change, whoever made it."""

    edited = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._tokens: list[tuple[TextToken, int, int]] = []
        self._measure: Measure | None = None
        self._seen = ""
        self.setAcceptRichText(False)
        self.setTabChangesFocus(True)
        self.setAccessibleName("Text to look into")
        self.setPlaceholderText(PLACEHOLDER)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.document().setDocumentMargin(0)
        option = QTextOption()
        option.setWrapMode(QTextOption.WrapMode.WrapAtWordBoundaryOrAnywhere)
        option.setTextDirection(Qt.LayoutDirection.LayoutDirectionAuto)
        self.document().setDefaultTextOption(option)
        self.textChanged.connect(self._changed)
        look.changed.connect(self._restyle)
        self._restyle()

    # ---- the text ----------------------------------------------------------------------
    def text(self) -> str:
        """As it was written: a space that does not break stays one."""
        return self.document().toRawText().replace("\u2029", "\n").replace("\u2028", "\n")

    def show_text(self, text: str) -> None:
        """Replace it, so that Ctrl+Z brings the old one back, and put the caret at the end."""
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.insertText(text)
        self.moveCursor(QTextCursor.MoveOperation.End)
        self.ensureCursorVisible()

    @Slot()
    def _changed(self) -> None:
        text = self.text()
        if text == self._seen:  # its format changed, not its letters
            return
        same = _same_beginning(self._seen, text)
        self._seen = text
        self._tokens = [one for one in self._tokens if one[0].end < same]
        self._fit()
        self.edited.emit()

    # ---- the colours -------------------------------------------------------------------
    def show_tokens(self, tokens: Sequence[TextToken]) -> None:
        """Of the text as it stands."""
        places = Places(self._seen)
        self._tokens = [(token, places.position(token.start), places.position(token.end)) for token in tokens]
        self.viewport().update()

    def show_measure(self, measure: Measure | None) -> None:
        """None takes the colours away."""
        self._measure = measure
        self.viewport().update()

    @property
    def tokens(self) -> list[TextToken]:
        """Those whose numbers still hold: what was written since takes all behind it away."""
        return [token for token, _, _ in self._tokens]

    def paintEvent(self, event: QPaintEvent) -> None:
        if self._measure is not None and self._tokens:
            painter = QPainter(self.viewport())
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.translate(0, -self.verticalScrollBar().value())
            size = self.viewport()
            top = self.cursorForPosition(QPoint(0, 0)).position()
            bottom = self.cursorForPosition(QPoint(size.width(), size.height())).position()
            paint_tints(painter, self.document(), self._look, self._tokens, self._measure, (top, bottom))
            painter.end()
        super().paintEvent(event)

    def viewportEvent(self, event: QEvent) -> bool:
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            QToolTip.showText(event.globalPos(), self.said_at(self.cursorForPosition(event.pos()).position()), self)
            return True
        return super().viewportEvent(event)

    def said_at(self, position: int) -> str:
        """What is known of the token at this position of the document; empty where nothing is."""
        found = next((token for token, start, end in self._tokens if start <= position < end), None)
        return spoken(found, self._seen[found.start : found.end]) if found else ""

    # ---- its size ----------------------------------------------------------------------
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def sizeHint(self) -> QSize:
        return QSize(self._look.px(400), self.height())

    @Slot()
    def _restyle(self) -> None:
        self.setFont(self._look.font("text"))
        self.document().setDefaultFont(self._look.font("text"))
        cursor = QTextCursor(self.document())
        cursor.select(QTextCursor.SelectionType.Document)
        self.document().setUndoRedoEnabled(False)  # nobody wants to undo a line height
        form = QTextBlockFormat()
        form.setLineHeight(self._look.line("text"), QTextBlockFormat.LineHeightTypes.FixedHeight.value)
        cursor.mergeBlockFormat(form)
        self.document().setUndoRedoEnabled(True)
        self._fit()

    def _fit(self) -> None:
        line = self._look.line("text")
        wanted = max(round(self.document().size().height()), line)
        self.setFixedHeight(min(wanted, MOST_LINES * line) + self._look.px(4))
        much = wanted > MOST_LINES * line
        policy = Qt.ScrollBarPolicy
        self.setVerticalScrollBarPolicy(policy.ScrollBarAsNeeded if much else policy.ScrollBarAlwaysOff)

    # ---- files are the page's business ---------------------------------------------------
    def canInsertFromMimeData(self, source: QMimeData) -> bool:
        return not local_paths(source) and super().canInsertFromMimeData(source)


def _same_beginning(one: str, other: str) -> int:
    """How many characters two texts share at their start."""
    shorter = min(len(one), len(other))
    if one[:shorter] == other[:shorter]:
        return shorter
    low, high = 0, shorter
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if one[:middle] == other[:middle] else (low, middle)
    return low
