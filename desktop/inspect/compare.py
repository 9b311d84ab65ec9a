"""Two models on the same texts: what each piece became, whole texts, every text a dot, and one question to all.

Knows the engine's comparison and the library's list; paints nothing itself.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.bridge import Bridge
from desktop.inspect.change_key import ChangeKey
from desktop.inspect.compare_rows import YOURS, headings, in_short, lines_of, summary
from desktop.inspect.compared_card import ComparedCard
from desktop.inspect.dots import Dot, Dots
from desktop.inspect.job_line import JobLine
from desktop.inspect.largest_changes import LargestChanges
from desktop.inspect.model_pair import ModelPair
from desktop.inspect.stages import Stages
from desktop.inspect.tab import Tab
from desktop.inspect.two_columns import TwoColumns
from desktop.loader import ModelLoader
from desktop.table import Table
from desktop.task import Task
from desktop.theme import Look
from desktop.widgets.button import Button
from desktop.widgets.folding_row import FoldingRow
from desktop.widgets.label import Label
from desktop.widgets.text_field import TextField
from engine.messages import ComparedText, CompareModels, Comparison, ListModels, ModelList, TextToCompare

MOST_CARDS, LONGEST_QUESTION = 4, 200
ONE_ONLY = (
    "There is one model only, and two are needed. Teach it something on the page Teach, or add another on Models."
)
NO_MODEL = "There is no model to compare yet. Add one on the page Models."
NO_TEXT = "Write a text in the box above, and both models read it."
SAME_TWICE = "Both are the same model. Choose another beside it."
PASTE = "One text a line. From a spreadsheet also group and text, or group, question and answer, in columns."


class CompareTab(Tab):
    key = "compare"
    title = "Compare"

    def __init__(self, look: Look, bridge: Bridge, loader: ModelLoader) -> None:
        super().__init__(look, bridge, loader)
        self._look, self._loader = look, loader
        self._text = ""
        self.comparison: Comparison | None = None
        self.cards: dict[str, ComparedCard] = {}
        self._listing, self.task = Task(bridge, self), Task(bridge, self)
        self.pair = ModelPair(look)
        self.line = JobLine(look, self.task, "Comparing")
        self.dots = Dots(look)
        self.field = TextField("More texts to compare, one a line")
        self.field.setPlaceholderText(PASTE)
        self.compare_button = Button(look, "Compare these too")
        self.largest = LargestChanges(look)
        self.stages = Stages(look, bridge)
        self._lay_out()
        self._wire()
        self._show(None)
        self._allow()

    # ---- what stands where -----------------------------------------------------------
    def _lay_out(self) -> None:
        px = self._look.px
        self.columns = TwoColumns(self._look, "Compare")
        head = FoldingRow(self._look, (0, 0, 0, 0), 12)
        head.first.addWidget(self.pair)
        head.first.addStretch(1)
        head.second.addWidget(ChangeKey(self._look), 0, Qt.AlignmentFlag.AlignVCenter)
        self._deck = QVBoxLayout()
        self._deck.setSpacing(px(10))
        main = self.columns.main
        main.addWidget(head)
        main.addWidget(self.line)
        main.addLayout(self._deck)
        main.addWidget(self._dots_head())
        main.addWidget(self.dots)
        main.addSpacing(px(8))
        for widget in (Label(self._look, "More texts", "heading"), self.field):
            main.addWidget(widget)
        main.addWidget(self.compare_button, 0, Qt.AlignmentFlag.AlignLeft)
        main.addSpacing(px(8))
        main.addWidget(self.stages)
        main.addStretch(1)
        self.columns.side.addWidget(self.largest)
        self.columns.side.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.columns)

    def _dots_head(self) -> QWidget:
        self.dots_head = QWidget()
        row = QHBoxLayout(self.dots_head)
        row.setContentsMargins(0, self._look.px(8), 0, 0)
        row.addWidget(Label(self._look, "Every text, one dot each", "heading"), 1)
        row.addWidget(Label(self._look, "how much likelier it became", "small", "ink2"))
        return self.dots_head

    def _wire(self) -> None:
        self._listing.done.connect(self._list)
        self._listing.failed.connect(lambda failed: self.line.say(f"{failed.message}. {failed.hint}".strip()))
        self.task.done.connect(self._show)
        self.task.failed.connect(lambda _: self._show(None))
        self.task.stopped.connect(lambda: self._show(None))
        self.line.again.connect(self.run)
        self.pair.changed.connect(self._paired)
        self.compare_button.clicked.connect(self.run)
        self.field.textChanged.connect(self._allow)
        self.largest.opened.connect(self.open_text)
        self.dots.chosen.connect(self.open_text)
        self._look.changed.connect(self._restyle)
        self._restyle()

    @Slot()
    def _restyle(self) -> None:
        self.field.setFixedHeight(self._look.line("body") * 3 + self._look.px(14))

    # ---- what is asked ---------------------------------------------------------------
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._listing.start(ListModels)  # a model may have been taught or deleted meanwhile

    def read(self, text: str) -> None:
        self._text = text
        self.stages.suggest(" ".join(text.split())[:LONGEST_QUESTION])
        if self.pair.models:
            self.run()

    def leave(self) -> None:
        self.task.drop()
        self.stages.task.drop()
        self.line.say("")
        self.stages.line.say("")

    @Slot(object)
    def _list(self, listing: ModelList) -> None:
        loaded = self._loader.loaded
        known = bool(self.pair.models)
        self.pair.show_models(listing.models, loaded.name if loaded is not None else "")
        if not known and not self.task.running:
            self.run()

    @Slot()
    def _paired(self) -> None:
        self.stages.show_models(self.pair.stages())
        self.run()

    @Slot()
    def run(self) -> None:
        """Compare the text of the box and the lines below."""
        self.task.drop()
        texts = [TextToCompare(self._text)] if self._text.strip() else []
        texts += lines_of(self.field.toPlainText())
        reason = self._reason(bool(texts))
        if reason:
            self._show(None)
            return self.line.say(reason)
        self.line.begin("Reading the text with both models")
        return self.task.start(CompareModels, first=self.pair.first, second=self.pair.second, texts=tuple(texts))

    def _reason(self, texts: bool) -> str:
        """Why nothing can be compared, as what to do; empty when it can."""
        if not self.pair.models:
            return NO_MODEL
        if len(self.pair.models) == 1:
            return ONE_ONLY
        if self.pair.first == self.pair.second:
            return SAME_TWICE
        return "" if texts else NO_TEXT

    @Slot()
    def _allow(self) -> None:
        if lines_of(self.field.toPlainText()):
            self.compare_button.enable()
        else:
            self.compare_button.disable("Paste texts first, one a line.")

    # ---- what is shown ---------------------------------------------------------------
    @Slot(object)
    def _show(self, comparison: Comparison | None) -> None:
        self.comparison = comparison
        for card in self.cards.values():
            card.hide()
            card.deleteLater()
        self.cards = {}
        texts = comparison.texts if comparison is not None else ()
        for widget in (self.dots_head, self.dots):
            widget.setVisible(len(texts) > 1)
        self.largest.setVisible(comparison is not None)
        if comparison is None or not texts:
            return
        self.largest.show_comparison(comparison, headings(self.pair.models, self.pair.first, self.pair.second))
        self.dots.show_dots(
            [Dot(one.group or YOURS, one.second - one.first, _short(one.title or _text_of(one)), place)
             for place, one in enumerate(texts)],
            summary(comparison),
        )  # fmt: skip
        strongest = sorted(range(len(texts)), key=lambda place: -abs(texts[place].second - texts[place].first))
        groups = list(dict.fromkeys(one.group for one in texts))[:MOST_CARDS]
        for group in groups:
            self.open_text(next(place for place in strongest if texts[place].group == group))
        self.said.emit(in_short(comparison))

    @Slot(int)
    def open_text(self, place: int) -> None:
        """Show this text in the card of its group."""
        if self.comparison is None:
            return
        text = self.comparison.texts[place]
        if text.group in self.cards:
            self.cards[text.group].show_text(text)
        else:
            self.cards[text.group] = ComparedCard(self._look, text)
            self._deck.addWidget(self.cards[text.group])

    # ---- what is kept ----------------------------------------------------------------
    def table(self) -> Table | None:
        if self.comparison is None:
            return None
        rows = [
            (number, text.group or YOURS, text.title, token.text, token.first, token.second,
             None if token.first is None or token.second is None else token.second - token.first)
            for number, text in enumerate(self.comparison.texts, 1)
            for token in text.tokens
        ]  # fmt: skip
        what = "word" if self.comparison.by_word else "token"
        first, second = f"nats, {self.comparison.first}", f"nats, {self.comparison.second}"
        return Table("compare", ("text", "group", "title", what, first, second, "difference in nats"), rows)

    def picture(self) -> QWidget:
        return self.columns.content


def _text_of(text: ComparedText) -> str:
    return "".join(token.text for token in text.tokens)


def _short(text: str) -> str:
    words = " ".join(text.split())
    return words if len(words) <= 80 else words[:79].rstrip() + "…"
