"""Documents from sources, one after another: cleaned, counted, put away, and what was not taken noted with its reason.

Knows no folder of the corpus.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import BinaryIO

from engine.data.corpus.cleaning import cleaned, unified
from engine.data.corpus.counting import Counts, suggested_vocabulary
from engine.data.corpus.cutting import documents, piece_length, whole
from engine.data.corpus.files import Chosen, Text, texts_of
from engine.data.corpus.holding import Holding
from engine.data.corpus.licence import without_licence
from engine.data.corpus.repeats import Repeats
from engine.data.world.story import make_world
from engine.errors import UserError
from engine.messages import CorpusReport, LeftOut, ReadSource, TextSource

FEWEST = 2000
"""Bytes, below which nothing could be learned."""
SHORTEST = 20
"""Characters of a document of a file: what is shorter is a page number or a heading."""
MOST_LEFT_OUT = 200
"""Kept in the report; the bytes of all are counted."""
WORLD_SEED = 0
TOO_SHORT, REPEATED, LICENCE = "Too short to learn from", "It was there already", "Licence of Project Gutenberg"
Sources = Sequence[tuple[TextSource, Sequence[Chosen]]]
Steps = Iterator[tuple[int, int, str]]


class Taking:
    """What came together so far. `all`, `check`, `finish`, then `report`."""

    def __init__(self, learn: BinaryIO, held: BinaryIO, kind: str) -> None:
        """`kind` becomes part of the fingerprint."""
        self._holding, self._repeats, self._counts = Holding(learn, held), Repeats(), Counts()
        self._digest = hashlib.sha256(kind.encode())
        self._sources: list[ReadSource] = []
        self._left_out: dict[tuple[str, str], int] = {}
        self._left_out_bytes = self._repeated = self._documents = 0
        self._done = self._total = self._length = 0

    @property
    def fingerprint(self) -> str:
        return self._digest.hexdigest()

    def all(self, sources: Sources) -> Steps:
        """Take every text of every source; yields (done, total, note), in kB."""
        self._total = sum(_size(source, files) for source, files in sources)
        self._length = piece_length(self._total)
        for source, files in sources:
            before, count, problems = self._holding.whole, self._documents, list[str]()
            for _ in self._source(source, files, problems):
                yield min(self._done, self._total) >> 10, self._total >> 10, f"Reading {source.title}"
            taken = self._holding.whole - before
            problem = "" if taken else next(iter(problems), "It holds no text")
            read = len(files) or 1
            if source.path is not None and not files:
                read, problem = 0, problem and "It holds no file"
            self._sources.append(ReadSource(source.title, read, self._documents - count, taken, problem))

    def _source(self, source: TextSource, files: Sequence[Chosen], problems: list[str]) -> Iterator[None]:
        for text in make_world(WORLD_SEED, source.world) if source.world else ():
            yield from self._own(text, source.title)
        for text in source.own:
            yield from self._own(text, source.title)
        for file in files:
            after = self._done + file.size
            try:
                for text in texts_of(file, lambda why, size, where=file.inside: self._leave(where, why, size)):
                    yield from self._text(text, file.inside, after)
            except UserError as error:
                problems.append(error.message)
                self._leave(file.inside, error.message, 0)
            self._done = after
            yield

    def _own(self, text: str, place: str) -> Iterator[None]:
        """A text of the person's own, or of the small world: as it is, however short."""
        for document in whole(cleaned(unified(text))):
            self._document(document, place, shortest=1)
            yield
        self._done += len(text)

    def _text(self, text: Text, place: str, most: int) -> Iterator[None]:
        """A text of a file into documents, each of which is kept or left out."""
        parts = self._cleaned(text.parts, place, most)
        for document in whole(parts) if text.whole else documents(parts, self._length):
            self._document(document, place, shortest=SHORTEST)
            yield

    def _cleaned(self, parts: Iterator[str], place: str, most: int) -> Iterator[str]:
        for part in parts:
            text, licence = without_licence(unified(part))
            if licence:
                self._leave(place, LICENCE, licence)
            for piece in cleaned(text):
                self._done = min(most, self._done + len(piece))
                yield piece
            yield "\n\n"

    def _document(self, text: str, place: str, shortest: int) -> None:
        """Kept or left out. An empty one is a step without a document."""
        if not text:
            return
        new, key = self._repeats.without(text, whole=shortest == 1)
        if repeated := len(text.encode()) - len(new.encode()):
            self._repeated += repeated
            self._leave(place, REPEATED, repeated)
        data = new.encode()
        if 0 < len(new) < shortest:
            self._leave(place, TOO_SHORT, len(data))
        elif new:
            self._documents += 1
            self._counts.take(new)
            self._digest.update(hashlib.sha256(data).digest())
            self._holding.put(key, data)

    def _leave(self, place: str, reason: str, size: int) -> None:
        self._left_out_bytes += size
        if (place, reason) in self._left_out or len(self._left_out) < MOST_LEFT_OUT:
            self._left_out[place, reason] = self._left_out.get((place, reason), 0) + size

    def check(self) -> None:
        """UserError where there is too little to learn from."""
        if self._holding.whole >= FEWEST:
            return
        problem = next((one for one in self._sources if one.problem), None)
        if problem is not None and not self._holding.whole:
            raise UserError(f"“{problem.title}” cannot be learned from: {problem.problem}", "Choose other text.")
        raise UserError(
            f"{self._holding.whole:,} bytes are too little to learn from", f"Choose at least {FEWEST:,} of text."
        )

    def finish(self) -> tuple[int, int]:
        """Hold something out; the sizes of both files in bytes."""
        return self._holding.finish()

    def report(self) -> CorpusReport:
        whole, counts = self._holding.whole, self._counts
        left_out = tuple(LeftOut(place, reason, size) for (place, reason), size in self._left_out.items())
        return CorpusReport(
            self.fingerprint, Path(), tuple(self._sources), left_out, self._left_out_bytes, self._documents, whole,
            counts.words, len(counts.each), self._repeated / max(1, whole + self._repeated),
            self._holding.held / max(1, whole), counts.frequent(), suggested_vocabulary(whole),
        )  # fmt: skip


def _size(source: TextSource, files: Sequence[Chosen]) -> int:
    """About how many bytes it will give."""
    return source.world + sum(map(len, source.own)) + sum(file.size for file in files)
