"""The set of pairs on screen, and every change to it with its way back. Knows the store, no widget and no engine."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoStack

from desktop.teach.edits import AddPairs, ChangePairs, RemovePairs
from engine.data.pair_sets import PairField, PairSet, PairSets, PairState, StoredPair
from engine.data.pairs.pair import Pair
from engine.messages import TeachSettings

FIRST_TITLE = "My pairs"
BLOCK = 200
"""How many pairs are read at once around one that is asked for."""
MOST_KNOWN = 20_000


class OpenSet(QObject):
    """`set` is None as long as there is none. Pairs are named by their numbers in the store."""

    opened = Signal()  # another set: everything anew
    listed = Signal()  # a title, or how many pairs there are
    added = Signal(list)
    removed = Signal(list)
    touched = Signal(list)  # other text
    marked = Signal()  # other recall or state

    def __init__(self, sets: PairSets, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.sets = sets
        self.undo = QUndoStack(self)
        self.set: PairSet | None = None
        self.ids: list[int] = []
        self._known: dict[int, StoredPair] = {}

    # ---- which set -------------------------------------------------------------------
    def open(self, pair_set: int | None) -> None:
        """Show a set, or the one that was changed last where there is no such one."""
        found = self.sets.get(pair_set) if pair_set is not None else None
        self.set = found or next(iter(self.sets.list()), None)
        self.ids = self.sets.ids(self.set.id) if self.set else []
        self._known.clear()
        self.undo.clear()
        self.opened.emit()
        self._bring_drafts()

    def new(self, title: str) -> None:
        self.open(self.sets.create(title))

    def rename(self, title: str) -> None:
        if self.set is not None:
            self.sets.rename(self.set.id, title)
            self._recount()

    def delete(self) -> PairSet | None:
        """Returns what was deleted; `restore` brings it back."""
        gone = self.set
        if gone is not None:
            self.sets.delete(gone.id)
            self.open(None)
        return gone

    def restore(self, pair_set: int) -> None:
        self.sets.restore(pair_set)
        self.open(pair_set)

    def needed(self) -> PairSet:
        """The open set, made now if there is none."""
        if self.set is None:
            self.new(FIRST_TITLE)
        assert self.set is not None
        return self.set

    @property
    def settings(self) -> TeachSettings:
        return self.sets.settings(self.set.id) if self.set else TeachSettings()

    def keep_settings(self, settings: TeachSettings) -> None:
        if self.set is not None:
            self.sets.set_settings(self.set.id, settings)

    def _recount(self) -> None:
        self.set = replace(self.sets.get(self.set.id) or self.set, pairs=len(self.ids)) if self.set else None
        self.listed.emit()

    # ---- reading ---------------------------------------------------------------------
    def place(self, pair: int) -> int:
        """Where a pair stands in the whole set, from 0."""
        return bisect_left(self.ids, pair)

    def holds(self, pair: int) -> bool:
        place = self.place(pair)
        return place < len(self.ids) and self.ids[place] == pair

    def pair(self, pair: int) -> StoredPair:
        """Read with its neighbours, so that scrolling asks the store once a page."""
        if pair not in self._known:
            if len(self._known) > MOST_KNOWN:
                self._known.clear()
            start = max(self.place(pair) - BLOCK // 2, 0)
            self._known.update((one.id, one) for one in self.sets.read(self.ids[start : start + BLOCK]))
        return self._known[pair]

    def pairs(self, ids: Iterable[int]) -> list[StoredPair]:
        return [self.pair(one) for one in ids]

    # ---- changing, each with its way back --------------------------------------------
    def write(self, pair: int, field: PairField, text: str) -> None:
        """Other text makes a pair a new one: what it was taught is not what it says now."""
        before = self.pair(pair)
        if getattr(before, field) != text:
            after = replace(before, state="", recall=None, **{field: text})
            self.undo.push(ChangePairs(self, [before], [after], "Edit"))

    def add(self, pairs: Sequence[Pair], what: str = "Add pairs") -> list[int]:
        command = AddPairs(self, self.needed().id, pairs, what)
        self.undo.push(command)
        return command.ids

    def remove(self, ids: Sequence[int]) -> None:
        if ids:
            self.undo.push(RemovePairs(self, sorted(ids)))

    def mend(self, changed: Sequence[StoredPair], gone: Sequence[int], what: str) -> None:
        """Several repairs that are undone as one."""
        self.undo.beginMacro(what)
        if changed:
            self.undo.push(ChangePairs(self, self.pairs(one.id for one in changed), changed, what))
        self.remove(gone)
        self.undo.endMacro()

    def mark(self, states: Sequence[tuple[int, PairState, float | None]]) -> None:
        """What a run measured; no edit, so nothing to undo."""
        self.sets.mark(states)
        for pair, state, recall in states:
            if pair in self._known:
                self._known[pair] = replace(self._known[pair], state=state, recall=recall)
        self.marked.emit()

    def way_back(self, ids: Sequence[int], *, added: bool) -> Callable[[], None]:
        """What takes this very change back, even where others came after it. Make it right after the change."""
        place, pair_set = self.undo.index(), self.set.id if self.set else None

        def take() -> None:
            here = self.set is not None and self.set.id == pair_set
            if here and self.undo.index() == place:
                self.undo.undo()
            elif here and added:
                self.remove([one for one in ids if self.holds(one)])
            elif added:
                self.sets.remove(ids)
                self.listed.emit()
            else:
                self.sets.bring_back(ids)
                self.open(pair_set)

        return take

    # ---- what the edits are made of --------------------------------------------------
    def put_in(self, pairs: Sequence[StoredPair]) -> None:
        self.sets.put(pairs)
        self._known.update((one.id, one) for one in pairs)
        self.touched.emit([one.id for one in pairs])

    def take_up(self, ids: Sequence[int]) -> None:
        """Pairs that are in the store now are listed."""
        if self.ids and ids and ids[0] < self.ids[-1]:
            self.ids = sorted([*self.ids, *ids])
        else:
            self.ids += ids
        self._recount()
        self.added.emit(list(ids))

    def store_new(self, pair_set: int, pairs: Sequence[Pair]) -> list[int]:
        return self.sets.add(pair_set, pairs)

    def take_back(self, ids: Sequence[int]) -> None:
        """Pairs that were taken out are in the store and listed again."""
        self.sets.bring_back(ids)
        self.take_up(ids)

    def take_out(self, ids: Sequence[int]) -> None:
        gone = set(ids)
        self.sets.remove(ids)
        self.ids = [one for one in self.ids if one not in gone]
        self._recount()
        self.removed.emit(list(ids))

    # ---- what is being typed ---------------------------------------------------------
    def keep_draft(self, pair: int, field: PairField, text: str) -> None:
        self.sets.keep_draft(pair, field, text)

    def drop_draft(self, pair: int) -> None:
        self.sets.drop_draft(pair)

    def _bring_drafts(self) -> None:
        """What was being typed when the app died is in the table, and undo takes it out again."""
        for pair, field, text in self.sets.drafts(self.set.id) if self.set else ():
            self.write(pair, field, text)
            self.drop_draft(pair)
