"""Part 3, the size: cards with what each takes, how long it trains, and what else can be set. Knows the plan."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.amounts import SPACE
from desktop.theme import Look
from desktop.train.length import Length
from desktop.train.more import More
from desktop.train.preparation import Preparation
from desktop.train.size_card import SizeCards
from desktop.train.step_head import StepHead
from desktop.train.text_part import rounded, working
from desktop.train.trouble import Trouble
from desktop.widgets.button import Button
from desktop.widgets.label import Label
from engine.messages import SizePlan

KEEPS = "You can stop any time and keep what it has learned."


class SizePart(QWidget):
    def __init__(self, look: Look, preparation: Preparation, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look, self._preparation = look, preparation
        self.head = StepHead(look, 3, "Size")
        self.cards = SizeCards(look)
        self.length = Length(look, preparation)
        self.trouble = Trouble(look)
        self.note = Label(look, "", "small", "ink2", wrap=True)
        self.more_button = Button(look, "More", "chevron-right", kind="link", size="small")
        self.more_button.setCheckable(True)
        self.more_button.setToolTip("Layers, width, context, learning rate and what else follows from the size")
        self.more = More(look, preparation)
        self.more.hide()
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        for widget in (self.head, self.cards, self.length, self.trouble, self.note):
            self._column.addWidget(widget)
        self._links = QHBoxLayout()
        self._links.addWidget(self.more_button)
        self._links.addStretch(1)
        self._column.addLayout(self._links)
        self._column.addWidget(self.more)
        self.cards.chosen.connect(lambda preset: preparation.set(preset=preset))
        self.more_button.toggled.connect(self._toggle)
        preparation.changed.connect(self._show)
        look.changed.connect(self._restyle)
        self._restyle()
        self._show()

    @Slot(bool)
    def _toggle(self, shown: bool) -> None:
        self.more_button.set_icon("chevron-down" if shown else "chevron-right")
        self.more.setVisible(shown)

    @Slot()
    def _show(self) -> None:
        preparation = self._preparation
        plan, planning = preparation.plan, preparation.planning
        self.cards.choose(preparation.settings.preset)
        self.cards.show_plans({one.preset: one for one in plan.sizes} if plan is not None else {})
        self.trouble.show_failed(planning.failed)
        if planning.waiting:
            self.head.say(working("Measuring this computer", planning.progress))
        elif plan is not None:
            self.head.say(f"measured for {plan.probed:.0f}{SPACE}s on this computer", plan.reason)
        else:
            self.head.say("")
        size = preparation.size
        self.note.setText(length_of(size) if size is not None else "Is measured once the text is read.")
        self.note.setVisible(planning.failed is None)

    @Slot()
    def _restyle(self) -> None:
        self._column.setSpacing(self._look.px(8))


def length_of(size: SizePlan) -> str:
    """Where the run ends by itself."""
    passes = f"{size.passes:.0f}" if size.passes >= 10 else f"{size.passes:.1f}".removesuffix(".0")
    over = f"{passes} {'pass' if passes == '1' else 'passes'} over your text"
    return f"Ends after about {rounded(size.tokens)} tokens, {over}. {KEEPS}"
