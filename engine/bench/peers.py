"""The others, each as its own documentation uses it: Transformers, llama.cpp through llama-cpp-python, PEFT.

None of them belongs to the app: they are imported here only, when they are asked for.
"""

from __future__ import annotations

import copy
import importlib
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engine.bench.ours import HOLDING, RANK, RATE
from engine.bench.setting import TOKENS, Setting, Step
from engine.run.packing import Example

IGNORED = -100


class Transformers:
    def __init__(self, setting: Setting, precision: str) -> None:
        kind = importlib.import_module("transformers").AutoModelForCausalLM
        self._cache = importlib.import_module("transformers").DynamicCache
        self._model = kind.from_pretrained(setting.folder, dtype=getattr(torch, precision)).eval()
        self._read: tuple[list[int], Any] | None = None

    def begin(self, context: Sequence[int]) -> Step:
        ids = list(context)
        if self._read is None or self._read[0] != ids:
            cache = self._cache()
            with torch.inference_mode():
                for at in range(0, len(ids), 512):
                    self._model(torch.tensor([ids[at : at + 512]]), past_key_values=cache, use_cache=True)
            self._read = ids, cache
        cache = copy.deepcopy(self._read[1])

        def step(token: int) -> int:
            with torch.inference_mode():
                out = self._model(torch.tensor([[token]]), past_key_values=cache, use_cache=True)
            return int(out.logits[0, -1].argmax())

        return step

    def read(self, ids: Sequence[int]) -> None:
        with torch.inference_mode():
            self._model(torch.tensor([list(ids)]), use_cache=True, logits_to_keep=1)

    def bytes_per_token(self, context: int) -> int:
        return 0


def llama(setting: Setting, path: str, context: int, **more: Any) -> Any:
    """The model of llama-cpp-python."""
    package = importlib.import_module("llama_cpp")
    if setting.plain:
        usual = package.llama_cpp.llama_model_default_params()
        usual.use_extra_bufts = False
        package.llama_cpp.llama_model_default_params = lambda: usual
    threads = {"n_threads": setting.threads, "n_threads_batch": setting.threads}
    return package.Llama(path, n_ctx=context, **threads, verbose=False, **more)


class Llama:
    """`room` tokens of context at most."""

    def __init__(self, setting: Setting, path: str, room: int) -> None:
        self._model = llama(setting, path, room + 2 * TOKENS, n_batch=max(room, 1))
        self._context: list[int] = []

    def begin(self, context: Sequence[int]) -> Step:
        model = self._model
        if self._context != list(context):
            model.reset()
            model._ctx.kv_cache_clear()
            model.eval(list(context))
            self._context = list(context)
        model._ctx.kv_cache_seq_rm(0, len(context), -1)
        model.n_tokens = len(context)

        def step(token: int) -> int:
            model.eval([token])
            return int(np.argmax(model._ctx.get_logits_ith(-1)[: model.n_vocab()]))

        return step

    def read(self, ids: Sequence[int]) -> None:
        self._model.reset()
        self._model._ctx.kv_cache_clear()
        self._model.eval(list(ids))

    def bytes_per_token(self, context: int) -> int:
        return 0


class Peft:
    """Our step of teaching on PEFT with Transformers: the same texts, rank and losses, padded as its trainer does."""

    def __init__(self, folder: str, precision: str) -> None:
        package, kind = importlib.import_module("peft"), importlib.import_module("transformers").AutoModelForCausalLM
        base = kind.from_pretrained(folder, dtype=getattr(torch, precision))
        config = package.LoraConfig(r=RANK, lora_alpha=2 * RANK, target_modules="all-linear")
        self.model = package.get_peft_model(base, config)
        learning = [weight for weight in self.model.parameters() if weight.requires_grad]
        self._optimizer = torch.optim.AdamW(learning, lr=RATE)

    def step(self, learned: Sequence[Example], held: Sequence[Example]) -> None:
        """What is `held` must stay as it was: it is read twice, with and without the adapter."""
        ids, mask, labels = padded(learned)
        logits = self._logits(ids, mask)[:, :-1].flatten(0, 1)
        torch.nn.functional.cross_entropy(logits, labels[:, 1:].flatten(), ignore_index=IGNORED).backward()
        ids, mask, labels = padded(held)
        with torch.no_grad(), self.model.disable_adapter():
            before = self._logits(ids, mask).log_softmax(-1)
        after, wanted = self._logits(ids, mask).log_softmax(-1), labels[:, 1:] != IGNORED
        kl = torch.nn.functional.kl_div(
            after[:, :-1][wanted], before[:, :-1][wanted], log_target=True, reduction="batchmean"
        )
        (HOLDING * kl).backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self._optimizer.step()
        self._optimizer.zero_grad()

    def _logits(self, ids: Tensor, mask: Tensor) -> Tensor:
        return self.model(input_ids=ids, attention_mask=mask).logits.float()


def padded(examples: Sequence[Example]) -> tuple[Tensor, Tensor, Tensor]:
    """Ids, attention mask and labels [examples, longest], filled up on the right. Only answers have labels."""
    width = max(len(one.ids) for one in examples)
    ids = torch.zeros(len(examples), width, dtype=torch.long)
    mask, labels = torch.zeros_like(ids), torch.full_like(ids, IGNORED)
    for row, one in enumerate(examples):
        ids[row, : len(one.ids)] = torch.tensor(one.ids)
        mask[row, : len(one.ids)] = 1
        labels[row, one.start : len(one.ids)] = torch.tensor(one.targets)
    return ids, mask, labels


def teaching(setting: Setting, precision: str) -> Callable[[], int]:
    """One step a call, of the texts that our side wrote; returns their tokens."""
    read = json.loads(Path(setting.texts).read_text())
    learned, held = ([Example(tuple(one["ids"]), one["start"]) for one in group] for group in read)
    tokens = sum(len(one.ids) for one in (*learned, *held))
    peer = Peft(setting.folder, precision)

    def step() -> int:
        peer.step(learned, held)
        return tokens

    return step
