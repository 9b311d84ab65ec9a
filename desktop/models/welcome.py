"""The first thing a person sees: the models that are there to begin with, and the way to bring another."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, QTimer, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QLabel, QScrollArea, QVBoxLayout, QWidget

from desktop.bridge import Bridge
from desktop.models import wording
from desktop.models.adding import AddingCard
from desktop.models.choosing import choose
from desktop.models.library import ModelLibrary
from desktop.models.terms import agree, asks_for_terms
from desktop.models.welcome_card import WelcomeCard
from desktop.notices import Notices
from desktop.theme import Look
from desktop.widgets.button import Button
from desktop.widgets.dropping import Dropping
from desktop.widgets.label import Label
from engine.messages import Failed, ModelInfo

TITLE = "Pick a model to start with"
TEXT = (
    "A model writes one word after another. Nextword shows you each choice, and what else it might have written. "
    "You can change the model later."
)
ABOUT = {
    "starter": "Made from scratch by this project. It knows a small world of animals, colours and a little town, well.",
    "smollm2-135m": "Answers short questions in clear English. Small and quick, and often wrong about facts.",
    "gemma-3-270m": "Continues a text rather than answering. Its makers ask you to agree to terms first.",
}
WIDTH = 600
MOST = 2
"""Cards for models; what else is in the library is found on the Models page."""


class WelcomePage(QWidget):
    """Emits `chosen` with the name of a model that is in the library."""

    chosen = Signal(str)

    def __init__(self, look: Look, bridge: Bridge, notices: Notices, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look, self._notices = look, notices
        self._library = ModelLibrary(bridge, self)
        self.adding = AddingCard(look, bridge)
        self.cards: list[WelcomeCard] = []
        self._cards_row = QHBoxLayout()
        self._mark, self._lock = QLabel(), QLabel()
        self._lay_out()
        self._library.changed.connect(self._listed)
        self._library.failed.connect(self._failed)
        self.adding.added.connect(lambda info: self.chosen.emit(info.name))
        self.adding.other_wanted.connect(self._choose_file)
        Dropping(look, self).dropped.connect(self.adding.add)
        look.changed.connect(self._restyle)
        self._restyle()
        self._fill()

    def refresh(self) -> None:
        """Read again what there is."""
        self._library.refresh()

    def _lay_out(self) -> None:
        inside = QWidget()
        self._column = QVBoxLayout(inside)
        middle = Qt.AlignmentFlag.AlignHCenter
        self._text = Label(self._look, TEXT, "reading", "ink2", wrap=True)
        self._text.setAlignment(middle)
        self._column.addStretch(1)
        self._column.addWidget(self._mark, 0, middle)
        self._column.addWidget(Label(self._look, TITLE, "hero"), 0, middle)
        self._column.addLayout(_centred(self._text))
        self._column.addSpacing(self._look.px(12))
        self._column.addLayout(self._cards_row)
        self._column.addLayout(_centred(self.adding))
        foot = QHBoxLayout()
        foot.setSpacing(self._look.px(8))
        foot.addStretch(1)
        foot.addWidget(self._lock)
        offline = "Works without internet. Chats and models stay in one folder on this computer."
        foot.addWidget(Label(self._look, offline, "small", "ink2"))
        foot.addStretch(1)
        self._column.addLayout(foot)
        self._column.addStretch(2)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setWidget(inside)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(scroll)

    # ---- cards -------------------------------------------------------------------------------
    @Slot()
    def _listed(self) -> None:
        self._fill()

    def _fill(self) -> None:
        while item := self._cards_row.takeAt(0):
            widget = item.widget()
            if widget is not None:
                widget.hide()
                widget.deleteLater()
        models = sorted((info for info in self._library.models if not info.problem), key=_ease)[:MOST]
        self.cards = [self._model_card(info, first=n == 0) for n, info in enumerate(models)]
        self.cards.append(self._file_card(first=not models))
        self._cards_row.addStretch(1)
        for card in self.cards:
            self._cards_row.addWidget(card)
        self._cards_row.addStretch(1)

    def _model_card(self, info: ModelInfo, *, first: bool) -> WelcomeCard:
        verdict = wording.VERDICTS[info.fit.verdict]
        family = f"A model of the {wording.family(info)} family. {wording.kind(info)}."
        card = WelcomeCard(
            self._look,
            "message-square",
            info.title,
            ABOUT.get(info.name, family),
            facts=f"{wording.in_short(info)}\nLicence: {info.licence or 'not stated'}",
            verdict=(verdict.icon, verdict.color, f"{verdict.word}: {wording.need(info.fit)}"),
            first=first,
        )
        self._button(card, "Read its terms" if asks_for_terms(info) else "Start now", info, first=first)
        return card

    def _button(self, card: WelcomeCard, text: str, info: ModelInfo, *, first: bool) -> None:
        button = card.add_button(text, primary=first)
        button.setAccessibleName(f"{text}: {info.title}")
        button.clicked.connect(lambda: agree(self._look, info, self, lambda: self.chosen.emit(info.name)))
        if first:
            # Not at once: the card is not in the page yet, and the window would keep the focus on its first button.
            QTimer.singleShot(0, button, lambda: self._offer(button))

    def _offer(self, button: Button) -> None:
        """Enter starts with the first model, unless the person is already somewhere on the page."""
        if self.isVisible() and not self.isAncestorOf(self.window().focusWidget() or self.window()):
            button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _file_card(self, *, first: bool) -> WelcomeCard:
        card = WelcomeCard(
            self._look,
            "folder-open",
            "A model file you have",
            "Opens GGUF and Safetensors of the Llama, Qwen 2, Qwen 3 and Gemma 3 families. Drop it here, or choose it.",
            facts=self._room(),
            verdict=("info", "ink2", "Checked before it is loaded"),
            first=first,
        )
        self.open_file: Button = card.add_button("Open a file", primary=first)
        self.open_folder: Button = card.add_button("Open a folder")
        self.open_file.clicked.connect(self._choose_file)
        self.open_folder.clicked.connect(lambda: choose(self, lambda path: self.adding.add([path]), folder=True))
        return card

    def _room(self) -> str:
        if not self._library.known:
            return "Looking at this computer\n"
        library = self._library
        return f"{library.computer}\n{wording.amount(library.memory_free)} of memory free"

    @Slot()
    def _choose_file(self) -> None:
        choose(self, lambda path: self.adding.add([path]))

    @Slot(object)
    def _failed(self, failed: Failed) -> None:
        self._notices.error(failed.message, failed.hint, failed.report)

    @Slot()
    def _restyle(self) -> None:
        px = self._look.px
        self._mark.setPixmap(self._look.pixmap("mark", "accent", 40))
        self._lock.setPixmap(self._look.pixmap("lock", "ink2", 14))
        self._text.setFixedWidth(px(WIDTH))
        self.adding.setFixedWidth(px(WIDTH + 20))
        self._cards_row.setSpacing(px(20))
        self._column.setContentsMargins(px(24), px(24), px(24), px(24))
        self._column.setSpacing(px(16))

    def sizeHint(self) -> QSize:
        return QSize(self._look.px(1000), self._look.px(640))


def _ease(info: ModelInfo) -> tuple[bool, bool, bool, bool, int]:
    """What is easiest to begin with comes first: no terms, fits, answers, knows more than a small world, small."""
    shipped = info.source == "shipped"
    return asks_for_terms(info), info.fit.verdict == "too big", not info.has_template, shipped, info.parameters


def _centred(widget: QWidget) -> QHBoxLayout:
    """Not by alignment: an aligned widget is never asked how high it is at its width, and long texts are cut."""
    row = QHBoxLayout()
    row.addStretch(1)
    row.addWidget(widget)
    row.addStretch(1)
    return row
