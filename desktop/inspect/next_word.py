"""The tab Next word: paths the text could take, the likeliest next words, and what the sampler keeps of them.

Says who hears whom; each part draws its own. A text that changes drops what was asked for the old one.
"""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, QTimer, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QVBoxLayout, QWidget

from desktop.bridge import Bridge
from desktop.inspect.examples import Examples
from desktop.inspect.next_list import NextList
from desktop.inspect.paths_layout import rows_of
from desktop.inspect.paths_view import PathBlocks
from desktop.inspect.tab import Tab
from desktop.inspect.xray import XRayView
from desktop.loader import ModelLoader
from desktop.table import Table
from desktop.task import Task
from desktop.theme import Look
from desktop.widgets.area import hairline
from desktop.widgets.label import ElidedLabel, Label
from desktop.widgets.segmented import Segmented
from desktop.wording import OTHERS, continued
from engine.messages import Chance, Failed, NextChances, NextWords, PathNode, Progress, WordPaths

TOP, WIDTH, LEAST = 10, 4, 0.03
AHEAD = tuple((number, str(number)) for number in (1, 2, 3, 4))
SIDE, BESIDE = 364, 720
"""Width of the list of words; the least width at which it stands beside the paths and not below."""
EMPTY = "Write a text above, and this shows how the model would go on with it. Or begin with one of these:"
SLOW_MS = 400
LOOKING = "Looking for the next words"
NO_MODEL = "Choose a model above, and this shows how it would go on with your text."


class NextWordTab(Tab):
    key = "next"
    title = "Next word"

    def __init__(self, look: Look, bridge: Bridge, loader: ModelLoader) -> None:
        super().__init__(look, bridge, loader)
        self._look, self._loader = look, loader
        self._text = ""
        self._nodes: tuple[PathNode, ...] = ()
        self._words, self._ways = Task(bridge, self), Task(bridge, self)
        self._slow = QTimer(self, singleShot=True, interval=SLOW_MS)
        self.ahead = Segmented(look, AHEAD, "Words ahead", value=3)
        self.paths = PathBlocks(look)
        self.list = NextList(look)
        self.xray = XRayView(look, bridge)
        self.examples = Examples(look)
        self.state = Label(look, "", "small", "ink2", wrap=True)
        self._lay_out()
        self._wire()
        look.changed.connect(self._restyle)
        self._restyle()
        self._show_empty(EMPTY, examples=True)

    # ---- layout ------------------------------------------------------------------------
    def _lay_out(self) -> None:
        look = self._look
        self._head = QHBoxLayout()
        self._head.addWidget(Label(look, "Paths it could take", "heading"))
        self._hint = ElidedLabel(look, "Taller means more likely. Click a block to follow it.", "small", "ink2")
        self._head.addWidget(self._hint, 1)
        self._head.addWidget(Label(look, "Words ahead", "small", "ink2"))
        self._head.addWidget(self.ahead, 0, Qt.AlignmentFlag.AlignVCenter)
        left = QVBoxLayout()
        left.addLayout(self._head)
        left.addWidget(self.state)
        left.addWidget(self.paths, 1)
        self._left = left
        self._parts = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._parts.addLayout(left, 1)
        self._parts.addWidget(self.list)
        self._body = QWidget()
        self._column = QVBoxLayout(self._body)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addLayout(self._parts, 1)
        self._column.addWidget(hairline())
        self._column.addWidget(self.xray)
        row = QHBoxLayout()
        row.addWidget(self.examples, 1000)
        row.addStretch(1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(self._body)
        whole.addLayout(row)

    def _wire(self) -> None:
        self._slow.timeout.connect(self._say_looking)
        self._words.progress.connect(self._say_looking)
        self._words.done.connect(self._show_words)
        self._ways.done.connect(self._show_paths)
        self._ways.progress.connect(self._say_progress)
        for signal in (self._words.failed, self._ways.failed, self.xray.failed):
            signal.connect(self._fail)
        self.ahead.chosen.connect(lambda _: self._ask_paths())
        self.list.unit_chosen.connect(lambda _: self._ask_words())
        self.list.chosen.connect(self._follow)
        self.paths.followed.connect(self._follow)
        self.examples.chosen.connect(self.asked)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        px, ways = self._look.px, QBoxLayout.Direction
        beside = self.width() >= px(BESIDE)
        self._parts.setDirection(ways.LeftToRight if beside else ways.TopToBottom)
        self.list.setMaximumWidth(min(px(SIDE), int(self.width() * 0.4)) if beside else 16777215)
        self.list.setMinimumWidth(min(px(SIDE), int(self.width() * 0.4)) if beside else 0)

    @Slot()
    def _restyle(self) -> None:
        px = self._look.px
        self._head.setSpacing(px(10))
        self._left.setSpacing(px(10))
        self._parts.setSpacing(px(32))
        self._column.setSpacing(px(16))
        self._fit()

    # ---- asking ------------------------------------------------------------------------
    def read(self, text: str) -> None:
        self.leave()
        self._text = text
        if self._loader.loaded is None:
            return self._show_empty(NO_MODEL, examples=False)
        if not text.strip():
            return self._show_empty(EMPTY, examples=True)
        self._slow.start()
        self._ask_words()  # the quickest answer first
        self.xray.read(text)
        self._ask_paths()
        return None

    def leave(self) -> None:
        self._slow.stop()
        for part in (self._words, self._ways):
            part.drop()
        self.xray.leave()

    def _ask_words(self) -> None:
        if self._text.strip():
            self._words.start(NextWords, text=self._text, top=TOP, unit=self.list.unit())

    def _ask_paths(self) -> None:
        if self._text.strip():
            self._ways.start(WordPaths, text=self._text, ahead=self._ahead(), width=WIDTH, least=LEAST)

    def _ahead(self) -> int:
        value = self.ahead.value()
        return value if isinstance(value, int) else 3

    @Slot(str)
    def _follow(self, words: str) -> None:
        self.asked.emit(continued(self._text, words, self.list.chances.started if self.list.chances else ""))

    # ---- showing -----------------------------------------------------------------------
    def _show_empty(self, sentence: str, *, examples: bool) -> None:
        self.examples.say(sentence, examples=examples)
        self.examples.show()
        self._body.hide()
        self._nodes = ()
        self.list.show_chances(None)
        self.xray.clear()

    @Slot()
    @Slot(object)
    def _say_looking(self, progress: Progress | None = None) -> None:
        """Where no picture stands yet: the first text of a model takes longest."""
        if self.examples.isVisibleTo(self) and not self._slow.isActive():
            done = f", {100 * progress.done // progress.total}%" if progress is not None and progress.total else ""
            note = progress.note if progress is not None and progress.note else LOOKING
            self.examples.say(note + done, examples=False)

    def _show_body(self) -> None:
        self._slow.stop()
        self.examples.hide()
        self._body.show()

    @Slot(object)
    def _show_words(self, chances: Any) -> None:
        if isinstance(chances, NextChances):
            self._show_body()
            self.list.show_chances(chances)

    @Slot(object)
    def _show_paths(self, nodes: Any) -> None:
        self._nodes = tuple(nodes or ())
        self._show_body()
        self.state.setText("" if self._nodes else "No single word is likely enough here to be drawn.")
        self.state.setVisible(not self._nodes)
        self.paths.show_paths(self._nodes, self._ahead())

    @Slot(object)
    def _say_progress(self, progress: Progress) -> None:
        if not self._nodes and progress.total:
            self.state.setText(f"Looking ahead, {progress.done:,} of {progress.total:,}")
            self.state.show()

    @Slot(object)
    def _fail(self, failed: Failed) -> None:
        """Said where the thing is: the text and the model stay as they are."""
        self.leave()
        self._show_empty(f"{failed.message}. {failed.hint}".strip(), examples=False)

    # ---- what is exported ----------------------------------------------------------------
    def table(self) -> Table | None:
        rows = [*self._word_rows(), *self._path_rows(), *self._stage_rows()]
        columns = ("part", "step", "text", "probability", "tokens")
        return Table("Next words, paths and sampler", columns, rows) if rows else None

    def _word_rows(self) -> list[tuple[str, str, str, float, str]]:
        chances = self.list.chances
        if chances is None:
            return []
        part = f"next {chances.unit}, model"
        named = [(part, "", one.text, one.probability, _ids(one)) for one in chances.items]
        return [*named, (part, "", OTHERS, chances.unexplored, "")]

    def _path_rows(self) -> list[tuple[str, str, str, float, str]]:
        return [
            ("path, model", str(len(path)), "".join(path), node.probability, " ".join(map(str, node.ids)))
            for path, node in rows_of(self._nodes)
        ]

    def _stage_rows(self) -> list[tuple[str, str, str, float, str]]:
        rows = []
        for place, stage in enumerate(self.xray.stages):
            part = "sampler, model" if place == 0 else "sampler, after this step"
            rows.append((part, stage.name, f"{stage.candidates} left", stage.mass_kept, ""))
            rows += [(part, stage.name, one.text, one.probability, _ids(one)) for one in stage.items]
        return rows


def _ids(chance: Chance) -> str:
    return " ".join(map(str, chance.ids))
