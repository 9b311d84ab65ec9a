"""What a vocabulary makes of a text: how long its tokens are, and which words it cuts up. Knows no training."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import islice

from engine.messages import VocabularyKind, VocabularyReport
from engine.text.sentencepiece import SentencePieceTokenizer

COMMON = 1000
"""Words that must not need many tokens."""
MANY = 3
READ = 200_000
"""Characters on which the length of tokens is measured."""
CUTS = 60
EXAMPLE = 90
"""Characters of the sentence that is shown, at most."""


def describe(
    model: bytes, kind: VocabularyKind, frequent: Sequence[tuple[str, int]], texts: Iterable[str]
) -> VocabularyReport:
    """`frequent` are the words of the text and how often they stand there, `texts` some documents of it."""
    tokenizer = SentencePieceTokenizer(model)
    # As in the middle of a sentence, where a word brings its space along.
    cuts = {word: tuple(map(tokenizer.piece, tokenizer.encode(" " + word, start=False))) for word, _ in frequent}
    total = sum(count for _, count in frequent)
    whole = sum(count for word, count in frequent if len(cuts[word]) == 1)
    common = [word for word, _ in frequent[:COMMON]]
    worst = sorted(common, key=lambda word: -len(cuts[word]))[:CUTS]
    sample = "\n".join(islice(texts, 20))[:READ] or " ".join(common)
    return VocabularyReport(
        tokenizer.vocab_size,
        kind,
        len(sample) / max(1, len(tokenizer.encode(sample))),
        whole / max(1, total),
        sum(len(cuts[word]) > MANY for word in common),
        tuple((word, cuts[word]) for word in worst),
        tuple(map(tokenizer.piece, tokenizer.encode(_sentence(sample)))),
        tuple(map(tokenizer.piece, range(tokenizer.vocab_size))),
    )


def _sentence(text: str) -> str:
    """One that fits a line."""
    for line in text.split("\n"):
        start = line.find(". ") + 2 if len(line) > EXAMPLE and ". " in line else 0
        end = line.find(".", start) + 1
        if 30 <= end - start <= EXAMPLE:
            return line[start:end]
    return text if len(text) <= EXAMPLE else text[:EXAMPLE].rsplit(" ", 1)[0]
