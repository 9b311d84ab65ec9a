"""Words: which are used alike, on a map, as a list, and as sums of words."""

from __future__ import annotations

import re

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.amounts import share
from desktop.bridge import Bridge
from desktop.inspect.analogy_row import AnalogyRow
from desktop.inspect.asking import Asking
from desktop.inspect.closest_words import LONGEST, ClosestWords
from desktop.inspect.pieces import shown
from desktop.inspect.place import NO_MODEL, Place
from desktop.inspect.tab import Tab
from desktop.inspect.two_columns import TwoColumns
from desktop.inspect.word_map_view import STEP, WordMapView
from desktop.loader import ModelLoader
from desktop.table import Table
from desktop.theme import Look
from desktop.widgets.icon_button import IconButton
from desktop.widgets.label import Label
from engine.messages import LoadedModel, MapWords, WordMap

WORD = re.compile(r"[^\W\d_]+")
NEAR = 30
NO_WORD = ("There is no word to look up yet.", "Type one below “Closest words”, or write a text above.")
MEANS = "Near means used alike. A flat map bends distances"


class WordsTab(Tab):
    """Needs no text: a word can be typed. A text gives its last word."""

    key = "words"
    title = "Words"

    def __init__(self, look: Look, bridge: Bridge, loader: ModelLoader) -> None:
        super().__init__(look, bridge, loader)
        self._look, self._loader = look, loader
        self._text: str | None = None
        self._model: LoadedModel | None = None
        self._unread = False
        self.word = ""
        self.map: WordMap | None = None
        self.view = WordMapView(look)
        self.said_kept = Label(look, f"{MEANS}.", "small", "ink2", wrap=True)
        self.out = IconButton(look, "minus", "See more of the map")
        self.into = IconButton(look, "plus", "Look closer")
        self.all = IconButton(look, "scan-search", "See all of the map")
        self.place = Place(look, self.view)
        self.asking = Asking(bridge, self.place)
        self.closest = ClosestWords(look, bridge)
        self.analogy = AnalogyRow(look, bridge)
        self.columns = TwoColumns(look, "Words")
        self._lay_out()
        self.asking.answered.connect(self._show_map)
        self.closest.wanted.connect(self.ask)
        self.view.chosen.connect(lambda place: self.ask(shown(self.view.points[place].text)))
        self.out.clicked.connect(lambda: self.view.zoom_by(1 / STEP))
        self.into.clicked.connect(lambda: self.view.zoom_by(STEP))
        self.all.clicked.connect(self.view.show_all)
        self._say_nothing()

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.addWidget(Label(self._look, "Map of words", "heading"))
        head.addStretch(1)
        for button in (self.all, self.out, self.into):
            head.addWidget(button)
        main = self.columns.main
        main.addLayout(head)
        main.addWidget(self.said_kept)
        main.addWidget(self.place, 1)
        main.addWidget(self.analogy)
        self.columns.side.addWidget(self.closest)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.columns)

    # ---- what is asked -----------------------------------------------------------------
    def read(self, text: str) -> None:
        model = self._loader.loaded
        fresh = model != self._model
        if fresh:
            self._model, self.map = model, None
            self.analogy.forget()
        if model is None:
            return self._say_nothing()
        self.said.emit("Select a word on the map or in the list to see its neighbours.")
        word = last_word(text) if text != self._text else ""
        self._text = text
        if word and word != self.word:
            return self.ask(word)
        if self.word and (fresh or self._unread):
            return self.ask(self.word)
        return None if self.word else self._say_nothing()

    @Slot(str)
    def ask(self, word: str) -> None:
        """Look up a word, whoever chose it."""
        self.word, self._unread = word[:LONGEST], False
        if self._loader.loaded is None:
            return self._say_nothing()
        self._enable(True)
        self.closest.ask(self.word)
        return self.asking.ask(MapWords, word=self.word, near=NEAR)

    def leave(self) -> None:
        self.analogy.drop()
        dropped = [self.asking.drop(), self.closest.asking.drop()]
        self._unread = self._unread or any(dropped)

    def _say_nothing(self) -> None:
        self.asking.drop()
        self.closest.asking.drop()
        missing = self._loader.loaded is None
        self.place.say(*(NO_MODEL if missing else NO_WORD))
        self.closest.place.say("" if missing else "The closest words stand here.")
        self._enable(not missing)
        if missing:
            self.said.emit("")

    def _enable(self, ready: bool) -> None:
        reason = "" if ready else NO_MODEL[0]
        self.closest.let_ask(reason)
        self.analogy.let_ask(reason)

    # ---- what came ---------------------------------------------------------------------
    @Slot(object)
    def _show_map(self, words: WordMap) -> None:
        self.map = words
        near = range(1, min(NEAR + 1, len(words.points)))  # the engine gives the word first, then its nearest
        self.view.show_points(words.points, 0 if words.points else -1, list(near))
        kept = share(words.kept)
        self.said_kept.setText(f"{MEANS}: {kept} of each word's 5 nearest are still among its 10 nearest here.")

    # ---- what the page asks ------------------------------------------------------------
    def table(self) -> Table | None:
        """The neighbours with their likeness, then the map."""
        found = self.closest.neighbours
        if self.map is None or not self.place.pictured:
            return None
        likeness = {item.id: item.similarity for item in found.items} if found is not None else {}
        rows = [(shown(point.text), likeness.get(point.id), point.x, point.y) for point in self.map.points]
        return Table(f"Words near {self.word}", ("Word", "Likeness to the asked word", "Map x", "Map y"), rows)

    def picture(self) -> QWidget:
        return self.columns.content


def last_word(text: str) -> str:
    """The last word of a text, or nothing."""
    words = WORD.findall(text)
    return words[-1][:LONGEST] if words else ""
