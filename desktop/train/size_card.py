"""A size to choose: its parameters, time, memory, and a verdict in a word; and the row of all sizes. Knows a plan."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QHBoxLayout, QLabel, QWidget

from desktop.amounts import about, amount
from desktop.theme import Look
from desktop.widgets.card import Card
from desktop.widgets.label import Label
from engine.messages import Preset, SizePlan, TimeVerdict

PRESETS: Mapping[Preset, float] = {"tiny": 1e6, "nano": 7e6, "small": 19e6, "medium": 39e6, "large": 113e6}
"""About how many parameters each has; the plan says it exactly."""
VERDICTS: Mapping[TimeVerdict, tuple[str, str, str]] = {
    "fits": ("Fits", "circle-check", "ok"),
    "slow": ("Slow", "clock", "warn"),
    "too slow": ("Too slow", "circle-alert", "bad"),
    "too big": ("Too big", "circle-alert", "bad"),
}


class SizeCard(Card):
    def __init__(self, look: Look, preset: Preset) -> None:
        super().__init__(look, preset.capitalize())
        self.preset: Preset = preset
        self.title = Label(look, preset.capitalize(), "heading")
        self.parameters = Label(look, millions(PRESETS[preset]), "small", "ink2")
        self.time = Label(look, "", "small")
        self.memory = Label(look, "", "small", "ink2")
        self.verdict = Label(look, "", "small_medium", "ink2")
        self._mark = QLabel()
        self._foot = QHBoxLayout()
        self._foot.addWidget(self._mark)
        self._foot.addWidget(self.verdict, 1)
        for widget in (self.title, self.parameters, self.time, self.memory):
            self.body.addWidget(widget)
        self.body.addLayout(self._foot)
        self._plan: SizePlan | None = None
        self._restyle()

    def show_plan(self, plan: SizePlan | None) -> None:
        self._plan = plan
        if plan is None:
            for label in (self.time, self.memory, self.verdict):
                label.setText("")
            self.parameters.setText(millions(PRESETS[self.preset]))
            said = f"About {millions(PRESETS[self.preset])} parameters. Not measured yet."
            self.setAccessibleDescription(said)
            self.setToolTip(said)
        else:
            self.parameters.setText(millions(plan.parameters))
            self.time.setText(about(plan.seconds).removeprefix("about "))
            self.memory.setText(amount(plan.memory))
            self.verdict.setText(VERDICTS[plan.verdict][0])
            self.verdict.set_color(VERDICTS[plan.verdict][2])
            said = f"{millions(plan.parameters)} parameters, {about(plan.seconds)}, {amount(plan.memory)} of memory"
            self.setAccessibleDescription(f"{said}, {VERDICTS[plan.verdict][0].lower()}")
            self.setToolTip(
                f"{said}.\n{plan.layers} layers, {plan.width} wide, {plan.steps:,} steps, "
                f"{plan.tokens_per_second:,.0f} tokens/s. Estimates from a probe on this computer."
            )
        self._restyle()

    @Slot()
    def _restyle(self) -> None:
        super()._restyle()
        px = self._look.px
        self.body.setContentsMargins(px(8), px(9), px(3), px(9))
        if not hasattr(self, "_foot"):
            return
        self._foot.setSpacing(px(3))
        self._mark.setVisible(self._plan is not None)
        if self._plan is not None:
            _, icon, color = VERDICTS[self._plan.verdict]
            self._mark.setPixmap(self._look.pixmap(icon, color, 12))

    def _fill(self) -> str:
        return "sel" if self.isChecked() and self.isEnabled() else super()._fill()


class SizeCards(QWidget):
    """As many side by side as there is room for."""

    chosen = Signal(str)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._columns = 0
        self.cards: dict[Preset, SizeCard] = {preset: SizeCard(look, preset) for preset in PRESETS}
        self._group = QButtonGroup(self)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        for card in self.cards.values():
            self._group.addButton(card)
            card.clicked.connect(lambda _=False, preset=card.preset: self.chosen.emit(preset))
        look.changed.connect(self._restyle)
        self._restyle()

    def choose(self, preset: Preset) -> None:
        """The chosen one is where Tab goes; from it the arrows lead to the others."""
        self.cards[preset].setChecked(True)
        for card in self.cards.values():
            chosen = card.preset == preset
            card.setFocusPolicy(Qt.FocusPolicy.StrongFocus if chosen else Qt.FocusPolicy.ClickFocus)

    def show_plans(self, plans: Mapping[Preset, SizePlan]) -> None:
        for preset, card in self.cards.items():
            card.show_plan(plans.get(preset))
        self._arrange()

    def minimumSizeHint(self) -> QSize:
        return QSize(self._widest(), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    def _widest(self) -> int:
        return max(card.minimumSizeHint().width() for card in self.cards.values())

    def _arrange(self) -> None:
        """No row is left with a single card where that can be helped."""
        count, gap = len(self.cards), self._grid.horizontalSpacing()
        columns = min(max((self.width() + gap) // (self._widest() + gap), 1), count)
        columns = -(-count // -(-count // columns))
        if columns == self._columns:
            return
        self._columns = columns
        for place, card in enumerate(self.cards.values()):
            self._grid.addWidget(card, place // columns, place % columns)
        for column in range(count):
            self._grid.setColumnStretch(column, 1 if column < columns else 0)
        self.updateGeometry()

    @Slot()
    def _restyle(self) -> None:
        self._grid.setSpacing(self._look.px(6))
        self._columns = 0
        self._arrange()


def millions(parameters: float) -> str:
    """ "6.8 M", "113 M" """
    value = parameters / 1e6
    return f"{value:.1f}\u00a0M".replace(".0", "") if value < 10 else f"{value:.0f}\u00a0M"
