"""The same question to two or three models with the same random numbers, side by side. Knows names, no library."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QBoxLayout, QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from desktop.bridge import Bridge
from desktop.inspect.job_line import JobLine
from desktop.task import Task
from desktop.theme import Look
from desktop.widgets.button import Button
from desktop.widgets.label import Label
from engine.messages import Message, ModelInfo, Sampling, StageReplies, StageReply

TEMPERATURE = 0.7
NARROW = 520
EXPLAINED = (
    "All of them draw with the same random numbers, so what differs comes from the models. After the first word that "
    "differs they go on from different texts."
)


class ReplyColumn(QFrame):
    """A model's title and what it wrote."""

    def __init__(self, look: Look, stage: str, reply: StageReply) -> None:
        super().__init__()
        self.setProperty("area", "card")
        column, px = QVBoxLayout(self), look.px
        column.setContentsMargins(px(14), px(10), px(14), px(12))
        column.setSpacing(px(4))
        column.addWidget(Label(look, stage, "caption", "ink3"))
        column.addWidget(Label(look, reply.title, "heading", wrap=True))
        self.text = Label(look, reply.text.strip() or "(nothing)", "body", wrap=True)
        self.text.setAccessibleName(f"{reply.title} wrote: {reply.text.strip() or 'nothing'}")
        self.text.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        column.addWidget(self.text, 1, Qt.AlignmentFlag.AlignTop)


class Stages(QWidget):
    def __init__(self, look: Look, bridge: Bridge) -> None:
        super().__init__()
        self._look = look
        self.task = Task(bridge, self)
        self.models: Sequence[ModelInfo] = ()
        self.replies: tuple[StageReply, ...] = ()
        self.seed, self._suggested = 1, ""
        self.question = QLineEdit()
        self.question.setPlaceholderText("A question to all of them")
        self.question.setAccessibleName("Question to all models")
        self.ask_button = Button(look, "Ask them")
        self.other_button = Button(look, "Other random numbers", "shuffle", kind="ghost")
        self.line = JobLine(look, self.task, "Asking the models")
        self._shown: list[ReplyColumn] = []
        self._lay_out()
        self.question.returnPressed.connect(self.ask)
        self.question.textChanged.connect(self._allow)
        self.ask_button.clicked.connect(self.ask)
        self.other_button.clicked.connect(self._other)
        self.line.again.connect(self.ask)
        self.task.done.connect(self._take)
        look.changed.connect(self._restyle)
        self._allow()
        self._restyle()

    def _lay_out(self) -> None:
        row = QHBoxLayout()
        row.addWidget(self.question, 1)
        row.addWidget(self.ask_button)
        self.explained = Label(self._look, EXPLAINED, "small", "ink2", wrap=True)
        self._columns = QBoxLayout(QBoxLayout.Direction.LeftToRight)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addWidget(Label(self._look, "The same question to each", "heading"))
        self._column.addLayout(row)
        self._column.addWidget(self.line)
        self._column.addLayout(self._columns)
        self._column.addWidget(self.explained)
        self._column.addWidget(self.other_button, 0, Qt.AlignmentFlag.AlignLeft)
        self._show_columns()

    def show_models(self, models: Sequence[ModelInfo]) -> None:
        """Those to ask, the base first."""
        if [one.name for one in models] != [one.name for one in self.models]:
            self.task.drop()
            self.line.say("")
            self.models, self.replies = models, ()
            self._show_columns()
        self._allow()

    def suggest(self, question: str) -> None:
        """What is asked as long as the person wrote nothing of their own."""
        if self.question.text() in ("", self._suggested):
            self.question.setText(question)
        self._suggested = question

    @Slot()
    def ask(self) -> None:
        if not self.ask_button.isEnabled():
            return
        self.line.begin("Writing the replies")
        self.task.start(
            StageReplies,
            names=tuple(one.name for one in self.models),
            messages=(Message("user", self.question.text().strip()),),
            sampling=Sampling(temperature=TEMPERATURE, seed=self.seed),
        )

    @Slot()
    def _other(self) -> None:
        self.seed += 1
        self.ask()

    @Slot(object)
    def _take(self, replies: tuple[StageReply, ...]) -> None:
        self.replies = replies
        self._show_columns()

    @Slot()
    def _allow(self) -> None:
        reason = ""
        if len(self.models) < 2:
            reason = "Two models are needed for this."
        elif not self.question.text().strip():
            reason = "Write a question first."
        for button in (self.ask_button, self.other_button):
            if reason:
                button.disable(reason)
            else:
                button.enable()

    def _show_columns(self) -> None:
        for shown in self._shown:
            shown.hide()
            shown.deleteLater()
        stages = {one.name: one.stage for one in self.models}
        self._shown = [ReplyColumn(self._look, stages.get(one.name, "").capitalize(), one) for one in self.replies]
        for column in self._shown:
            self._columns.addWidget(column, 1)
        for widget in (self.explained, self.other_button):
            widget.setVisible(bool(self.replies))

    def resizeEvent(self, event: object) -> None:
        ways = QBoxLayout.Direction
        narrow = self.width() < self._look.px(NARROW)
        self._columns.setDirection(ways.TopToBottom if narrow else ways.LeftToRight)

    @Slot()
    def _restyle(self) -> None:
        px = self._look.px
        self._column.setSpacing(px(8))
        self._columns.setSpacing(px(12))
        self._show_columns()
