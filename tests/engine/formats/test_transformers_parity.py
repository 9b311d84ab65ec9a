"""Random tiny models of each family give the logits that Transformers gives, and each opens what the other wrote."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open

from engine.formats.checkpoint import load_model, open_checkpoint
from engine.formats.hf_write import Card, write_folder
from engine.model.transformer import Transformer
from tests.tiny import CONFIGS, tiny_tokenizer, write_tiny_checkpoint

os.environ["HF_HUB_OFFLINE"] = "1"
transformers = pytest.importorskip("transformers")
pytestmark = pytest.mark.filterwarnings("ignore")

SIZES = {
    "vocab_size": 384,
    "hidden_size": 32,
    "intermediate_size": 48,
    "num_hidden_layers": 4,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 256,
    "head_dim": 8,
    "bos_token_id": 1,
    "eos_token_id": 2,
    "pad_token_id": 3,
}
LLAMA3 = {
    "rope_type": "llama3",
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 64,
}
YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 32}
FAMILIES: dict[str, tuple[str, dict[str, Any]]] = {
    "llama": ("Llama", {"tie_word_embeddings": True}),
    "llama with biases": ("Llama", {"attention_bias": True, "mlp_bias": True}),
    "llama, llama3 scaling": ("Llama", {"rope_theta": 5e5, "rope_scaling": LLAMA3}),
    "llama, linear scaling": ("Llama", {"rope_scaling": {"rope_type": "linear", "factor": 4.0}}),
    "llama, yarn scaling": ("Llama", {"rope_scaling": YARN}),
    "mistral with a window": ("Mistral", {"sliding_window": 16}),
    "mistral without": ("Mistral", {"sliding_window": None}),
    "qwen2": ("Qwen2", {}),
    "qwen2 with a window": (
        "Qwen2",
        {"use_sliding_window": True, "sliding_window": 16, "max_window_layers": 2},
    ),
    "qwen3": ("Qwen3", {"head_dim": 16}),
    "qwen3 with a window and biases": (
        "Qwen3",
        {"use_sliding_window": True, "sliding_window": 16, "max_window_layers": 1, "attention_bias": True},
    ),
    "gemma3": ("Gemma3Text", {"sliding_window": 16, "query_pre_attn_scalar": 12, "num_hidden_layers": 7}),
    "gemma3, linear scaling": (
        "Gemma3Text",
        {"sliding_window": 16, "sliding_window_pattern": 2, "rope_scaling": {"rope_type": "linear", "factor": 8.0}},
    ),
}
IDS = torch.randint(0, 384, (1, 100), generator=torch.Generator().manual_seed(0))


def reference(family: str) -> Any:
    """A model of Transformers with random weights, all of them (biases and norms too)."""
    kind, changes = FAMILIES[family]
    config = getattr(transformers, f"{kind}Config")(**{**SIZES, **changes})
    model = transformers.AutoModelForCausalLM.from_config(config).eval()
    generator = torch.Generator().manual_seed(7)
    with torch.no_grad():
        for name, parameter in sorted(model.named_parameters()):
            noise = torch.randn(parameter.shape, generator=generator) * 0.15
            parameter.copy_(noise + (0 if "norm" not in name or "Gemma" in kind else 1))
    return model


def loaded(folder: Path, dtype: torch.dtype = torch.float32) -> Transformer:
    loading = load_model(open_checkpoint(folder), "cpu", dtype)
    while True:
        try:
            next(loading)
        except StopIteration as finished:
            return finished.value


def with_tokenizer(folder: Path) -> Path:
    (folder / "tokenizer.model").write_bytes(tiny_tokenizer())
    return folder


@pytest.mark.parametrize("family", FAMILIES)
def test_gives_the_logits_of_transformers_whole_and_token_by_token(family: str, tmp_path: Path) -> None:
    theirs = reference(family)
    theirs.save_pretrained(tmp_path)
    ours = loaded(with_tokenizer(tmp_path))
    with torch.inference_mode():
        expected = theirs(IDS).logits
        torch.testing.assert_close(ours(IDS), expected, atol=1e-4, rtol=1e-4)
        cache = ours.new_cache()
        parts = [ours(IDS[:, :40], cache), *(ours(IDS[:, i : i + 1], cache) for i in range(40, 100))]
        torch.testing.assert_close(torch.cat(parts, 1), expected, atol=1e-4, rtol=1e-4)


@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_written_again_opens_in_transformers_with_the_same_logits(family: str, tmp_path: Path) -> None:
    theirs = reference(family)
    theirs.save_pretrained(tmp_path / "a")
    (tmp_path / "b").mkdir()
    opened = open_checkpoint(with_tokenizer(tmp_path / "a"))
    list(write_folder(opened, tmp_path / "b", Card("b", "B", "base")))
    again = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "b").eval()
    # Mistral without a window is Llama, and is written so.
    assert type(again) is type(theirs) or family == "mistral without"
    with torch.inference_mode():
        torch.testing.assert_close(again(IDS).logits, theirs(IDS).logits, atol=1e-5, rtol=1e-5)
    assert open_checkpoint(tmp_path / "b").config == opened.config


@pytest.mark.parametrize("architecture", CONFIGS)
def test_a_tiny_model_of_ours_opens_in_transformers_unchanged(architecture: str, tmp_path: Path) -> None:
    folder = write_tiny_checkpoint(tmp_path / "tiny", architecture)
    theirs = transformers.AutoModelForCausalLM.from_pretrained(folder).eval()
    assert open_checkpoint(folder).config == CONFIGS[architecture]
    with torch.inference_mode():
        torch.testing.assert_close(loaded(folder)(IDS), theirs(IDS).logits, atol=1e-4, rtol=1e-4)
    assert theirs.generation_config.eos_token_id == [2, 5]


@pytest.mark.parametrize("architecture", ["llama", "qwen3"])
def test_the_written_tokenizer_and_template_open_in_transformers(architecture: str, tmp_path: Path) -> None:
    pytest.importorskip("google.protobuf", reason="Transformers reads tokenizer.model only with protobuf")
    folder = write_tiny_checkpoint(tmp_path / "tiny", architecture)
    theirs = transformers.AutoTokenizer.from_pretrained(folder)
    ours = open_checkpoint(folder).tokenizer()
    for text in ("The cat sat on the mat.", "Été 日本 1234", "girl named Lily"):
        assert theirs(text).input_ids == [1, *ours.encode(text)]
    prompt = theirs.apply_chat_template([{"role": "user", "content": "hi"}], tokenize=False, add_generation_prompt=True)
    assert prompt == "<|im_start|>user\nhi<|im_end|>\n<|im_start|>assistant\n"


def test_bfloat16_folders_stay_bfloat16(tmp_path: Path) -> None:
    reference("llama").to(torch.bfloat16).save_pretrained(tmp_path / "a")
    (tmp_path / "b").mkdir()
    list(write_folder(open_checkpoint(with_tokenizer(tmp_path / "a")), tmp_path / "b", Card("b", "B", "base")))
    assert json.loads((tmp_path / "b" / "config.json").read_text())["torch_dtype"] == "bfloat16"
    with safe_open(tmp_path / "b" / "model.safetensors", "pt") as file:
        assert file.get_tensor("model.layers.0.mlp.up_proj.weight").dtype == torch.bfloat16
        assert file.metadata() == {"format": "pt"}
    model = loaded(tmp_path / "b", torch.bfloat16)
    assert (model.dtype, model.norm.weight.dtype) == (torch.bfloat16, torch.float32)


def test_a_sharded_folder_gives_what_one_file_gives(tmp_path: Path) -> None:
    theirs = reference("qwen3")
    theirs.save_pretrained(tmp_path, max_shard_size="20KB")
    assert len(list(tmp_path.glob("model-*.safetensors"))) > 2
    with torch.inference_mode():
        torch.testing.assert_close(loaded(with_tokenizer(tmp_path))(IDS), theirs(IDS).logits, atol=1e-4, rtol=1e-4)


def test_the_language_part_of_a_model_that_sees_is_found(tmp_path: Path) -> None:
    """The names and the nested config of google/gemma-3-4b-it."""
    theirs = reference("gemma3")
    theirs.save_pretrained(tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    inner = {key: value for key, value in config.items() if key not in ("architectures", "eos_token_id")}
    outer = {"model_type": "gemma3", "eos_token_id": [2, 5], "text_config": inner, "vision_config": {}}
    (tmp_path / "config.json").write_text(json.dumps(outer))
    from safetensors.torch import load_file, save_file

    tensors = {f"language_model.{name}": t for name, t in load_file(tmp_path / "model.safetensors").items()}
    tensors["vision_tower.patch.weight"] = torch.ones(2)
    save_file(tensors, tmp_path / "model.safetensors", {"format": "pt"})
    opened = open_checkpoint(with_tokenizer(tmp_path))
    assert opened.token_ids.eos[:2] == (2, 5)
    with torch.inference_mode():
        torch.testing.assert_close(loaded(tmp_path)(IDS), theirs(IDS).logits, atol=1e-4, rtol=1e-4)
