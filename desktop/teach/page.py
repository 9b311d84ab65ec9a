"""The page Teach: pairs, checks, the button, the run and its result put together. Says who hears whom."""

from __future__ import annotations

from PySide6.QtCore import Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication, QHideEvent, QKeySequence, QResizeEvent, QShortcut, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QScrollArea, QVBoxLayout, QWidget

from desktop.amounts import counted
from desktop.bridge import Bridge
from desktop.loader import ModelLoader
from desktop.notices import Notices
from desktop.teach.check_list import CheckList
from desktop.teach.checking import Checking
from desktop.teach.empty import EmptyTeach
from desktop.teach.filter_bar import FilterBar
from desktop.teach.gathering import Gathering
from desktop.teach.header import TeachHeader
from desktop.teach.interrupted import Interrupted
from desktop.teach.lessons import Lessons
from desktop.teach.lower import Lower
from desktop.teach.open_set import OpenSet
from desktop.teach.pair_table import PairTable
from desktop.teach.planning import Planning
from desktop.teach.result_view import ResultView
from desktop.teach.results import Results
from desktop.teach.run import TeachRun
from desktop.teach.side import Side
from desktop.teach.teach_box import TeachBox
from desktop.teach.transfer import Transfer
from desktop.teach.watching import Watching
from desktop.theme import Look
from desktop.widgets.area import area, hairline
from desktop.widgets.dropping import Dropping
from engine.data.pair_sets import PairSets
from engine.data.pairs.pair import Pair
from engine.data.taught_runs import TaughtRuns
from engine.messages import Failed

UPPER, BESIDE = 236, 720
"""The least height of the table; the least width at which the checks stand beside it and not below."""


class TeachPage(QWidget):
    """`chat_wanted` and `loading` name a model; `removing` comes before one is deleted, so that who has it lets go."""

    chat_wanted = Signal(str)
    loading = Signal(str)
    removing = Signal(str)

    def __init__(
        self, look: Look, bridge: Bridge, loader: ModelLoader, notices: Notices, sets: PairSets, runs: TaughtRuns
    ) -> None:
        super().__init__()
        self._look, self._loader, self._notices, self._bridge = look, loader, notices, bridge
        self._seen = False
        self.pairs = OpenSet(sets, self)
        self.run = TeachRun(bridge, runs, self)
        self.gathering = Gathering(self.pairs, self)
        self.planning = Planning(self.pairs, self.gathering, loader, self.run, bridge, self)
        self.checking = Checking(self.pairs, self.gathering, bridge, self)
        self.lessons = Lessons(self.pairs, self.gathering, self.run, runs, loader, bridge, self)
        self.header = TeachHeader(look, self.pairs)
        self.filter_bar = FilterBar(look)
        self.table = PairTable(look, self.pairs)
        self.empty = EmptyTeach(look)
        self.box = TeachBox(look, self.pairs, self.planning, self.run, loader)
        self.checks = CheckList(look, self.pairs, self.checking)
        self.side = Side(look, self.checks, self.box)
        self.result = ResultView(look)
        self.below = Lower(look, Interrupted(look), self.result)
        self.transfer = Transfer(look, self.pairs, bridge, notices, self)
        self.results = Results(look, self.result, self.lessons, self.pairs, runs, loader, bridge, notices, self)
        self._lay_out()
        parts = (self.below, self.pairs, self.run, self.lessons, self.results, self.planning, loader)
        self.watching = Watching(look, *parts, parent=self)
        self._wire()
        self.pairs.open(None)

    # ---- layout ----------------------------------------------------------------------
    def _lay_out(self) -> None:
        left = QVBoxLayout()
        left.setSpacing(0)
        left.addWidget(self.filter_bar)
        left.addWidget(self.table, 1)
        left.addWidget(self.empty, 1)
        self._upper = QWidget()
        upper = QBoxLayout(QBoxLayout.Direction.LeftToRight, self._upper)
        upper.setContentsMargins(0, 0, 0, 0)
        upper.setSpacing(0)
        upper.addLayout(left, 1)
        self._edge = hairline(vertical=True)
        upper.addWidget(self._edge)
        upper.addWidget(self.side)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.header)
        column.addWidget(hairline())
        column.addWidget(self._body(), 1)
        self.setProperty("area", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self._look.changed.connect(self._fit)
        self.checks.come_after(self.table)

    def _body(self) -> QScrollArea:
        """Scrolls only where the text is so large that table and run do not fit one above the other."""
        inside = area("surface")
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._upper, 1)
        column.addWidget(self.below.line)
        column.addWidget(self.below)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(inside)
        return scroll

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    @Slot()
    def _fit(self) -> None:
        layout, ways = self._upper.layout(), QBoxLayout.Direction
        beside = self.width() >= self._look.px(BESIDE)
        if isinstance(layout, QBoxLayout):
            layout.setDirection(ways.LeftToRight if beside else ways.TopToBottom)
        self._edge.setVisible(beside and not self.side.isHidden())
        self.table.setMinimumHeight(self._look.px(UPPER))
        self.side.fit(self.width(), beside=beside)
        self.below.keep_height(self.height())

    # ---- wiring ----------------------------------------------------------------------
    def _wire(self) -> None:
        pairs, header, table = self.pairs, self.header, self.table
        for signal in (pairs.opened, pairs.listed):
            signal.connect(self._show_table)
        header.searched.connect(self._search)
        header.found.connect(table.setFocus)
        pairs.opened.connect(self._forget_filter)
        header.adding.connect(self.add_empty)
        header.importing.connect(self.transfer.choose)
        header.exporting.connect(self.transfer.export)
        header.deleting.connect(self._delete_set)
        self.filter_bar.cleared.connect(self._show_all)
        self.checks.show_pairs.connect(self._show_only)
        table.pasted.connect(self.paste)
        table.removing.connect(self._delete)
        table.emptied.connect(lambda pair: pairs.remove([pair]))
        self.empty.write.connect(self.add_empty)
        self.empty.open_file.connect(self.transfer.choose)
        self.empty.paste.connect(lambda: self.paste(QGuiApplication.clipboard().text()))
        self.transfer.added.connect(self._show_added)
        Dropping(self._look, self).dropped.connect(self.transfer.read)
        self._wire_run()
        undo, redo = pairs.undo.undo, pairs.undo.redo
        for keys, act in (("Ctrl+Z", undo), ("Ctrl+Shift+Z", redo), ("Ctrl+Y", redo), ("Ins", self.add_empty)):
            QShortcut(QKeySequence(keys), self, act, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)

    def _wire_run(self) -> None:
        self.box.teach.connect(self.table.commit)
        self.box.teach.connect(self.lessons.teach)
        self.run.failed.connect(self._failed)
        self.lessons.loading.connect(self.loading)
        self.lessons.failed.connect(self._failed)
        self.results.chat_wanted.connect(self.chat_wanted)
        self.results.loading.connect(self.loading)
        self.results.removing.connect(self.removing)
        self.result.show_pair.connect(self.show_pair)

    # ---- what other pages may ask ----------------------------------------------------
    def add_pair(self, question: str, answer: str) -> int:
        """Into the set that is open, made if there is none; returns the number of the pair."""
        self.table.commit()
        return self.pairs.add([Pair(question, answer)], "Add pair")[0]

    def show_pair(self, pair: int) -> bool:
        """Open the set of a pair and select it; False where there is no such pair any more."""
        pair_set = self.pairs.sets.set_of(pair)
        if pair_set is None:
            self._notices.info("This pair was deleted.")
            return False
        if self.pairs.set is None or self.pairs.set.id != pair_set:
            self.table.commit()
            self.pairs.open(pair_set)
        if self.table.rows.row_of(pair) < 0:
            self._show_all()
        self.table.setFocus()
        return self.table.show_pair(pair)

    def focus(self) -> None:
        """Not a focus proxy: through one, Tab would come back to the table before the header."""
        (self.table if self.pairs.ids else self.empty.ways[0]).setFocus()

    def teaching(self) -> str:
        """What the status line says while a run goes on; empty otherwise."""
        step = self.run.step
        if not self.run.active:
            return ""
        return f"Teaching {self.run.title}" + (f", step {step.step:,} of {step.steps:,}" if step else "")

    # ---- showing ---------------------------------------------------------------------
    def showEvent(self, event: QShowEvent) -> None:
        """The engine is asked nothing before the page is seen."""
        super().showEvent(event)
        self.planning.wake(True)
        if not self._seen:
            self._seen = True
            self.checking.wake()
            self.lessons.look_for_interrupted()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.planning.wake(False)  # no probe takes time from a chat

    @Slot()
    def _show_table(self) -> None:
        some = bool(self.pairs.ids)
        for part in (self.table, self.side):
            part.setVisible(some)
        self.empty.setVisible(not some)
        self._fit()

    @Slot(str)
    def _search(self, words: str) -> None:
        if not words:
            return self._show_all()
        found = self.pairs.sets.matching(self.pairs.set.id, words) if self.pairs.set else []
        return self._show_only(f"{counted(len(found), 'pair')} with “{words}”", found, searched=True)

    @Slot(str, list)
    def _show_only(self, what: str, ids: list[int], *, searched: bool = False) -> None:
        self.table.commit()
        if not searched:
            self.header.clear_search()
        self.table.rows.show_only(ids)
        self.filter_bar.say(what)
        if ids and not searched:
            self.table.show_pair(ids[0])
            self.table.setFocus()

    @Slot()
    def _forget_filter(self) -> None:
        self.header.clear_search()
        self.filter_bar.hide()

    @Slot()
    def _show_all(self) -> None:
        chosen = self.table.chosen()
        self._forget_filter()
        self.table.rows.show_only(None)
        if chosen:
            self.table.show_pair(chosen[0])

    # ---- doing -----------------------------------------------------------------------
    @Slot()
    def add_empty(self) -> None:
        """A new pair at the end, ready to be written."""
        self.table.commit()
        (pair,) = self.pairs.add([Pair("", "")], "Add pair")
        self._show_table()
        QTimer.singleShot(0, self.table, lambda: self.table.begin_edit(pair))  # once the row has its place

    @Slot(str)
    def paste(self, text: str) -> None:
        """Rows of a spreadsheet become pairs; a single word goes into the cell."""
        if not self.table.paste_into_cell(text):
            self.transfer.paste(text)

    @Slot(list)
    def _show_added(self, ids: list[int]) -> None:
        self._show_table()
        if ids:
            self.table.show_pair(ids[0])
            self.table.setFocus()

    @Slot(list)
    def _delete(self, ids: list[int]) -> None:
        self.table.commit()
        self.pairs.remove(ids)
        self._notices.info(f"{counted(len(ids), 'pair')} deleted.", ("Undo", self.pairs.way_back(ids, added=False)))

    @Slot()
    def _delete_set(self) -> None:
        self.table.commit()
        gone = self.pairs.delete()
        if gone is not None:
            said = f"Deleted “{gone.title}” with {counted(gone.pairs, 'pair')}. It is kept for 30 days."
            self._notices.info(said, ("Undo", lambda: self.pairs.restore(gone.id)))

    @Slot(object)
    def _failed(self, failed: Failed) -> None:
        self._notices.error(failed.message, failed.hint, failed.report)
