"""Write a reply: read the prompt in chunks, then one token a step, each with its receipt.

Knows ids and the tokenizer; conversations and the loaded model are the session's.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass

from torch import Tensor

from engine.errors import UserError
from engine.messages import (
    CardUsed,
    Event,
    FinishReason,
    JobId,
    Piece,
    Progress,
    ReplyEnd,
    ReplyStarted,
    Result,
    Sampling,
    Tokens,
)
from engine.run.ahead import Ahead
from engine.run.drafts import LONGEST, Drafts
from engine.run.outlook import looking
from engine.run.prefix import CHUNK, Prefix
from engine.run.quick import one_thread
from engine.run.receipt import ReceiptWriter
from engine.run.sampling import Sampler, make_sampler
from engine.text.stops import StopStrings
from engine.text.stream import StreamDecoder
from engine.text.tokenizer import Tokenizer


@dataclass(frozen=True, slots=True)
class Order:
    """All that a reply depends on."""

    prompt: list[int]
    reply: list[int]
    """Tokens that the reply already has."""
    sampling: Sampling
    seed: int
    max_new_tokens: int
    context: int
    ends: frozenset[int] = frozenset()
    stop: tuple[str, ...] = ()
    forced: tuple[int, ...] = ()
    alternatives: int = 20
    dropped: int = 0
    cards: tuple[CardUsed, ...] = ()
    """What was put in front of the model, to be said with the reply."""
    likely: tuple[int, ...] = ()
    """What the reply may well be, word for word."""
    ahead: int = 15
    """Tokens that are guessed and read along at most, see `Ahead`."""


@dataclass(slots=True)
class Pace:
    """Tokens and the time that they took, without the time in which other jobs worked."""

    clock: Callable[[], float] = time.perf_counter
    tokens: int = 0
    seconds: float = 0.0

    @contextmanager
    def count(self, tokens: int) -> Iterator[None]:
        started = self.clock()
        yield
        self.seconds += self.clock() - started
        self.tokens += tokens

    @property
    def per_second(self) -> float:
        return self.tokens / self.seconds if self.seconds else 0.0


def generate(
    job: JobId, order: Order, prefix: Prefix, tokenizer: Tokenizer, drafts: Drafts | None = None
) -> Iterator[Event]:
    """-> Progress, ReplyStarted, Tokens, Result(ReplyEnd). Raises UserError for orders that cannot be carried out.

    `drafts` hold what the model was taught.
    """
    check(order, tokenizer)
    sampler = make_sampler(order.sampling, order.seed)
    reading, writing = Pace(), Pace()
    logits = yield from _read(job, [*order.prompt, *order.reply], prefix, reading)
    yield ReplyStarted(job, order.seed, len(order.prompt), order.context, order.dropped, order.cards)
    reason: FinishReason = "length"
    gate = StopStrings[Piece](order.stop)
    ahead = Ahead(prefix, _drafts(order, drafts), order.ahead)
    steps = _steps(order, logits, ahead, tokenizer, writing, sampler)
    for piece, ended in steps:
        free = gate.push(piece, piece.text)
        if free:
            yield Tokens(job, tuple(_with_text(held, text) for held, text in free))
        if gate.stopped or ended:
            reason = "stop_string" if gate.stopped else ended or "length"
            break
    rest = gate.finish()
    if rest:
        yield Tokens(job, tuple(held for held, _ in rest))
    yield Result(job, ReplyEnd(reason, reading.per_second, writing.per_second))


def check(order: Order, tokenizer: Tokenizer) -> None:
    if order.max_new_tokens < 1:
        raise UserError("A reply cannot be shorter than one token", "Choose a longest reply of 1 or more.")
    if not 0 <= order.alternatives <= 1000:
        raise UserError(f"{order.alternatives} alternatives cannot be kept", "Choose a number from 0 to 1000.")
    given = [*order.reply, *order.forced]
    if any(not 0 <= token_id < tokenizer.vocab_size for token_id in given):
        raise UserError(
            "This reply was begun by a model with another vocabulary", "Load that model, or write the reply anew."
        )
    if not order.prompt and not order.reply:
        raise UserError("There is nothing to read: the prompt is empty", "Write something first.")
    if len(order.prompt) + len(order.reply) >= order.context:
        raise UserError(
            f"The text is {len(order.prompt) + len(order.reply)} tokens long, and the model reads at most "
            f"{order.context - 1} to write on",
            "Shorten it, or start a new chat.",
        )


def _read(job: JobId, ids: list[int], prefix: Prefix, pace: Pace) -> Generator[Event, None, Tensor]:
    at = prefix.reuse(ids)
    total = len(ids) - at
    while True:
        chunk = ids[at : at + CHUNK]
        with pace.count(len(chunk)):
            logits = prefix.read(chunk)
        at += len(chunk)
        yield Progress(job, total - (len(ids) - at), total, "Reading")
        if at == len(ids):
            return logits
        if prefix.ids != ids[:at]:  # another job read something else meanwhile
            at = prefix.reuse(ids)


def _drafts(order: Order, taught: Drafts | None) -> Drafts:
    drafts = Drafts() if taught is None else taught.fork()
    if order.likely:
        drafts.add([*order.prompt[-LONGEST:], *order.likely])
    drafts.grow([*order.prompt, *order.reply])
    return drafts


def _steps(
    order: Order,
    logits: Tensor,
    ahead: Ahead,
    tokenizer: Tokenizer,
    pace: Pace,
    sampler: Sampler,
) -> Iterator[tuple[Piece, FinishReason | None]]:
    """A piece a step, and why it is the last one, if it is."""
    compiled = ahead.prefix.compiled
    look = looking(max(order.alternatives, sampler.enough), compiled=compiled)
    receipts = ReceiptWriter(tokenizer, order.alternatives)
    stream = StreamDecoder(tokenizer, order.reply)
    seen = [*order.prompt, *order.reply]
    for written in range(1, order.max_new_tokens + 1):
        with pace.count(1):
            if written > 1:
                room = min(order.context - len(seen), order.max_new_tokens - written)
                logits = ahead.after(seen, room)
            with one_thread() if compiled else nullcontext():
                outlook = look(logits.numpy())
                if outlook.overflowed:
                    raise _overflow()
                forced = written <= len(order.forced)
                best = outlook.ids, outlook.logits
                token_id = order.forced[written - 1] if forced else sampler.pick(logits, seen, len(order.prompt), best)
                seen.append(token_id)
                last = token_id in order.ends
                text = stream.finish() if last else stream.push(token_id)
                piece = receipts.piece(outlook, float(logits[token_id]), token_id, text)
        if last:
            yield piece, "stop"
        elif len(seen) >= order.context:
            yield piece, "context"
        else:
            yield piece, "length" if written == order.max_new_tokens else None


def refuse_overflow(logits: Tensor) -> None:
    """Raises UserError for logits that hold NaN or infinity: weights that are damaged, or too large for bfloat16."""
    if not logits.max().isfinite():
        raise _overflow()


def _overflow() -> UserError:
    return UserError(
        "The model's numbers overflowed, so no word can be picked",
        "Load it with the precision float32; if that does not help, its file is damaged.",
    )


def _with_text(piece: Piece, text: str) -> Piece:
    """The piece with its text cut where a stop string begins."""
    return piece if piece.text == text else Piece(piece.id, text, piece.logprob, piece.entropy, piece.alternatives)
