"""Text to learn from, read and cleaned, and the vocabulary that is made of it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Literal

from engine.messages.core import Command, Lane

VocabularyKind = Literal["bpe", "unigram"]


# ---- values ----------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class TextSource:
    """One thing to learn from: a file or folder, the built-in small world, or texts of the person's own."""

    title: str
    path: Path | None = None
    world: int = 0
    """Characters of the small world to make up; 0 for none."""
    own: tuple[str, ...] = ()
    """Texts that are nowhere in a file, such as messages of a chat."""


@dataclass(frozen=True, slots=True)
class ReadSource:
    """What came of one source. Bytes are UTF-8 after cleaning."""

    title: str
    files: int
    documents: int
    bytes: int
    problem: str = ""
    """Why nothing could be read, in one sentence; empty when something could."""


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Text that was not taken, where it stood and why, in one sentence."""

    where: str
    reason: str
    bytes: int


@dataclass(frozen=True, slots=True)
class CorpusReport:
    """The cleaned text and its numbers. It lies under `folder` until the cache is emptied."""

    fingerprint: str
    folder: Path
    sources: tuple[ReadSource, ...]
    left_out: tuple[LeftOut, ...]
    """At most some hundred; `left_out_bytes` counts all."""
    left_out_bytes: int
    documents: int
    bytes: int
    words: int
    different_words: int
    repeated: float
    """Share of the bytes that were there twice, and were left out once, 0 to 1."""
    held_out: float
    """Share of the bytes kept for testing, by document, 0 to 1."""
    frequent: tuple[tuple[str, int], ...]
    """The commonest words and how often they stand there."""
    suggested_vocabulary: int


@dataclass(frozen=True, slots=True)
class VocabularyReport:
    """A trained vocabulary on this text."""

    size: int
    kind: VocabularyKind
    characters_per_token: float
    covered: float
    """Share of the text's words that are one token, 0 to 1."""
    many: int
    """Of the 1,000 commonest words, how many need more than three tokens."""
    cuts: tuple[tuple[str, tuple[str, ...]], ...]
    """Words of this text and how they are cut, the worst cut of the common ones first."""
    example: tuple[str, ...]
    """A sentence of this text as pieces."""
    pieces: tuple[str, ...]
    """The whole vocabulary in the order of its ids."""


# ---- commands --------------------------------------------------------------------
@dataclass(frozen=True, slots=True)
class ReadCorpus(Command):
    """Read, clean and measure text. -> Progress, Result(CorpusReport)"""

    lane: ClassVar[Lane] = "background"
    sources: tuple[TextSource, ...]


@dataclass(frozen=True, slots=True)
class TryVocabulary(Command):
    """Train a vocabulary on text that was read, in a process of its own. -> Progress, Result(VocabularyReport)"""

    lane: ClassVar[Lane] = "background"
    corpus: CorpusReport
    size: int
    kind: VocabularyKind = "bpe"
