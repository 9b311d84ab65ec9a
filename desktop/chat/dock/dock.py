"""The next words beside the chat: the panel, what it follows, and what choosing a word does. Says who hears whom."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Slot

from desktop.chat.composer import Composer
from desktop.chat.conversation import Conversation
from desktop.chat.dock.following import Before, Following
from desktop.chat.dock.growing import Growing
from desktop.chat.dock.panel import DockPanel
from desktop.chat.dock.place import Place
from desktop.chat.dock.this_reply import NONE
from desktop.chat.dock.wording import table_of
from desktop.chat.jumping import Jumps
from desktop.chat.reasons import why_not_on
from desktop.chat.transcript import Transcript
from desktop.export import BEFORE_SAMPLER
from desktop.loader import ModelLoader
from desktop.notices import Notices, announce
from desktop.saving import Saving, Seen
from desktop.theme import Look
from desktop.wording import continued
from engine.messages import ChatChances

AFTER_SAMPLER = "words: model, before the sampler; bars: after the sampler"


class Dock(QObject):
    def __init__(
        self,
        look: Look,
        loader: ModelLoader,
        talk: Conversation,
        transcript: Transcript,
        composer: Composer,
        before: Before,
        notices: Notices,
    ) -> None:
        super().__init__(transcript)
        self._talk, self._transcript, self._composer = talk, transcript, composer
        self._jumps, self._growing = Jumps(transcript, talk), Growing(talk.receipts)
        self.panel = DockPanel(look)
        self.saving = Saving(look, loader, notices, self._seen, self.panel, self.panel.save_button)
        self.following = Following(loader, talk, transcript, composer, before)
        self.following.moved.connect(self._move)
        self.following.found.connect(self._find)
        self.following.lost.connect(self._lose)
        self.panel.chosen.connect(self._choose)
        self.panel.reply.chosen.connect(self._go)
        self.panel.reply.jump.connect(self._jump)
        self.panel.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """The engine is asked only while the panel is seen."""
        if watched is self.panel and event.type() in (QEvent.Type.Show, QEvent.Type.Hide):
            self.following.wake(event.type() == QEvent.Type.Show)
        return False

    # ---- showing -----------------------------------------------------------------------
    @Slot(object)
    def _move(self, place: Place) -> None:
        if not self.panel.same_text(place):
            self.panel.show_place(place, None, self._blocked(place))
        message = place.message
        certainty = NONE if message is None else self._growing.certainty(message.id)
        self.panel.show_reply(certainty, place.position if place.written is not None else None)

    @Slot(object, object)
    def _find(self, place: Place, chances: object) -> None:
        if isinstance(chances, ChatChances):
            self.panel.show_place(place, chances, self._blocked(place))

    @Slot(str)
    def _lose(self, sentence: str) -> None:
        self.panel.say(sentence)
        self.panel.show_reply(NONE, None)

    def _blocked(self, place: Place) -> str:
        return "" if place.message is None else why_not_on(self._talk, place.message)

    def _seen(self) -> Seen:
        place, chances = self.panel.place, self.panel.chances
        table = None if chances is None else table_of(chances)
        stage = AFTER_SAMPLER if self.panel.after_sampler else BEFORE_SAMPLER
        return Seen("Next word", "" if place is None else place.before, table, self.panel.picture, stage)

    # ---- doing -------------------------------------------------------------------------
    @Slot(int)
    def _choose(self, row: int) -> None:
        """Go on with this word: in the reply as a new version, in a message where the cursor stands."""
        place, shown = self.panel.place, self.panel.items()
        if place is None or row >= len(shown):
            return None
        if place.message is None:
            return self._write(place.before, shown[row].text)
        blocked = self._blocked(place)
        if blocked:
            return announce(self.panel, blocked)
        return self._talk.branch(place.message, place.position, shown[row].ids)

    def _write(self, before: str, word: str) -> None:
        started = self.panel.chances.words.started if self.panel.chances is not None else ""
        whole = continued(before, word, started)
        same = len(before) if whole.startswith(before) else len(before) - len(started)
        self._composer.write(before[same:], whole[same:])

    @Slot(int)
    def _go(self, position: int) -> None:
        place = self.panel.place
        if place is not None and place.message is not None:
            self._jumps.go(place.message.id, position)

    @Slot(str, int)
    def _jump(self, doubt: str, way: int) -> None:
        place = self.panel.place
        if place is not None and place.message is not None:
            self._jumps.within(place.message.id, "forks" if doubt == "forks" else "unsure", way)
