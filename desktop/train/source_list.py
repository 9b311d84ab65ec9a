"""The list of texts to learn from: a check mark, what it is, how large. Knows the sources, no engine."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QMouseEvent, QShowEvent
from PySide6.QtWidgets import QCheckBox, QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop.amounts import amount, counted
from desktop.theme import Look
from desktop.train.sources import Entry, Sources
from desktop.widgets.area import hairline
from desktop.widgets.availability import disable, enable
from desktop.widgets.button import Button
from desktop.widgets.icon_button import IconButton
from desktop.widgets.label import ElidedLabel, Label

ROW = 36
NOTHING_WRITTEN = "You wrote no message in a chat yet."


class SourceRow(QFrame):
    """The whole row is the target of the check mark."""

    def __init__(self, look: Look) -> None:
        super().__init__()
        self._look = look
        self.check = QCheckBox()
        self.title = ElidedLabel(look, "", "body_medium")
        self.detail = ElidedLabel(look, "", "small", "ink3")
        self.size_label = Label(look, "", "small", "ink2")
        self.remove = IconButton(look, "x", "Remove")
        self.problem = Label(look, "", "small", "warn", wrap=True)
        self._row = QHBoxLayout()
        for widget, stretch in ((self.check, 0), (self.title, 0), (self.detail, 1), (self.size_label, 0)):
            self._row.addWidget(widget, stretch)
        self._row.addWidget(self.remove)
        self._column = QVBoxLayout(self)
        self._column.setSpacing(0)
        self._column.addLayout(self._row)
        self._mark = QLabel()
        self._below = QHBoxLayout()
        self._below.addWidget(self._mark, 0, Qt.AlignmentFlag.AlignTop)
        self._below.addWidget(self.problem, 1)
        self._column.addLayout(self._below)
        look.changed.connect(self.restyle)
        self.restyle()

    def show_entry(self, entry: Entry) -> None:
        title, detail = entry.source.title, detail_of(entry)
        self.check.blockSignals(True)
        self.check.setChecked(entry.chosen)
        self.check.blockSignals(False)
        self.check.setAccessibleName(f"{title}, {detail}")
        if entry.kind == "chats" and not entry.source.own:
            disable(self.check, NOTHING_WRITTEN)
        else:
            enable(self.check)
        self.title.setText(title)
        self.title.setToolTip(str(entry.source.path or ""))
        self.detail.setText(detail)
        size = entry.read.bytes if entry.read is not None else size_of(entry)
        self.size_label.setText(amount(size) if size else "")
        self.remove.setVisible(entry.kind in ("file", "folder"))
        self.remove.setAccessibleName(f"Remove {title} from the list")
        self.remove.setToolTip(f"Remove {title} from the list; the file itself stays")
        problem = entry.read.problem if entry.read is not None else ""
        self.problem.setText(problem)
        for part in (self._mark, self.problem):
            part.setVisible(bool(problem))
        self._space()
        self.fit()

    def _space(self) -> None:
        """Below a row there is room only for what is said there."""
        edges = (34, 0, 8, 8) if self.problem.text() else (0, 0, 0, 0)
        self._below.setContentsMargins(*(self._look.px(edge) for edge in edges))

    def fit(self) -> None:
        """As wide as it is, and less where there is no room for that."""
        wanted = self.title.fontMetrics().horizontalAdvance(self.title.text()) + self._look.px(2)
        self.title.setMaximumWidth(wanted)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.check.click()

    @Slot()
    def restyle(self) -> None:
        px = self._look.px
        self._column.setContentsMargins(px(12), 0, px(8), 0)
        self._row.setSpacing(px(10))
        self._row.setContentsMargins(0, 0, 0, 0)
        self._mark.setPixmap(self._look.pixmap("circle-alert", "warn", 14))
        self._below.setSpacing(px(6))
        self._space()
        self.setMinimumHeight(px(ROW))
        self.fit()


class SourceList(QFrame):
    """`add_files` and `add_folder` ask the page for a dialog."""

    add_files = Signal()
    add_folder = Signal()

    def __init__(self, look: Look, sources: Sources, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look, self._sources = look, sources
        self.rows: list[SourceRow] = []
        self.setProperty("area", "card")
        self.setAccessibleName("Text to learn from")
        self.files_button = Button(look, "Add files", "plus", kind="link")
        self.folder_button = Button(look, "Add a folder", "folder", kind="link")
        self.files_button.setToolTip("Text, Markdown, HTML, EPUB or JSONL. You can also drop them on this page.")
        self._foot = QHBoxLayout()
        self._foot.addWidget(self.files_button)
        self._foot.addWidget(self.folder_button)
        self._foot.addStretch(1)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(0)
        column = QVBoxLayout(self)
        column.setContentsMargins(1, 1, 1, 1)
        column.setSpacing(0)
        column.addLayout(self._rows)
        column.addLayout(self._foot)
        self.files_button.clicked.connect(self.add_files)
        self.folder_button.clicked.connect(self.add_folder)
        for signal in (sources.changed, sources.described):
            signal.connect(self._show)
        look.changed.connect(self._restyle)
        self._restyle()
        self._show()

    @Slot()
    def _show(self) -> None:
        """Rows stay where they are, so that the keyboard stays where it is."""
        entries = self._sources.entries
        while len(self.rows) < len(entries):
            self._add_row()
        while len(self.rows) > len(entries):
            row = self.rows.pop()
            self._rows.removeWidget(row.parentWidget() or row)
            (row.parentWidget() or row).deleteLater()
        for row, entry in zip(self.rows, entries, strict=True):
            row.show_entry(entry)

    def _add_row(self) -> None:
        row, place = SourceRow(self._look), len(self.rows)
        row.check.toggled.connect(lambda chosen: self._sources.choose(place, chosen))
        row.remove.clicked.connect(lambda: self._remove(place))
        holder = QWidget()
        column = QVBoxLayout(holder)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(row)
        column.addWidget(hairline())
        self._rows.addWidget(holder)
        self.rows.append(row)
        self._order()

    def showEvent(self, event: QShowEvent) -> None:
        """Being put into a page has undone the order of before."""
        super().showEvent(event)
        self._order()

    def _order(self) -> None:
        """Tab goes through the rows, then to what adds others."""
        stops = [stop for row in self.rows for stop in (row.check, row.remove)]
        for one, other in pairwise([*stops, self.files_button, self.folder_button]):
            self.setTabOrder(one, other)

    def _remove(self, place: int) -> None:
        self.rows[place - 1].check.setFocus()  # what had the keyboard goes away
        self._sources.remove(place)

    @Slot()
    def _restyle(self) -> None:
        px = self._look.px
        self._foot.setContentsMargins(px(8), px(2), px(8), px(2))
        self._foot.setSpacing(px(12))


def detail_of(entry: Entry) -> str:
    match entry.kind:
        case "world":
            return "built in, English"
        case "chats":
            return "only messages you wrote"
        case "file":
            return "your file"
        case "folder":
            read = entry.read
            return "your folder" if read is None or read.problem else f"your folder, {counted(read.files, 'file')}"


def size_of(entry: Entry) -> int:
    """Before it was read, where that is known without reading."""
    return entry.source.world or sum(len(text.encode("utf-8", "replace")) for text in entry.source.own)
