"""One word is swapped, the rest stays, and the choice that follows is measured: bias as numbers, with intervals.

Knows the engine's probe; the chart, the form and the sentences are elsewhere.
"""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.bridge import Bridge
from desktop.inspect.candidate_answers import CandidateAnswers
from desktop.inspect.job_line import JobLine
from desktop.inspect.odds_chart import OddsChart
from desktop.inspect.probe_form import ProbeForm
from desktop.inspect.probe_words import averaged, details, finding
from desktop.inspect.tab import Tab
from desktop.inspect.two_columns import TwoColumns
from desktop.loader import ModelLoader
from desktop.table import Table
from desktop.task import Task
from desktop.theme import Look
from desktop.widgets.area import hairline
from desktop.widgets.button import Button
from desktop.widgets.label import Label
from engine.messages import Probe, ProbeResult

NO_MODEL = "No model is loaded. Choose one above or on the page Models."
BEGIN = "Swap one word, keep the rest, and see how the next word changes. Measure reads every sentence with every word."


class ProbeTab(Tab):
    key = "probe"
    title = "Probe"

    def __init__(self, look: Look, bridge: Bridge, loader: ModelLoader) -> None:
        super().__init__(look, bridge, loader)
        self._look, self._loader = look, loader
        self._text, self._newest = "", "probe"
        self.result: ProbeResult | None = None
        self.task = Task(bridge, self)
        self.form = ProbeForm(look)
        self.button = Button(look, "Measure", "scale", primary=True)
        self.line = JobLine(look, self.task, "Measuring")
        self.chart = OddsChart(look)
        self.averaged = Label(look, "", "small", "ink2", wrap=True)
        self.begin = Label(look, BEGIN, "body", "ink2", wrap=True)
        self.finding = Label(look, "", "finding", wrap=True)
        self.details = Label(look, "", "small", "ink2", wrap=True)
        self.candidates = CandidateAnswers(look, bridge)
        self._lay_out()
        self._wire()
        self._show(None)
        self._allow()

    def _lay_out(self) -> None:
        self.columns = TwoColumns(self._look, "Probe")
        main, side = self.columns.main, self.columns.side
        start = QHBoxLayout()
        start.addWidget(self.button)
        start.addWidget(self.line, 1000)
        start.addStretch(1)
        main.addWidget(self.form)
        main.addLayout(start)
        main.addSpacing(self._look.px(8))
        main.addWidget(self._chart_head())
        for widget in (self.begin, self.chart, self.averaged):
            main.addWidget(widget)
        main.addStretch(1)
        side.addWidget(self._outcome())
        side.addWidget(self.candidates)
        side.addStretch(1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.columns)

    def _chart_head(self) -> QWidget:
        self.head = QWidget()
        row = QHBoxLayout(self.head)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(Label(self._look, "Which word comes next?", "heading"), 1)
        row.addWidget(Label(self._look, "odds, with 95% interval", "small", "ink2"))
        return self.head

    def _outcome(self) -> QWidget:
        self.outcome = QWidget()
        column = QVBoxLayout(self.outcome)
        column.setContentsMargins(0, 0, 0, self._look.px(8))
        column.setSpacing(self._look.px(8))
        for widget in (Label(self._look, "Result", "heading"), self.finding, self.details, hairline()):
            column.addWidget(widget)
        return self.outcome

    def _wire(self) -> None:
        self.button.clicked.connect(self.run)
        self.line.again.connect(self.run)
        self.form.changed.connect(self._edited)
        for edit in (self.form.before, self.form.after, self.form.fillers, self.form.choices):
            edit.returnPressed.connect(self.run)
        self.task.done.connect(self._show)
        self.task.failed.connect(lambda _: self._show(None))
        self.candidates.measured.connect(lambda: self._measured("answers"))
        self._loader.changed.connect(self._model_changed)

    # ---- what is asked ---------------------------------------------------------------
    def read(self, text: str) -> None:
        """The text is what candidate answers follow, and may become the sentence."""
        self._text = text
        self.form.show_text(text)
        self._allow()
        self.said.emit("Swap one word, keep the rest and see how the next word changes.")

    def leave(self) -> None:
        for task, line in ((self.task, self.line), (self.candidates.task, self.candidates.line)):
            if task.running:
                task.drop()
                line.say("")

    @Slot()
    def run(self) -> None:
        if not self.button.isEnabled():
            return
        draft = self.form.draft()
        self.line.begin("Reading the sentences")
        self.task.start(Probe, templates=draft.templates, fillers=draft.fillers, choices=draft.choices)

    @Slot()
    def _model_changed(self) -> None:
        """What was measured was measured with another model."""
        if self._loader.loaded is None or self._loader.loading:
            self.leave()
            self._show(None)
        self._allow()

    @Slot()
    def _edited(self) -> None:
        if self.result is not None or self.task.running:
            self.task.drop()
            self.line.say("")
            self._show(None)
        self._allow()

    def _allow(self) -> None:
        missing = "" if self._loader.loaded is not None else NO_MODEL
        reason = missing or self.form.draft().problem
        if reason:
            self.button.disable(reason)
            self.line.say(reason)
        else:
            self.button.enable()
            if not self.task.running and not self.line.again_button.isVisibleTo(self.line):
                self.line.say("")
        self.candidates.show_text(self._text, missing)

    # ---- what is shown ---------------------------------------------------------------
    @Slot(object)
    def _show(self, result: ProbeResult | None) -> None:
        self.result = result
        for widget in (self.head, self.chart, self.averaged, self.outcome):
            widget.setVisible(result is not None)
        self.begin.setVisible(result is None)
        if result is None:
            return
        self.chart.show_result(result)
        self.averaged.setText(averaged(result))
        self.finding.setText(finding(result))
        self.details.setText(details(result))
        self._measured("probe")

    def _measured(self, what: str) -> None:
        self._newest = what

    # ---- what is kept ----------------------------------------------------------------
    def table(self) -> Table | None:
        """Of what was measured last: the probe, or the candidate answers."""
        if self._newest == "answers" and self.candidates.found:
            rows = [(self._text, one.text, one.share, one.logprob) for one in self.candidates.found]
            return Table("answers", ("text", "answer", "share of these", "nats"), rows)
        if self.result is None:
            return None
        first, second = self.result.choices
        head = ("word", f"log-odds of {first} against {second}", "low, 95%", "high, 95%")
        each = tuple(f"sentence {number}" for number in range(1, self.result.templates + 1))
        return Table("probe", (*head, *each), [(one.filler, one.log_odds, one.low, one.high, *one.each)
                                               for one in self.result.rows])  # fmt: skip

    def picture(self) -> QWidget:
        return self.columns.content
