"""The vocabulary of a GGUF file, out of the tokenizer file of a model: what `gguf_tokenizer` reads, written.

Knows keys (llama.cpp, gguf-py/gguf/constants.py) and tokenizer files, not where they are.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from engine.errors import UserError
from engine.formats.gguf_bpe import GPT2, SPLITTINGS, Splitting
from engine.formats.gguf_pieces import BYTE, CONTROL, NORMAL, SPACE, UNKNOWN, UNUSED, USER_DEFINED, read_piece_model
from engine.formats.gguf_tokenizer import PREFIX
from engine.formats.hf_tokenizer import MODEL
from engine.formats.opened import Checkpoint, TokenIds

ADDED_SCORE = -1000.0
"""What llama.cpp gives words that were never found by merging."""
OTHER = "Export the model as a folder instead."
EACH_DIGIT = r"\p{N}"


@dataclass(slots=True)
class Words:
    """One a token, by id."""

    tokens: list[str]
    types: list[int]
    scores: list[float] | None = None
    more: dict[str, Any] = field(default_factory=dict)
    """What else the keys say."""

    def put(self, number: int, text: str, kind: int) -> None:
        """Set a word that was added beside the file, or fill up to it."""
        missing = number + 1 - len(self.tokens)
        if missing > 0:
            start = len(self.tokens)
            self.tokens += [f"[PAD{n}]" for n in range(start, number + 1)]
            self.types += [UNUSED] * missing
            if self.scores is not None:
                self.scores += [ADDED_SCORE] * missing
        self.tokens[number], self.types[number] = text, kind


def vocabulary(checkpoint: Checkpoint) -> dict[str, Any]:
    """The keys below “tokenizer.”. UserError for a tokenizer that GGUF has no name for."""
    checkpoint.tokenizer()  # says what is wrong with a damaged one
    name, data = checkpoint.tokenizer_file()
    words = _of_pieces(data) if name == MODEL else _of_json(json.loads(data.decode("utf-8", "replace")))
    for text, number in checkpoint.control_tokens.items():
        words.put(number, text, CONTROL)
    size = checkpoint.config.vocab_size
    if len(words.tokens) < size:
        words.put(size - 1, f"[PAD{size - 1}]", UNUSED)
    keys = {
        **words.more,
        "tokens": words.tokens[:size],
        "token_type": np.array(words.types[:size], "<i4"),
        **({} if words.scores is None else {"scores": np.array(words.scores[:size], "<f4")}),
        **_ids(checkpoint.token_ids),
    }
    template = {} if checkpoint.template is None else {"tokenizer.chat_template": checkpoint.template}
    return {f"{PREFIX}{key}": value for key, value in keys.items()} | template


def _ids(ids: TokenIds) -> dict[str, Any]:
    ends = dict(zip(("eos_token_id", "eot_token_id", "eom_token_id"), ids.eos, strict=False))
    named = {"bos_token_id": ids.bos, **ends, "padding_token_id": ids.pad, "unknown_token_id": ids.unk}
    said = {name: number for name, number in named.items() if number is not None}
    return said | {"add_bos_token": ids.add_bos, "add_eos_token": False}


def _of_pieces(data: bytes) -> Words:
    model = read_piece_model(data)
    spelled = [
        piece.replace(SPACE, " ") if kind == USER_DEFINED else piece  # as llama.cpp keeps typed words
        for piece, kind in zip(model.pieces, model.types, strict=True)
    ]
    more: dict[str, Any] = {
        "model": "llama",
        "pre": "default",
        "add_space_prefix": model.add_space_prefix,
        "remove_extra_whitespaces": model.remove_extra_whitespaces,
    }
    if model.charsmap:
        more["precompiled_charsmap"] = np.frombuffer(model.charsmap, "<u1")
    return Words(spelled, list(model.types), list(model.scores), more)


def _of_json(tree: Mapping[str, Any]) -> Words:
    model = tree["model"]
    if model.get("type") != "BPE":
        raise UserError(f"GGUF has no name for a tokenizer of the kind {str(model.get('type'))[:30]}", OTHER)
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]]
    words = Words([], [])
    for text, number in sorted(model["vocab"].items(), key=lambda item: item[1]):
        words.put(number, text, NORMAL)
    if model.get("byte_fallback"):
        _as_pieces(words, tree, merges)
    else:
        words.more = {"model": "gpt2", "pre": _pre(tree), "merges": merges}
    for added in tree.get("added_tokens") or ():
        kept = UNKNOWN if added["content"] == model.get("unk_token") else CONTROL
        words.put(added["id"], added["content"], kept if added.get("special") else USER_DEFINED)
    return words


def _as_pieces(words: Words, tree: Mapping[str, Any], merges: list[str]) -> None:
    """A SentencePiece model that came as JSON: a word scores by when its merge is due, as it did before."""
    due: dict[str, int] = {}
    for rank, merge in enumerate(merges):
        due.setdefault(merge.replace(" ", "", 1), rank)
    words.scores = [-float(due.get(token, len(merges))) for token in words.tokens]
    for number, token in enumerate(words.tokens):
        if len(token) == 6 and token.startswith("<0x") and token.endswith(">"):
            words.types[number] = BYTE
    parts = json.dumps([tree.get("normalizer"), tree.get("pre_tokenizer")])
    prefix = '"Prepend"' in parts or '"prepend_scheme": "first"' in parts or '"prepend_scheme": "always"' in parts
    words.more = {"model": "llama", "pre": "default", "add_space_prefix": prefix}


def _pre(tree: Mapping[str, Any]) -> str:
    """The name that llama.cpp has for this way of cutting words."""
    normalizer = tree.get("normalizer") or {}
    kind = normalizer.get("type")
    found = Splitting(
        _patterns(tree.get("pre_tokenizer") or {}), bool(tree["model"].get("ignore_merges")), kind == "NFC"
    )
    name = next((name for name, splitting in SPLITTINGS.items() if splitting == found), None)
    if name is None or kind not in (None, "NFC"):
        raise UserError("The tokenizer of this model cuts words in a way that GGUF has no name for", OTHER)
    return name


def _patterns(part: Mapping[str, Any]) -> tuple[str, ...]:
    """What a pre-tokenizer cuts by; something no pattern is where it does another thing."""
    match part:
        case {"type": "Sequence", "pretokenizers": parts}:
            return tuple(pattern for inner in parts for pattern in _patterns(inner))
        case {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}:
            return (pattern,)
        case {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Removed", "invert": True}:
            return (pattern,)
        case {"type": "Digits", "individual_digits": True}:
            return (EACH_DIGIT,)
        case {"type": "ByteLevel", "add_prefix_space": False}:
            return (GPT2,) if part.get("use_regex", True) else ()
    return (str(part.get("type")),)
