"""How likely a model finds each of several words or answers right after a text. Knows one loaded model."""

from __future__ import annotations

from collections.abc import Generator, Sequence

import torch

from engine.errors import UserError
from engine.messages import Candidate
from engine.run.batch_score import score_all
from engine.run.loaded import Loaded
from engine.run.packing import Example, alike
from engine.run.score import require_room
from engine.text.tokenizer import encodable

OPENING = frozenset("([{“‘„«‚¿¡\n")
"""After these no space stands before a word."""
CLOSING = frozenset(".,;:!?)]}%…»”’'")
"""Before these none stands."""
UNSPACED = (
    range(0x0E00, 0x0F00), range(0x1000, 0x10A0), range(0x1780, 0x1800), range(0x3000, 0x3100), range(0x31F0, 0x3200),
    range(0x3400, 0xA000), range(0xF900, 0xFB00), range(0xFF00, 0xFF60), range(0x20000, 0x32000),
)  # fmt: skip
"""Scripts that are written without spaces: Thai, Lao, Burmese, Khmer, Chinese and Japanese with their punctuation."""


def compare_answers(
    loaded: Loaded, text: str, answers: Sequence[str]
) -> Generator[tuple[int, int], None, tuple[Candidate, ...]]:
    """In the order given; yields (done, total) in tokens. UserError for no text, or fewer than two answers."""
    if not text.strip():
        raise UserError("There is nothing before the answers", "Write the text that they follow.")
    if len({answer.strip() for answer in answers}) < len(answers) or len(answers) < 2:
        raise UserError("Fewer than two different answers cannot be compared", "Give two or more, each once.")
    numbers = yield from score_all(loaded.model, after(loaded, text, answers))
    logprobs = torch.tensor([float(each.double().sum()) for each in numbers], dtype=torch.float64)
    rows = zip(answers, logprobs.tolist(), logprobs.softmax(0).tolist(), strict=True)
    return tuple(Candidate(answer, logprob, share) for answer, logprob, share in rows)


def after(loaded: Loaded, text: str, words: Sequence[str]) -> list[Example]:
    """The text with each of the words after it. The targets are the tokens of the word.

    Where a vocabulary makes one token of the end of the text and the beginning of a word, those of all words begin
    that much earlier, so that they stay comparable.
    """
    text = encodable(text).rstrip(" \t")
    before = [*loaded.start, *loaded.tokenizer.encode(text)]
    wholes = [[*loaded.start, *loaded.tokenizer.encode(joined(text, encodable(word)))] for word in words]
    start = min(alike(before, whole) for whole in wholes)
    for word, whole in zip(words, wholes, strict=True):
        require_room(whole, loaded.info.context + 1)
        if start >= len(whole):
            raise UserError(f"“{word}” gives this model nothing to read", "Choose a word of letters.")
    if start == 0:
        raise UserError(f"“{text[:40]}” is too short for this model to go by", "Begin with a few more words.")
    return [Example(tuple(whole), start) for whole in wholes]


def joined(text: str, word: str) -> str:
    """With a space where one belongs: not after a line break or an opening bracket, nor in Chinese."""
    text, word = text.rstrip(" \t"), word.strip()
    if not text or not word:
        return text + word
    tight = text[-1] in OPENING or word[0] in CLOSING or any(ord(text[-1]) in script for script in UNSPACED)
    opened = text[-1] in "\"'" and (len(text) == 1 or text[-2].isspace())
    return f"{text}{word}" if tight or opened else f"{text} {word}"
