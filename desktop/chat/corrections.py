"""Opens Correct and teach for a reply, and says how it ended to who closed it before. Knows the open chat."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from desktop.chat.conversation import Conversation
from desktop.chat.correct_dialog import CorrectDialog
from desktop.chat.facts import learned
from desktop.chat.reasons import why_not_taught
from desktop.notices import Notices
from desktop.theme import Look
from engine.data.chats import StoredMessage
from engine.messages import Corrected, Failed


class Corrections(QObject):
    """`dialog` is None where none is open."""

    def __init__(self, look: Look, talk: Conversation, notices: Notices, page: QWidget) -> None:
        super().__init__(page)
        self._look, self._talk, self._notices, self._page = look, talk, notices, page
        self.dialog: CorrectDialog | None = None
        talk.correcting.done.connect(self._done)
        talk.correcting.failed.connect(self._failed)

    @Slot(object)
    def open(self, message: StoredMessage) -> None:
        talk = self._talk
        question = next((m for m in talk.messages if m.id == message.parent), None)
        if question is not None and not why_not_taught(talk, message):
            texts = (question.text, message.text.strip(), talk.options.instructions(talk.chat))
            self.dialog = CorrectDialog(self._look, talk.correcting, *texts, self._page)
            self.dialog.finished.connect(self._closed)
            self.dialog.open()

    @Slot()
    def _closed(self) -> None:
        self.dialog = None
        self._page.activateWindow()  # some window managers leave nobody the keyboard

    @Slot(object)
    def _done(self, corrected: Corrected) -> None:
        if self.dialog is None:
            self._notices.info(learned(corrected))

    @Slot(object)
    def _failed(self, failed: Failed) -> None:
        if self.dialog is None or failed.report:  # a report is there to be copied, which the dialog cannot
            self._notices.error(failed.message, failed.hint, failed.report)
