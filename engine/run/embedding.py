"""Words as directions in the embedding: which are close to a word, to an analogy. Knows no picture of them."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import normalize

from engine.errors import UserError
from engine.messages import Neighbour, Neighbours
from engine.model.transformer import Transformer
from engine.run.loaded import Loaded
from engine.run.streams import pieces
from engine.run.vocabulary import Words, words_of
from engine.text.tokenizer import Tokenizer

ROWS = 32_768
"""Rows of the embedding that are looked at in one step."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A word as its tokens and as the mean of their embeddings, float32 [hidden], of length 1."""

    text: str
    ids: tuple[int, ...]
    direction: Tensor


class Dictionary:
    """The words of one model's embedding. Keeps no weights: a model that is unloaded is not held here."""

    def __init__(self, words: Words, lengths: Tensor) -> None:
        self.words = words
        self._lengths = lengths
        self._ids = torch.tensor(words.ids, dtype=torch.long)

    @classmethod
    def of(cls, loaded: Loaded) -> Generator[tuple[int, int], None, Dictionary]:
        """Yields (done, total)."""
        words = yield from words_of(loaded.tokenizer)
        rows = loaded.model.embed.weight.detach()
        lengths: list[Tensor] = []
        for at in range(0, len(rows), ROWS):
            lengths.append(rows[at : at + ROWS].float().norm(dim=1).cpu())
            yield min(at + ROWS, len(rows)), len(rows)
        return cls(words, torch.cat(lengths).clamp(min=1e-9))

    def closest(
        self, model: Transformer, direction: Tensor, top: int, without: Sequence[Asked]
    ) -> Generator[tuple[int, int], None, list[Neighbour]]:
        """The words with the largest cosine, closest first; each once however it is written.

        Without the words that were asked and the tokens that they are made of. Yields (done, total) in rows.
        """
        rows = model.embed.weight.detach()
        found: list[Tensor] = []
        for at in range(0, len(rows), ROWS):
            found.append((rows[at : at + ROWS].float() @ direction).cpu())
            yield min(at + ROWS, len(rows)), len(rows)
        cosines = (torch.cat(found) / self._lengths)[self._ids]
        seen, parts = {word.text.casefold() for word in without}, {token for word in without for token in word.ids}
        items: list[Neighbour] = []
        for place in cosines.argsort(descending=True).tolist():
            text, token = self.words.texts[place], self.words.ids[place]
            if len(items) == top:
                break
            if text.casefold() not in seen and token not in parts:
                seen.add(text.casefold())
                items.append(Neighbour(text, float(cosines[place]), token))
        return items

    def directions(self, model: Transformer, ids: Sequence[int]) -> Tensor:
        """Float32 [len(ids), hidden], each of length 1, on the CPU."""
        return normalize(_rows(model, ids), dim=1).cpu()


def asked(loaded: Loaded, word: str) -> Asked:
    """Raises UserError where there is no word, or the vocabulary cannot spell it."""
    word = word.strip()
    if not word:
        raise UserError("There is no word to look up", "Type a word.")
    ids = spelled(loaded.tokenizer, word)
    known = [token for token in ids if token != loaded.checkpoint.token_ids.unk]
    if not known:
        raise UserError(f"The model has no token for “{word[:40]}”", "Look up another word.")
    if not all(_whole(loaded.tokenizer, token) for token in known):
        raise UserError(
            f"The model spells “{word[:40]}” in parts of characters, which mean nothing by themselves",
            "Look up another word.",
        )
    return Asked(word, tuple(ids), normalize(_rows(loaded.model, ids).mean(0), dim=0))


def spelled(tokenizer: Tokenizer, word: str) -> list[int]:
    """Its tokens in the middle of a text: with a space before it, unless fewer tokens spell it without one."""
    return min((tokenizer.encode(f" {word}", start=False), tokenizer.encode(word, start=False)), key=len)


def neighbours(
    loaded: Loaded, dictionary: Dictionary, word: str, less: str, more: str, top: int
) -> Generator[tuple[int, int], None, Neighbours]:
    """Of word − less + more, where empty ones are left out. Raises UserError as `asked`, and for no items wanted."""
    if top < 1:
        raise UserError(f"{top} words cannot be listed", "Choose a number from 1 upwards.")
    center = asked(loaded, word)
    others = [(asked(loaded, text), sign) for text, sign in ((less, -1.0), (more, 1.0)) if text.strip()]
    direction = center.direction + sum(sign * other.direction for other, sign in others)
    if float(direction.norm()) < 1e-6:
        raise UserError("These words cancel each other out", "Choose other words.")
    without = [center, *(other for other, _ in others)]
    items = yield from dictionary.closest(loaded.model, normalize(direction, dim=0), top, without)
    return Neighbours(center.text, pieces(loaded.tokenizer, center.ids), center.ids, tuple(items))


def _rows(model: Transformer, ids: Sequence[int]) -> Tensor:
    return model.embed.weight.detach()[torch.tensor(list(ids), dtype=torch.long, device=model.device)].float()


def _whole(tokenizer: Tokenizer, token: int) -> bool:
    """Whether a token is more than a part of a character."""
    try:
        tokenizer.token_bytes(token).decode()
    except UnicodeDecodeError:
        return False
    return True
