"""What the model thought before it wrote a token: how likely it was, how open the choice, and what else there was.

From raw logits, before any sampler.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from weakref import WeakKeyDictionary

from engine.messages import Alternative, Piece
from engine.run.outlook import Outlook
from engine.text.tokenizer import Tokenizer

_TEXTS: WeakKeyDictionary[Tokenizer, dict[int, str]] = WeakKeyDictionary()
"""Of tokens that were looked up, as long as their tokenizer lives."""


@dataclass(slots=True)
class ReceiptWriter:
    """For the tokens of one reply, one after another."""

    tokenizer: Tokenizer
    alternatives: int
    _texts: dict[int, str] = field(init=False)

    def __post_init__(self) -> None:
        self._texts = _TEXTS.setdefault(self.tokenizer, {})

    def piece(self, outlook: Outlook, logit: float, token_id: int, text: str) -> Piece:
        """Of a token with this logit, out of an outlook with as many of the likeliest as alternatives are kept."""
        normalizer = outlook.normalizer
        ids = outlook.ids[: self.alternatives]
        logprobs = [other - normalizer for other in outlook.logits[: self.alternatives]]
        alternatives = tuple(map(Alternative._make, zip(ids, map(self.text, ids), logprobs, strict=True)))
        return Piece(token_id, text, logit - normalizer, outlook.entropy, alternatives)

    def text(self, token_id: int) -> str:
        """What a token would add; control tokens and single bytes as the vocabulary spells them."""
        text = self._texts.get(token_id)
        if text is None:
            text = self._texts[token_id] = token_text(self.tokenizer, token_id)
        return text


def token_text(tokenizer: Tokenizer, token_id: int) -> str:
    """The text of one token alone; control tokens and parts of characters as the vocabulary spells them."""
    try:
        return tokenizer.token_bytes(token_id).decode() or tokenizer.piece(token_id)
    except UnicodeDecodeError:
        return tokenizer.piece(token_id)
