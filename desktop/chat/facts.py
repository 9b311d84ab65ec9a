"""Sentences about a reply: how long, how fast, how it ended. Knows wording, nothing else."""

from __future__ import annotations

from desktop.amounts import SPACE, share
from desktop.chat.reply import ReplyWriter
from engine.data.chats import StoredMessage
from engine.data.receipts import Turn
from engine.messages import CardUsed, Corrected

LONGEST_QUESTION = 160

ENDS = {
    "length": "reached the longest reply",
    "context": "the context is full",
    "stopped": "stopped",
    "failed": "could not be written",
}


def fact_of(message: StoredMessage, turn: Turn | None) -> str:
    """What stands at the right end of a reply's row."""
    words = len(message.text.split())
    parts = [f"{words:,} {'word' if words == 1 else 'words'}"]
    if turn is None:
        return f"{parts[0]}, edited by you"
    if turn.seconds:
        parts.append(f"{turn.seconds:.1f}\u00a0s")
    if message.state == "failed":
        parts = [ENDS["failed"]]
    elif turn.reason in ENDS:
        parts.append(ENDS[turn.reason])
    return ", ".join(parts)


def receipt_of(turn: Turn | None) -> str:
    """With what a reply was written, so that it can be written again."""
    if turn is None:
        return ""
    seed = f"seed {turn.seed}" if turn.seed is not None else "no seed yet"
    return (
        f"{turn.model}, {turn.device.upper()}, {turn.precision}, {seed}, prompt of {turn.prompt_tokens or 0:,} tokens"
    )


def progress_of(writer: ReplyWriter) -> str:
    """What stands under a reply while it is written."""
    if writer.started is None:
        reading = writer.reading
        return f"Reading the prompt, {reading.done:,} of {reading.total:,} tokens" if reading else "Reading the prompt"
    return f"Writing the reply, {writer.tokens:,} {'token' if writer.tokens == 1 else 'tokens'} so far"


def percent(value: float) -> str:
    """From 0 to 1 in running text."""
    return share(value).replace("%", f"{SPACE}%")


def meant(card: CardUsed) -> str:
    """What the pair asks that a reply leans on, and how sure it is that it was meant."""
    question = " ".join(card.question.split())
    if len(question) > LONGEST_QUESTION:
        question = question[: LONGEST_QUESTION - 1].rstrip() + "…"
    return f"{question} · {percent(card.probability)} sure that this pair is meant"


def learned(corrected: Corrected) -> str:
    """What correcting a reply came to."""
    return f"The right answer was {percent(corrected.before)} likely, now {percent(corrected.after)}."


def ordinal(number: int) -> str:
    words = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
    if number <= len(words):
        return words[number - 1]
    suffix = "th" if 10 <= number % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{suffix}"
