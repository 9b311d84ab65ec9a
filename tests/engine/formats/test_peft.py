"""Adapters that PEFT wrote are read, and those that we write PEFT opens, with the same logits."""

from __future__ import annotations

import json
import os
import shutil
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file

from engine.errors import UserError
from engine.formats.checkpoint import open_checkpoint
from engine.formats.peft import open_peft, our_layers, read_adapter, write_peft
from engine.model.lora import Adapter, full_adapter
from engine.model.transformer import Transformer
from tests.engine.formats.taught import IDS, logits, model_of, random_adapter
from tests.tiny import CONFIGS, write_tiny_checkpoint

os.environ["HF_HUB_OFFLINE"] = "1"
peft = pytest.importorskip("peft")
transformers = pytest.importorskip("transformers")
pytestmark = pytest.mark.filterwarnings("ignore")

ALL = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
KINDS: dict[str, dict[str, Any]] = {
    "plain": {"target_modules": ALL},
    "attention only": {"target_modules": ["q_proj", "v_proj"]},
    "one layer": {"target_modules": ALL, "layers_to_transform": [1], "layers_pattern": "layers"},
    "rank-stabilised": {"target_modules": ALL, "use_rslora": True},
    "ranks of their own": {
        "target_modules": ALL,
        "rank_pattern": {"up_proj": 2, "layers.1.self_attn.q_proj": 6},
        "alpha_pattern": {"down_proj": 32, "up_proj": 3},
    },
}


def full(model: Transformer) -> Adapter:
    """Every linear layer changed as a whole."""
    adapter, generator = full_adapter(model), torch.Generator().manual_seed(3)
    with torch.no_grad():
        for learned in adapter.parameters():
            learned.copy_(torch.randn(learned.shape, generator=generator) * 0.1)
    return adapter


def randomised(model: Any, seed: int = 3) -> Any:
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, parameter in sorted(model.named_parameters()):
            if "lora_" in name:
                parameter.copy_(torch.randn(parameter.shape, generator=generator) * 0.1)
    return model.eval()


def theirs(folder: Path) -> Any:
    return transformers.AutoModelForCausalLM.from_pretrained(folder).eval()


@torch.inference_mode()
def their_logits(model: Any) -> torch.Tensor:
    return model(IDS).logits


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("architecture", ["llama", "mistral", "qwen2", "qwen3", "gemma3"])
def test_what_peft_wrote_is_read_with_the_same_logits(kind: str, architecture: str, tmp_path: Path) -> None:
    base = write_tiny_checkpoint(tmp_path / "base", architecture)
    config = peft.LoraConfig(task_type="CAUSAL_LM", r=4, lora_alpha=12, **KINDS[kind])
    taught = randomised(peft.get_peft_model(theirs(base), config))
    taught.save_pretrained(tmp_path / "adapter")
    model = model_of(open_checkpoint(base))
    plain, expected = logits(model), their_logits(taught)
    adapter = read_adapter(open_peft(tmp_path / "adapter"), model.config)
    torch.testing.assert_close(logits(model, adapter), expected, atol=1e-4, rtol=1e-4)
    assert (plain - expected).abs().max() > 0.05


@pytest.mark.parametrize("architecture", ["llama", "llama3", "mistral", "qwen2", "qwen3", "gemma3"])
@pytest.mark.parametrize("where", [{}, {"targets": ("attention.query", "mlp.up")}, {"layers": [1]}, None])
def test_what_we_write_peft_opens_with_the_same_logits(architecture: str, where: Any, tmp_path: Path) -> None:
    base = write_tiny_checkpoint(tmp_path / "base", architecture)
    model = model_of(open_checkpoint(base))
    adapter = full(model) if where is None else random_adapter(model, **where)
    (tmp_path / "adapter").mkdir()
    write_peft(tmp_path / "adapter", adapter, model.config, "base")
    with warnings.catch_warnings():
        warnings.filterwarnings("error", message=".*missing adapter keys")
        opened = peft.PeftModel.from_pretrained(theirs(base), tmp_path / "adapter").eval()
    expected = logits(model, adapter)
    torch.testing.assert_close(their_logits(opened), expected, atol=1e-4, rtol=1e-4)
    merged = opened.merge_and_unload()
    torch.testing.assert_close(their_logits(merged), expected, atol=1e-4, rtol=1e-4)


def test_an_adapter_comes_back_bit_by_bit(tmp_path: Path) -> None:
    model = model_of(open_checkpoint(write_tiny_checkpoint(tmp_path / "base")))
    adapter, wide = random_adapter(model), random_adapter(model, 6, seed=2)
    adapter.deltas["layers.1.mlp.up"] = wide.deltas["layers.1.mlp.up"]
    tmp_path.joinpath("a").mkdir()
    write_peft(tmp_path / "a", adapter, model.config, "base")
    again = read_adapter(open_peft(tmp_path / "a"), model.config)
    assert (again.rank, again.alpha, again.deltas.keys()) == (4, 8.0, adapter.deltas.keys())
    assert [delta.scale for delta in again.deltas.values()] == [delta.scale for delta in adapter.deltas.values()]
    assert all(torch.equal(again.state()[name], matrix) for name, matrix in adapter.state().items())
    assert all(parameter.requires_grad for parameter in again.parameters())


# ---- what cannot be read ------------------------------------------------------------
Break = Callable[[Path], object]


def setting(**changes: Any) -> Break:
    def change(folder: Path) -> None:
        path = folder / "adapter_config.json"
        path.write_text(json.dumps(json.loads(path.read_text()) | changes))

    return change


def tensors(change: Callable[[dict[str, torch.Tensor]], object]) -> Break:
    def apply(folder: Path) -> None:
        found = load_file(folder / "adapter_model.safetensors")
        change(found)
        save_file(found, folder / "adapter_model.safetensors")

    return apply


def renamed(old: str, new: str) -> Break:
    return tensors(lambda t: [t.update({name.replace(old, new): t.pop(name)}) for name in list(t) if old in name])


def pickled(folder: Path) -> None:
    (folder / "adapter_model.safetensors").rename(folder / "adapter_model.bin")


FIRST = "base_model.model.model.layers.0.self_attn.q_proj.lora_A.weight"
BROKEN: dict[str, tuple[Break, str]] = {
    "no JSON": (
        lambda f: (f / "adapter_config.json").write_text("{"),
        "adapter_config.json is damaged: it is not JSON",
    ),
    "another kind": (setting(peft_type="IA3"), "kind IA3"),
    "another task": (setting(task_type="SEQ_CLS"), "another task: SEQ_CLS"),
    "no rank": (setting(r=None), "does not say r"),
    "a rank of nothing": (setting(r=0), "rank is 0"),
    "a rank of text": (setting(r="8"), "not a whole number"),
    "alpha no number": (setting(lora_alpha="x"), "not a number"),
    "DoRA": (setting(use_dora=True), "DoRA"),
    "DoRA by its weights": (renamed("layers.0.self_attn.q_proj.lora_A.weight", "x.lora_magnitude_vector"), "DoRA"),
    "whole layers too": (setting(modules_to_save=["lm_head"]), "whole layers"),
    "words too": (setting(trainable_token_indices=[5]), "words"),
    "biases": (setting(bias="all"), "biases"),
    "PiSSA": (setting(init_lora_weights="pissa"), "begun with pissa"),
    "an expression": (setting(rank_pattern={"(a+)+b": 4}), "by an expression"),
    "patterns of text": (setting(alpha_pattern="x"), "not an object"),
    "an embedding": (renamed("layers.0.self_attn.q_proj.lora_A.weight", "embed_tokens.lora_embedding_A"), "embedding"),
    "unknown weight": (tensors(lambda t: t.update(extra=t[FIRST].clone())), "no use for: extra"),
    "unknown layer": (renamed("self_attn.q_proj", "self_attn.rotary"), "rotary, which its model does not have"),
    "a layer too many": (renamed("layers.1.", "layers.7."), "changes model.layers.7."),
    "the head of a tied model": (renamed("model.layers.0.self_attn.q_proj", "lm_head"), "lm_head"),
    "half a layer": (tensors(lambda t: t.pop(FIRST)), "Half of the adapter's layer"),
    "no layers": (tensors(lambda t: t.clear()), "holds no layers"),
    "another rank": (setting(r=5), "is 4 × 64 and 32 × 4, but should be 5 × 64 and 32 × 5"),
    "another shape": (tensors(lambda t: t.update({FIRST: torch.zeros(4, 31)})), "is 4 × 31 and"),
    "NaN": (tensors(lambda t: t[FIRST].view(-1)[3:4].fill_(float("nan"))), "values that are not numbers"),
    "whole numbers": (tensors(lambda t: t.update({FIRST: t[FIRST].int()})), "stored as I32"),
    "cut short": (
        lambda f: (f / "adapter_model.safetensors").write_bytes((f / "adapter_model.safetensors").read_bytes()[:500]),
        "damaged, incomplete",
    ),
    "no weights": (lambda f: (f / "adapter_model.safetensors").unlink(), "adapter_model.safetensors is missing"),
    "pickle": (pickled, "adapter_model.bin is a pickle file"),
}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("adapter")
    model = model_of(open_checkpoint(write_tiny_checkpoint(folder / "base")))
    (folder / "adapter").mkdir()
    write_peft(folder / "adapter", random_adapter(model), model.config, "base")
    return folder / "adapter"


@pytest.mark.parametrize("what", BROKEN)
def test_a_broken_adapter_is_refused_by_what_is_wrong(what: str, written: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(written, tmp_path / "adapter")
    read_adapter(open_peft(folder), CONFIGS["llama"])
    spoil, says = BROKEN[what]
    spoil(folder)
    with pytest.raises(UserError) as refused:
        read_adapter(open_peft(folder), CONFIGS["llama"])
    assert says in refused.value.message and refused.value.hint.endswith(".")
    assert refused.value.message[-1] not in ".!" and len(refused.value.message) < 300


def test_an_adapter_of_another_family_does_not_fit(written: Path) -> None:
    with pytest.raises(UserError, match="should be"):
        our_layers(open_peft(written), CONFIGS["qwen3"])
