"""Where the next word begins: after which tokens, and what of the text is certain though its tokens are not.

A tokenizer puts the space and the word into one token. So after a text that ends with a space hardly any token fits,
and after half a word those that fit are not the ones the model learned to write it with. Both ends of a text are taken
back, and only what is spelled like them is looked at. Knows no model.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from engine.run.word_search import Start
from engine.text.tokenizer import Tokenizer
from engine.text.word_ends import LONGEST, open_unit


@dataclass(frozen=True, slots=True)
class Place:
    """`context` is read for certain; `taken_back` are the tokens after it that the text was cut into."""

    context: tuple[int, ...]
    taken_back: tuple[int, ...]
    start: Start


def after_ids(tokenizer: Tokenizer, ids: Sequence[int]) -> Place:
    """After these tokens as they are."""
    return Place(tuple(ids), (), Start(open_unit(_tail(tokenizer, ids)).removeprefix(" ")))


def after_text(tokenizer: Tokenizer, ids: Sequence[int], *, typing: bool) -> Place:
    """After a text that was cut into `ids`. With `typing` the last word may be cut otherwise and go on."""
    ending = open_unit(_tail(tokenizer, ids))
    if not typing and ending.strip(" "):
        return after_ids(tokenizer, ids)
    wanted, cut, required = len(ending.encode()), len(ids), b""
    while len(required) < wanted and cut > 0:
        cut -= 1
        required = tokenizer.token_bytes(ids[cut]) + required
    if cut == 0:  # nothing would be left to read before it
        return after_ids(tokenizer, ids)
    return Place(tuple(ids[:cut]), tuple(ids[cut:]), Start(ending.removeprefix(" "), required))


def _tail(tokenizer: Tokenizer, ids: Sequence[int]) -> str:
    """The end of what the tokens spell, since the last control token; broken bytes as lone surrogates."""
    data = b""
    for token in reversed(ids):
        spelled = tokenizer.token_bytes(token)
        if not spelled or len(data) > LONGEST * 4:
            break
        data = spelled + data
    return data.decode("utf-8", "surrogateescape")
