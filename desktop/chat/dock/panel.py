"""The dock beside the chat, drawn: what it follows, the next words, what the sampler keeps, how sure the reply is.

Knows places and numbers; asks nobody.
"""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from desktop.chat.certainty import Certainty
from desktop.chat.dock.place import Place
from desktop.chat.dock.this_reply import ThisReply
from desktop.chat.dock.wording import DRAFT, FROM_RECEIPT, finding, followed, how, kept, noted, rows_after, rows_before
from desktop.chat.popover import bars_of
from desktop.metrics import CHAT_HEADER
from desktop.theme import Look
from desktop.widgets.area import hairline
from desktop.widgets.icon_button import IconButton
from desktop.widgets.label import ElidedLabel, Label
from desktop.widgets.segmented import Segmented
from desktop.widgets.stage_rows import stage_rows
from desktop.widgets.waterfall import NARROW, Waterfall
from desktop.widgets.word_bars import WordBars
from engine.messages import Chance, ChatChances, XRayStage

STAGES = (("model", "Model"), ("sampler", "After sampler"))


class DockPanel(QFrame):
    """`chosen` has the number of a word that is to be written; `closed` the wish to be shut."""

    chosen = Signal(int)
    closed = Signal()

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.place: Place | None = None
        self.chances: ChatChances | None = None
        self._blocked = ""
        self.setProperty("area", "panel")
        self.setAccessibleName("Next word")
        self.stage = Segmented(look, STAGES, "Chances")
        self.close_button = IconButton(look, "x", "Close the next words (they can be opened again above the chat)")
        self.save_button = IconButton(look, "download", "Save the next words")
        self.after = ElidedLabel(look, "", "small", "ink2")
        self.finding = QLabel()
        self.finding.setTextFormat(Qt.TextFormat.RichText)
        self.finding.setWordWrap(True)
        self.note = Label(look, "", "small", "ink2", wrap=True)
        self.bars = WordBars(look, "Next words")
        self.how = Label(look, "", "small", "ink3", wrap=True)
        self.waterfall = Waterfall(look, NARROW)
        self.kept = Label(look, "", "small", "ink2", wrap=True)
        for part in (self.bars, self.waterfall):
            part.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.reply = ThisReply(look)
        self._lay_out()
        self.stage.chosen.connect(lambda _: self._draw())
        self.close_button.clicked.connect(self.closed)
        self.bars.chosen.connect(self.chosen)
        look.changed.connect(self._restyle)
        self._restyle()
        self.say("")

    # ---- layout ------------------------------------------------------------------------
    def _lay_out(self) -> None:
        look = self._look
        self._head = QWidget()
        self._head_row = row = QHBoxLayout(self._head)
        row.addWidget(Label(look, "Next word", "section"))
        row.addStretch(1)
        row.addWidget(self.stage, 0, Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(self.close_button)
        self._sampler = QWidget()
        sampler = QVBoxLayout(self._sampler)
        sampler.setContentsMargins(0, 0, 0, 0)
        heading = QHBoxLayout()
        heading.addWidget(Label(look, "What the sampler keeps", "heading"), 1)
        heading.addWidget(Label(look, "tokens left", "small", "ink3"))
        for part in (hairline(), heading, self.waterfall, self.kept):
            sampler.addLayout(part) if isinstance(part, QHBoxLayout) else sampler.addWidget(part)
        self._sampler_column = sampler
        self.picture = inside = QWidget()
        self._column = QVBoxLayout(inside)
        self._where = QWidget()
        where = QHBoxLayout(self._where)
        where.setContentsMargins(0, 0, 0, 0)
        where.addWidget(self.after, 1)
        where.addWidget(self.save_button)
        for part in (self._where, self.finding, self.note, self.bars, self.how, self._sampler, self.reply):
            self._column.addWidget(part)
        self._column.addStretch(1)
        scroll = _scrolling(inside)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        for part in (self._head, hairline(), scroll):
            whole.addWidget(part, 1 if part is scroll else 0)

    @Slot()
    def _restyle(self) -> None:
        px = self._look.px
        self._head.setFixedHeight(px(CHAT_HEADER))
        self._head_row.setContentsMargins(px(16), 0, px(8), 0)
        self._head_row.setSpacing(px(8))
        self._column.setContentsMargins(px(16), px(8), px(16), px(16))
        self._column.setSpacing(px(8))
        self._sampler_column.setSpacing(px(8))
        self.finding.setFont(self._look.font("finding"))

    # ---- showing -----------------------------------------------------------------------
    def say(self, sentence: str) -> None:
        """Instead of numbers: why there are none."""
        self.place = self.chances = None
        self.note.setText(sentence)
        self.note.setVisible(bool(sentence))
        for part in (self._where, self.finding, self.bars, self.how, self._sampler):
            part.hide()

    def show_place(self, place: Place, chances: ChatChances | None, blocked: str) -> None:
        """`blocked` says why the reply cannot go on from here; empty where it can.

        Without `chances` they are not known yet, or another model wrote the reply, and its receipt is shown.
        """
        self.place, self.chances, self._blocked = place, chances, blocked
        self._draw()

    def same_text(self, place: Place) -> bool:
        """Whether the numbers that stand here are of this message or reply: they may stay until new ones come."""
        here = self.place
        return (
            here is not None
            and self.chances is not None
            and not place.model
            and (here.message and here.message.id) == (place.message and place.message.id)
        )

    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self._restyle()  # a font that was set before the first style sheet is lost

    def show_reply(self, certainty: Certainty, position: int | None) -> None:
        """How sure the whole reply was; `position` is the token that is looked at."""
        self.reply.show_certainty(certainty, position)

    @property
    def after_sampler(self) -> bool:
        """Whether the bars show what the sampler leaves; of what a person writes it leaves nothing out."""
        draft = self.place is not None and self.place.kind == "draft"
        return self.stage.value() == "sampler" and not draft

    def items(self) -> tuple[Chance, ...]:
        """What the rows stand for, without the last one for all others."""
        if self.chances is None:
            return ()
        after = self.after_sampler and self.chances.stages
        return self.chances.stages[-1].items if after else self.chances.words.items

    def _draw(self) -> None:
        place, chances = self.place, self.chances
        if place is None:
            return
        self.after.setText(followed(place))
        self._where.show()
        after = self.after_sampler
        rows = []
        if chances is not None:
            rows = rows_after(place, chances) if after else rows_before(place, chances)
        elif place.model and place.written is not None:
            rows = bars_of(place.written)[0]
        self.bars.show_rows(rows)
        self.finding.setText(finding(place, chances, after=after))
        self.note.setText(FROM_RECEIPT.format(model=place.model) if place.model else noted(place))
        self.how.setText(DRAFT if place.kind == "draft" else how(self._blocked, after=after))
        self.stage.setEnabled(place.kind != "draft" and not place.model)
        stages = chances.stages if chances is not None else ()
        self._draw_stages(stages, place)
        for part in (self.finding, self.note, self.how):
            part.setVisible(bool(rows) and bool(part.text()))
        self.bars.setVisible(bool(rows))

    def _draw_stages(self, stages: tuple[XRayStage, ...], place: Place) -> None:
        self._sampler.setVisible(bool(stages))
        if stages:
            self.waterfall.show_stages(stage_rows(stages, place.asked["sampling"]))
            self.kept.setText(kept(stages[-1]))


def _scrolling(inside: QWidget) -> QScrollArea:
    """Where the window is not high enough."""
    scroll = QScrollArea()
    scroll.setFrameShape(QFrame.Shape.NoFrame)
    scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
    scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    scroll.setWidgetResizable(True)
    scroll.setWidget(inside)
    scroll.viewport().setAutoFillBackground(False)
    inside.setAutoFillBackground(False)
    return scroll
