"""GGUF files that we write hold the same model: read again by us, by llama.cpp's own package and by Transformers."""

from __future__ import annotations

import os
from collections.abc import Generator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from engine.errors import UserError
from engine.formats.checkpoint import Checkpoint, open_checkpoint
from engine.formats.gguf_bpe import SPLITTINGS, bpe_json, bpe_text
from engine.formats.gguf_config import gguf_name
from engine.formats.gguf_header import read_header
from engine.formats.gguf_words import vocabulary
from engine.formats.gguf_write import BF16, F16, F32, Q8_0, gguf_bytes, write_gguf
from engine.formats.opened import TokenIds
from engine.formats.packages import find_package
from engine.model.config import RopeScaling
from engine.text.fast import FastTokenizer
from tests.engine.formats.taught import IDS, finished, logits, model_of
from tests.tiny import CONFIGS, TEMPLATE, tiny_checkpoint

os.environ["HF_HUB_OFFLINE"] = "1"
gguf = pytest.importorskip("gguf")
FLAGSHIPS = ["llama", "llama3", "qwen2", "qwen3", "gemma3"]
TEXTS = ("The cat sat on the mat.", "naïve café 日本 🦥", "girl\tnamed\n\nLily", "<|im_end|>", "  two spaces")


def written(checkpoint: Checkpoint, path: Path, kind: int = F32) -> Path:
    finished(write_gguf(path, checkpoint, kind))
    return path


def tiny(architecture: str) -> Checkpoint:
    if architecture != "llama3":
        return tiny_checkpoint(architecture)
    scaling = RopeScaling("llama3", 8.0, 8192, 1.0, 4.0)  # the numbers that all of Llama 3.1 to 3.3 share
    return tiny_checkpoint(config=replace(CONFIGS["llama3"], rope_scaling=scaling, head_dim=16, attention_scale=0.25))


@pytest.mark.parametrize("architecture", FLAGSHIPS)
def test_our_reader_gives_the_same_model_and_the_same_logits(architecture: str, tmp_path: Path) -> None:
    source = tiny(architecture)
    opened = open_checkpoint(written(source, tmp_path / "tiny.gguf"))
    scale = source.config.head_dim**-0.5  # Gemma's own goes into its query norm: GGUF has no key for it
    assert opened.config == replace(source.config, attention_scale=scale)
    assert (opened.title, opened.licence, opened.template) == (source.title, "CC0-1.0", TEMPLATE)
    assert opened.token_ids == source.token_ids
    torch.testing.assert_close(logits(model_of(opened)), logits(model_of(source)), atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize(("kind", "name"), [(F32, "F32"), (F16, "F16"), (BF16, "BF16"), (Q8_0, "Q8_0")])
def test_llama_cpp_s_own_package_reads_the_same_numbers(kind: int, name: str, tmp_path: Path) -> None:
    source = tiny_checkpoint("qwen3")
    path = written(source, tmp_path / "tiny.gguf", kind)
    reader = gguf.GGUFReader(path)
    found = {tensor.name: tensor for tensor in reader.tensors}
    assert len(found) == len(source.config.shapes()) and reader.fields["general.file_type"].contents() is not None
    for ours, tensor in source.tensors():
        theirs = found[gguf_name(ours)]
        packed = gguf.GGMLQuantizationType.F32 if tensor.ndim == 1 else gguf.GGMLQuantizationType[name]
        assert theirs.tensor_type == packed
        expected = gguf.quants.quantize(tensor.numpy(), packed)
        assert np.array_equal(np.asarray(theirs.data).view(np.uint8).reshape(-1), expected.view(np.uint8).reshape(-1))
    assert path.stat().st_size > gguf_bytes(source.config, kind)


@pytest.mark.parametrize("architecture", ["llama", "gemma3"])
def test_llama_cpp_s_own_package_reads_the_same_keys(architecture: str, tmp_path: Path) -> None:
    fields = gguf.GGUFReader(written(tiny(architecture), tmp_path / "tiny.gguf")).fields
    said = {key.removeprefix(f"{architecture}."): field.contents() for key, field in fields.items()}
    assert said["general.architecture"] == architecture
    wanted = {"context_length": 256, "attention.head_count": 4, "attention.head_count_kv": 2, "attention.key_length": 8}
    assert said | wanted == said
    wanted = {"bos_token_id": 1, "eos_token_id": 2, "eot_token_id": 5, "padding_token_id": 3, "unknown_token_id": 0}
    assert said | {f"tokenizer.ggml.{name}": value for name, value in wanted.items()} == said
    assert (said["tokenizer.ggml.model"], said["tokenizer.ggml.add_bos_token"]) == ("llama", True)
    assert said["tokenizer.chat_template"] == TEMPLATE
    assert len(said["tokenizer.ggml.tokens"]) == len(said["tokenizer.ggml.scores"]) == 384
    if architecture == "gemma3":
        assert (said["attention.sliding_window"], said["attention.sliding_window_pattern"]) == (16, 3)


def as_transformers_reads_it(architecture: str) -> Checkpoint:
    """With what Transformers takes for granted of a GGUF file, whatever its keys say."""
    config = CONFIGS[architecture]
    if architecture == "qwen3":
        config = replace(config, head_dim=128, attention_scale=128**-0.5)
    if architecture == "gemma3":
        near = (True,) * 5 + (False,)
        config = replace(config, layers=6, windowed_layers=near, head_dim=256, attention_scale=256**-0.5)
    return tiny_checkpoint(config=config)


@pytest.mark.parametrize("architecture", ["llama", "qwen2", "qwen3", "gemma3"])
@pytest.mark.filterwarnings("ignore")
def test_transformers_reads_the_same_logits(architecture: str, tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    source = as_transformers_reads_it(architecture)
    written(source, tmp_path / "tiny.gguf")
    theirs = transformers.AutoModelForCausalLM.from_pretrained(tmp_path, gguf_file="tiny.gguf").eval()
    with torch.inference_mode():
        torch.testing.assert_close(logits(model_of(source)), theirs(IDS).logits, atol=1e-4, rtol=1e-4)


def test_the_tokenizer_gives_the_same_ids(tmp_path: Path) -> None:
    source = tiny_checkpoint()
    opened = open_checkpoint(written(source, tmp_path / "tiny.gguf"))
    ours, theirs = opened.tokenizer(), source.tokenizer()
    assert ours.control_tokens() == theirs.control_tokens()
    assert [ours.encode(text) for text in TEXTS] == [theirs.encode(text) for text in TEXTS]


BYTES = [chr(code) for code in (*range(33, 127), *range(161, 173), *range(174, 324))]
PRES = sorted({splitting: name for name, splitting in reversed(list(SPLITTINGS.items()))}.values())


def byte_level(pre: str) -> Checkpoint:
    """A tiny model with a byte-level vocabulary, a typed word and a control token beside it."""
    tokens = [*BYTES, "Ġt", "Ġth", "Ġthe", "lily", "<s>", "<|im_end|>"]
    types = [1] * (len(tokens) - 3) + [4, 3, 3]
    tree = bpe_json(tokens, types, ["Ġ t", "Ġt h", "Ġth e"], pre, len(tokens) - 2)
    data = bpe_text(tree)
    ids = TokenIds(len(tokens) - 2, (len(tokens) - 1,), None, None, add_bos=True)
    return replace(
        tiny_checkpoint("qwen3"),
        token_ids=ids,
        tokenizer_kind="byte-level BPE",
        read_tokenizer=lambda: FastTokenizer(data.decode()),
        tokenizer_file=lambda: ("tokenizer.json", data),
    )


@pytest.mark.parametrize("pre", PRES)
def test_a_byte_level_vocabulary_keeps_its_way_of_cutting(pre: str, tmp_path: Path) -> None:
    source = byte_level(pre)
    opened = open_checkpoint(written(source, tmp_path / "tiny.gguf"))
    ours, theirs = opened.tokenizer(), source.tokenizer()
    assert (opened.token_ids, opened.tokenizer_kind) == (source.token_ids, "byte-level BPE")
    assert ours.control_tokens() == theirs.control_tokens()
    for text in (*TEXTS, " the  cat's 12345 + x\n\n\ty", "DON'T lily <s>"):
        assert ours.encode(text) == theirs.encode(text)
    fields = gguf.GGUFReader(tmp_path / "tiny.gguf").fields
    assert fields["tokenizer.ggml.pre"].contents() == pre and len(fields["tokenizer.ggml.tokens"].contents()) == 384


def test_a_sentencepiece_model_that_came_as_json_merges_as_before(tmp_path: Path) -> None:
    """As Transformers converts one: pieces, merges in the order of their scores, and bytes for the rest."""
    transformers = pytest.importorskip("transformers")
    pytest.importorskip("google.protobuf")
    from tests.tiny import write_tiny_checkpoint

    folder = write_tiny_checkpoint(tmp_path / "tiny")
    transformers.AutoTokenizer.from_pretrained(folder).save_pretrained(tmp_path / "fast")
    data = (tmp_path / "fast" / "tokenizer.json").read_bytes()
    source = replace(
        tiny_checkpoint(),
        read_tokenizer=lambda: FastTokenizer(data.decode()),
        tokenizer_file=lambda: ("tokenizer.json", data),
    )
    ours = open_checkpoint(written(source, tmp_path / "tiny.gguf")).tokenizer()
    theirs = tiny_checkpoint().tokenizer()
    for text in ("The cat sat on the mat.", "naïve café 日本 🦥", "girl named Lily"):
        assert ours.encode(text) == theirs.encode(text)


def tree_with(**changes: Any) -> Checkpoint:
    import json

    source = byte_level("qwen2")
    tree = json.loads(source.tokenizer_file()[1])
    tree |= changes
    data = json.dumps(tree).encode()
    return replace(source, tokenizer_file=lambda: ("tokenizer.json", data))


SPLIT = {"type": "Split", "pattern": {"Regex": "x"}, "behavior": "Isolated", "invert": False}


@pytest.mark.parametrize(
    ("source", "says"),
    [
        (lambda: tree_with(pre_tokenizer=SPLIT), "cuts words in a way"),
        (lambda: tree_with(pre_tokenizer={"type": "Whitespace"}), "cuts words in a way"),
        (lambda: tree_with(normalizer={"type": "Lowercase"}), "cuts words in a way"),
        (lambda: tree_with(model={"type": "Unigram", "vocab": []}), "kind Unigram"),
        (lambda: tiny_checkpoint(config=replace(CONFIGS["llama"], attention_scale=0.5)), "weighs its scores"),
        (
            lambda: tiny_checkpoint(
                config=replace(CONFIGS["llama"], rope_scaling=RopeScaling("yarn", 2.0, 64, beta_fast=8.0))
            ),
            "stretches its context",
        ),
    ],
)
def test_what_gguf_has_no_place_for_is_said(source: Any, says: str, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=says):
        written(source(), tmp_path / "tiny.gguf")


def test_yarn_and_linear_scaling_come_back(tmp_path: Path) -> None:
    for scaling in (RopeScaling("yarn", 4.0, 64), RopeScaling("linear", 2.0)):
        source = tiny_checkpoint(config=replace(CONFIGS["llama"], rope_scaling=scaling))
        path = written(source, tmp_path / f"{scaling.kind}.gguf")
        assert open_checkpoint(path).config == source.config


def test_a_window_that_gguf_does_not_know_bounds_the_context(tmp_path: Path) -> None:
    source = tiny_checkpoint("mistral")
    opened = open_checkpoint(written(source, tmp_path / "tiny.gguf"))
    assert opened.config.context == source.config.window == 16
    ids = torch.arange(3, 19)[None]
    with torch.inference_mode():
        torch.testing.assert_close(model_of(opened)(ids), model_of(source)(ids), atol=1e-4, rtol=1e-4)


def test_what_is_too_large_for_float16_is_said(tmp_path: Path) -> None:
    source = tiny_checkpoint()

    def huge() -> Generator[tuple[str, torch.Tensor], None, None]:
        for name, tensor in source.tensors():
            yield name, tensor * 1e6 if name == "layers.0.mlp.up.weight" else tensor

    with pytest.raises(UserError, match=r"blk\.0\.ffn_up\.weight is too large for float16"):
        written(replace(source, read_tensors=huge), tmp_path / "tiny.gguf", F16)


@pytest.mark.parametrize("name", ["smollm2-135m", "gemma-3-270m"])
def test_the_vocabulary_of_a_real_file_is_written_as_it_was_read(name: str) -> None:
    found = find_package(name)
    if found is None:
        pytest.skip(f"the Python package that carries {name} is not installed")
    size = sum(path.stat().st_size for path in found.files)
    there = read_header(found.files[0].read_bytes(), size, name).fields.values
    written = vocabulary(found.open())
    for key in ("model", "pre", "tokens", "merges", "scores", "token_type", "bos_token_id", "eos_token_id"):
        ours, theirs = (np.array(values.get(f"tokenizer.ggml.{key}")) for values in (written, there))
        if key == "token_type" and written["tokenizer.ggml.model"] == "llama":
            ours[3] = theirs[3]  # the unknown piece, which llama.cpp's converter calls a control token
        assert np.array_equal(ours, theirs), key
    assert written.get("tokenizer.chat_template") == there.get("tokenizer.chat_template")
