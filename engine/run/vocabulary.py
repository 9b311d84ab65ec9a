"""Which tokens of a vocabulary are words that a person would know as words. Knows no model.

Half of a vocabulary is pieces: endings, bytes of characters, runs of spaces. A token counts as a word when it begins
one (with the space before it) and has two letters or more; in scripts that are written without spaces, always.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass

from engine.run.bundled import general_chat, general_text
from engine.text.tokenizer import Tokenizer

AT_ONCE = 16_384
"""Tokens looked at in one step."""
_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
_WITHOUT_SPACES = re.compile("[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff]+")
"""Thai and Lao, Burmese, Khmer, kana, Chinese characters."""


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a vocabulary, without the space before them, and their tokens; in the order of the ids."""

    texts: tuple[str, ...]
    ids: tuple[int, ...]

    def common(self, least: int) -> list[int]:
        """Places in `texts`: words of the bundled texts with at least so many letters, most frequent first.

        Then all others that long, and then the rest: a vocabulary has its frequent words early.
        """
        place = {text: n for n, text in reversed(list(enumerate(self.texts)))}
        bundled = " ".join([general_text(), *(f"{question} {answer}" for question, answer in general_chat())])
        counted = [word for word, _ in Counter(_WORD.findall(bundled)).most_common()]
        first = [place[word] for word in counted if word in place and len(word) >= least]
        long = [n for n, text in enumerate(self.texts) if len(text) >= least]
        return list(dict.fromkeys([*first, *long, *range(len(self.texts))]))


def words_of(tokenizer: Tokenizer) -> Generator[tuple[int, int], None, Words]:
    """Yields (done, total) in tokens."""
    controls = {*tokenizer.control_tokens().values()}
    found: list[tuple[str, int]] = []
    for at in range(0, tokenizer.vocab_size, AT_ONCE):
        stop = min(at + AT_ONCE, tokenizer.vocab_size)
        for token in range(at, stop):
            word = "" if token in controls else word_in(tokenizer.token_bytes(token))
            if word:
                found.append((word, token))
        yield stop, tokenizer.vocab_size
    return Words(tuple(word for word, _ in found), tuple(token for _, token in found))


def word_in(data: bytes) -> str:
    """The word that a token's bytes spell, or nothing."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return ""
    if len(text) > 2 and text.startswith(" ") and _WORD.fullmatch(text, 1):
        return text[1:]
    return text if _WITHOUT_SPACES.fullmatch(text) else ""
