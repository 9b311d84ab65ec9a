"""SentencePiece models, whole: the file's bytes in, a tokenizer out. Knows no chat and no model folder."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

import sentencepiece

from engine.errors import UserError
from engine.text.tokenizer import Span, encodable, encode_around_controls

SPACE = "▁"
NO_DUMMY_PREFIX = b"\x1a\x02\x18\x00"
"""`normalizer_spec { add_dummy_prefix: false }`: protobuf merges what is appended into what was there."""
_MARK = "<unk>"
"""Stands before a text so that its leading spaces are not stripped; spelled as in Transformers, to be equal to it."""
_UNKNOWN = " \u2047 ".encode()


class SentencePieceTokenizer:
    """A `tokenizer.model`. `extra` are control tokens that were added beside it, or that it has as ordinary pieces.

    Raises UserError when the bytes are not a SentencePiece model.
    """

    kind: Literal["sentencepiece", "byte-level BPE"] = "sentencepiece"

    def __init__(self, model: bytes, extra: Mapping[str, int] = MappingProxyType({})) -> None:
        self._first = _load(model)
        self.fingerprint = hashlib.sha256(model).hexdigest()
        self.dummy_prefix = self._first.Normalize("a").startswith(SPACE)
        # A second copy of the vocabulary, in memory only where the two differ.
        self._later = _load(model + NO_DUMMY_PREFIX) if self.dummy_prefix else self._first
        self._strips = not self._later.Normalize(" a").startswith(SPACE)
        self._size: int = self._first.get_piece_size()
        own = {self._first.id_to_piece(i): i for i in range(self._size) if self._first.is_control(i)}
        self._controls = {**own, **extra}
        self._control_ids = frozenset(self._controls.values())
        self._added = {token_id: literal for literal, token_id in extra.items()}
        self.vocab_size = max([self._size, *(token_id + 1 for token_id in extra.values())])

    def encode(self, text: str, *, start: bool = True) -> list[int]:
        text = encodable(text)
        if start or not self._strips:
            ids: list[int] = (self._first if start else self._later).encode(text)
        else:
            ids = [token_id for token_id, _, _ in self._spans(text, start)]
        if self._control_ids.isdisjoint(ids):
            return ids
        return [span[0] for span in encode_around_controls(self._spans, self._control_ids, text, start)]

    def encode_with_offsets(self, text: str) -> list[Span]:
        text = encodable(text)
        spans = self._spans(text, True)
        if self._control_ids.isdisjoint(span[0] for span in spans):
            return spans
        return encode_around_controls(self._spans, self._control_ids, text, True)

    def token_bytes(self, token_id: int) -> bytes:
        if not 0 <= token_id < self._size or token_id in self._control_ids:
            return b""
        piece: str = self._first.id_to_piece(token_id)
        if self._first.is_byte(token_id):
            return bytes([int(piece[3:-1], 16)])  # <0x0A>
        return _UNKNOWN if self._first.is_unknown(token_id) else piece.replace(SPACE, " ").encode()

    def piece(self, token_id: int) -> str:
        if 0 <= token_id < self._size:
            return self._first.id_to_piece(token_id)
        return self._added.get(token_id, "")

    def control_tokens(self) -> Mapping[str, int]:
        return MappingProxyType(self._controls)

    def _spans(self, text: str, start: bool) -> list[Span]:
        if start or not (self._strips and text.startswith((" ", SPACE))):
            return self._mapped(self._first if start else self._later, text)
        marked, skip = self._mapped(self._later, _MARK + text), len(_MARK)
        return [(token_id, a - skip, b - skip) for token_id, a, b in marked if b > skip]

    def _mapped(self, processor: Any, text: str) -> list[Span]:
        """The library gives the span of a character to the last of its byte tokens only; all of them get it here."""
        mapped = processor.encode(text, return_type="offset_mapping")
        spans: list[Span] = []
        end_of_character: int | None = None
        for token_id, (start, end) in zip(reversed(mapped["ids"]), reversed(mapped["offsets"]), strict=True):
            if processor.is_byte(token_id):
                end_of_character = end if end > start else end_of_character
                end = end_of_character if end_of_character is not None else end
            else:
                end_of_character = None
            spans.append((token_id, start, end))
        return spans[::-1]


def _load(model: bytes) -> Any:
    processor = sentencepiece.SentencePieceProcessor()
    try:
        processor.LoadFromSerializedProto(model)
    except (RuntimeError, ValueError) as error:
        raise UserError(
            "The tokenizer of this model cannot be read", "Its tokenizer.model is damaged or incomplete; copy it again."
        ) from error
    return processor
