"""A GGUF file gives the model, the tokenizer and the template that went into it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from engine.errors import UserError
from engine.formats.checkpoint import open_checkpoint
from engine.formats.gguf_bpe import SPLITTINGS, bpe_json, bpe_text
from engine.formats.gguf_config import unpermuted
from engine.model.config import RopeScaling
from engine.model.rope import frequencies
from engine.text.fast import FastTokenizer
from engine.text.tokenizer import decode
from tests.tiny import CONFIGS, TEMPLATE, tiny_checkpoint

pytest.importorskip("gguf")
from tests.engine.formats.writing_gguf import permuted, write_gguf


def gguf_config(architecture: str) -> Any:
    config = CONFIGS[architecture]
    # GGUF has no key for Gemma's score scale, nor for llama's window.
    return replace(config, attention_scale=config.head_dim**-0.5) if architecture == "gemma3" else config


@pytest.mark.parametrize("architecture", ["llama", "qwen2", "qwen3", "gemma3"])
def test_gives_back_the_config_and_every_weight(architecture: str, tmp_path: Path) -> None:
    source = tiny_checkpoint(architecture, config=gguf_config(architecture))
    opened = open_checkpoint(write_gguf(tmp_path / "tiny.gguf", source))
    assert opened.config == source.config
    assert (opened.title, opened.licence, opened.template) == (source.title, "CC0-1.0", TEMPLATE)
    for (ours, tensor), (theirs, expected) in zip(opened.tensors(), source.tensors(), strict=True):
        assert ours == theirs
        assert torch.equal(tensor, expected), ours


@pytest.mark.parametrize("kind", ["F16", "BF16", "Q8_0", "Q4_1", "Q5_0"])
def test_packed_weights_come_out_close_to_what_went_in(kind: str, tmp_path: Path) -> None:
    source = tiny_checkpoint("llama")
    opened = open_checkpoint(write_gguf(tmp_path / "tiny.gguf", source, kind))
    for (name, tensor), (_, expected) in zip(opened.tensors(), source.tensors(), strict=True):
        halves = {"F16": torch.float16, "BF16": torch.bfloat16}
        assert tensor.dtype == (torch.float32 if "norm" in name else halves.get(kind, torch.float32))
        torch.testing.assert_close(tensor.float(), expected, atol=0.06, rtol=0.01)


def test_the_rebuilt_tokenizer_gives_the_ids_of_the_trained_one(tmp_path: Path) -> None:
    source = tiny_checkpoint()
    opened = open_checkpoint(write_gguf(tmp_path / "tiny.gguf", source))
    ours, theirs = opened.tokenizer(), source.tokenizer()
    assert opened.token_ids == source.token_ids
    assert ours.control_tokens() == theirs.control_tokens()
    for text in ("The cat sat on the mat.", "naïve café 日本 🦥", "girl\tnamed\n\nLily", "<|im_end|>"):
        assert ours.encode(text) == theirs.encode(text)
        assert decode(ours, ours.encode(text), start=True) == text


def test_llama_rows_are_turned_back() -> None:
    rows = np.random.default_rng(0).standard_normal((24, 5), dtype=np.float32)
    np.testing.assert_array_equal(unpermuted(permuted(rows, 3), 3), rows)


def test_the_factors_of_llama_3_become_its_scaling(tmp_path: Path) -> None:
    """Llama 3.1 files carry a tensor of factors, and no key that says how they were made."""
    scaling = RopeScaling("llama3", 32.0, 8192, 1.0, 4.0)
    config = replace(CONFIGS["llama"], rope_theta=5e5, head_dim=64)
    source = tiny_checkpoint(config=config)
    factors = frequencies(64, 5e5) / frequencies(64, 5e5, scaling)
    with_factors = replace(source, read_tensors=lambda: iter([*source.tensors(), ("rope_freqs.weight", factors)]))
    import tests.engine.formats.writing_gguf as writing

    original, writing.gguf_name = writing.gguf_name, lambda n: n if n == "rope_freqs.weight" else original(n)
    try:
        path = write_gguf(tmp_path / "tiny.gguf", with_factors)
    finally:
        writing.gguf_name = original
    assert open_checkpoint(path).config.rope_scaling == scaling


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"llama.rope.scaling.type": "longrope"}, "longrope"),
        ({"llama.expert_count": 8}, "with experts"),
        ({"general.type": "adapter"}, "no model but an addition"),
        ({"split.count": 3}, "one of 3 parts"),
        ({"llama.context_length": None}, "does not say context_length"),
        ({"llama.context_length": "long"}, "not a whole number"),
        ({"llama.block_count": 10**6}, "describes no model"),
        ({"llama.block_count": 3}, "blk.2.attn_norm.weight"),
        ({"llama.block_count": 1}, "no use for"),
        ({"llama.embedding_length": 64}, "its configuration says"),
        ({"llama.rope.dimension_count": 4}, "heads of this model"),
        ({"tokenizer.ggml.model": "bert"}, "no tokenizer that Nextword can use"),
        ({"tokenizer.ggml.model": "none", "tokenizer.ggml.tokens": None}, "no tokenizer"),
        ({"tokenizer.ggml.token_type": [1, 2]}, "does not fit its vocabulary"),
        ({"tokenizer.ggml.model": "gpt2", "tokenizer.ggml.pre": "smollm"}, "no merges"),
        ({"tokenizer.ggml.model": "gpt2", "tokenizer.ggml.pre": "odd", "tokenizer.ggml.merges": ["a b"]}, "odd"),
        ({"tokenizer.ggml.scores": None}, "no scores"),
    ],
)
def test_what_cannot_be_a_model_is_refused_by_name(changes: dict[str, Any], says: str, tmp_path: Path) -> None:
    path = write_gguf(tmp_path / "tiny.gguf", tiny_checkpoint(), changes=changes)
    with pytest.raises(UserError) as refused:
        open_checkpoint(path).tokenizer()
    assert says in refused.value.message
    assert refused.value.hint


BYTES = [chr(code) for code in (*range(33, 127), *range(161, 173), *range(174, 324))]


@pytest.mark.parametrize("pre", SPLITTINGS)
def test_every_way_of_cutting_words_keeps_every_byte(pre: str) -> None:
    tokens = [*BYTES, "Ġt", "Ġth", "<s>"]
    tree = bpe_json(tokens, [1] * (len(tokens) - 1) + [3], ["Ġ t", "Ġt h"], pre, len(tokens) - 1)
    tokenizer = FastTokenizer(bpe_text(tree).decode())
    assert tokenizer.kind == "byte-level BPE"
    for text in (" the  cat's 12345 + x\n\n\ty", "Straße 日本 ½ 🦥 <s>", "DON'T I'll"):
        assert decode(tokenizer, tokenizer.encode(text)) == text
    assert len(tokens) - 1 not in tokenizer.encode("a <s> b")


SAMPLES = ["I'll pay 12345 + x", "DON'T stop", "a  b\n\n  c", "naïve/日本語 ½", "x = f(1) # ok\r\n\r\n"]


@pytest.mark.parametrize(
    ("pre", "pieces"),
    [
        ("gpt-2", ["I", "'ll", " pay", " 12345", " +", " x"]),
        ("smollm", ["I", "'ll", " pay", " ", "1", "2", "3", "4", "5", " +", " x"]),
        ("llama-bpe", ["I", "'ll", " pay", " ", "123", "45", " +", " x"]),
        ("qwen2", ["I", "'ll", " pay", " ", "1", "2", "3", "4", "5", " +", " x"]),
        ("tekken", ["I", "'ll", " pay", " ", "1", "2", "3", "4", "5", " +", " x"]),
    ],
)
def test_words_are_cut_where_the_models_cut_them(pre: str, pieces: list[str]) -> None:
    from tokenizers import Regex
    from tokenizers.pre_tokenizers import PreTokenizer, Sequence, Split

    splits: list[PreTokenizer] = [Split(Regex(pattern), "isolated") for pattern in SPLITTINGS[pre].patterns]
    assert [piece for piece, _ in Sequence(splits).pre_tokenize_str(SAMPLES[0])] == pieces
