"""Whole texts under one model or two: how likely, how different, and what a word or a message in them does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.messages.chat import CardUsed, Message, Sampling
from engine.messages.core import Command


@dataclass(frozen=True, slots=True)
class TextToken:
    """A token of a text, at characters `start` to `end`; the tokens of one character share its place.

    Where the model has no start token nothing comes before the first one, and it has no numbers.
    """

    id: int
    piece: str
    """As the vocabulary spells it."""
    start: int
    end: int
    logprob: float | None
    """Nats."""
    rank: int | None
    """1 when the model thought it the likeliest."""
    entropy: float | None
    """Nats: how open it was what comes here."""


@dataclass(frozen=True, slots=True)
class TextScore:
    """`perplexity` is per token, `bits_per_byte` over the bytes of the tokens that have numbers; None where none has.

    `windows` is more than 1 where the text is longer than the model reads: each begins with half of the last."""

    tokens: tuple[TextToken, ...]
    perplexity: float | None
    bits_per_byte: float | None
    windows: int
    round_trip: bool
    """Whether the tokens give the text back unchanged."""


@dataclass(frozen=True, slots=True)
class ScoreText(Command):
    """-> Progress, Result(TextScore). UserError for an empty text."""

    text: str


@dataclass(frozen=True, slots=True)
class ComparedToken:
    """Log-probabilities in nats: of a token, or with two vocabularies of a word, as sums over its tokens.

    Joined, the texts are the text. None where nothing comes before.
    """

    text: str
    first: float | None
    second: float | None


@dataclass(frozen=True, slots=True)
class ComparedText:
    group: str
    title: str
    tokens: tuple[ComparedToken, ...]
    first: float
    second: float
    """Log-probability of the whole text under each, in nats; of what both have numbers for."""


@dataclass(frozen=True, slots=True)
class TextToCompare:
    """`prompt`, where there is one, is read first as a question through the chat template and not scored.

    A text that is longer than a model reads is read in windows, as for `ScoreText`.
    """

    text: str
    group: str = ""
    title: str = ""
    prompt: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    first: str
    second: str
    """Titles of the models."""
    by_word: bool
    """Whether they cut these texts into different tokens, so that words are compared."""
    texts: tuple[ComparedText, ...]


@dataclass(frozen=True, slots=True)
class CompareModels(Command):
    """Two models by their library names on the same texts. -> Progress, Result(Comparison).

    The loaded one stays loaded as it is, and its name means it with all adapters that are on it. UserError where the
    other is missing or does not fit beside it, both are the same, or a text is empty.
    """

    first: str
    second: str
    texts: Sequence[TextToCompare]


@dataclass(frozen=True, slots=True)
class StageReply:
    name: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class StageReplies(Command):
    """The same question to several models with the same random numbers. -> Progress, Result(tuple[StageReply, ...]).

    Without cards, so that the replies show what the weights have learned.
    """

    names: tuple[str, ...]
    messages: tuple[Message, ...]
    sampling: Sampling
    max_new_tokens: int = 80


SLOT = "___"


@dataclass(frozen=True, slots=True)
class ProbeRow:
    """Log-odds (nats) of the first choice against the second after this filler: mean over templates, 95 % interval."""

    filler: str
    log_odds: float
    low: float
    high: float
    each: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class ProbeResult:
    """`shifted` are rows whose interval leaves out the mean of all fillers.

    One template says nothing about other wordings: the intervals are then points, and no row counts as shifted.
    """

    choices: tuple[str, str]
    templates: int
    rows: tuple[ProbeRow, ...]
    baseline: float
    """Mean log-odds over all fillers."""
    shifted: int


@dataclass(frozen=True, slots=True)
class Probe(Command):
    """Swap one word, keep the rest. -> Progress, Result(ProbeResult).

    Each template holds `SLOT` once, and the choices come right after it ends, with a space where one belongs.
    UserError otherwise, and for no filler, or choices that are the same.
    """

    templates: tuple[str, ...]
    fillers: tuple[str, ...]
    choices: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Candidate:
    text: str
    logprob: float
    """Of all its tokens after the text."""
    share: float
    """Among the candidates only: their shares add up to 1."""


@dataclass(frozen=True, slots=True)
class CompareAnswers(Command):
    """How likely each answer is after the text: a classifier without training.

    -> Progress, Result(tuple[Candidate, ...]) in the order given. A longer answer is less likely just for its length.
    """

    text: str
    answers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Importance:
    """How much less likely the reply becomes without this message, in nats. None where it was not read anyway.

    Where the template wants turns to alternate, the message is emptied instead of left out.
    """

    index: int
    tokens: int
    """Of its text, without what marks the turn."""
    nats: float | None


@dataclass(frozen=True, slots=True)
class WeighMessages(Command):
    """For each message before the reply, the question too. -> Progress, Result(tuple[Importance, ...]).

    UserError for an empty reply, and where question and reply alone do not fit into the context.
    """

    messages: tuple[Message, ...]
    reply: str
    cards: tuple[CardUsed, ...] = ()
    """The taught pairs that the reply leans on; they count with the question."""
