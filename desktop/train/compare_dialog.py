"""Two runs or more side by side: their held-out curves in one chart, and their numbers. Knows histories."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from desktop.amounts import duration
from desktop.plot import Plot, part_names, ticks
from desktop.theme import Look
from desktop.train.size_card import millions
from desktop.train.text_part import rounded
from desktop.widgets.button import Button
from desktop.widgets.cells import Cells
from desktop.widgets.label import Label
from desktop.widgets.scrim import Scrim
from desktop.widgets.segmented import Segmented
from engine.messages import PretrainHistory, TrainRow

SIZE = (860, 620)
LINES = (("k1", ()), ("k2", (5, 3)), ("k3", (8, 3)), ("k4", (6, 3, 1, 3)), ("k5", (1, 4)))
"""Colour and dashes, so that no two are told apart by colour alone."""
LONGEST, NEAREST = 22, 0.07
BY_STEP, BY_TOKENS = "steps", "tokens"


class CompareDialog(QDialog):
    """Bits a byte are compared, since a loss in nats a token depends on the vocabulary."""

    def __init__(self, look: Look, histories: Sequence[PretrainHistory], parent: QWidget) -> None:
        super().__init__(parent)
        self._look = look
        self.histories = [one for one in histories if points(one, BY_STEP)][: len(LINES)]
        self._all = list(histories)
        self.setWindowTitle("Compare runs")
        px = look.px
        self.resize(px(SIZE[0]), px(SIZE[1]))
        self.by = Segmented(look, ((BY_TOKENS, "Tokens read"), (BY_STEP, "Steps")), "Along")
        self.plot = Plot(look, self)
        self._lines = [
            self.plot.add_line(token, 1.8, dashes) for (token, dashes), _ in zip(LINES, self.histories, strict=False)
        ]
        self._names = [self.plot.add_name(token) for (token, _), _ in zip(LINES, self.histories, strict=False)]
        self.table = Cells(look, "Numbers of these runs", (2, 1, 1, 1, 1, 1))
        self._lay_out()
        self.by.chosen.connect(lambda _: self.draw())
        look.changed.connect(self.draw)
        self.plot.restyle()
        self.draw()
        scrim = Scrim(look, parent.window())
        self.finished.connect(lambda _: scrim.deleteLater())

    def _lay_out(self) -> None:
        look, px = self._look, self._look.px
        head, foot = QHBoxLayout(), QHBoxLayout()
        head.addWidget(Label(look, "Bits a byte on text kept for testing", "section"))
        head.addStretch(1)
        head.addWidget(self.by)
        close = Button(look, "Close")
        close.clicked.connect(self.accept)
        foot.addWidget(Label(look, self._remark(), "small", "ink2", wrap=True), 1)
        foot.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(20), px(24), px(20))
        column.setSpacing(px(12))
        column.addLayout(head)
        column.addWidget(self.plot, 3)
        column.addWidget(self.table, 2)
        column.addLayout(foot)
        self.table.show_rows(
            ("Name", "Size", "Vocabulary", "Tokens", "Time", "Bits a byte"), [row_of(one) for one in self._all]
        )
        self.plot.setAccessibleName("Bits a byte of these runs")

    def _remark(self) -> str:
        said = "Lower is better. Runs on different texts were measured on different texts too."
        empty = [one.run.title for one in self._all if not points(one, BY_STEP)]
        if empty:
            said += f" Not drawn, since nothing was measured yet: {', '.join(empty)}."
        more = len(self._all) - len(empty) - len(self.histories)
        return said + (f" Only the first {len(LINES)} are drawn." if more else "")

    def draw(self) -> None:
        by = str(self.by.value())
        lines = [points(one, by) for one in self.histories]
        if not lines:
            return
        right = max(x for line in lines for x, _ in line)
        values = [y for line in lines for _, y in line]
        low, high = min(values), max(values)
        low, high = max(low - 0.12 * (high - low or 1.0), 0.0), high + 0.05 * (high - low or 1.0)
        marks = [(mark, rounded(round(mark))) for mark in ticks(right, 5)]
        self.plot.show_range(right, low, high, marks, room=1.28)
        for line, curve, name, history in zip(lines, self._lines, self._names, self.histories, strict=True):
            curve.setData([x for x, _ in line], [y for _, y in line])
            title = history.run.title
            name.setText(f"{title if len(title) <= LONGEST else title[: LONGEST - 1] + '…'} {line[-1][1]:.2f}")
            name.setPos(*line[-1])
        part_names(self._names, high - low, low, NEAREST)
        self.plot.setAccessibleDescription(
            "; ".join(
                f"{one.run.title} ends at {line[-1][1]:.3f}" for one, line in zip(self.histories, lines, strict=True)
            )
        )


def points(history: PretrainHistory, by: str) -> list[tuple[float, float]]:
    """Where bits a byte were measured, along the steps or the tokens read."""

    def along(row: TrainRow) -> float:
        return float(row.tokens if by == BY_TOKENS else row.step)

    return [(along(row), row.bits) for row in history.rows if row.bits is not None]


def row_of(history: PretrainHistory) -> tuple[str, ...]:
    run = history.run
    bits = "" if run.bits is None else f"{run.bits:.3f}"
    size = f"{run.preset.capitalize()}, {millions(run.parameters)}"
    return run.title, size, f"{run.vocabulary:,}", rounded(run.tokens), duration(run.seconds), bits
