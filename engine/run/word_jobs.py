"""What may come next, as jobs on the loaded model."""

from __future__ import annotations

import math
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import nullcontext
from typing import Any

import torch

from engine.errors import UserError
from engine.formats.library import Library
from engine.messages import (
    Chance,
    ChatChances,
    Command,
    Event,
    Head,
    JobId,
    Message,
    NextChances,
    NextInChat,
    NextWords,
    Result,
    WordPaths,
    XRay,
)
from engine.paths import Paths
from engine.run.chat_place import before
from engine.run.last_logits import LastLogits
from engine.run.loaded import Loaded
from engine.run.prefix import Prefix
from engine.run.progress import progress
from engine.run.quick import one_thread
from engine.run.receipt import token_text
from engine.run.score import require_room
from engine.run.word_reading import ContextReader
from engine.run.word_search import WordSearch
from engine.run.word_start import Place, after_ids, after_text
from engine.run.words import Wish, search_paths, search_words, told
from engine.run.xray import xray
from engine.text.word_tables import WordTables

Handlers = Mapping[type[Command], Callable[[Any], Iterator[Event]]]

LONGEST_LIST = 200
"""Words that can be asked for: each has to be proven."""


class WordJobs:
    """Generators of events. `require` gives the loaded model or raises UserError."""

    def __init__(self, paths: Paths, library: Library, require: Callable[[], Loaded]) -> None:
        self._paths, self._library, self._require = paths, library, require
        self._last = LastLogits()
        self._tables: tuple[str, WordTables] | None = None

    def handlers(self) -> Handlers:
        return {NextWords: self.next, NextInChat: self.in_chat, WordPaths: self.paths, XRay: self.xray}

    def next(self, command: NextWords) -> Iterator[Event]:
        loaded = self._require()
        _check_top(command.top, loaded.model.config.vocab_size if command.unit == "token" else LONGEST_LIST)
        _check_heads(loaded, command.heads_off)
        if command.unit == "token":
            yield Result(command.job, (yield from self._tokens(loaded, command)))
            return
        place = _place(loaded, command.text, command.ids, command.typing)
        tables = yield from self._word_tables(command.job, loaded)
        prefix = Prefix(loaded.model) if command.heads_off else loaded.prefix
        reader = ContextReader(loaded.model, prefix, place.context, command.heads_off)
        yield from progress(command.job, reader.prepare(), "Reading")
        search = WordSearch(tables, place.start, command.top)
        yield from progress(command.job, search_words(search, reader, place.taken_back), "Looking for words")
        yield Result(command.job, told(search, loaded.tokenizer, reader.passes))

    def in_chat(self, command: NextInChat) -> Iterator[Event]:
        loaded = self._require()
        _check_top(command.top, LONGEST_LIST)
        ids, prompt = before(loaded, command)
        typed = command.draft is not None
        place = after_text(loaded.tokenizer, ids, typing=True) if typed else after_ids(loaded.tokenizer, ids)
        tables = yield from self._word_tables(command.job, loaded)
        prefix = loaded.prefix_for(card=bool(command.cards))
        reader = ContextReader(loaded.model, prefix, place.context)
        yield from progress(command.job, reader.prepare(), "Reading")
        search = WordSearch(tables, place.start, command.top)
        yield from progress(command.job, search_words(search, reader, place.taken_back), "Looking for words")
        words, stages = told(search, loaded.tokenizer, reader.passes), ()
        if not typed and reader.end is not None:
            with one_thread() if prefix.compiled else nullcontext():
                stages = xray(reader.end, command.sampling, ids, prompt, loaded.tokenizer, command.top)
        yield Result(command.job, ChatChances(words, stages))

    def paths(self, command: WordPaths) -> Iterator[Event]:
        loaded = self._require()
        wish = Wish(command.ahead, command.width, command.least)
        _check_wish(wish)
        place = _place(loaded, command.text, (), typing=True)
        tables = yield from self._word_tables(command.job, loaded)
        reader = ContextReader(loaded.model, loaded.prefix, place.context)
        yield from progress(command.job, reader.prepare(), "Reading")
        work = search_paths(tables, loaded.tokenizer, reader, place.start, place.taken_back, wish)
        yield Result(command.job, (yield from progress(command.job, work, "Following words")))

    def xray(self, command: XRay) -> Iterator[Event]:
        loaded = self._require()
        _check_top(command.top, loaded.model.config.vocab_size)
        ids = _ids(loaded, command.text, command.ids)
        logits, _ = yield from progress(command.job, self._last.read(loaded, ids), "Reading")
        recent = list(command.recent)
        known = ids[len(ids) - len(recent) :] == recent
        seen, prompt = (ids, len(ids) - len(recent)) if known else ([*ids, *recent], len(ids))
        yield Result(command.job, xray(logits, command.sampling, seen, prompt, loaded.tokenizer, command.top))

    def _tokens(self, loaded: Loaded, command: NextWords) -> Generator[Event, None, NextChances]:
        ids = _ids(loaded, command.text, command.ids)
        work = self._last.read(loaded, ids, command.heads_off)
        logits, passes = yield from progress(command.job, work, "Reading")
        chances = logits.double().softmax(-1)
        best = chances.topk(command.top)
        pairs = zip(best.indices.tolist(), best.values.tolist(), strict=True)
        items = tuple(Chance(token_text(loaded.tokenizer, i), chance, (i,)) for i, chance in pairs)
        unexplored = max(0.0, 1.0 - math.fsum(item.probability for item in items))
        entropy = float(torch.special.entr(chances).sum())
        return NextChances("token", items, unexplored, len(items), entropy, passes)

    def _word_tables(self, job: JobId, loaded: Loaded) -> Generator[Event, None, WordTables]:
        """What the tokens do to words, made once for a tokenizer."""
        size = loaded.model.config.vocab_size
        key = f"{loaded.tokenizer.fingerprint} {size}"
        if self._tables is None or self._tables[0] != key:
            work = WordTables.of(loaded.tokenizer, size)
            self._tables = key, (yield from progress(job, work, "Learning where words end"))
        return self._tables[1]


def _place(loaded: Loaded, text: str, ids: Sequence[int], typing: bool) -> Place:
    read = _ids(loaded, text, ids)
    return after_ids(loaded.tokenizer, read) if ids else after_text(loaded.tokenizer, read, typing=typing)


def _ids(loaded: Loaded, text: str, ids: Sequence[int]) -> list[int]:
    """What is read. Raises UserError where it is nothing, too long, or of another vocabulary."""
    read = list(ids) or loaded.ids([Message("user", text)], raw=True)
    require_room(read, loaded.info.context)
    if any(not 0 <= i < loaded.model.config.vocab_size for i in read):
        raise UserError(
            "This text was cut up for a model with another vocabulary", "Load that model, or give the text."
        )
    return read


def _check_top(top: int, most: int) -> None:
    if not 1 <= top <= most:
        raise UserError(f"{top} words cannot be listed", f"Choose a number from 1 to {most}.")


def _check_wish(wish: Wish) -> None:
    if not (1 <= wish.ahead <= 8 and 1 <= wish.width <= 32 and 0.0005 <= wish.least <= 1.0):
        raise UserError(
            "Paths of these sizes cannot be followed",
            "Choose 1 to 8 words ahead, 1 to 32 beside each other, and at least 0.05 % for each.",
        )


def _check_heads(loaded: Loaded, heads: Sequence[Head]) -> None:
    layers, count = loaded.model.config.layers, loaded.model.config.heads
    for layer, head in heads:
        if not (0 <= layer < layers and 0 <= head < count):
            raise UserError(
                f"The model has no head {head} in layer {layer}",
                f"It has {layers} layers of {count} heads, both counted from 0.",
            )
