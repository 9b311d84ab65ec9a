"""What every tokenizer offers, and what follows from it alone: text out of ids, text kept free of control tokens.

Knows no file format and no library.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Mapping, Set
from typing import Literal, Protocol

Span = tuple[int, int, int]
"""A token id and the characters [start, end) of the text that it stands for."""

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")


class Tokenizer(Protocol):
    """Text to ids and back. Control tokens (start, end of turn) are never made out of text."""

    kind: Literal["sentencepiece", "byte-level BPE"]
    vocab_size: int
    fingerprint: str
    """sha256 of its file, in hex."""
    dummy_prefix: bool
    """Whether `start=True` puts a space before the text, which `decode(…, start=True)` takes away again."""

    def encode(self, text: str, *, start: bool = True) -> list[int]:
        """`start=False` when the text goes on after a control token or other text: no space is put before it."""
        ...

    def encode_with_offsets(self, text: str) -> list[Span]:
        """As `encode(text)`, with offsets in characters; byte tokens of one character share its span."""
        ...

    def token_bytes(self, token_id: int) -> bytes:
        """The exact bytes a token adds to a text; nothing for control tokens and ids outside the vocabulary."""
        ...

    def piece(self, token_id: int) -> str:
        """The token as the vocabulary spells it; empty outside the vocabulary."""
        ...

    def control_tokens(self) -> Mapping[str, int]:
        """The spelling of each control token -> its id."""
        ...


def decode(tokenizer: Tokenizer, ids: Iterable[int], *, start: bool = False) -> str:
    """The text of some tokens. `start=True` undoes `encode(text)`, which may have put a space before the text."""
    data = b"".join(tokenizer.token_bytes(token_id) for token_id in ids)
    text = data.decode("utf-8", errors="replace")
    return text[1:] if start and tokenizer.dummy_prefix and text.startswith(" ") else text


def encodable(text: str) -> str:
    """The text with every lone surrogate (half of a pasted emoji) replaced, so that UTF-8 can spell it."""
    return _LONE_SURROGATE.sub("\ufffd", text)


def encode_around_controls(
    encode: Callable[[str, bool], list[Span]], controls: Set[int], text: str, start: bool
) -> list[Span]:
    """Encode a text whose plain encoding holds control ids, by cutting inside each spelling that gave one.

    Some vocabularies carry control tokens as ordinary pieces (Gemma's turns), and normalisation can make their
    spelling out of look-alikes. A single character that alone gives a control id is left out.
    """
    out: list[Span] = []
    waiting = [(0, len(text))]
    while waiting:
        begin, end = waiting.pop()
        spans = encode(text[begin:end], start and begin == 0)
        hits = [at for token_id, at, _ in spans if token_id in controls]
        if not hits:
            out.extend((token_id, begin + a, begin + b) for token_id, a, b in spans)
        elif end - begin > 1:
            cuts = sorted({begin, end} | {begin + min(max(at + 1, 1), end - begin - 1) for at in hits})
            waiting.extend(reversed(list(itertools.pairwise(cuts))))
    return out
