"""What may come next after a text: the values and commands of whole words, paths, and what a sampler leaves of them.

All probabilities are the model's own, before any sampler, except the stages of an X-ray, which say which stage.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal

from engine.messages.chat import CardUsed, Message, Overflow, Sampling
from engine.messages.core import Command, Lane

Unit = Literal["word", "token"]
Head = tuple[int, int]
"""Layer and head, both counted from 0."""


@dataclass(frozen=True, slots=True)
class Chance:
    """A word or token that may come next, as it would be written, with the tokens that it is made of."""

    text: str
    probability: float
    ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class NextChances:
    """The likeliest first. `items` and `unexplored` add up to 1; `proven` of the items are certainly the likeliest.

    A word is counted when it has ended: what may follow it, a space, punctuation or the end, belongs to it.
    """

    unit: Unit
    items: tuple[Chance, ...]
    unexplored: float
    proven: int
    entropy: float
    """Nats. Of tokens exact; of words a lower bound, from all that were found."""
    passes: int
    """Forward passes that the search took."""
    started: str = ""
    """The beginning of a word that stands at the end of the text. An item that begins with it completes it, and is
    the whole word; other items follow on the text as it stands (their own space in front)."""


@dataclass(frozen=True, slots=True)
class NextWords(Command):
    """-> Progress, Result(NextChances). `heads_off` are heads that say nothing meanwhile."""

    text: str
    top: int = 10
    unit: Unit = "word"
    heads_off: tuple[Head, ...] = ()
    ids: tuple[int, ...] = ()
    """Where they are given they are read instead of the text."""
    typing: bool = True
    """Whether a word at the end of the text may be unfinished, however its beginning would be cut into tokens; False
    to take the text as it was cut. A space at the end is the next word's in both. `ids` are taken as they are."""


@dataclass(frozen=True, slots=True)
class PathNode:
    """A word on a path. `probability` is that of the whole path up to here; what `children` leave of it is others."""

    text: str
    probability: float
    ids: tuple[int, ...]
    children: tuple[PathNode, ...] = ()


@dataclass(frozen=True, slots=True)
class WordPaths(Command):
    """-> Progress, Result(tuple[PathNode, ...]): paths of at most `ahead` words that are likelier than `least`."""

    text: str
    ahead: int = 3
    width: int = 4
    """Children of a node at most."""
    least: float = 0.03


@dataclass(frozen=True, slots=True)
class XRayStage:
    """The distribution after one step of the sampler: raw, penalties, temperature, top-k, top-p, min-p."""

    name: str
    mass_kept: float
    """Share of the distribution before this step that is still possible after it."""
    candidates: int
    entropy: float
    items: tuple[Chance, ...]


@dataclass(frozen=True, slots=True)
class XRay(Command):
    """-> Result(tuple[XRayStage, ...]). A second one with the same text or ids takes no forward pass."""

    lane: ClassVar[Lane] = "quick"
    text: str
    sampling: Sampling
    top: int = 8
    ids: tuple[int, ...] = ()
    recent: Sequence[int] = ()
    """The tokens of the reply so far, for the penalties."""


@dataclass(frozen=True, slots=True)
class ChatChances:
    """What may come at a place of a chat: whole words of the model, and what each step of the sampler leaves of tokens.

    `stages` is empty in what a person writes, which no sampler picks.
    """

    words: NextChances
    stages: tuple[XRayStage, ...]


@dataclass(frozen=True, slots=True)
class NextInChat(Command):
    """-> Progress, Result(ChatChances), between two tokens of a reply that is written meanwhile.

    The place is in the reply to `messages`, behind its tokens `ids`; or, where there is a `draft`, behind that, as the
    person's next message. UserError where nothing comes before it, or it lies outside of what the model reads.
    """

    lane: ClassVar[Lane] = "quick"
    messages: tuple[Message, ...]
    sampling: Sampling
    ids: tuple[int, ...] = ()
    draft: str | None = None
    cards: tuple[CardUsed, ...] = ()
    """The taught pairs that the reply leans on."""
    overflow: Overflow = "drop_oldest"
    reserve: int = 512
    """Tokens kept free for the reply."""
    top: int = 8
