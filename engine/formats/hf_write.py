"""Write a model as the folder that the whole ecosystem reads, a tensor a step.

Knows the files of that folder; where it lies and what it is called is the library's business.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.errors import UserError
from engine.formats.card import Card, json_bytes, write_card
from engine.formats.hashes import hash_files
from engine.formats.hf_config import write_config
from engine.formats.hf_names import norm_offset, written_name
from engine.formats.hf_tokenizer import MODEL, build_tokenizer
from engine.formats.lessons import write_lessons
from engine.formats.opened import Checkpoint
from engine.formats.tensor_writer import TensorWriter, write_file
from engine.messages import Lesson
from engine.text.tokenizer import Tokenizer

if TYPE_CHECKING:
    import torch
    from torch import Tensor


def write_folder(
    checkpoint: Checkpoint,
    folder: Path,
    card: Card,
    dtype: torch.dtype | None = None,
    lessons: Sequence[Lesson] = (),
) -> Generator[tuple[int, int], None, None]:
    """Write everything into an empty folder, yielding (done, total) bytes: once to write, once to hash.

    Weights keep their precision; with `dtype` all but the norms get that one.
    """
    total = 2 * written_bytes(checkpoint, dtype)
    done, embed_dtype = 0, "float32"
    with TensorWriter(folder, _names(checkpoint)) as writer:
        for name, tensor in checkpoint.tensors():
            tensor = _exported(checkpoint, name, tensor, dtype)
            for written in writer.write(written_name(name, checkpoint.config.architecture), tensor):
                done += written
                yield min(done, total), total
            embed_dtype = str(tensor.dtype).removeprefix("torch.") if name == "embed.weight" else embed_dtype
        files = writer.finish()
    files += [*_write_text_files(checkpoint, folder, card, embed_dtype), *write_lessons(folder, lessons)]
    hashing = hash_files(files)
    while True:
        try:
            done += next(hashing)
        except StopIteration as finished:
            hashes: dict[str, str] = finished.value
            break
        yield min(done, total), total
    write_card(folder, card, hashes, tokenizer=checkpoint.tokenizer_kind)
    yield total, total


def written_bytes(checkpoint: Checkpoint, dtype: torch.dtype | None = None) -> int:
    """About so many bytes of weights are written; the small files come on top."""
    return checkpoint.unpacked_bytes if dtype is None else checkpoint.config.parameters() * dtype.itemsize


def _names(checkpoint: Checkpoint) -> dict[str, tuple[int, ...]]:
    architecture = checkpoint.config.architecture
    return {written_name(name, architecture): shape for name, shape in checkpoint.config.shapes().items()}


def _exported(checkpoint: Checkpoint, name: str, tensor: Tensor, dtype: torch.dtype | None) -> Tensor:
    if dtype is not None and not name.endswith("norm.weight"):
        tensor = tensor.to(dtype)
        if str(dtype) == "torch.float16" and not tensor.isfinite().all():
            raise UserError(f"The weight {name} is too large for float16", "Choose bfloat16 or float32.")
    offset = norm_offset(name, checkpoint.config.architecture)
    return tensor - offset if offset else tensor


def _write_text_files(checkpoint: Checkpoint, folder: Path, card: Card, dtype: str) -> list[Path]:
    name, data = checkpoint.tokenizer_file()
    tokenizer = build_tokenizer(name, data, checkpoint.control_tokens, checkpoint.config.vocab_size)
    files: dict[str, bytes] = {
        "config.json": json_bytes(write_config(checkpoint.config, dtype) | _ids(checkpoint)),
        "generation_config.json": json_bytes(_ids(checkpoint)),
        name: data,
        "tokenizer_config.json": json_bytes(_tokenizer_config(checkpoint, tokenizer, name)),
        "README.md": _model_card(checkpoint, card).encode(),
    }
    if checkpoint.template is not None:
        files["chat_template.jinja"] = checkpoint.template.encode("utf-8", "replace")
    for file, content in files.items():
        write_file(folder / file, content)
    return [folder / file for file in files]


def _ids(checkpoint: Checkpoint) -> dict[str, Any]:
    ids, eos = checkpoint.token_ids, list(checkpoint.token_ids.eos)
    ends = eos[0] if len(eos) == 1 else eos or None
    unknown = {} if ids.unk is None else {"unk_token_id": ids.unk}
    return {"bos_token_id": ids.bos, "eos_token_id": ends, "pad_token_id": ids.pad, **unknown}


def _tokenizer_config(checkpoint: Checkpoint, tokenizer: Tokenizer, file: str) -> dict[str, Any]:
    ids = checkpoint.token_ids
    named = {"bos_token": ids.bos, "eos_token": next(iter(ids.eos), None), "pad_token": ids.pad, "unk_token": ids.unk}
    spelled = {name: None if number is None else tokenizer.piece(number) or None for name, number in named.items()}
    gemma = checkpoint.config.architecture == "gemma3"
    slow = "GemmaTokenizer" if gemma else "LlamaTokenizer"
    added = {
        str(number): {"content": text, "lstrip": False, "normalized": False, "rstrip": False, "single_word": False}
        | {"special": True}
        for text, number in sorted(tokenizer.control_tokens().items(), key=lambda item: item[1])
    }
    return {
        "tokenizer_class": slow if file == MODEL else "PreTrainedTokenizerFast",
        **spelled,
        "add_bos_token": ids.add_bos,
        "add_eos_token": False,
        "clean_up_tokenization_spaces": False,
        "model_max_length": checkpoint.config.context,
        "added_tokens_decoder": added,
        **({"legacy": False, "add_prefix_space": tokenizer.dummy_prefix} if file == MODEL and not gemma else {}),
    }


def _made_from(card: Card) -> list[str]:
    if not card.parent or "name" not in card.parent:
        return []
    sha256 = card.parent.get("sha256")
    taught = [f"- Merged with the adapter: {card.source['adapter']}"] if "adapter" in card.source else []
    return [f"- Made from: {card.parent['name']}" + (f" (sha256 of its weights: {sha256})" if sha256 else ""), *taught]


def _model_card(checkpoint: Checkpoint, card: Card) -> str:
    config = checkpoint.config
    licence = card.licence or "unknown"
    origin = card.source.get("file") or card.source.get("package")
    lines = [
        *("---", f"license: {json.dumps(licence)}", "library_name: transformers", "pipeline_tag: text-generation"),
        *("---", f"# {card.title}", ""),
        f"- Architecture: {config.architecture}, {config.parameters():,} parameters, context {config.context:,} tokens",
        f"- Stage: {card.stage}",
        *_made_from(card),
        *([f"- Imported from: {origin}"] if origin else []),
        *_results(card),
        *("", "Kept by Nextword. `nextword.json` holds its lineage and the sha256 of every file.", ""),
    ]
    return "\n".join(lines)


def _results(card: Card) -> list[str]:
    """What was measured when it was made, and how it went on from some beginnings, where its notes say so."""
    results, samples = _told(card, "results"), _told(card, "samples")
    numbers = [(key, value) for key, value in results.items() if isinstance(value, int | float)]
    lines = [f"- {key.replace('_', ' ').capitalize()}: {_number(value)}" for key, value in numbers]
    written = [f"> **{prompt}** {' '.join(str(text).split())}\n" for prompt, text in samples.items()]
    return [*(["", "## Results", *lines] if lines else []), *(["", "## Samples", *written] if written else [])]


def _told(card: Card, name: str) -> Mapping[str, Any]:
    """Of the notes of a card, which may come from anywhere."""
    found = card.notes.get(name)
    return found if isinstance(found, Mapping) else {}


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 1e4 else f"{value:.4g}"
