"""The one primary button of the page, what it will take, and why it cannot be pressed. Knows the plan, no pair."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from desktop.amounts import about, amount, counted
from desktop.loader import ModelLoader
from desktop.teach.how import How
from desktop.teach.open_set import OpenSet
from desktop.teach.planning import Planning
from desktop.teach.run import TeachRun
from desktop.theme import Look
from desktop.widgets.button import Button
from desktop.widgets.label import Label

NO_MODEL = "No model is loaded. Choose one on the page Models."
WAITS = "Waits until the current run ends."


class TeachBox(QWidget):
    """`teach` comes when a run may begin. `how_button` and `how` stand where the page has room for them."""

    teach = Signal()

    def __init__(
        self,
        look: Look,
        pairs: OpenSet,
        planning: Planning,
        run: TeachRun,
        loader: ModelLoader,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._look, self._pairs, self._planning, self._run, self._loader = look, pairs, planning, run, loader
        self.how_button = Button(look, "How", "chevron-right", kind="link", size="small")
        self.how_button.setCheckable(True)
        self.how_button.setToolTip("How it is taught: method, passes, learning rate, rank (fine-tuning)")
        self.how = How(look, pairs, planning)
        self.how.hide()
        self.button = Button(look, "Teach", "graduation-cap", primary=True, size="large")
        self.button.setToolTip("Teach the loaded model these answers (fine-tuning)")
        self.text = Label(look, "", "small", "ink2", wrap=True)
        self._column = QVBoxLayout(self)
        for widget in (self.button, self.text):
            self._column.addWidget(widget)
        self.button.clicked.connect(self.teach)
        self.how_button.toggled.connect(self._toggle)
        for signal in (planning.changed, run.changed, loader.changed, pairs.opened, pairs.listed):
            signal.connect(self._show)
        look.changed.connect(self._restyle)
        self._restyle()
        self._show()

    @Slot(bool)
    def _toggle(self, shown: bool) -> None:
        self.how_button.set_icon("chevron-down" if shown else "chevron-right")
        self.how.setVisible(shown)

    @Slot()
    def _show(self) -> None:
        whole = self._planning.whole
        self.button.setText(f"Teach {counted(whole, 'pair')}" if whole else "Teach")
        reason = self._reason()
        if reason:
            self.button.disable(reason)
        else:
            self.button.enable()
        estimate = self._estimate()
        if self._run.active and estimate:
            estimate = f"{WAITS} Then {estimate[0].lower()}{estimate[1:]}"
        self.text.setText(estimate if not reason or self._run.active else reason)

    def _reason(self) -> str:
        """Why nothing can be taught now; empty when it can."""
        if self._run.active:
            return WAITS
        if not self._pairs.ids:
            return "There is no pair in this set yet."
        if not self._planning.whole:
            return "No pair has a question and an answer, so there is nothing to learn."
        if self._loader.loading:
            return "Waits until the model is loaded."
        return NO_MODEL if self._loader.loaded is None else ""

    def _estimate(self) -> str:
        plan, failed = self._planning.plan, self._planning.failed
        if failed is not None:
            return f"{failed.message}. {failed.hint}".strip()
        if plan is None:
            return "Measuring on this computer how long it takes." if not self._run.active else WAITS
        time = about(plan.seconds)
        size = f"{amount(plan.memory)} of {amount(plan.memory_total)} memory"
        return f"{time[0].upper()}{time[1:]} and {size}, measured on this computer. You can undo it."

    @Slot()
    def _restyle(self) -> None:
        px = self._look.px
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(px(8))
