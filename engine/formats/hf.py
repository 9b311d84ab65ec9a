"""A Hugging Face folder, opened: its config, its text side, and its weights under our names."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import UserError
from engine.formats.card import CARD
from engine.formats.fields import Fields, read_json, read_json_or_nothing, read_text
from engine.formats.hf_config import read_config
from engine.formats.hf_names import found_names, norm_offset, unexplained
from engine.formats.hf_tokenizer import read_text_side
from engine.formats.opened import Checkpoint
from engine.formats.tensor_files import TensorInfo, find_tensor_files, read_headers, read_tensor
from engine.formats.weights import check_numbers, check_shapes
from engine.model.config import ModelConfig

if TYPE_CHECKING:
    from torch import Tensor

MAPPED = 1 << 26
"""Bytes of a file that are read before it is closed."""


def open_folder(folder: Path) -> Checkpoint:
    """UserError for everything that keeps the model from being loaded and shows without reading its weights."""
    raw = read_json(folder / "config.json")
    config = read_config(raw)
    files = find_tensor_files(folder)
    headers = read_headers(files)
    names = found_names(config, headers)
    check_shapes(config.shapes(), names, {name: info.shape for name, info in headers.items()})
    spare = unexplained(config, names, headers)
    if spare:
        raise UserError(
            f"This model has a weight that Nextword knows no use for: {spare[0][:80]}", "Choose another model."
        )
    card = read_json_or_nothing(folder / CARD)
    text = read_text_side(folder, config.vocab_size, _text_fields(raw), card)
    return Checkpoint(
        name=card.text("name", folder.name),
        title=card.text("title", folder.name),
        path=folder,
        config=config,
        token_ids=text.token_ids,
        template=text.template,
        licence=card.text("licence", _licence(folder)),
        bytes=(size := sum(file.stat().st_size for file in files)),
        unpacked_bytes=size,
        stage=card.text("stage", "base" if text.template is None else "chat"),
        parent=card.inner("parent").text("name", "") or None,
        tokenizer_kind=text.kind,
        read_tokenizer=text.tokenizer,
        read_tensors=partial(_tensors, config, names, headers),
        tokenizer_file=text.file,
        control_tokens=text.controls,
        sha256=card.text("weights_sha256", ""),
        origin={key: value for key, value in card.inner("source").values.items() if isinstance(value, str)},
    )


def _text_fields(raw: Fields) -> Fields:
    """The ids stand at the top, or with the language model of one that reads pictures too."""
    return Fields({**raw.inner("text_config").values, **raw.values}, raw.where)


def _tensors(
    config: ModelConfig, names: Mapping[str, str], headers: Mapping[str, TensorInfo]
) -> Iterator[tuple[str, Tensor]]:
    """What was read of a mapped file counts as our memory until it is closed: so it is opened anew now and then."""
    opened: dict[Path, Any] = {}
    mapped = 0
    for ours, theirs in names.items():
        if mapped > MAPPED:
            opened.clear()
            mapped = 0
        tensor = read_tensor(theirs, headers[theirs], opened)
        mapped += tensor.nbytes
        check_numbers(theirs, tensor)
        if ours.endswith("norm.weight"):
            tensor = tensor.float() + norm_offset(ours, config.architecture)
        yield ours, tensor


def _licence(folder: Path) -> str:
    """What the head of the model card says."""
    card = folder / "README.md"
    if not card.is_file():
        return ""
    found = re.search(r"^license:\s*([^\n]{1,60})$", read_text(card, 4 << 20)[:4000], re.MULTILINE)
    return found.group(1).strip().strip("'\"") if found else ""
