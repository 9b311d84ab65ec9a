"""The numbers of the text in the box: of the whole, of every token in a table, and a game on the person's own words.

Knows the engine's score; the sentences and rows are made elsewhere.
"""

from __future__ import annotations

import math

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.bridge import Bridge
from desktop.inspect.figures import Column, Figures, Value
from desktop.inspect.guess_view import GuessView
from desktop.inspect.job_line import JobLine
from desktop.inspect.marked_text import MarkedText, Piece
from desktop.inspect.scored import warnings
from desktop.inspect.tab import Tab
from desktop.inspect.text_rows import by_surprise, facts, finding, piece_of, rows_of, surroundings
from desktop.inspect.two_columns import TwoColumns
from desktop.loader import ModelLoader
from desktop.table import Table
from desktop.task import Task
from desktop.theme import Look
from desktop.widgets.button import Button
from desktop.widgets.label import Label
from desktop.widgets.word_row import percent
from engine.messages import ScoreText, TextScore

NO_MODEL = "No model is loaded. Choose one above or on the page Models."
NO_TEXT = "Write or paste a text in the box above, and every token of it gets its numbers here."
ROWS = 12
UNKNOWN = "–"


class TextTab(Tab):
    key = "text"
    title = "Text"

    def __init__(self, look: Look, bridge: Bridge, loader: ModelLoader) -> None:
        super().__init__(look, bridge, loader)
        self._look, self._loader = look, loader
        self._text = ""
        self.score: TextScore | None = None
        self._order: list[int] = []
        self.task = Task(bridge, self)
        self.line = JobLine(look, self.task, "Scoring")
        self.finding = Label(look, "", "finding", wrap=True)
        self.facts = Label(look, "", "small", "ink2", wrap=True)
        self.warning = Label(look, "", "small", "warn", wrap=True)
        self.most_button = Button(look, "Most surprising", size="small")
        self.less_button = Button(look, "Next surprising", "chevron-right", size="small")
        self.where = MarkedText(look, "Where the chosen token stands", most=3)
        self.figures = Figures(look, "Every token of the text", columns(), rows=ROWS)
        self.guess = GuessView(look, bridge)
        self._lay_out()
        self._wire()
        self._show(None)

    def _lay_out(self) -> None:
        self.columns = TwoColumns(self._look, "Text")
        main, side = self.columns.main, self.columns.side
        self.jumps = QWidget()
        row = QHBoxLayout(self.jumps)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(Label(self._look, "Every token", "heading"), 1)
        for button in (self.most_button, self.less_button):
            row.addWidget(button)
        for widget in (self.line, self.finding, self.facts, self.warning, self.jumps, self.where, self.figures):
            main.addWidget(widget)
        main.addStretch(1)
        side.addWidget(self.guess)
        side.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.columns)

    def _wire(self) -> None:
        self.task.done.connect(self._show)
        self.task.failed.connect(lambda _: self._show(None))
        self.line.again.connect(self._ask)
        self.figures.moved.connect(self._point)
        self.most_button.clicked.connect(lambda: self._jump(first=True))
        self.less_button.clicked.connect(lambda: self._jump(first=False))

    # ---- what is asked ---------------------------------------------------------------
    def read(self, text: str) -> None:
        self._text = text
        missing = NO_MODEL if self._loader.loaded is None else "" if text.strip() else NO_TEXT
        self.guess.show_text(text, missing)
        if missing:
            self.task.drop()
            self._show(None)
            return self.line.say(missing)
        return self._ask()

    @Slot()
    def _ask(self) -> None:
        self.line.begin("Reading the text")
        self.task.start(ScoreText, text=self._text)

    def leave(self) -> None:
        if self.task.running:
            self.task.drop()
            self.line.say("")
        self.guess.stop()

    # ---- what is shown ---------------------------------------------------------------
    @Slot(object)
    def _show(self, score: TextScore | None) -> None:
        self.score = score
        for widget in (self.finding, self.facts, self.jumps, self.figures):
            widget.setVisible(score is not None)
        self.where.hide()
        self.warning.setVisible(score is not None and bool(warnings(score)))
        self._order = by_surprise(score.tokens) if score is not None else []
        for button in (self.most_button, self.less_button):
            if self._order:
                button.enable()
            else:
                button.disable("No token has a number yet.")
        if score is None:
            return
        self.finding.setText(finding(self._text, score))
        self.facts.setText(facts(self._text, score))
        self.warning.setText(warnings(score))
        self.figures.show_rows(rows_of(self._text, score))
        self.said.emit(self.finding.text())

    @Slot(int)
    def _point(self, place: int) -> None:
        """Show where in the text the chosen token stands."""
        if self.score is None:
            return
        token = self.score.tokens[place]
        text, start, end = surroundings(self._text, token)
        tip = "" if token.logprob is None else f"{percent(math.exp(token.logprob))}, rank {token.rank:,}"
        self.where.show_pieces(text, [Piece(start, end, f"{piece_of(self._text, token)}: {tip}")])
        self.where.select(0)
        self.where.show()

    def _jump(self, *, first: bool) -> None:
        """To the most surprising token, or to the one that surprises next after the chosen one."""
        here = self.figures.selected()
        place = self._order.index(here) + 1 if not first and here in self._order else 0
        self.figures.select(self._order[place % len(self._order)])
        self.figures.setFocus(Qt.FocusReason.OtherFocusReason)

    # ---- what is kept ----------------------------------------------------------------
    def table(self) -> Table | None:
        if self.score is None:
            return None
        head = ("token", "place", "probability", "surprise in bits", "entropy in bits", "rank")
        return Table("text", head, rows_of(self._text, self.score))

    def picture(self) -> QWidget:
        return self.columns.content


def columns() -> tuple[Column, ...]:
    return (
        Column("Token", "A word or a piece of one; ␣ is a space", strong=True, words=True),
        Column("Place", "Its number in the text", color=lambda _: "ink3"),
        Column("Chance", "Probability that the model gave it, before any sampler", _share),
        Column("Surprise", "Bits: 1 for a chance of a half, 2 for a quarter", _bits),
        Column("Openness", "Entropy in bits: how open it was what comes here, whatever came", _bits),
        Column("Rank", "1 where it was the likeliest of all tokens", _rank),
    )


def _share(value: Value) -> str:
    return percent(value) if isinstance(value, float) else UNKNOWN


def _bits(value: Value) -> str:
    return f"{value:.1f}" if isinstance(value, float) else UNKNOWN


def _rank(value: Value) -> str:
    return f"{value:,}" if isinstance(value, int) else UNKNOWN
