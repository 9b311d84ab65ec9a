"""Small vocabularies, templates and models for tests, with control tokens of every chat style. No files."""

from __future__ import annotations

import json
from typing import Any

import torch
from tokenizers import pre_tokenizers

from engine.model.config import ModelConfig
from engine.model.transformer import Transformer

CHATML = ("<|im_start|>", "<|im_end|>")
LLAMA = ("<s>", "</s>", "<|begin_of_text|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>")
GEMMA = ("<bos>", "<start_of_turn>", "<end_of_turn>")
CONTROLS = (*CHATML, *LLAMA, *GEMMA, "[INST]", "[/INST]")
MERGES = (("h", "e"), ("l", "l"), ("he", "ll"), ("hell", "o"), ("Ġ", "w"), ("o", "r"))


def _added(content: str, token_id: int, special: bool) -> dict[str, Any]:
    flags = {"single_word": False, "lstrip": False, "rstrip": False, "normalized": False}
    return {"id": token_id, "content": content, "special": special, **flags}


def _tree(pieces: list[str], merges: list[tuple[str, str]], user_defined: tuple[str, ...]) -> dict[str, Any]:
    vocab = {piece: i for i, piece in enumerate(pieces)}
    added = [_added(c, len(vocab) + i, True) for i, c in enumerate(CONTROLS)]
    added += [_added(c, len(vocab) + len(added) + i, False) for i, c in enumerate(user_defined)]
    model = {"type": "BPE", "vocab": vocab, "merges": [list(pair) for pair in merges]}
    return {"version": "1.0", "added_tokens": added, "normalizer": None, "pre_tokenizer": None, "model": model}


def byte_level_json(user_defined: tuple[str, ...] = ("<tool>",)) -> str:
    """GPT-2's kind: every byte has a character, and a few merges."""
    merges = list(MERGES)
    tree = _tree([*sorted(pre_tokenizers.ByteLevel.alphabet()), *(a + b for a, b in merges)], merges, user_defined)
    tree["pre_tokenizer"] = {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True}
    tree["post_processor"] = tree["pre_tokenizer"]
    tree["decoder"] = tree["pre_tokenizer"]
    return json.dumps(tree)


def metaspace_json(prepend: bool = True) -> str:
    """Llama 2's kind: spaces are ▁, what the vocabulary lacks is spelled in bytes."""
    merges = [("h", "e"), ("▁", "he"), ("▁", "▁")]
    pieces = ["<unk>", *(f"<0x{b:02X}>" for b in range(256)), *"helo▁", "he", "▁he", "▁▁"]
    tree = _tree(pieces, merges, ())
    tree["model"] |= {"unk_token": "<unk>", "byte_fallback": True, "fuse_unk": True}
    steps: list[dict[str, Any]] = [{"type": "Prepend", "prepend": "▁"}] if prepend else []
    steps.append({"type": "Replace", "pattern": {"String": " "}, "content": "▁"})
    tree["normalizer"] = {"type": "Sequence", "normalizers": steps}
    return json.dumps(tree)


# ---- chat templates in the styles of the families, written for these tests ----
CHATML_TEMPLATE = (
    "{% for message in messages %}{% if loop.first and messages[0]['role'] != 'system' %}"
    "{{ '<|im_start|>system\nYou are a bird<|im_end|>\n' }}{% endif %}"
    "{{ '<|im_start|>' + message['role'] + '\n' + message['content'] + '<|im_end|>' + '\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{ '<|im_start|>assistant\n' }}{% endif %}"
)
LLAMA3_TEMPLATE = (
    "{{- '<|begin_of_text|>' }}\n{%- for message in messages %}\n    {{- '<|start_header_id|>' ~ message.role ~ "
    "'<|end_header_id|>\n\n' ~ message.content | trim ~ '<|eot_id|>' }}\n{%- endfor %}\n"
    "{%- if add_generation_prompt %}{{- '<|start_header_id|>assistant<|end_header_id|>\n\n' }}{%- endif %}"
)
GEMMA_TEMPLATE = (
    "{{ bos_token }}{% if messages[0]['role'] == 'system' %}"
    "{{ raise_exception('System role not supported') }}{% endif %}"
    "{% for message in messages %}{% if (message['role'] == 'user') != (loop.index0 % 2 == 0) %}"
    "{{ raise_exception('Conversation roles must alternate user/assistant/user/assistant/...') }}{% endif %}"
    "{% set role = 'model' if message['role'] == 'assistant' else message['role'] %}"
    "{{ '<start_of_turn>' + role + '\n' + message['content'] | trim + '<end_of_turn>\n' }}{% endfor %}"
    "{% if add_generation_prompt %}{{'<start_of_turn>model\n'}}{% endif %}"
)
MISTRAL_V1_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}"
    "{{ ' [INST] ' + message['content'] + ' [/INST]' }}{% else %}"
    "{{ ' ' + message['content'] + eos_token }}{% endif %}{% endfor %}"
)
MISTRAL_V3_TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}{% if message['role'] == 'user' %}"
    "{{ '[INST] ' + message['content'] + '[/INST]' }}{% else %}"
    "{{ ' ' + message['content'] + eos_token }}{% endif %}{% endfor %}"
)
TEMPLATES = (CHATML_TEMPLATE, LLAMA3_TEMPLATE, GEMMA_TEMPLATE, MISTRAL_V1_TEMPLATE, MISTRAL_V3_TEMPLATE)
VARIABLES = {"bos_token": "<bos>", "eos_token": "</s>"}


# ---- a tiny model with everything a real one has ----
def tiny_config(vocab_size: int, context: int = 128) -> ModelConfig:
    return ModelConfig(
        architecture="llama",
        vocab_size=vocab_size,
        hidden_size=32,
        intermediate_size=48,
        layers=2,
        heads=4,
        kv_heads=2,
        head_dim=8,
        context=context,
    )


def tiny_model(vocab_size: int, context: int = 128, seed: int = 0) -> Transformer:
    """Random weights, large enough that one token is clearly likelier than another."""
    model = Transformer(tiny_config(vocab_size, context))
    generator = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for name, weight in model.named_parameters():  # none has a first value of its own
            random = torch.randn(weight.shape, generator=generator) * 0.3
            weight.copy_(torch.ones_like(weight) if name.endswith("norm.weight") else random)
    return model.eval()
