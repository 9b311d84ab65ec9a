"""The kinds of change to a set of pairs, each of which knows how to take itself back. Knows no widget and no store."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtGui import QUndoCommand

from engine.data.pair_sets import StoredPair
from engine.data.pairs.pair import Pair


class Editable(Protocol):
    """What the edits are made of: a set that can take pairs in, up and out."""

    def put_in(self, pairs: Sequence[StoredPair]) -> None: ...
    def store_new(self, pair_set: int, pairs: Sequence[Pair]) -> list[int]: ...
    def take_up(self, ids: Sequence[int]) -> None: ...
    def take_back(self, ids: Sequence[int]) -> None: ...
    def take_out(self, ids: Sequence[int]) -> None: ...


class ChangePairs(QUndoCommand):
    def __init__(self, pairs: Editable, before: Sequence[StoredPair], after: Sequence[StoredPair], what: str) -> None:
        super().__init__(what)
        self._pairs, self._before, self._after = pairs, before, after

    def redo(self) -> None:
        self._pairs.put_in(self._after)

    def undo(self) -> None:
        self._pairs.put_in(self._before)


class AddPairs(QUndoCommand):
    """`ids` are known once it was pushed."""

    def __init__(self, pairs: Editable, pair_set: int, new: Sequence[Pair], what: str) -> None:
        super().__init__(what)
        self._pairs, self._set, self._new = pairs, pair_set, new
        self.ids: list[int] = []

    def redo(self) -> None:
        if self.ids:
            self._pairs.take_back(self.ids)
        else:
            self.ids = self._pairs.store_new(self._set, self._new)
            self._pairs.take_up(self.ids)

    def undo(self) -> None:
        self._pairs.take_out(self.ids)


class RemovePairs(QUndoCommand):
    def __init__(self, pairs: Editable, ids: Sequence[int]) -> None:
        super().__init__("Delete")
        self._pairs, self._ids = pairs, ids

    def redo(self) -> None:
        self._pairs.take_out(self._ids)

    def undo(self) -> None:
        self._pairs.take_back(self._ids)
