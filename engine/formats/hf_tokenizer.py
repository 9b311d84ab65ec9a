"""The text side of a Hugging Face folder: which tokenizer, which control tokens, which template.

Knows the files, not the models behind them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import UserError
from engine.formats.fields import Fields, read_bytes, read_json, read_json_or_nothing, read_text
from engine.formats.opened import TokenIds, TokenizerKind, turn_ends
from engine.text.fast import FastTokenizer
from engine.text.sentencepiece import SentencePieceTokenizer
from engine.text.tokenizer import Tokenizer

MODEL, JSON = "tokenizer.model", "tokenizer.json"
LARGEST_TOKENIZER, LARGEST_TEMPLATE = 256 << 20, 1 << 20


@dataclass(frozen=True, slots=True)
class TextSide:
    """What a folder says about text, and how to get its tokenizer."""

    kind: TokenizerKind
    token_ids: TokenIds
    template: str | None
    controls: Mapping[str, int]
    tokenizer: Callable[[], Tokenizer]
    file: Callable[[], tuple[str, bytes]]


def read_text_side(folder: Path, vocab_size: int, config: Fields, card: Fields) -> TextSide:
    """UserError where there is no tokenizer, or one of a kind that cannot be read.

    `card` is our own nextword.json; what it says saves reading a large tokenizer.json only to list the model.
    """
    settings = read_json_or_nothing(folder / "tokenizer_config.json")
    generation = read_json_or_nothing(folder / "generation_config.json")
    name = _choose(folder, settings)
    ours = card.has("tokenizer") and settings.has("added_tokens_decoder")
    there = (folder / JSON).is_file() and not ours
    wanted = there and (name == JSON or not settings.has("added_tokens_decoder"))
    tree = read_json(folder / JSON) if wanted else Fields({}, JSON)
    added = {**_added_tokens(tree.array("added_tokens")), **_added_in_config(settings)}
    controls = {text: number for text, (number, special) in added.items() if special and number < vocab_size}
    template = _template(folder, settings)
    byte_level = name == JSON and (card.text("tokenizer") == "byte-level BPE" if ours else _byte_level(tree))
    kind: TokenizerKind = "byte-level BPE" if byte_level else "sentencepiece"

    def file() -> tuple[str, bytes]:
        return name, read_bytes(folder / name, LARGEST_TOKENIZER)

    def tokenizer() -> Tokenizer:
        return build_tokenizer(*file(), controls, vocab_size)

    ids = _token_ids(config, generation, settings, controls, template)
    ids = TokenIds(*ids, add_bos=ids[0] is not None and _adds_bos(name, tree, settings))
    return TextSide(kind, ids, template, controls, tokenizer, file)


def build_tokenizer(name: str, data: bytes, controls: Mapping[str, int], vocab_size: int) -> Tokenizer:
    """The tokenizer in a file of this name. UserError when it knows more words than the model has."""
    built: Tokenizer
    built = SentencePieceTokenizer(data, controls) if name == MODEL else FastTokenizer(data.decode("utf-8", "replace"))
    beyond = range(vocab_size, built.vocab_size)
    if len(beyond) > 4096 or any(built.token_bytes(token_id) for token_id in beyond):
        raise UserError(
            f"The tokenizer of this model knows {built.vocab_size:,} tokens, the model itself {vocab_size:,}",
            "The files are of different models. Copy all of them again from one source.",
        )
    return built


def _choose(folder: Path, settings: Fields) -> str:
    """SentencePiece as it was trained, unless typed words were added that only the JSON file has."""
    there = [name for name in (MODEL, JSON) if (folder / name).is_file()]
    if not there:
        raise UserError(
            f"{folder.name} holds no tokenizer",
            f"Put {MODEL} or {JSON} of the same model into the folder.",
        )
    if len(there) == 2:
        pieces = _pieces(folder / MODEL)
        words = (number for number, special in _added_in_config(settings).values() if not special)
        if pieces is None or any(number >= pieces for number in words):
            return JSON
    return there[0]


def _pieces(path: Path) -> int | None:
    """How many pieces a SentencePiece file has; None where it is of another kind (Llama 3's, Mistral's)."""
    try:
        return SentencePieceTokenizer(read_bytes(path, LARGEST_TOKENIZER)).vocab_size
    except UserError:
        return None


def _added_tokens(tokens: list[Any]) -> dict[str, tuple[int, bool]]:
    """Spelling -> id and whether it is a control token, as tokenizer.json lists them."""
    found: dict[str, tuple[int, bool]] = {}
    for token in tokens:
        if isinstance(token, dict) and isinstance(token.get("content"), str) and type(token.get("id")) is int:
            found[token["content"]] = (max(token["id"], 0), token.get("special") is True)
    return found


def _added_in_config(settings: Fields) -> dict[str, tuple[int, bool]]:
    """The same out of tokenizer_config.json, where ids are the keys."""
    found: dict[str, tuple[int, bool]] = {}
    for number, token in settings.inner("added_tokens_decoder").values.items():
        if (
            number.isdecimal()
            and len(number) < 12
            and isinstance(token, dict)
            and isinstance(token.get("content"), str)
        ):
            found[token["content"]] = (int(number), token.get("special") is True)
    return found


def _byte_level(tree: Fields) -> bool:
    parts = (tree.values.get(name) for name in ("pre_tokenizer", "decoder", "normalizer"))
    return any(isinstance(part, dict) and '"ByteLevel"' in json.dumps(part) for part in parts)


def _template(folder: Path, settings: Fields) -> str | None:
    """chat_template.jinja, or chat_template in one of two JSON files, where it is a text or a list of named ones."""
    if (folder / "chat_template.jinja").is_file():
        return read_text(folder / "chat_template.jinja", LARGEST_TEMPLATE)
    for fields in (settings, read_json_or_nothing(folder / "chat_template.json")):
        value = fields.values.get("chat_template")
        if isinstance(value, list):
            named = {one.get("name"): one.get("template") for one in value if isinstance(one, dict)}
            value = named.get("default") or next(iter(named.values()), None)
        if isinstance(value, str) and value.strip():
            return value
    return None


def _token_ids(
    config: Fields, generation: Fields, settings: Fields, controls: Mapping[str, int], template: str | None
) -> tuple[int | None, tuple[int, ...], int | None, int | None]:
    """Start, ends, padding and unknown: by number where a file says one, otherwise by spelling."""

    def one(name: str) -> int | None:
        numbers = (*generation.whole_numbers(f"{name}_id"), *config.whole_numbers(f"{name}_id"))
        return next(iter(numbers), controls.get(_spelling(settings, name)))

    ends = [*generation.whole_numbers("eos_token_id"), *config.whole_numbers("eos_token_id")]
    named = controls.get(_spelling(settings, "eos_token"))
    ends += [] if named is None else [named]
    return one("bos_token"), turn_ends(ends, controls, template), one("pad_token"), one("unk_token")


def _spelling(settings: Fields, name: str) -> str:
    value = settings.values.get(name)
    value = value.get("content") if isinstance(value, dict) else value
    return value if isinstance(value, str) else ""


def _adds_bos(name: str, tree: Fields, settings: Fields) -> bool:
    """A tokenizer.json says it in its post-processor; SentencePiece leaves it to the settings, and means yes."""
    if name == JSON and tree.has("post_processor"):
        return any(_starts_with_control(step) for step in _steps(tree.values["post_processor"]))
    return settings.flag("add_bos_token", name == MODEL)


def _steps(part: Any) -> Iterator[dict[str, Any]]:
    if isinstance(part, dict):
        yield part
        for inner in part.get("processors") or ():
            yield from _steps(inner)


def _starts_with_control(step: dict[str, Any]) -> bool:
    single = step.get("single")
    return isinstance(single, list) and bool(single) and isinstance(single[0], dict) and "SpecialToken" in single[0]
