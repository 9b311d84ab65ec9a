"""The two sides of `pretrain.py`: our model and recipe as a run has them, and nanoGPT's, step by step.

Both read the same stream of tokens. nanoGPT's model is imported from a folder where its `model.py` lies; its loop is
written anew after its `train.py` at 3adf61e: windows anywhere in the stream, AdamW, clipping, warm-up and a cosine.
Neither side saves, looks or writes samples here.
"""

from __future__ import annotations

import importlib.util
import math
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
import torch.nn.functional as F

from engine.data.batches import open_tokens
from engine.model.transformer import Transformer
from engine.run.course import Course
from engine.run.held_out import HeldOut
from engine.run.made_here import END, START
from engine.run.pretrain_folder import LEARN, VOCABULARY, PretrainFolder
from engine.run.pretraining import Pretraining
from engine.run.training import Stepped
from engine.run.watching import Watch
from engine.text.sentencepiece import SentencePieceTokenizer

AT_ONCE = 8
"""Held-out windows of a pass of the peer."""


class Side(Protocol):
    """A model that is being trained."""

    name: str
    parameters: int
    flops: float
    """Of a token, forwards and backwards: six a parameter that is multiplied with, and causal attention."""

    def step(self) -> None: ...

    def bits(self, held: HeldOut) -> float:
        """A byte of the held-out text, by the weights that would be kept now."""
        ...


def tokenizer_of(folder: Path) -> SentencePieceTokenizer:
    """The vocabulary that both sides share."""
    return SentencePieceTokenizer((folder / VOCABULARY).read_bytes())


def flops(multiplied: int, layers: int, width: int, context: int) -> float:
    """A query meets half of the window on average: 12·L·width·T as in PaLM (arXiv 2204.02311, B), halved."""
    return 6.0 * (multiplied + layers * width * context)


class Ours:
    """A run of pre-training without its looks and saves. `folder` holds its tokens and vocabulary."""

    name = "Nextword"

    def __init__(self, folder: Path, course: Course) -> None:
        tokenizer = tokenizer_of(folder)
        watch = Watch(tokenizer, [START], frozenset({END}), course.seed)
        self.run = Pretraining(0, PretrainFolder(folder), course, tokenizer, watch, [])
        self.run.open()
        self._steps = self.run.loop.run()
        self._dtype = getattr(torch, course.precision)
        config = course.config
        self.parameters = config.parameters()
        multiplied = sum(p.numel() for p in self.run.model.parameters() if p.ndim == 2)
        self.flops = flops(multiplied, config.layers, config.heads * config.head_dim, config.context)

    def step(self) -> None:
        self.run.average.follow(next(done for done in self._steps if isinstance(done, Stepped)).step)

    def bits(self, held: HeldOut) -> float:
        """As `Pretraining.better` chooses."""
        return min(self._bits(held, model) for model in (self.run.model, self.run.average.model))

    def _bits(self, held: HeldOut, model: Transformer) -> float:
        measuring = held.measure(model, self._dtype)
        while True:
            try:
                next(measuring)
            except StopIteration as finished:
                return finished.value[1]


@dataclass(frozen=True, slots=True)
class Recipe:
    """nanoGPT's `config/train_shakespeare_char.py`, its settings for small models."""

    rate: float = 1e-3
    betas: tuple[float, float] = (0.9, 0.99)
    weight_decay: float = 0.1
    warm_up: int = 100
    largest_norm: float = 1.0


class Peer:
    """nanoGPT over as many steps of the same size, as deep and as wide; `micro` windows at once.

    Without dropout, as its README advises on a CPU, and without biases, which it calls a bit better and faster.
    """

    name = "nanoGPT"

    def __init__(self, source: Path, folder: Path, course: Course, recipe: Recipe, micro: int, compiled: bool) -> None:
        config = course.config
        torch.manual_seed(course.seed)
        self._model = _model(_module(source), course)
        self._course, self._recipe, self._micro = course, recipe, micro
        self._tokens = open_tokens(folder / LEARN, config.vocab_size)
        self._optimizer = self._model.configure_optimizers(recipe.weight_decay, recipe.rate, recipe.betas, "cpu")
        self._step = 0
        self.parameters = sum(p.numel() for p in self._model.parameters())
        self.flops = flops(self._model.get_num_params(), config.layers, config.hidden_size, config.context)
        self._run = torch.compile(self._model) if compiled else self._model

    def step(self) -> None:
        for group in self._optimizer.param_groups:
            group["lr"] = self._rate()
        parts = list(self._batch())
        for ids in parts:
            with self._precision():
                _, loss = self._run(ids[:, :-1], ids[:, 1:].contiguous())
            (loss * (len(ids) / self._course.rows)).backward()
        torch.nn.utils.clip_grad_norm_(self._model.parameters(), self._recipe.largest_norm)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        self._step += 1

    @torch.no_grad()
    def bits(self, held: HeldOut) -> float:
        self._model.eval()
        nats = 0.0
        for ids in torch.from_numpy(held.ids).split(AT_ONCE):
            with self._precision():  # its model gives all logits only where it is given targets
                logits, _ = self._model(ids[:, :-1], ids[:, 1:].contiguous())
            nats += float(F.cross_entropy(logits.flatten(0, 1).float(), ids[:, 1:].flatten(), reduction="sum"))
        self._model.train()
        return nats / math.log(2) / int(held.bytes_of.sum())

    def _batch(self) -> Iterator[torch.Tensor]:
        """Windows that begin anywhere, as its loader takes them."""
        context = self._course.config.context
        starts = torch.randint(len(self._tokens) - context, (self._course.rows,)).tolist()
        rows = [torch.from_numpy(self._tokens[at : at + context + 1].astype("int64")) for at in starts]
        return iter(torch.stack(rows).split(self._micro))

    def _rate(self) -> float:
        peak, warm_up, steps = self._recipe.rate, self._recipe.warm_up, self._course.steps
        warm_up = min(warm_up, steps // 10)
        if self._step < warm_up:
            return peak * (self._step + 1) / (warm_up + 1)
        done = min(1.0, (self._step - warm_up) / max(1, steps - warm_up))
        return peak * (0.1 + 0.9 * 0.5 * (1 + math.cos(math.pi * done)))

    def _precision(self) -> AbstractContextManager[Any]:
        dtype = getattr(torch, self._course.precision)
        return nullcontext() if dtype is torch.float32 else torch.autocast("cpu", dtype)


def _model(module: Any, course: Course) -> Any:
    config = course.config
    return module.GPT(
        module.GPTConfig(
            block_size=config.context, vocab_size=config.vocab_size, n_layer=config.layers, n_head=config.heads,
            n_embd=config.hidden_size, dropout=0.0, bias=False,
        )
    )  # fmt: skip


def _module(source: Path) -> Any:
    spec = importlib.util.spec_from_file_location("nanogpt_model", source / "model.py")
    if spec is None or spec.loader is None or not (source / "model.py").is_file():
        raise SystemExit(f"{source} holds no model.py of nanoGPT")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
