"""From a reply to what is inside it: the card of a token, jumps to places of doubt, what mattered for it.

Knows who asks and who answers; draws nothing.
"""

from __future__ import annotations

from PySide6.QtCore import QObject

from desktop.chat.context_view import ContextDialog
from desktop.chat.conversation import Conversation
from desktop.chat.inspect_token import TokenInspector
from desktop.chat.jumping import Jumps
from desktop.chat.prompt import prompt_of
from desktop.chat.rows import Rows
from desktop.chat.transcript import Transcript
from desktop.loader import ModelLoader
from desktop.notices import Notices
from desktop.saving import Saving
from desktop.theme import Look
from engine.data.chats import StoredMessage


class Looking(QObject):
    def __init__(
        self,
        look: Look,
        rows: Rows,
        transcript: Transcript,
        talk: Conversation,
        loader: ModelLoader,
        notices: Notices,
    ) -> None:
        super().__init__(transcript)
        self._look, self._transcript, self._talk = look, transcript, talk
        self._loader, self._notices = loader, notices
        self.inspector = TokenInspector(look, transcript, talk)
        self._jumps = Jumps(transcript, talk)
        rows.token_wanted.connect(self._jumps.go)
        rows.jumping.connect(self._jumps.within)
        rows.weighing.connect(self.weigh)

    def weigh(self, message: StoredMessage) -> ContextDialog | None:
        """Show what each earlier message did for this reply."""
        messages, model = self._talk.messages, self._talk.model
        until = next((n for n, one in enumerate(messages) if one.id == message.parent), None)
        if until is None or model is None:
            return None
        turn = self._talk.receipts.turn(message.id)
        prompt = prompt_of(self._talk.options.instructions(self._talk.chat), messages[: until + 1])
        other = turn is None or turn.model_sha256 != model.sha256
        cards = turn.cards if turn else ()
        dialog = ContextDialog(
            self._look, self._talk.weighing, prompt, message.text, cards, model.title, self._transcript
        )
        dialog.say_origin(edited=turn is None, other=other)
        Saving(self._look, self._loader, self._notices, dialog.seen, dialog, dialog.save_button)
        dialog.open()
        return dialog
