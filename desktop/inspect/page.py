"""The page Look inside: one text, one model, and tabs that each show something else of them. Says who hears whom."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QHideEvent, QKeySequence, QShortcut, QShowEvent
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QScrollArea, QStackedWidget, QTabBar, QVBoxLayout, QWidget

from desktop.bridge import Bridge
from desktop.export import BEFORE_SAMPLER
from desktop.inspect.model_choice import ModelChoice
from desktop.inspect.page_header import PageHeader
from desktop.inspect.scoring import Scoring
from desktop.inspect.tab import Tab
from desktop.inspect.table_dialog import TableDialog
from desktop.inspect.tabs import TABS
from desktop.inspect.text_card import TextCard
from desktop.inspect.text_file import read_text
from desktop.loader import ModelLoader
from desktop.metrics import GUTTER
from desktop.notices import Notices
from desktop.saving import Saving
from desktop.saving import Seen as Shown
from desktop.task import Task
from desktop.theme import Look
from desktop.widgets.area import area, hairline
from desktop.widgets.button import Button
from desktop.widgets.dropping import Dropping
from engine.errors import UserError
from engine.messages import Failed, LoadedModel

Seen = tuple[str, LoadedModel | None]
"""What a tab was last asked to read."""


class InspectPage(QWidget):
    """`loading` names a model that the person chose here."""

    loading = Signal(str)

    def __init__(self, look: Look, bridge: Bridge, loader: ModelLoader, notices: Notices) -> None:
        super().__init__()
        self._look, self._bridge, self._loader, self._notices = look, bridge, loader, notices
        self._model: LoadedModel | None = loader.loaded
        self._made: dict[int, Tab] = {}
        self._seen: dict[Tab, Seen] = {}
        self._said: dict[Tab, str] = {}
        self._scrolls: dict[Tab, QScrollArea] = {}
        self.scoring = Scoring(bridge, loader, self)
        self.saving = Saving(look, loader, notices, self._shown, self)
        self.header = PageHeader(look, ModelChoice(look, bridge, loader), self.saving.button)
        self.card = TextCard(look)
        self.bar = QTabBar()
        self.table_button = Button(look, "Show as table", kind="ghost", size="small")
        self.stack = QStackedWidget()
        self._lay_out()
        self._wire()
        self._restyle()

    @property
    def tab(self) -> Tab:
        """The one that is seen."""
        return self._tab_at(max(self.bar.currentIndex(), 0))

    @property
    def tabs(self) -> tuple[Tab, ...]:
        """All of them."""
        return tuple(map(self._tab_at, range(len(TABS))))

    def _tab_at(self, place: int) -> Tab:
        """Made when it is first turned to, since all at once took a quarter of a second."""
        if place in self._made:
            return self._made[place]
        tab = self._made[place] = TABS[place](self._look, self._bridge, self._loader)
        tab.asked.connect(self.show_text)
        tab.said.connect(lambda sentence: self._say(tab, sentence))
        self._scrolls[tab] = _scrolling(tab)
        self.stack.addWidget(self._scrolls[tab])
        return tab

    # ---- layout ----------------------------------------------------------------------
    def _lay_out(self) -> None:
        self.setProperty("area", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.bar.setDrawBase(False)
        self.bar.setExpanding(False)
        self.bar.setElideMode(Qt.TextElideMode.ElideNone)
        self.bar.setAccessibleName("Parts of Look inside")
        for kind in TABS:
            self.bar.addTab(kind.title)
        row = QHBoxLayout()
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.bar, 1, Qt.AlignmentFlag.AlignLeft)
        row.addWidget(self.table_button)
        head = QVBoxLayout()
        head.setSpacing(0)
        head.addLayout(row)
        head.addWidget(hairline())
        self._column = QVBoxLayout()
        self._column.addWidget(self.card)
        self._column.addLayout(head)
        self._column.addWidget(self.stack, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(self.header)
        whole.addLayout(self._column, 1)

    def _wire(self) -> None:
        box, scoring = self.card.box, self.scoring
        box.edited.connect(self._edited)
        scoring.settled.connect(self._read)
        scoring.scored.connect(self.card.show_score)
        scoring.failed.connect(self.card.say_problem)
        self.header.measured.connect(box.show_measure)
        box.show_measure(self.header.measure())
        self.header.choice.chosen.connect(self.loading)
        self.header.choice.failed.connect(self._failed)
        self.card.open_button.clicked.connect(self.choose_file)
        self.table_button.clicked.connect(self.show_table)
        self.bar.currentChanged.connect(self._turn)
        self._loader.changed.connect(self._model_changed)
        self._look.changed.connect(self._restyle)
        Dropping(self._look, self).dropped.connect(lambda paths: self.open_file(paths[0]))
        for keys, step in (("Ctrl+Tab", 1), ("Ctrl+PgDown", 1), ("Ctrl+Shift+Tab", -1), ("Ctrl+PgUp", -1)):
            turn = QShortcut(QKeySequence(keys), self, context=Qt.ShortcutContext.WidgetWithChildrenShortcut)
            turn.activated.connect(lambda by=step: self.bar.setCurrentIndex(self._beside(by)))
        self.saving.allow()

    @Slot()
    def _restyle(self) -> None:
        px = self._look.px
        self._column.setContentsMargins(px(GUTTER), px(4), px(GUTTER), px(8))
        self._column.setSpacing(px(12))
        self.bar.setFont(self._look.font("body_medium"))

    # ---- what other pages and tabs may ask ---------------------------------------------
    @Slot(str)
    def show_text(self, text: str) -> None:
        """Look into this one, at once."""
        self.card.box.show_text(text)
        self.scoring.settle()

    def show_tab(self, key: str) -> None:
        self.bar.setCurrentIndex(next(n for n, kind in enumerate(TABS) if kind.key == key))

    def scroll_of(self, tab: Tab) -> QScrollArea:
        """What a tab scrolls in where the window is too small for it."""
        return self._scrolls[tab]

    def focus(self) -> None:
        self.card.box.setFocus()

    # ---- reading -----------------------------------------------------------------------
    def showEvent(self, event: QShowEvent) -> None:
        """The engine is asked nothing before the page is seen."""
        super().showEvent(event)
        self.scoring.wake(True)
        self._read()

    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self.scoring.wake(False)
        self._leave(self.tab)

    @Slot()
    def _edited(self) -> None:
        self.scoring.edit(self.card.box.text())
        self._leave(self.tab)

    def _leave(self, tab: Tab) -> None:
        """What was not answered by now is asked again when the tab comes up."""
        if any(task.running for task in tab.findChildren(Task)):
            self._seen.pop(tab, None)
        tab.leave()

    @Slot()
    def _read(self) -> None:
        now = (self.scoring.text, self._loader.loaded)
        if self.isVisible() and self._seen.get(self.tab) != now:
            self._seen[self.tab] = now
            self._say(self.tab, "")
            self.tab.read(self.scoring.text)

    @Slot(int)
    def _turn(self, place: int) -> None:
        for other, tab in self._made.items():
            if other != place:
                self._leave(tab)
        self.stack.setCurrentWidget(self._scrolls[self._tab_at(place)])
        self.card.say(self._said.get(self.tab, ""))
        self._read()

    def _beside(self, step: int) -> int:
        return (self.bar.currentIndex() + step) % len(TABS)

    @Slot()
    def _model_changed(self) -> None:
        self.saving.allow()
        if self._loader.loaded != self._model:
            self._model = self._loader.loaded
            self.scoring.model_changed()
            self._read()

    # ---- showing -----------------------------------------------------------------------
    def _say(self, tab: Tab, sentence: str) -> None:
        self._said[tab] = sentence
        if tab is self.tab:
            self.card.say(sentence)

    @Slot()
    def show_table(self) -> None:
        """What stands behind the picture that is seen."""
        table = self.tab.table()
        if table is None:
            return self._notices.info("There are no numbers yet.")
        model = self._loader.loaded
        about = f"{model.title}, {model.precision}, {BEFORE_SAMPLER}" if model else ""
        return TableDialog(self._look, table, about, self).open()

    @Slot(object)
    def _failed(self, failed: Failed) -> None:
        self._notices.error(failed.message, failed.hint, failed.report)

    def _shown(self) -> Shown:
        return Shown(self.tab.title, self.scoring.text, self.tab.table(), self.tab.picture())

    # ---- files -------------------------------------------------------------------------
    @Slot()
    def choose_file(self) -> None:
        dialog = QFileDialog(self, "Open a text")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda name: self.open_file(Path(name)))
        dialog.finished.connect(lambda _: dialog.deleteLater())
        dialog.open()

    def open_file(self, path: Path) -> None:
        try:
            text, more = read_text(path)
        except UserError as error:
            return self._notices.error(error.message, error.hint)
        if more:
            self._notices.info(f"{path.name} is long: the first {len(text):,} characters are shown.")
        return self.show_text(text)


def _scrolling(tab: Tab) -> QScrollArea:
    """Scrolls only where the window is too small for what the tab shows."""
    inside = area("surface")
    column = QVBoxLayout(inside)
    column.setContentsMargins(0, 0, 0, 0)
    column.addWidget(tab)
    scroll = QScrollArea()
    scroll.setWidgetResizable(True)
    scroll.setFrameShape(QScrollArea.Shape.NoFrame)
    scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    scroll.setWidget(inside)
    return scroll
