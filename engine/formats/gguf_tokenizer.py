"""The text side of a GGUF file: its special ids, and a tokenizer file made from its vocabulary."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from engine.errors import UserError
from engine.formats.fields import AGAIN, Fields
from engine.formats.gguf_bpe import CONTROL_TYPES, bpe_json, bpe_text
from engine.formats.gguf_pieces import CONTROL, NORMAL, PieceModel, piece_model
from engine.formats.hf_tokenizer import JSON, MODEL
from engine.formats.opened import TURN_ENDS, TokenIds, TokenizerKind, turn_ends

KINDS: Mapping[str, TokenizerKind] = {"llama": "sentencepiece", "gpt2": "byte-level BPE"}
BOS_FIRST = frozenset({"llama-bpe", "llama3", "llama-v3", "tekken"})
"""Pre-tokenizers of models that begin every text with a start token where the file does not say it."""
PREFIX = "tokenizer.ggml."


def tokenizer_kind(fields: Fields) -> TokenizerKind:
    """UserError where there is no vocabulary, or one of a kind that cannot be rebuilt."""
    model = fields.text(f"{PREFIX}model", "none")
    if model not in KINDS or not isinstance(fields.values.get(f"{PREFIX}tokens"), list):
        raise UserError(
            f"{fields.where} holds no tokenizer that Nextword can use ({model[:30]})",
            "Choose a model with a SentencePiece or a byte-level BPE tokenizer.",
        )
    return KINDS[model]


def token_ids(fields: Fields, template: str | None) -> TokenIds:
    """The ids with a meaning of their own, each checked to be in the vocabulary."""
    kind, tokens = tokenizer_kind(fields), _tokens(fields)
    types = _types(fields, len(tokens))
    ends = [_id(fields, f"{name}_token_id", len(tokens)) for name in ("eos", "eot", "eom")]
    controls = {tokens[number]: number for number in np.flatnonzero(np.isin(types, CONTROL_TYPES)).tolist()}
    bos = _id(fields, "bos_token_id", len(tokens))
    add_bos = kind == "sentencepiece" or fields.text(f"{PREFIX}pre", "gpt-2") in BOS_FIRST
    return TokenIds(
        bos=bos,
        eos=turn_ends(
            (end for end in ends if end is not None), {t: controls[t] for t in TURN_ENDS if t in controls}, template
        ),
        pad=_id(fields, "padding_token_id", len(tokens)),
        unk=_id(fields, "unknown_token_id", len(tokens)),
        add_bos=bos is not None and fields.flag(f"{PREFIX}add_bos_token", add_bos),
    )


def tokenizer_file(fields: Fields, ids: TokenIds) -> tuple[str, bytes]:
    """Name and bytes of the file that a folder of this model would hold."""
    tokens = _tokens(fields)
    types = _types(fields, len(tokens))
    if tokenizer_kind(fields) == "sentencepiece":
        return MODEL, piece_model(_piece_model(fields, tokens, types, ids))
    merges = fields.values.get(f"{PREFIX}merges")
    if not isinstance(merges, list):
        raise UserError(f"{fields.where} holds no merges for its tokenizer", AGAIN)
    pre = fields.text(f"{PREFIX}pre", "gpt-2")
    tree = bpe_json(tokens, types.tolist(), merges, pre, ids.bos if ids.add_bos else None)
    return JSON, bpe_text(tree)


def _piece_model(fields: Fields, tokens: list[str], types: np.ndarray, ids: TokenIds) -> PieceModel:
    scores = _numbers(fields, "scores", len(tokens))
    if scores is None or not np.isfinite(scores.astype(np.float32)).all():
        raise UserError(f"{fields.where} holds no scores for its tokenizer", AGAIN)
    charsmap = fields.values.get(f"{PREFIX}precompiled_charsmap")
    unk = 0 if ids.unk is None else ids.unk
    return PieceModel(
        pieces=tokens,
        scores=scores.astype(np.float32).tolist(),
        types=types.tolist(),
        unk=unk,
        bos=ids.bos if ids.bos != unk else None,
        eos=next((end for end in ids.eos if end != unk), None),
        pad=ids.pad if ids.pad != unk else None,
        add_space_prefix=fields.flag(f"{PREFIX}add_space_prefix", True),
        remove_extra_whitespaces=fields.flag(f"{PREFIX}remove_extra_whitespaces", False),
        charsmap=charsmap.tobytes() if isinstance(charsmap, np.ndarray) else b"",
    )


def _tokens(fields: Fields) -> list[str]:
    tokens: Any = fields.values[f"{PREFIX}tokens"]
    if not tokens:
        raise UserError(f"{fields.where} holds an empty vocabulary", AGAIN)
    return tokens


def _types(fields: Fields, count: int) -> np.ndarray:
    """The type of each token; all ordinary where the file does not say, but for the ids it names."""
    types = _numbers(fields, "token_type", count)
    if types is not None:
        return types
    plain = np.full(count, NORMAL, np.int32)
    for name in ("bos", "eos", "eot", "padding"):
        number = _id(fields, f"{name}_token_id", count)
        if number is not None:
            plain[number] = CONTROL
    return plain


def _numbers(fields: Fields, name: str, count: int) -> np.ndarray | None:
    values = fields.values.get(PREFIX + name)
    if values is None:
        return None
    if not isinstance(values, np.ndarray) or len(values) != count:
        raise UserError(f"{fields.where} is damaged: {name} does not fit its vocabulary", AGAIN)
    return values


def _id(fields: Fields, name: str, count: int) -> int | None:
    """An id, or None where it is absent or set to nothing (-1, or the largest number there is)."""
    if not fields.has(PREFIX + name):
        return None
    number = fields.integer(PREFIX + name)
    return number if 0 <= number < count else None
