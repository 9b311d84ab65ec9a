"""From what a person chose to a corpus: read, cleaned, cut, told apart from what was there already, and written down.

A step is a file or a document. Knows no vocabulary.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from engine.data.corpus.cleaning import clean
from engine.data.corpus.corpus import END, HELD, LEARN, REPORT, Corpus, report_json
from engine.data.corpus.counting import Counts, suggested_vocabulary
from engine.data.corpus.cutting import documents
from engine.data.corpus.files import files_of, texts_of
from engine.data.world.story import make_world
from engine.errors import UserError
from engine.messages import CorpusReport, LeftOut, ReadSource, TextSource

FEWEST = 2000
"""Characters, below which nothing could be learned."""
SHORTEST = 20
"""Characters of a document: what is shorter is a page number or a heading."""
HELD_SHARE = 0.02
MOST_LEFT_OUT = 200
"""Kept in the report; the bytes of all are counted."""
WORLD_SEED = 0
Steps = Generator[tuple[int, int, str], None, Corpus]


def read_corpus(sources: Sequence[TextSource], cache: Path) -> Steps:
    """The text of all sources, in a folder below `cache`; yields (done, total, note). UserError for too little of it.

    What was read before and did not change since is not read again.
    """
    root = cache / "corpus"
    known = root / f"{_key(sources)}.known"
    if known.is_file():
        try:
            return Corpus.open(root / known.read_text(encoding="ascii"))
        except UserError:  # emptied meanwhile: it is read again
            known.unlink(missing_ok=True)
    work = root / f".partial-{os.getpid()}"
    try:
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir(parents=True)
        with (work / LEARN).open("wb") as learn, (work / HELD).open("wb") as held:
            reading = _Reading(learn, held)
            yield from reading.all(sources)
            reading.check()
        folder = _keep(work, root, reading.report())
        known.write_text(folder.name, encoding="ascii")
        return Corpus.open(folder)
    except OSError as error:
        raise UserError(
            f"The text could not be kept: {error.strerror or error}", "Make room on the disk, then try again."
        ) from error
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _keep(work: Path, root: Path, report: CorpusReport) -> Path:
    folder = root / report.fingerprint[:32]
    (work / REPORT).write_bytes(report_json(replace(report, folder=Path())))
    shutil.rmtree(folder, ignore_errors=True)  # the same text, or what somebody left of it
    work.rename(folder)
    return folder


def _key(sources: Sequence[TextSource]) -> str:
    """What was chosen, and when it was changed last."""
    told = []
    for source in sources:
        files = [] if source.path is None else [_stamp(path) for path in files_of(source.path)]
        told.append([source.title, source.world, list(source.own), str(source.path), files])
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:32]


def _stamp(path: Path) -> list[object]:
    try:
        found = path.stat()
    except OSError:
        return [str(path)]
    return [str(path), found.st_size, found.st_mtime_ns]


@dataclass(slots=True)
class _Reading:
    """What came together so far."""

    learn: BinaryIO
    held: BinaryIO
    sources: list[ReadSource] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    left_out_bytes: int = 0
    repeated: int = 0
    learned_bytes: int = 0
    held_bytes: int = 0
    count: int = 0
    counts: Counts = field(default_factory=Counts)
    seen: set[bytes] = field(default_factory=set)
    digest: hashlib._Hash = field(default_factory=hashlib.sha256)
    waiting: tuple[bytes, bytes] | None = None
    """The first document that may be held out, until there is another to learn from."""

    def all(self, sources: Sequence[TextSource]) -> Iterator[tuple[int, int, str]]:
        for number, source in enumerate(sources):
            note, before = f"Reading {source.title}", self._whole()
            count, files, problem = self.count, 0, ""
            for place, texts in self._places(source):
                files += 1
                try:
                    for text in texts:
                        for done in self._take(text, place):
                            yield number, len(sources), f"{note}, {done / 1e6:.0f} MB"
                except UserError as error:
                    problem = error.message
                    self._leave(place, error.message, 0)
                yield number, len(sources), note
            taken = self._whole() - before
            alone = "" if taken else problem or ("It holds no file" if not files else "It holds no text")
            self.sources.append(ReadSource(source.title, files, self.count - count, taken, alone))
        self._let_go()

    def _places(self, source: TextSource) -> Iterator[tuple[str, Iterator[str]]]:
        """Where a text stands, and the texts there."""
        if source.world:
            yield source.title, make_world(WORLD_SEED, source.world)
        if source.own:
            yield source.title, iter(source.own)
        if source.path is not None:
            for path in files_of(source.path):
                inside = path.relative_to(source.path).as_posix() if path != source.path else path.name
                yield inside, texts_of(path)

    def _take(self, text: str, place: str) -> Iterator[int]:
        """Into documents, each of which is kept or left out; yields the bytes so far."""
        for document in documents(clean(text)):
            self._document(document, place)
            yield self._whole()

    def _document(self, text: str, place: str) -> None:
        data = text.encode()
        if len(text) < SHORTEST:
            return self._leave(place, "Too short to learn from", len(data))
        folded = hashlib.sha256(" ".join(text.casefold().split()).encode()).digest()
        if folded in self.seen:
            self.repeated += len(data)
            return self._leave(place, "It was there already", len(data))
        self.seen.add(folded)
        self.count += 1
        self.counts.take(text)
        self.digest.update(folded)
        self._put(data, folded)

    def _put(self, data: bytes, folded: bytes) -> None:
        """Held out by its own hash, so that other documents change nothing; the first of all waits for a second."""
        if self.waiting is None and not self.learned_bytes:
            self.waiting = (data, folded)
            return
        wanted = HELD_SHARE * (self._whole() + len(data))
        lot = int.from_bytes(folded[:4], "big") / 2**32
        if lot < HELD_SHARE * 2 and self.held_bytes < max(wanted, 1):
            self._write(self.held, data)
            self.held_bytes += len(data)
        else:
            self._write(self.learn, data)
            self.learned_bytes += len(data)

    def _let_go(self) -> None:
        """The first document is held out where nothing else is; a single one is divided, its end held out."""
        if self.waiting is None:
            return
        data, self.waiting = self.waiting[0], None
        if not self.learned_bytes and not self.held_bytes:
            text = data.decode()
            cut = round(len(text) * (1 - max(HELD_SHARE, 0.1)))
            cut = text.rfind(" ", 0, cut) + 1 or cut
            self._write(self.learn, text[:cut].encode())
            self._write(self.held, text[cut:].encode())
            self.learned_bytes, self.held_bytes = len(text[:cut].encode()), len(text[cut:].encode())
        elif not self.held_bytes:
            self._write(self.held, data)
            self.held_bytes += len(data)
        else:
            self._write(self.learn, data)
            self.learned_bytes += len(data)

    def _write(self, file: BinaryIO, data: bytes) -> None:
        file.write(data + b"\n" + END.encode())

    def _whole(self) -> int:
        return self.learned_bytes + self.held_bytes + (len(self.waiting[0]) if self.waiting else 0)

    def _leave(self, place: str, reason: str, size: int) -> None:
        self.left_out_bytes += size
        if len(self.left_out) < MOST_LEFT_OUT:
            self.left_out.append(LeftOut(place, reason, size))

    def check(self) -> None:
        """UserError where there is too little to learn from."""
        if self._whole() >= FEWEST:
            return
        problem = next((one for one in self.sources if one.problem), None)
        if problem is not None and not self._whole():
            raise UserError(f"“{problem.title}” cannot be learned from: {problem.problem}", "Choose other text.")
        raise UserError(
            f"{self._whole():,} bytes are too little to learn from", f"Choose at least {FEWEST:,} characters of text."
        )

    def report(self) -> CorpusReport:
        whole = self._whole()
        return CorpusReport(
            self.digest.hexdigest(), Path(), tuple(self.sources), tuple(self.left_out), self.left_out_bytes, self.count,
            whole, self.counts.words, len(self.counts.each), self.repeated / max(1, whole + self.repeated),
            self.held_bytes / max(1, whole), self.counts.frequent(), suggested_vocabulary(whole),
        )  # fmt: skip
