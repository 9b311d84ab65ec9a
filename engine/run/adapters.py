"""Adapters on the model in memory: which belong together, and putting them on.

Knows the library's names and one loaded model; how an adapter is taught is told elsewhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from engine.errors import UserError
from engine.formats.adapters import OpenedAdapter, load_adapter, load_cards
from engine.formats.checkpoint import Checkpoint
from engine.formats.hashes import hash_files, joined
from engine.formats.lessons import read_lessons
from engine.formats.library import Library
from engine.formats.peft import WEIGHTS
from engine.messages import Lesson
from engine.model.linear import Linear
from engine.model.lora import Adapter, attach
from engine.model.transformer import Transformer


class Stack(NamedTuple):
    """A base, by what the library finds it by, and what goes on top of it, in this order."""

    base: str
    adapters: tuple[OpenedAdapter, ...]


def stacked(library: Library, name: str, more: Sequence[str]) -> Stack:
    """UserError where a name is none, is there twice, or belongs to another base."""
    own = library.is_adapter(name)
    names = [name, *more] if own else list(more)
    if len({*names}) != len(names):
        raise UserError("An adapter can be put on a model only once", "Leave the second one out.")
    opened = tuple(library.open_adapter(one) for one in names)
    base = opened[0].base if own else name
    path = library.find(base).path
    for one in opened:
        if one.base != base and library.find(one.base).path != path:
            raise UserError(
                f"“{one.name}” belongs on “{one.base}”, not on “{base}”", "Put adapters of the same base together."
            )
    return Stack(base, opened)


def put_on(model: Transformer, opened: Iterable[OpenedAdapter]) -> list[Adapter]:
    """Take off what the model has, and put these on."""
    adapters = [load_adapter(one, model) for one in opened]
    for module in model.modules():
        if isinstance(module, Linear):
            module.deltas.clear()
    for adapter in adapters:
        attach(model, adapter)
    return adapters


def hash_of(base_sha256: str, opened: Sequence[OpenedAdapter]) -> str:
    """What receipts name the whole by: with an adapter it is another model."""
    return joined([base_sha256, *(one.sha256 or _counted(one) for one in opened)])


def _counted(opened: OpenedAdapter) -> str:
    """Of an adapter opened in place: a few MB, read at once."""
    counting = hash_files([opened.path / WEIGHTS])
    while True:
        try:
            next(counting)
        except StopIteration as finished:
            return joined(finished.value.values())


def lessons_of(base: Checkpoint, opened: Sequence[OpenedAdapter]) -> tuple[Lesson, ...]:
    """Every pair that the base and the adapters were taught, each once."""
    found = [*read_lessons(base.path), *(lesson for one in opened for lesson in load_cards(one))]
    return tuple(dict.fromkeys(found))
