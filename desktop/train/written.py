"""What the person wrote in chats, gathered a chat at a time so that the window stays alive. Knows the store."""

from __future__ import annotations

from PySide6.QtCore import QObject, QTimer, Signal, Slot

from engine.data.chats import Chats


class Written(QObject):
    """`gathered` comes with the messages, in the order of the chats; asking again starts anew."""

    gathered = Signal(tuple)  # of str

    def __init__(self, chats: Chats, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._chats = chats
        self._left: list[int] = []
        self._texts: list[str] = []
        self._turn = QTimer(self, interval=0)
        self._turn.timeout.connect(self._read_one)

    def start(self) -> None:
        self._left = [chat.id for chat in self._chats.list()]
        self._texts = []
        self._turn.start()

    @Slot()
    def _read_one(self) -> None:
        if not self._left:
            self._turn.stop()
            return self.gathered.emit(tuple(self._texts))
        path = self._chats.path(self._left.pop(0))
        self._texts += [message.text for message in path if message.role == "user" and message.text.strip()]
        return None
