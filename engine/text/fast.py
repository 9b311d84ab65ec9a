"""`tokenizer.json` files (the `tokenizers` library): byte-level BPE, and BPE with ▁ and byte fallback.

Knows no chat and no model folder.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Literal

from tokenizers import Tokenizer as Library

from engine.errors import UserError
from engine.text.tokenizer import Span, encodable, encode_around_controls

SPACE = "▁"
_BYTE = re.compile("<0x([0-9A-Fa-f]{2})>")


class FastTokenizer:
    """Raises UserError when the text is not a tokenizer of a kind whose tokens spell exact bytes."""

    def __init__(self, json_text: str) -> None:
        tree = _parse(json_text)
        self.fingerprint = hashlib.sha256(json_text.encode()).hexdigest()
        self.kind: Literal["sentencepiece", "byte-level BPE"] = _kind(tree)
        self._first = _build(tree)
        later = _without_prefix(tree)
        self.dummy_prefix = later != tree
        self._later = _build(later) if self.dummy_prefix else self._first
        added = self._first.get_added_tokens_decoder()
        self._controls = {token.content: token_id for token_id, token in added.items() if token.special}
        self._control_ids = frozenset(self._controls.values())
        self._typed = {token_id: token.content for token_id, token in added.items() if not token.special}
        self._alphabet = frozenset(byte for c, byte in _BYTE_OF.items() if self._first.token_to_id(c) is not None)
        self.vocab_size = max(self._first.get_vocab(with_added_tokens=True).values(), default=-1) + 1

    def encode(self, text: str, *, start: bool = True) -> list[int]:
        text = encodable(text)
        ids: list[int] = (self._first if start else self._later).encode(text, add_special_tokens=False).ids
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
        if token_id in self._control_ids or token_id < 0:
            return b""
        if token_id in self._typed:
            return self._typed[token_id].encode()
        piece = self._first.id_to_token(token_id) or ""
        return _bytes_of_characters(piece) if self.kind == "byte-level BPE" else _bytes_of_metaspace(piece)

    def piece(self, token_id: int) -> str:
        return (self._first.id_to_token(token_id) or "") if token_id >= 0 else ""

    def control_tokens(self) -> Mapping[str, int]:
        return MappingProxyType(self._controls)

    def _spans(self, text: str, start: bool) -> list[Span]:
        found = (self._first if start else self._later).encode(text, add_special_tokens=False)
        spans = [(i, a, b) for i, (a, b) in zip(found.ids, found.offsets, strict=True)]
        if self.kind == "byte-level BPE":
            spans = self._realigned(spans, text)
        if start and self.dummy_prefix and spans and self.token_bytes(spans[0][0]) == b" ":
            spans[0] = (spans[0][0], 0, 0)  # the space put before the text is none of its characters
        return spans

    def _realigned(self, spans: list[Span], text: str) -> list[Span]:
        """Where the vocabulary lacks a byte (SmolLM2's lacks U+0004), the library leaves it out and then miscounts."""
        spelled = [self.token_bytes(token_id) for token_id, _, _ in spans]
        if b"".join(spelled) == text.encode():
            return spans
        known = [(byte, n) for n, c in enumerate(text) for byte in c.encode() if byte in self._alphabet]
        if b"".join(spelled) != bytes(byte for byte, _ in known):
            return spans  # a normalizer changed the text; the library counts that right
        realigned: list[Span] = []
        at = 0
        for (token_id, _, _), data in zip(spans, spelled, strict=True):
            after = at + len(data)
            realigned.append((token_id, known[at][1], known[after - 1][1] + 1))
            at = after
        return realigned


def _parse(json_text: str) -> dict[str, Any]:
    try:
        tree = json.loads(json_text)
    except (ValueError, RecursionError) as error:
        raise _unreadable() from error
    if not isinstance(tree, dict) or not isinstance(tree.get("model"), dict):
        raise _unreadable()
    # Neither start tokens nor trimmed offsets nor cuts nor chance: the ids of the text, and all of them.
    model = {**tree["model"], "dropout": None}
    return {**tree, "model": model, "post_processor": None, "truncation": None, "padding": None}


def _build(tree: dict[str, Any]) -> Library:
    try:
        library = Library.from_str(json.dumps(tree))
    except Exception as error:  # the library raises nothing more precise
        raise _unreadable() from error
    library.encode_special_tokens = True
    return library


def _kind(tree: dict[str, Any]) -> Literal["sentencepiece", "byte-level BPE"]:
    parts = [part for name in ("pre_tokenizer", "decoder", "normalizer") for part in _flat(tree.get(name))]
    if tree["model"].get("type", "BPE") == "BPE":
        if any(part.get("type") == "ByteLevel" for part in parts):
            return "byte-level BPE"
        if tree["model"].get("byte_fallback") or any(part.get("type") == "Metaspace" for part in parts):
            return "sentencepiece"
    raise UserError(
        "The tokenizer of this model is of a kind that Nextword does not know",
        "Choose a model with a SentencePiece or a byte-level BPE tokenizer.",
    )


def _flat(part: Any) -> list[dict[str, Any]]:
    """The steps of a normalizer, pre-tokenizer or decoder, whether it is one or a sequence of them."""
    if not isinstance(part, dict):
        return []
    inner = part.get("normalizers") or part.get("pretokenizers") or part.get("decoders") or []
    return [part, *(step for child in inner for step in _flat(child))]


def _without_prefix(part: Any) -> Any:
    """The same tree, without the steps that put a space before a text."""
    if isinstance(part, list):
        return [_without_prefix(child) for child in part if not (isinstance(child, dict) and _prepends(child))]
    if not isinstance(part, dict):
        return part
    steps = {"normalizer", "pre_tokenizer", "normalizers", "pretokenizers"}
    changed = {key: _without_prefix(value) if key in steps else value for key, value in part.items()}
    if _prepends(changed.get("normalizer")):
        changed["normalizer"] = None
    if part.get("type") == "Metaspace" and (part.get("prepend_scheme", "always") != "never"):
        changed["prepend_scheme"] = "never"
        changed.pop("add_prefix_space", None)
    if part.get("type") == "ByteLevel" and part.get("add_prefix_space"):
        changed["add_prefix_space"] = False
    return changed


def _prepends(part: Any) -> bool:
    return isinstance(part, dict) and part.get("type") == "Prepend"


def _byte_characters() -> dict[str, int]:
    """GPT-2's table: a printable character for each byte (openai/gpt-2, encoder.py: bytes_to_unicode)."""
    printable = [*range(ord("!"), ord("~") + 1), *range(ord("¡"), ord("¬") + 1), *range(ord("®"), ord("ÿ") + 1)]
    others = [byte for byte in range(256) if byte not in printable]
    return {chr(byte): byte for byte in printable} | {chr(256 + n): byte for n, byte in enumerate(others)}


_BYTE_OF = MappingProxyType(_byte_characters())


def _bytes_of_characters(piece: str) -> bytes:
    return b"".join(bytes([_BYTE_OF[c]]) if c in _BYTE_OF else c.encode() for c in piece)


def _bytes_of_metaspace(piece: str) -> bytes:
    byte = _BYTE.fullmatch(piece)
    return bytes([int(byte[1], 16)]) if byte else piece.replace(SPACE, " ").encode()


def _unreadable() -> UserError:
    return UserError(
        "The tokenizer of this model cannot be read", "Its tokenizer.json is damaged or incomplete; copy it again."
    )
