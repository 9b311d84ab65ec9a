"""Conversations and replies: the values, the commands and the events of writing one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar, Literal, NamedTuple

from engine.messages.core import Command, Event, Lane

Role = Literal["system", "user", "assistant"]
Overflow = Literal["stop", "drop_oldest", "drop_middle"]
FinishReason = Literal["stop", "stop_string", "length", "context"]


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of a conversation, as written."""

    role: Role
    text: str


@dataclass(frozen=True, slots=True)
class Sampling:
    """How the next token is picked. Temperature 0 always takes the likeliest; neutral values switch a step off."""

    temperature: float = 0.7
    top_k: int = 40
    top_p: float = 0.95
    min_p: float = 0.05
    repetition_penalty: float = 1.0
    presence_penalty: float = 0.0
    frequency_penalty: float = 0.0
    seed: int | None = None


class Alternative(NamedTuple):
    """A token the model might have written, with its natural-log probability before the sampler.

    Twenty are made for each token that is written: a dataclass takes twice the time.
    """

    id: int
    text: str
    logprob: float


@dataclass(frozen=True, slots=True)
class Piece:
    """One token of a reply and the text it added.

    `text` is empty for half a character and for the end-of-turn token. Probabilities are the model's,
    before the sampler, in nats.
    """

    id: int
    text: str
    logprob: float
    entropy: float
    alternatives: tuple[Alternative, ...] = ()


@dataclass(frozen=True, slots=True)
class CardUsed:
    """A taught pair that was put in front of the model. `lesson` is its number in the person's table."""

    lesson: int
    question: str
    answer: str
    probability: float
    """How sure the model is that this pair is meant, 0 to 1."""


@dataclass(frozen=True, slots=True)
class TokenCount:
    """How much of the context a conversation takes, in tokens; `dropped` messages no longer fit."""

    prompt: int
    context: int
    dropped: int


@dataclass(frozen=True, slots=True)
class ReplyEnd:
    """How a reply ended."""

    reason: FinishReason
    prompt_tokens_per_second: float
    tokens_per_second: float


@dataclass(frozen=True, slots=True)
class CountTokens(Command):
    """-> Result(TokenCount) for the loaded model."""

    lane: ClassVar[Lane] = "quick"
    messages: tuple[Message, ...]
    overflow: Overflow = "drop_oldest"
    reserve: int = 0
    """Tokens kept free for the reply."""


@dataclass(frozen=True, slots=True)
class Generate(Command):
    """Write a reply. -> Progress, ReplyStarted, Tokens, Result(ReplyEnd)

    `reply_ids` are tokens that the reply already has (continue); `forced` are written after them whatever the
    sampler says (continue from here with this one) and arrive as the first pieces. Only new pieces are sent.
    """

    messages: tuple[Message, ...]
    sampling: Sampling
    max_new_tokens: int = 512
    stop: tuple[str, ...] = ()
    reply_ids: tuple[int, ...] = ()
    forced: tuple[int, ...] = ()
    alternatives: int = 20
    overflow: Overflow = "drop_oldest"
    cards: bool = True
    """Whether a taught model may put a fitting pair in front of itself."""
    raw: bool = False
    """True to go on writing the texts as they are, even where the model has a chat template."""


@dataclass(frozen=True, slots=True)
class ReplyStarted(Event):
    """The prompt has been read and the first token comes next."""

    seed: int
    prompt_tokens: int
    context: int
    dropped: int
    """Messages at the start that the model no longer reads."""
    cards: tuple[CardUsed, ...] = ()
    """The pairs that a taught model leans on; none for most replies."""


@dataclass(frozen=True, slots=True)
class Tokens(Event):
    pieces: tuple[Piece, ...]

    def merge(self, newer: Event) -> Tokens | None:  # none may be lost: join them
        return replace(self, pieces=self.pieces + newer.pieces) if type(newer) is Tokens else None
