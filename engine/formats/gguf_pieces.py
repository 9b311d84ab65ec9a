"""A SentencePiece model rebuilt from the tokens, scores and types that a GGUF file carries.

Knows SentencePiece's protobuf layout (github.com/google/sentencepiece, src/sentencepiece_model.proto), not files.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass

NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE = 1, 2, 3, 4, 5, 6
SPACE = "▁"
BPE = 2


@dataclass(frozen=True, slots=True)
class PieceModel:
    """What such a file says of its vocabulary; ids of None are absent."""

    pieces: Sequence[str]
    scores: Sequence[float]
    types: Sequence[int]
    unk: int
    bos: int | None
    eos: int | None
    pad: int | None
    add_space_prefix: bool
    remove_extra_whitespaces: bool = False
    charsmap: bytes = b""


def piece_model(model: PieceModel) -> bytes:
    """The bytes of a `tokenizer.model`."""
    types = _types(model)
    pieces = _distinct(model.pieces, types)
    out = bytearray()
    for piece, score, kind in zip(pieces, model.scores, types, strict=True):
        body = _text(1, piece) + b"\x15" + struct.pack("<f", score)
        out += _message(1, body if kind == NORMAL else body + _number(3, kind))
    return bytes(out) + _message(2, _trainer(model, pieces, types)) + _message(3, _normalizer(model))


def _types(model: PieceModel) -> list[int]:
    """As SentencePiece wants them: one unknown piece, and byte pieces only where all 256 are there."""
    types = [kind if NORMAL <= kind <= BYTE and kind != UNKNOWN else NORMAL for kind in model.types]
    if types.count(BYTE) != 256:
        types = [CONTROL if kind == BYTE else kind for kind in types]
    types[model.unk] = UNKNOWN
    return types


def _distinct(pieces: Sequence[str], types: list[int]) -> list[str]:
    """Spaces written ▁ again in what llama.cpp stored without; empty and doubled pieces put out of use."""
    seen: set[str] = set()
    spelled: list[str] = []
    for number, piece in enumerate(pieces):
        if types[number] == USER_DEFINED:
            piece = piece.replace(" ", SPACE)
        if not piece or piece in seen or "\0" in piece:
            piece = f"<unused:{number}>"
            types[number] = UNUSED if types[number] != UNKNOWN else UNKNOWN
        seen.add(piece)
        spelled.append(piece)
    return spelled


def _trainer(model: PieceModel, pieces: list[str], types: list[int]) -> bytes:
    out = _number(3, BPE) + _number(4, len(pieces))
    if BYTE in types:
        out += _number(35, 1)
    for field, number in ((40, model.unk), (41, model.bos), (42, model.eos), (43, model.pad)):
        out += _number(field, -1 if number is None else number)
    for field, number in ((45, model.unk), (46, model.bos), (47, model.eos), (48, model.pad)):
        if number is not None:
            out += _text(field, pieces[number])
    return out


def _normalizer(model: PieceModel) -> bytes:
    charsmap = _bytes(2, model.charsmap) if model.charsmap else b""
    prefix, spaces = int(model.add_space_prefix), int(model.remove_extra_whitespaces)
    return _text(1, "identity") + charsmap + _number(3, prefix) + _number(4, spaces) + _number(5, 1)


# ---- protobuf: a field is its number and wire type, then its value ----------------
def _varint(number: int) -> bytes:
    number &= (1 << 64) - 1
    out = bytearray()
    while number > 127:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _bytes(field: int, value: bytes) -> bytes:
    return _varint(field << 3 | 2) + _varint(len(value)) + value


def _text(field: int, value: str) -> bytes:
    return _bytes(field, value.encode("utf-8", "replace"))


def _message(field: int, value: bytes) -> bytes:
    return _bytes(field, value)
