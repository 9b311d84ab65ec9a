"""The run while it goes on: how far, how well, what it answers, and the ways to stop it. Knows the run, no engine."""

from __future__ import annotations

from PySide6.QtCore import QSize, QTimer, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QFrame, QVBoxLayout, QWidget

from desktop.amounts import about, counted, share
from desktop.notices import announce
from desktop.teach.before_after import BeforeAfter
from desktop.teach.loss_chart import LossChart
from desktop.teach.open_set import OpenSet
from desktop.teach.run import TeachRun
from desktop.teach.share_meter import ShareMeter
from desktop.theme import Look
from desktop.widgets.area import hairline
from desktop.widgets.button import Button
from desktop.widgets.folding_row import FoldingRow
from desktop.widgets.label import ElidedLabel, Label
from desktop.widgets.meter_bar import MeterBar
from engine.messages import Measured

STOPS_AT, FORGOTTEN_END = 0.03, 0.04
"""General text predicted this much worse ends a run; the bar reaches a little further."""
DRAW_MS = 100
NARROW, WIDE = 640, 900
"""Below the first the parts stand below each other; from the second on there is room for more than words."""


class RunView(QFrame):
    """Made when the first run begins, since the chart's library takes a third of a second to come."""

    cancelling = Signal()

    def __init__(self, look: Look, pairs: OpenSet, run: TeachRun, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look, self._run = look, run
        self._announced = 0
        self.facts = ""
        self.setProperty("area", "card")
        self.setAccessibleName("Teaching")
        self._make_head()
        self.chart = LossChart(look)
        self.answered = ShareMeter(look, "Your pairs answered", "k3")
        self.rephrased = ShareMeter(look, "Same question, other words", "k3")
        self.forgotten = ShareMeter(look, "Forgotten", "c2u", STOPS_AT / FORGOTTEN_END)
        self.samples = BeforeAfter(look, pairs, run)
        self._drawing = QTimer(self, singleShot=True, interval=DRAW_MS)
        self._drawing.timeout.connect(self._draw)
        self._lay_out()
        self._wire()
        look.changed.connect(self._restyle)
        self._restyle()
        self.show_run()

    def _make_head(self) -> None:
        look = self._look
        self.title = Label(look, "", "heading")
        self.progress_text = Label(look, "", "small", "ink2")
        self.meter = MeterBar(look, "Progress of teaching")
        self.facts_label = ElidedLabel(look, "", "small", "ink3")
        self.pause = Button(look, "Pause", "pause")
        self.keep = Button(look, "Stop and keep best")
        self.cancel = Button(look, "Cancel", kind="ghost")

    def _lay_out(self) -> None:
        self._head = FoldingRow(self._look, (16, 7, 10, 7), 10)
        for widget in (self.title, self.progress_text, self.meter):
            self._head.first.addWidget(widget)
        self._head.first.addStretch(1)
        self._head.first.addWidget(self.facts_label)
        for widget in (self.cancel, self.pause, self.keep):
            self._head.second.addWidget(widget)
        self._meters = QVBoxLayout()
        for meter in (self.answered, self.rephrased, self.forgotten):
            self._meters.addWidget(meter)
        self._meters.addStretch(1)
        self._boxes = [QVBoxLayout() for _ in range(3)]
        self._boxes[0].addWidget(self.chart)
        self._boxes[1].addLayout(self._meters)
        self._boxes[2].addWidget(self.samples)
        self._body = body = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        body.setSpacing(0)
        self._lines = [hairline(vertical=True), hairline(vertical=True)]
        for number, box in enumerate(self._boxes):
            if number:
                body.addWidget(self._lines[number - 1])
            body.addLayout(box, (4, 3, 4)[number])
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self._head)
        column.addWidget(hairline())
        column.addLayout(body, 1)

    def minimumSizeHint(self) -> QSize:
        """As narrow as its widest part: then they stand below each other."""
        widths = [box.minimumSize().width() for box in self._boxes]
        return QSize(max(self._head.minimumSizeHint().width(), *widths), super().minimumSizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        ways, width = QBoxLayout.Direction, self.width()
        self._body.setDirection(ways.TopToBottom if width < self._look.px(NARROW) else ways.LeftToRight)
        for line in self._lines:
            line.setVisible(self._body.direction() == ways.LeftToRight)
        for widget in (self.meter, self.facts_label):
            widget.setVisible(width >= self._look.px(WIDE))

    def _wire(self) -> None:
        self.pause.clicked.connect(lambda: self._run.go_on() if self._run.phase == "paused" else self._run.pause())
        self.keep.clicked.connect(self._run.keep_best)
        self.cancel.clicked.connect(self.cancelling)
        self._run.changed.connect(self._show_state)
        self._run.stepped.connect(lambda _: self._drawing.isActive() or self._drawing.start())
        self._run.measured.connect(self._show_measure)

    def show_run(self) -> None:
        """A run has begun: everything anew."""
        self._announced = 0
        for meter in (self.answered, self.rephrased, self.forgotten):
            meter.show_share(0, "", "Not measured yet.")
        if self._run.measures:
            self._show_measure(self._run.measures[-1])
        self.samples.begin()
        self._show_state()
        self._draw()

    def show_facts(self, facts: str) -> None:
        """Where it runs, and in how much memory."""
        self.facts_label.setText(facts)

    # ---- following the run -----------------------------------------------------------
    @Slot()
    def _show_state(self) -> None:
        run, step = self._run, self._run.step
        self.title.setText(f"Teaching {run.title}")
        self.progress_text.setText(progress_of(run))
        self.meter.show_value(step.step / step.steps if step else 0, progress_of(run))
        paused = run.phase == "paused"
        self.pause.setText("Continue" if paused else "Pause")
        self.pause.set_icon("play" if paused else "pause")
        ending = run.phase in ("ending", "stopping")
        for button in (self.pause, self.keep, self.cancel):
            if ending:
                button.disable("The run is ending.")
            else:
                button.enable()
        if not ending and not run.best:  # step 0 is the model as it was
            self.keep.disable("There is no measured step to keep yet.")
        tenth = 10 * step.step // step.steps if step else 0
        if tenth > self._announced:
            self._announced = tenth
            announce(self, f"Teaching {run.title}: {progress_of(run)}")

    @Slot()
    def _draw(self) -> None:
        self.chart.show_rows(self._run.rows, self._run.best)

    @Slot(object)
    def _show_measure(self, measured: Measured) -> None:
        count = len(self._run.lessons)
        right = round(measured.pairs * count)
        self.answered.show_share(measured.pairs, share(measured.pairs), f"{right} of {count}, word for word")
        self.rephrased.show_share(
            measured.rephrased, share(measured.rephrased), "asked in words that it was not taught"
        )
        risen = max(measured.forgotten, 0.0)
        stops = f"The run stops by itself at {STOPS_AT:.0%}"
        self.forgotten.show_share(risen / FORGOTTEN_END, f"{risen:.1%} of general text", stops)
        self._draw()

    @Slot()
    def _restyle(self) -> None:
        px = self._look.px
        self.meter.setFixedWidth(px(120))
        self._meters.setSpacing(px(12))
        for number, box in enumerate(self._boxes):
            box.setContentsMargins(px(16 if number == 0 else 18), px(10), px(8 if number == 0 else 18), px(8))


def progress_of(run: TeachRun) -> str:
    """ "Step 124 of 150, about 40 s left" """
    step = run.step
    if run.phase == "ending":
        return "Ending after this step, keeping the best"
    if run.phase == "stopping":
        return "Stopping"
    if step is None:
        note = run.note or f"Getting {counted(len(run.lessons), 'pair')} ready"
        return f"{note}, paused" if run.phase == "paused" else note
    where = f"{step.step:,} of {step.steps:,}"
    if run.phase == "paused":
        return f"Paused at step {where}"
    if run.note:
        return run.note if step.step == step.steps else f"Step {where}. {run.note}"
    return f"Step {where}, {about(step.seconds_left)} left" if step.seconds_left > 0 else f"Step {where}"
