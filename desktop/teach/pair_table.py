"""The table of pairs under the hands: keys, editing in place, copying. Knows the rows, not where pairs come from."""

from __future__ import annotations

from PySide6.QtCore import (
    QAbstractItemModel,
    QEvent,
    QItemSelectionModel,
    QModelIndex,
    QObject,
    QSize,
    Qt,
    Signal,
    Slot,
)
from PySide6.QtGui import (
    QContextMenuEvent,
    QFocusEvent,
    QGuiApplication,
    QKeyEvent,
    QKeySequence,
    QPainter,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QMenu,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from desktop.metrics import TYPE
from desktop.teach.open_set import OpenSet
from desktop.teach.pair_editor import PairEditor
from desktop.teach.pair_painting import Index, PairPainter, option_of
from desktop.teach.pair_rows import ANSWER, FIELDS, NUMBER, PAIR_ROLE, QUESTION, RECALL, STATUS, PairRows
from desktop.theme import Look

ROW, HEAD = 36, 30
WIDTHS = {NUMBER: 44, RECALL: 110, STATUS: 104}
QUESTION_SHARE = 0.38
View = QAbstractItemView


class PairDelegate(QStyledItemDelegate):
    """Paints the cells and opens their editor."""

    left = Signal(QModelIndex, str)

    def __init__(self, look: Look, pairs: OpenSet, rows: PairRows, view: QTableView) -> None:
        super().__init__(view)
        self._look, self._pairs, self._rows, self._view = look, pairs, rows, view
        self.painter = PairPainter(look)
        self.editor: PairEditor | None = None

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:
        return QSize(0, self._look.px(ROW))

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        self.painter.paint(painter, option, index)

    def createEditor(self, parent: QWidget, option: QStyleOptionViewItem, index: Index) -> QWidget:
        pair, field = index.data(PAIR_ROLE), FIELDS[index.column()]
        number = self._pairs.place(pair.id) + 1
        self.editor = editor = PairEditor(self._look, pair.id, f"{field.capitalize()} of pair {number}", parent)
        place = QModelIndex(index)  # pyright: ignore[reportArgumentType, reportCallIssue]
        editor.left.connect(lambda way: self.left.emit(place, way))
        editor.grew.connect(lambda: editor.fit(self._view.visualRect(place), self._view.viewport().rect()))
        editor.drafted.connect(lambda text: self._pairs.keep_draft(pair.id, field, text))
        self._rows.set_editing(pair.id)
        return editor

    def setEditorData(self, editor: QWidget, index: Index) -> None:
        if isinstance(editor, PairEditor) and not editor.begun:  # whatever changes in the table asks for this again
            editor.begin(str(index.data(Qt.ItemDataRole.EditRole)))

    def setModelData(self, editor: QWidget, model: QAbstractItemModel, index: Index) -> None:
        if isinstance(editor, PairEditor):
            model.setData(index, editor.toPlainText())

    def updateEditorGeometry(self, editor: QWidget, option: QStyleOptionViewItem, index: Index) -> None:
        if isinstance(editor, PairEditor):
            editor.fit(option_of(option)[1], self._view.viewport().rect())

    def destroyEditor(self, editor: QWidget, index: Index) -> None:
        if isinstance(editor, PairEditor):
            self._pairs.drop_draft(editor.pair)
        if editor is self.editor:  # Qt may destroy it when the next one is open already
            self.editor = None
            self._rows.set_editing(None)
        super().destroyEditor(editor, index)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() in (QEvent.Type.KeyPress, QEvent.Type.ShortcutOverride):
            return False  # the editor knows its keys
        return super().eventFilter(watched, event)


class PairTable(QTableView):
    """`pasted` carries the text of the clipboard; `emptied` a pair that was left without a word in it."""

    pasted = Signal(str)
    removing = Signal(list)
    emptied = Signal(int)

    def __init__(self, look: Look, pairs: OpenSet, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.rows = PairRows(pairs, self)
        self.cells = PairDelegate(look, pairs, self.rows, self)
        self.setModel(self.rows)
        self.setItemDelegate(self.cells)
        self.setAccessibleName("Pairs")
        self.setFrameShape(QTableView.Shape.NoFrame)
        self.setSelectionBehavior(View.SelectionBehavior.SelectRows)
        self.setSelectionMode(View.SelectionMode.ExtendedSelection)
        triggers = View.EditTrigger
        self.setEditTriggers(triggers.DoubleClicked | triggers.EditKeyPressed | triggers.AnyKeyPressed)
        self.setShowGrid(False)
        self.setWordWrap(False)
        self.setTabKeyNavigation(False)  # Tab always leaves the table
        self.setVerticalScrollMode(View.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollMode(View.ScrollMode.ScrollPerPixel)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        head = self.horizontalHeader()
        head.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        head.setHighlightSections(False)
        head.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.cells.left.connect(self._on_left)
        look.changed.connect(self._restyle)
        self._restyle()

    # ---- what is selected ------------------------------------------------------------
    def chosen(self) -> list[int]:
        """The numbers of the selected pairs, in order."""
        return [self.rows.shown[row] for row in sorted({index.row() for index in self.selectedIndexes()})]

    def show_pair(self, pair: int, column: int = QUESTION) -> bool:
        """Scroll to a pair and select it; False where it is not in the table."""
        row = self.rows.row_of(pair)
        if row < 0:
            return False
        index = self.rows.index(row, column)
        flags = QItemSelectionModel.SelectionFlag
        self.selectionModel().setCurrentIndex(index, flags.ClearAndSelect | flags.Rows)
        self.scrollTo(index)
        return True

    def begin_edit(self, pair: int, column: int = QUESTION) -> None:
        if self.show_pair(pair, column):
            self.setFocus()
            self.edit_index(self.rows.index(self.rows.row_of(pair), column))

    def edit_index(self, index: QModelIndex) -> None:
        """Open the editor with the caret at the end; where one types over a cell, all of it is replaced."""
        self.edit(index)
        if self.cells.editor is not None:
            self.cells.editor.to_end()

    def commit(self) -> None:
        """Take over what is being typed."""
        if self.cells.editor is not None:
            editor = self.cells.editor
            self.commitData(editor)
            self.closeEditor(editor, QStyledItemDelegate.EndEditHint.NoHint)

    # ---- leaving the editor ----------------------------------------------------------
    @Slot(QModelIndex, str)
    def _on_left(self, index: QModelIndex, way: str) -> None:
        editor = self.cells.editor
        if editor is None:
            return None
        if way != "leave":
            self.commitData(editor)
        self.closeEditor(editor, QStyledItemDelegate.EndEditHint.NoHint)
        pair = index.data(PAIR_ROLE)
        if pair is not None and way == "leave" and not (pair.question or pair.answer):
            return self.emptied.emit(pair.id)
        following = self._following(index, way)
        if following.isValid() and following != index:
            self.setCurrentIndex(following)
            return self.edit_index(following)
        return self.setFocus()

    def _following(self, index: QModelIndex, way: str) -> QModelIndex:
        """From the question to its answer, from the answer to the next question, and back."""
        row, column = index.row(), index.column()
        if way in ("enter", "next"):
            return self.rows.index(row, ANSWER) if column == QUESTION else self.rows.index(row + 1, QUESTION)
        if way == "before":
            return self.rows.index(row, QUESTION) if column == ANSWER else self.rows.index(row - 1, ANSWER)
        return QModelIndex()

    def focusInEvent(self, event: QFocusEvent) -> None:
        super().focusInEvent(event)
        if not self.currentIndex().isValid() or not self.selectedIndexes():
            row = max(self.currentIndex().row(), 0)
            if self.rows.shown:
                self.setCurrentIndex(self.rows.index(row, QUESTION))

    # ---- keys ------------------------------------------------------------------------
    def keyPressEvent(self, event: QKeyEvent) -> None:
        index = self.currentIndex()
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        elif event.matches(QKeySequence.StandardKey.Paste):
            self.pasted.emit(QGuiApplication.clipboard().text())
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace) and self.chosen():
            self.removing.emit(self.chosen())
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_F2) and index.isValid():
            self.edit_index(index if index.column() in FIELDS else self.rows.index(index.row(), QUESTION))
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        self.menu().popup(event.globalPos())

    def menu(self) -> QMenu:
        """What the keys do, for those who look for it with the mouse."""
        menu = QMenu(self)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        icon, chosen, index = self._look.icon, self.chosen(), self.currentIndex()
        pasted = QGuiApplication.clipboard().text()
        edit = menu.addAction(icon("pencil"), "Edit\tF2", lambda: self.edit_index(index))
        edit.setEnabled(bool(chosen) and index.column() in FIELDS)
        menu.addAction(icon("copy"), "Copy\tCtrl+C", self.copy).setEnabled(bool(chosen))
        menu.addAction("Paste\tCtrl+V", lambda: self.pasted.emit(pasted)).setEnabled(bool(pasted))
        menu.addSeparator()
        delete = menu.addAction(icon("trash-2", "bad"), "Delete\tDel", lambda: self.removing.emit(chosen))
        delete.setEnabled(bool(chosen))
        return menu

    def copy(self) -> None:
        """The selected pairs as cells that a spreadsheet takes."""
        lines = []
        for row in sorted({index.row() for index in self.selectedIndexes()}):
            pair = self.rows.index(row, QUESTION).data(PAIR_ROLE)
            lines.append(f"{_cell(pair.question)}\t{_cell(pair.answer)}")
        if lines:
            QGuiApplication.clipboard().setText("\n".join(lines))

    def paste_into_cell(self, text: str) -> bool:
        """Text without a tab or a line break replaces the text of the current cell; False where it is more."""
        index, text = self.currentIndex(), text.strip("\r\n")
        if not text or "\t" in text or "\n" in text or not index.isValid() or index.column() not in FIELDS:
            return False
        return self.rows.setData(index, text)

    # ---- look ------------------------------------------------------------------------
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_columns()

    def _fit_columns(self) -> None:
        for column, width in WIDTHS.items():
            self.setColumnWidth(column, self._look.px(width))
        rest = self.viewport().width() - sum(self._look.px(width) for width in WIDTHS.values())
        question = max(round(rest * QUESTION_SHARE), self._look.px(80))
        self.setColumnWidth(QUESTION, question)
        self.setColumnWidth(ANSWER, max(rest - question, self._look.px(80)))

    @Slot()
    def _restyle(self) -> None:
        self.commit()
        self.cells.painter.forget()
        self.verticalHeader().setDefaultSectionSize(self._look.px(ROW))
        size = TYPE["caption_strong"].size
        self.horizontalHeader().setStyleSheet(f"QHeaderView::section {{ font: 600 {self._look.px(size)}px; }}")
        self.horizontalHeader().setFixedHeight(self._look.px(HEAD))
        self._fit_columns()
        self.viewport().update()


def _cell(text: str) -> str:
    """Quoted where a tab, a line break or a quote would end the cell."""
    return '"' + text.replace('"', '""') + '"' if any(c in text for c in '\t\n\r"') else text
