"""Whatever is in a file, what comes out is a model or one sentence with a hint: never a traceback, never a guess."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from safetensors.torch import load_file, save_file

from engine.errors import UserError
from engine.formats.fields import Fields
from engine.formats.hf_config import read_config
from engine.formats.tensor_files import read_headers
from engine.model.config import ModelConfig
from tests.engine.formats.refusing import read_all, refusal
from tests.tiny import write_tiny_checkpoint

Shared = Callable[[str], Path]
Break = Callable[[Path], object]
BOMB = '{"a":' * 100_000 + "1" + "}" * 100_000


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_tiny_checkpoint(tmp_path / "tiny")


def set_config(**changes: Any) -> Break:
    def change(folder: Path) -> None:
        path = folder / "config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    return change


def write(name: str, data: str | bytes) -> Break:
    raw = data if isinstance(data, bytes) else data.encode()
    return lambda folder: (folder / name).write_bytes(raw)


def change_tensors(change: Callable[[dict[str, torch.Tensor]], object]) -> Break:
    def apply(folder: Path) -> None:
        tensors = load_file(folder / "model.safetensors")
        change(tensors)
        save_file(tensors, folder / "model.safetensors", {"format": "pt"})

    return apply


def only_pickle(folder: Path) -> None:
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")


def cut(name: str, size: int) -> Break:
    return lambda folder: (folder / name).write_bytes((folder / name).read_bytes()[:size])


def shard_index(target: str) -> Break:
    def make(folder: Path) -> None:
        names = load_file(folder / "model.safetensors").keys()
        index = {"metadata": {}, "weight_map": dict.fromkeys(names, target)}
        (folder / "model.safetensors.index.json").write_text(json.dumps(index))

    return make


NORM = "model.norm.weight"
GATE = "model.layers.1.mlp.gate_proj.weight"
BROKEN: dict[str, tuple[Break, str]] = {
    "config is not JSON": (write("config.json", "{no"), "config.json is damaged: it is not JSON"),
    "config is a list": (write("config.json", "[1]"), "it holds a list"),
    "config is empty": (write("config.json", ""), "is not JSON"),
    "config is no UTF-8": (write("config.json", b"\xff\xfe\x00"), "is not JSON"),
    "config is deep": (write("config.json", BOMB), "is not JSON"),
    "config is missing": (lambda f: (f / "config.json").unlink(), "config.json is missing"),
    "unknown architecture": (set_config(model_type="mamba"), "“mamba”, which Nextword does not know"),
    "no architecture": (set_config(model_type=None), "“unknown”"),
    "too many layers": (set_config(num_hidden_layers=10**9), "describes no model that could exist"),
    "a number of many digits": (set_config(vocab_size=10**300), "describes no model that could exist"),
    "negative size": (set_config(hidden_size=-32), "describes no model that could exist"),
    "size as text": (set_config(hidden_size="32"), "hidden_size is '32', which is not a whole number"),
    "size as a list": (set_config(hidden_size=[1]), "hidden_size is a list, which is not a whole number"),
    "no heads": (set_config(num_attention_heads=0), "describes no model that could exist"),
    "heads that do not divide": (set_config(num_key_value_heads=3), "cannot share"),
    "infinite rope": (set_config(rope_theta=1e999, rope_parameters=None), "rope_theta"),
    "unknown scaling": (set_config(rope_scaling={"rope_type": "dynamic", "factor": 2.0}), "dynamic"),
    "scaling that is text": (set_config(rope_scaling="yarn"), "not an object"),
    "unknown activation": (set_config(hidden_act="relu2"), "relu2"),
    "packed weights": (set_config(quantization_config={"bits": 4}), "packed form"),
    "shape of another model": (set_config(intermediate_size=65), "is 64 × 32, but its configuration says 65 × 32"),
    "more layers than weights": (set_config(num_hidden_layers=3), "missing: model.layers.2.input_layernorm.weight"),
    "fewer layers than weights": (set_config(num_hidden_layers=1), "no use for: model.layers.1"),
    "a weight is missing": (change_tensors(lambda t: t.pop(NORM)), f"missing: {NORM}"),
    "a weight too many": (change_tensors(lambda t: t.update(extra=t[NORM].clone())), "no use for: extra"),
    "weights of whole numbers": (change_tensors(lambda t: t.update({GATE: t[GATE].int()})), "stored as I32"),
    "NaN": (change_tensors(lambda t: t[GATE].view(-1)[77:78].fill_(float("nan"))), f"{GATE} holds values that are not"),
    "infinity": (change_tensors(lambda t: t[NORM][3:4].fill_(float("inf"))), f"{NORM} holds values that are not"),
    "weights cut short": (cut("model.safetensors", 5000), "model.safetensors is damaged, incomplete"),
    "weights empty": (write("model.safetensors", b""), "model.safetensors is damaged, incomplete"),
    "weights a placeholder": (
        write("model.safetensors", "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"),
        "is a placeholder",
    ),
    "weights missing": (lambda f: (f / "model.safetensors").unlink(), "holds no weights"),
    "weights as pickle": (only_pickle, "pytorch_model.bin is a pickle file"),
    "index leads out": (shard_index("../../etc/passwd"), "names a file outside of its folder"),
    "index leads out absolutely": (shard_index("/etc/passwd"), "names a file outside of its folder"),
    "index names nothing": (shard_index("model-00001-of-00002.safetensors"), "part of this model is missing"),
    "index of numbers": (
        write("model.safetensors.index.json", '{"weight_map": {"a": 1}}'),
        "model.safetensors.index.json is damaged",
    ),
    "no tokenizer": (lambda f: (f / "tokenizer.model").unlink(), "holds no tokenizer"),
    "tokenizer is noise": (write("tokenizer.model", b"\x00\x01noise"), "tokenizer of this model cannot be read"),
    "tokenizer is empty": (write("tokenizer.model", b""), "tokenizer of this model cannot be read"),
    "tokenizer of another model": (
        lambda f: (set_config(vocab_size=100)(f), change_tensors(lambda t: t.update(_rows(t, 100)))(f)),
        "knows 384 tokens, the model itself 100",
    ),
    "settings are a number": (write("tokenizer_config.json", "7"), "tokenizer_config.json is damaged"),
}


def _rows(tensors: dict[str, torch.Tensor], rows: int) -> dict[str, torch.Tensor]:
    return {"model.embed_tokens.weight": tensors["model.embed_tokens.weight"][:rows].clone()}


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_folder_is_refused_by_what_is_wrong(what: str, folder: Path) -> None:
    spoil, says = BROKEN[what]
    spoil(folder)
    assert says in refusal(folder).message


@pytest.mark.parametrize("suffix", [".bin", ".pt", ".pth", ".ckpt", ".pkl"])
def test_a_pickle_is_refused_with_the_reason(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"model{suffix}"
    path.write_bytes(b"\x80\x02}q\x00.")
    error = refusal(path)
    assert "can run programs" in error.message
    assert ".safetensors or .gguf" in error.hint


def test_a_pickle_is_known_by_its_bytes_too(tmp_path: Path) -> None:
    path = tmp_path / "model.weights"
    path.write_bytes(b"PK\x03\x04archive/data.pkl")
    assert "pickle" in refusal(path).message


@pytest.mark.parametrize(
    ("name", "data"),
    [("photo.jpg", b"\xff\xd8\xff"), ("notes.txt", b"hello"), ("empty.gguf", b""), ("x.gguf", b"GGML1234")],
)
def test_a_foreign_file_is_refused(name: str, data: bytes, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)
    assert "not a model Nextword can open" in refusal(tmp_path / name).message


def test_a_path_with_nothing_there_is_refused(tmp_path: Path) -> None:
    assert "There is no file" in refusal(tmp_path / "gone.gguf").message
    assert "holds no model" in refusal(tmp_path).message


def test_weights_alone_ask_for_their_company(folder: Path, tmp_path: Path) -> None:
    alone = tmp_path / "alone"
    alone.mkdir()
    shutil.copy(folder / "model.safetensors", alone)
    assert "no config.json beside it" in refusal(alone / "model.safetensors").message
    read_all(folder / "model.safetensors")


def test_every_malformed_safetensors_file_is_told_from_a_good_one(shared: Shared, tmp_path: Path) -> None:
    where = shared("data/malformed/safetensors")
    cases = json.loads((where / "EXPECTED.json").read_text())
    assert len(cases) > 10
    for case in cases:
        path = where / Path(case["file"]).name
        if case["expected"] == "accept":
            read_headers([path])
            assert "no config.json beside it" in refusal(path).message
        else:
            message = refusal(path).message
            assert "damaged, incomplete" in message or "placeholder" in message, path.name
        inside = tmp_path / path.stem
        write_tiny_checkpoint(inside)
        shutil.copyfile(path, inside / "model.safetensors")
        refusal(inside)


VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.just([]), st.just({}), st.just([{}])
)
GOOD = {
    "model_type": "gemma3_text",
    "vocab_size": 384,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
}
NAMES = st.sampled_from(
    [
        *GOOD,
        *("num_key_value_heads", "head_dim", "rope_theta", "rope_scaling", "rope_parameters", "layer_types"),
        *("sliding_window", "sliding_window_pattern", "query_pre_attn_scalar", "hidden_activation", "rms_norm_eps"),
        *("tie_word_embeddings", "text_config", "use_sliding_window", "max_window_layers", "attention_bias"),
    ]
)


@given(changes=st.dictionaries(NAMES, VALUES, max_size=4), family=st.sampled_from(["llama", "qwen3", "gemma3_text"]))
@settings(deadline=None, max_examples=300)
def test_any_values_in_a_config_make_a_model_or_a_sentence(changes: dict[str, Any], family: str) -> None:
    try:
        config = read_config(Fields({**GOOD, "model_type": family, **changes}, "config.json"))
    except UserError as error:
        assert error.message and error.hint
    else:
        assert isinstance(config, ModelConfig)
