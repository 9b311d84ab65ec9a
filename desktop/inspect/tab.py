"""What every tab of Look inside is to the page around it. Knows no tab."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.bridge import Bridge
from desktop.loader import ModelLoader
from desktop.table import Table
from desktop.theme import Look


class Tab(QWidget):
    """The page calls `read` with its text whenever that settled while the tab is seen, and when the tab comes up stale.

    `said` is the sentence under the text; `asked` puts a text into the box.
    """

    key: ClassVar[str]
    title: ClassVar[str]
    said = Signal(str)
    asked = Signal(str)

    def __init__(self, look: Look, bridge: Bridge, loader: ModelLoader) -> None:
        """What every tab is made of; it keeps of them what it needs."""
        super().__init__()

    def read(self, text: str) -> None:
        """Show this text under the loaded model. An empty text, or no model, shows what to do instead."""
        raise TypeError(f"{type(self).__name__} reads nothing")

    def leave(self) -> None:
        """Another tab or page is seen: drop the job that runs, if one does."""

    def table(self) -> Table | None:
        """None while there is nothing to export."""
        return None

    def picture(self) -> QWidget:
        """The part that is saved as PNG or SVG."""
        return self
