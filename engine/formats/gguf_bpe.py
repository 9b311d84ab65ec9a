"""A `tokenizer.json` of byte-level BPE, from the tokens, merges and pre-tokenizer name of a GGUF file.

Knows the patterns in use (llama.cpp, src/llama-vocab.cpp), not files.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from engine.errors import UserError

CONTROL_TYPES, USER_DEFINED = (2, 3), 4
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
_TAIL = r"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
_WORDS = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+"
_UPPER, _LOWER = r"\p{Lu}\p{Lt}\p{Lm}\p{Lo}\p{M}", r"\p{Ll}\p{Lm}\p{Lo}\p{M}"
TEKKEN = (
    rf"[^\r\n\p{{L}}\p{{N}}]?[{_UPPER}]*[{_LOWER}]+|[^\r\n\p{{L}}\p{{N}}]?[{_UPPER}]+[{_LOWER}]*|\p{{N}}"
    r"| ?[^\s\p{L}\p{N}]+[\r\n/]*|\s*[\r\n]+|\s+(?!\S)|\s+"
)


class Splitting(NamedTuple):
    """How text is cut before merging: by each pattern in turn."""

    patterns: tuple[str, ...]
    whole_words: bool = False
    """A word that is a token is taken as it is, whatever the merges say (`ignore_merges`)."""
    nfc: bool = False


_DIGIT_FIRST = Splitting((r"\p{N}", GPT2))
_LLAMA3 = Splitting((_WORDS + r"|\p{N}{1,3}" + _TAIL,), whole_words=True)
_QWEN2 = Splitting((_WORDS + r"|\p{N}" + _TAIL,), nfc=True)
SPLITTINGS: Mapping[str, Splitting] = {
    **dict.fromkeys(("gpt-2", "gpt2", "phi-2", "jina-es", "jina-de", "mpt", "olmo"), Splitting((GPT2,))),
    **dict.fromkeys(("smollm", "starcoder", "refact", "command-r", "codeshell"), _DIGIT_FIRST),
    **dict.fromkeys(("llama-bpe", "llama3", "llama-v3", "falcon3"), _LLAMA3),
    **dict.fromkeys(("smaug-bpe", "dbrx"), _LLAMA3._replace(whole_words=False)),
    **dict.fromkeys(("qwen2", "deepseek-r1-qwen", "megrez"), _QWEN2),
    "tekken": Splitting((TEKKEN,), whole_words=True),
}


def bpe_json(
    tokens: Sequence[str], types: Sequence[int], merges: Sequence[str], pre: str, bos: int | None
) -> dict[str, Any]:
    """`bos` is put before a text by whoever reads the file with its post-processor; None for no such token."""
    splitting = SPLITTINGS.get(pre)
    if splitting is None:
        raise UserError(
            f"The tokenizer of this model cuts words in a way that Nextword does not know: {pre[:40]}",
            "Choose the same model as a folder with tokenizer.json.",
        )
    added = [
        {"id": number, "content": tokens[number], "special": kind in CONTROL_TYPES, "normalized": False}
        | {"single_word": False, "lstrip": False, "rstrip": False}
        for number, kind in enumerate(types)
        if kind in CONTROL_TYPES or kind == USER_DEFINED
    ]
    split = [
        {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Isolated", "invert": False}
        for pattern in splitting.patterns
    ]
    bytes_only = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": False, "use_regex": False}
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": added,
        "normalizer": {"type": "NFC"} if splitting.nfc else None,
        "pre_tokenizer": {"type": "Sequence", "pretokenizers": [*split, bytes_only]},
        "post_processor": _post_processor(tokens, bos),
        "decoder": bytes_only | {"add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "model": _model(tokens, merges, splitting),
    }


def _model(tokens: Sequence[str], merges: Sequence[str], splitting: Splitting) -> dict[str, Any]:
    return {
        "type": "BPE",
        "dropout": None,
        "unk_token": None,
        "continuing_subword_prefix": None,
        "end_of_word_suffix": None,
        "fuse_unk": False,
        "byte_fallback": False,
        "ignore_merges": splitting.whole_words,
        "vocab": {token: number for number, token in enumerate(tokens)},
        "merges": [pair for merge in merges if len(pair := merge.split(" ", 1)) == 2],
    }


def _post_processor(tokens: Sequence[str], bos: int | None) -> dict[str, Any]:
    if bos is None:
        return {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": False, "use_regex": True}
    first, text = {"SpecialToken": {"id": tokens[bos], "type_id": 0}}, {"Sequence": {"id": "A", "type_id": 0}}
    second = {"Sequence": {"id": "B", "type_id": 1}}
    return {
        "type": "TemplateProcessing",
        "single": [first, text],
        "pair": [first, text, second],
        "special_tokens": {tokens[bos]: {"id": tokens[bos], "ids": [bos], "tokens": [tokens[bos]]}},
    }


def bpe_text(tree: Mapping[str, Any]) -> bytes:
    return json.dumps(tree, ensure_ascii=False).encode("utf-8", "replace")
