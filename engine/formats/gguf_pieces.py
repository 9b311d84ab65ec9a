"""A SentencePiece model rebuilt from the tokens, scores and types that a GGUF file carries, and taken apart again.

Knows SentencePiece's protobuf layout (github.com/google/sentencepiece, src/sentencepiece_model.proto), not files.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from engine.errors import UserError

NORMAL, UNKNOWN, CONTROL, USER_DEFINED, UNUSED, BYTE = 1, 2, 3, 4, 5, 6
SPACE = "▁"
UNIGRAM, BPE = 1, 2


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


# ---- and read again ----------------------------------------------------------------
def read_piece_model(data: bytes) -> PieceModel:
    """A `tokenizer.model` that SentencePiece accepts. UserError for one that merges in another way."""
    found = _fields(data)
    pieces = [_fields(piece) for piece in found.get(1, [])]
    trainer, normalizer = (_fields(b"".join(found.get(field, []))) for field in (2, 3))
    if trainer.get(3, [UNIGRAM])[-1] != BPE:
        raise UserError(
            "The tokenizer of this model is a unigram model, which GGUF has no place for",
            "Export the model as a folder instead.",
        )
    ids = [_signed(trainer.get(field, [default])[-1]) for field, default in ((40, 0), (41, 1), (42, 2), (43, -1))]
    return PieceModel(
        pieces=[piece[1][-1].decode("utf-8", "replace") for piece in pieces],
        scores=[struct.unpack("<f", piece[2][-1])[0] if 2 in piece else 0.0 for piece in pieces],
        types=[piece.get(3, [NORMAL])[-1] for piece in pieces],
        unk=ids[0] or 0,
        bos=ids[1],
        eos=ids[2],
        pad=ids[3],
        add_space_prefix=bool(normalizer.get(3, [1])[-1]),
        remove_extra_whitespaces=bool(normalizer.get(4, [1])[-1]),
        charsmap=normalizer.get(2, [b""])[-1],
    )


def _fields(data: bytes) -> dict[int, list[Any]]:
    """The values of each field of a message: numbers, or bytes where they are anything else."""
    found: dict[int, list[Any]] = {}
    at = 0
    while at < len(data):
        key, at = _read_varint(data, at)
        field, wire = key >> 3, key & 7
        value: int | bytes
        if wire == 0:
            value, at = _read_varint(data, at)
        else:
            size, at = _read_varint(data, at) if wire == 2 else ({1: 8, 5: 4}[wire], at)
            value, at = data[at : at + size], at + size
        found.setdefault(field, []).append(value)
    return found


def _read_varint(data: bytes, at: int) -> tuple[int, int]:
    value, shift = 0, 0
    while True:
        byte = data[at]
        value, shift, at = value | (byte & 127) << shift, shift + 7, at + 1
        if byte < 128:
            return value, at


def _signed(number: int) -> int | None:
    """An id; None for -1, which stands as 64 bits."""
    return None if number >> 63 or number == (1 << 32) - 1 else number
