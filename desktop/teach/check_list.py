"""What the checks found, a row a kind, with the way to the pairs it is about. Knows kinds of problem, no engine."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop.amounts import counted
from desktop.teach.checking import Checking
from desktop.teach.open_set import OpenSet
from desktop.theme import Look
from desktop.widgets.area import hairline
from desktop.widgets.button import Button
from desktop.widgets.label import Label
from engine.data.pairs.checks import Kind, Problem


@dataclass(frozen=True, slots=True)
class KindWords:
    """`title` takes the number of pairs; `verb` is on the link to them."""

    icon: str
    title: str
    verb: str = "Show"


KINDS: Mapping[Kind, KindWords] = {
    "contradiction": KindWords("git-compare", "{} contradict", "Review"),
    "empty": KindWords("circle-alert", "Something empty in {}"),
    "duplicate": KindWords("copy", "{} repeat another"),
    "too_long": KindWords("circle-alert", "{} too long"),
    "leak": KindWords("circle-alert", "{} asked in the measuring too"),
    "private": KindWords("shield-check", "Private data in {}"),
    "html": KindWords("circle-alert", "HTML left in {}"),
    "no_end": KindWords("circle-alert", "{} break off"),
}


class CheckRow(QWidget):
    """An icon, a title, a line of detail, and perhaps a link."""

    def __init__(self, look: Look, icon: str, color: str, title: str, detail: str, link: str = "") -> None:
        super().__init__()
        self._look, self._icon, self._color = look, icon, color
        self._mark = QLabel()
        self.title, self.detail = Label(look, title, "body_medium", wrap=True), Label(look, detail, "small", "ink2",
                                                                                      wrap=True)  # fmt: skip
        self.link = Button(look, link, kind="link", size="small") if link else None
        if self.link is not None:
            self.link.setAccessibleName(f"{link}: {title}")
        words, head = QVBoxLayout(), QHBoxLayout()
        words.setSpacing(0)
        head.addWidget(self.title, 1)
        if self.link is not None:
            head.addWidget(self.link)
        words.addLayout(head)
        words.addWidget(self.detail)
        marked = QVBoxLayout()
        marked.addWidget(self._mark)
        marked.addStretch(1)
        self._row = QHBoxLayout(self)
        self._row.addLayout(marked)
        self._row.addLayout(words, 1)
        self._restyle()
        look.changed.connect(self._restyle)

    @Slot()
    def _restyle(self) -> None:
        px = self._look.px
        self._mark.setPixmap(self._look.pixmap(self._icon, self._color, 16))
        self._mark.setContentsMargins(0, px(2), 0, 0)
        self._row.setContentsMargins(0, px(8), 0, px(8))
        self._row.setSpacing(px(10))


class CheckList(QWidget):
    """Problems first, then what is in order. `show_pairs` carries what to call them and their numbers."""

    show_pairs = Signal(str, list)  # what they are and what to do, their numbers

    def __init__(self, look: Look, pairs: OpenSet, checking: Checking, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look, self._pairs, self._checking = look, pairs, checking
        self.rows: list[CheckRow] = []
        self._before: QWidget | None = None
        self._lines: list[QWidget] = []
        self.chip = Label(look, "", "small", "warn")
        self.fix = Button(look, "Fix all that is safe", size="small")
        self.fix.clicked.connect(self._fix)
        head = QHBoxLayout()
        head.addWidget(Label(look, "Checks before teaching", "heading", wrap=True), 1)
        head.addWidget(self.chip)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(0)
        self._column.addLayout(head)
        self._list = QVBoxLayout()
        self._list.setSpacing(0)
        self._column.addLayout(self._list)
        self._column.addWidget(self.fix)
        self._column.addStretch(1)
        checking.changed.connect(self._show)
        look.changed.connect(self._restyle)
        self._restyle()
        self._show()

    @Slot()
    def _show(self) -> None:
        checking = self._checking
        for widget in (*self.rows, *self._lines):
            self._list.removeWidget(widget)
            widget.hide()
            widget.deleteLater()
        self.rows, self._lines = [], []
        kinds: list[Kind] = [kind for kind in KINDS if checking.of_kind(kind)]
        if checking.failed is not None:
            failed = checking.failed
            self._add(CheckRow(self._look, "circle-alert", "bad", failed.message, failed.hint or failed.report))
        elif not checking.known:
            self._add(CheckRow(self._look, "circle-dashed", "ink3", "Looking through the pairs", ""))
        else:
            for kind in kinds:
                self._add(self._problem(kind))
            for row in self._in_order():
                self._add(row)
        self._mark(len(kinds))
        self._order_keys()

    def come_after(self, widget: QWidget) -> None:
        """Tab goes from there to the links, which are made anew with every check."""
        self._before = widget
        self._order_keys()

    def _order_keys(self) -> None:
        before = self._before
        if before is None or before.window() is not self.window():
            return
        for widget in (*(row.link for row in self.rows if row.link is not None), self.fix):
            QWidget.setTabOrder(before, widget)
            before = widget

    def _mark(self, kinds: int) -> None:
        self.chip.setText(f"{kinds} to look at" if kinds else "")
        self.chip.setVisible(bool(kinds))
        mended, gone = self._checking.safe() if self._checking.problems else ([], [])
        self.fix.setVisible(bool(mended or gone))
        parts = [counted(len(mended), "pair") + " mended"] if mended else []
        parts += [counted(len(gone), "pair") + " removed"] if gone else []
        self.fix.setToolTip(f"{' and '.join(parts)}. Undo takes it back." if parts else "")

    def _add(self, row: CheckRow) -> None:
        if self.rows:
            line = hairline()
            self._lines.append(line)
            self._list.addWidget(line)
        self.rows.append(row)
        self._list.addWidget(row)

    def _problem(self, kind: Kind) -> CheckRow:
        words, found = KINDS[kind], self._checking.of_kind(kind)
        numbers = self._checking.pairs_of(kind)
        title = words.title.format(counted(len(numbers), "pair"))
        title = title.replace("1 pair contradict", "1 pair contradicts").replace("1 pair repeat", "1 pair repeats")
        title = title.replace("1 pair break", "1 pair breaks")
        row = CheckRow(self._look, words.icon, "warn", title, _detail(found), words.verb)
        if row.link is not None:
            row.link.setToolTip(found[0].remedy)
            row.link.clicked.connect(lambda: self.show_pairs.emit(f"{title}. {found[0].remedy}", numbers))
        return row

    def _in_order(self) -> list[CheckRow]:
        count = len(self._checking.checked)
        if not count:
            return []
        good: list[CheckRow] = []
        for kind, title, detail in (
            ("contradiction", "No contradictions", ""),
            ("duplicate", "No duplicates", counted(count, "different question")),
            ("too_long", "Nothing too long", "Every pair fits into what the model reads"),
        ):
            if not self._checking.of_kind(kind):  # pyright: ignore[reportArgumentType]  # three of the kinds
                good.append(CheckRow(self._look, "circle-check", "ok", title, detail))
        return good if self._checking.problems else good[1:]

    @Slot()
    def _fix(self) -> None:
        mended, gone = self._checking.safe()
        self._pairs.mend(mended, gone, "Fix all that is safe")

    @Slot()
    def _restyle(self) -> None:
        px = self._look.px
        ground, ink = self._look.color("warnsoft").name(), self._look.color("warn").name()
        self.chip.setFixedHeight(px(22))
        self.chip.setStyleSheet(
            f"background: {ground}; border-radius: {px(22) // 2}px; padding: 0 {px(8)}px; color: {ink};"
        )


def _detail(found: list[Problem]) -> str:
    """What the first one says, and how many more there are."""
    first = found[0]
    more = f" {len(found) - 1:,} more." if len(found) > 1 else ""
    said = re.sub(
        r"\b([Rr])ow(s?)\b", lambda match: ("P" if match[1] == "R" else "p") + "air" + match[2], first.message
    )
    return f"{said}{more}"
