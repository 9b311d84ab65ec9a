"""The pieces whose chance changed most between two models, as a table. Knows a comparison, no job."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.inspect.compare_rows import Change, changes
from desktop.inspect.figures import Column, Figures, Value
from desktop.theme import Look
from desktop.widgets.label import Label
from desktop.widgets.segmented import Segmented
from desktop.widgets.word_row import percent
from engine.messages import Comparison

ROWS = 8
NOTHING_GENERATED = "Both models read the same text. Nothing is generated, so every difference comes from the models."
BY_WORD = " They have different vocabularies, so whole words are compared instead of tokens."
TOKEN = "A token is a word or a piece of one"
NONE_WORSE = "Nothing became less likely."


class LargestChanges(QWidget):
    """`opened` has the place of the text that a chosen piece is in."""

    opened = Signal(int)

    def __init__(self, look: Look) -> None:
        super().__init__()
        self.changes: list[Change] = []
        self._comparison: Comparison | None = None
        self.which = Segmented(look, (("all", "All"), ("worse", "Worse")), "Changes shown")
        self.table = Figures(look, "Largest changes", columns_of(None, ("First", "Second")), rows=ROWS)
        self.note = Label(look, NOTHING_GENERATED, "small", "ink2", wrap=True)
        head = QHBoxLayout()
        head.addWidget(Label(look, "Largest changes", "heading"), 1)
        head.addWidget(self.which)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(look.px(8))
        column.addLayout(head)
        column.addWidget(self.table)
        column.addWidget(self.note)
        self.which.chosen.connect(lambda _: self._fill())
        self.table.chosen.connect(self._open)

    def show_comparison(self, comparison: Comparison, headings: tuple[str, str]) -> None:
        """`headings` are short names of the two models."""
        self._comparison = comparison
        self.table.set_columns(columns_of(comparison, headings))
        self._fill()

    def _fill(self) -> None:
        if self._comparison is None:
            return
        self.changes = changes(self._comparison.texts, worse=self.which.value() == "worse")
        self.table.show_rows([(one.text, one.first, one.second, one.points) for one in self.changes])
        words = NOTHING_GENERATED + (BY_WORD if self._comparison.by_word else "")
        self.note.setText(words if self.changes else NONE_WORSE)

    @Slot(int)
    def _open(self, row: int) -> None:
        self.opened.emit(self.changes[row].place)


def columns_of(comparison: Comparison | None, headings: tuple[str, str]) -> tuple[Column, ...]:
    by_word = comparison is not None and comparison.by_word
    first, second = (comparison.first, comparison.second) if comparison is not None else headings
    return (
        Column("Word" if by_word else "Token", "" if by_word else TOKEN, strong=True, words=True),
        Column(headings[0], f"Chance with {first}", _share, lambda _: "ink2"),
        Column(headings[1], f"Chance with {second}", _share),
        Column("Points", "Percentage points more or less", _points, _tone, strong=True),
    )


def _share(value: Value) -> str:
    return percent(value) if isinstance(value, float) else ""


def _points(value: Value) -> str:
    """ "+82", "−19", "+0.4" """
    if not isinstance(value, float):
        return ""
    figure = f"{abs(value):.1f}" if abs(value) < 10 else f"{abs(value):.0f}"
    if float(figure) == 0:
        return "0"
    return f"{'+' if value > 0 else '−'}{figure.removesuffix('.0')}"


def _tone(value: Value) -> str:
    if not isinstance(value, float) or _points(value) == "0":
        return "ink2"
    return "k1" if value > 0 else "k2"
