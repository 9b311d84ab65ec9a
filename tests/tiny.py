"""A tiny random model of any family in a folder, with a SentencePiece tokenizer trained on the spot, for tests."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import sentencepiece
import torch

from engine.formats.hf_write import Card, write_folder
from engine.formats.opened import Checkpoint, TokenIds
from engine.model.config import ModelConfig, RopeScaling
from engine.text.sentencepiece import SentencePieceTokenizer

TEXT = (
    "The cat sat on the mat. Once upon a time there was a little girl named Lily who loved to play in the park. "
    "What is the capital of France? The capital of France is Paris. Water boils at one hundred degrees. "
    "A language model reads some words and guesses the next one, again and again, until it has said enough."
)
TEMPLATE = (
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>\n' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
VOCABULARY = 384
_BASE = ModelConfig("llama", VOCABULARY, 32, 64, layers=2, heads=4, kv_heads=2, head_dim=8, context=256)
CONFIGS = {
    "llama": _BASE,
    "llama3": replace(
        _BASE, tied=False, rope_theta=5e5, rope_scaling=RopeScaling("llama3", 8.0, 64, 1.0, 4.0), norm_eps=1e-5
    ),
    "mistral": replace(_BASE, tied=False, window=16, windowed_layers=(True, True)),
    "qwen2": replace(_BASE, architecture="qwen2", qkv_bias=True),
    "qwen3": replace(_BASE, architecture="qwen3", qk_norm=True, head_dim=16, attention_scale=0.25),
    "gemma3": replace(
        _BASE,
        architecture="gemma3",
        layers=3,
        qk_norm=True,
        post_norms=True,
        activation="gelu_tanh",
        embedding_scale=32**0.5,
        attention_scale=16**-0.5,
        rope_theta=1e6,
        local_rope_theta=1e4,
        window=16,
        windowed_layers=(True, True, False),
    ),
}


@cache
def tiny_tokenizer() -> bytes:
    """A SentencePiece model of 384 pieces with byte fallback; <|im_start|> and <|im_end|> are control tokens."""
    model = io.BytesIO()
    sentencepiece.SentencePieceTrainer.Train(
        sentence_iterator=iter(TEXT.split(". ")),
        model_writer=model,
        vocab_size=VOCABULARY,
        model_type="bpe",
        byte_fallback=True,
        hard_vocab_limit=False,
        character_coverage=1.0,
        normalization_rule_name="identity",
        remove_extra_whitespaces=False,
        control_symbols=["<|im_start|>", "<|im_end|>"],
        pad_id=3,
        minloglevel=2,
        num_threads=1,
    )
    return model.getvalue()


def tiny_checkpoint(
    architecture: str = "llama", *, template: str | None = TEMPLATE, seed: int = 0, config: ModelConfig | None = None
) -> Checkpoint:
    """Random but always the same; names as in `CONFIGS`. It exists in memory only."""
    config = config or CONFIGS[architecture]

    def tensors() -> Iterator[tuple[str, torch.Tensor]]:
        generator = torch.Generator().manual_seed(seed)
        for name, shape in config.shapes().items():
            tensor = torch.randn(shape, generator=generator) * 0.2
            yield name, tensor + 1 if name.endswith("norm.weight") else tensor

    def tokenizer() -> SentencePieceTokenizer:
        return SentencePieceTokenizer(tiny_tokenizer())

    return Checkpoint(
        name=f"tiny-{architecture}",
        title=f"Tiny {architecture}",
        path=Path(f"tiny-{architecture}"),
        config=config,
        token_ids=TokenIds(1, (2, tokenizer().control_tokens()["<|im_end|>"]), 3, 0, add_bos=True),
        template=template,
        licence="CC0-1.0",
        bytes=config.parameters() * 4,
        unpacked_bytes=config.parameters() * 4,
        stage="base" if template is None else "chat",
        parent=None,
        tokenizer_kind="sentencepiece",
        read_tokenizer=tokenizer,
        read_tensors=tensors,
        tokenizer_file=lambda: ("tokenizer.model", tiny_tokenizer()),
    )


def write_tiny_checkpoint(
    folder: Path, architecture: str = "llama", *, template: str | None = TEMPLATE, seed: int = 0
) -> Path:
    """Write that model into `folder`, which is made and returned."""
    checkpoint = tiny_checkpoint(architecture, template=template, seed=seed)
    folder.mkdir(parents=True)
    for _ in write_folder(checkpoint, folder, Card(folder.name, checkpoint.title, checkpoint.stage, "CC0-1.0")):
        continue
    return folder
