"""Some tokens through a model by the compiled decoder: the same numbers as the model's own step, several times as fast.

Knows how a model's weights, adapters and cache become the addresses that `decoder` reads. On a processor, one text.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.model.block import Block, Norm
from engine.model.cache import KVCache
from engine.model.linear import Delta, Linear
from engine.model.rope import RopeTable
from engine.model.step import told as d
from engine.model.step.decoder import decode
from engine.model.step.machine import LINE
from engine.model.step.packed import Packed, head_of
from engine.model.step.unpacked import row
from engine.model.transformer import Transformer

PRODUCTS = (
    "attention.query", "attention.key", "attention.value", "attention.output", "mlp.gate", "mlp.up", "mlp.down",
)  # fmt: skip
"""In the order of `told`."""
CACHE = {torch.float32: np.float32, torch.bfloat16: np.uint16}
CPU = torch.device("cpu")


class CompiledStep:
    """`step(ids, cache)` reads on. Made anew where adapters change; the weights stay packed."""

    def __init__(self, model: Transformer, packed: Packed, threads: int) -> None:
        config = model.config
        self._model, self._packed, self._threads = model, packed, threads
        self._shapes = config.shapes()
        self._kept: list[Tensor] = []
        """What lies at the addresses."""
        self._products = np.zeros((config.layers + 1, len(PRODUCTS), 9), np.int64)
        self._norms = np.zeros((config.layers + 1, 6), np.int64)
        for layer, block in enumerate(model.layers):
            assert isinstance(block, Block)
            self._describe(layer, block)
        self._products[-1, d.QUERY] = self._product(head_of(model), None, [])
        self._norms[-1, d.ATTENTION_NORM] = self._address(model.norm.weight)
        scaled = RopeTable(config.head_dim, config.rope_theta, config.rope_scaling)
        local = config.local_rope_theta
        self._ropes = (scaled, scaled if local is None else RopeTable(config.head_dim, local))
        self._sizes = np.array(
            [
                config.layers, config.hidden_size, config.heads, config.kv_heads, config.head_dim,
                config.intermediate_size, config.window or 0, config.activation == "gelu_tanh", 0,
                self._products[:, :, d.RANK].max(),
            ],
            np.int64,
        )  # fmt: skip
        self._told = d.Told(
            self._sizes, np.float32(config.attention_scale), np.float32(config.norm_eps), self._products, self._norms,
            np.array(config.windowed_layers, np.uint8),
        )  # fmt: skip
        self._work = self._room(1, 0)
        self._helpers = ThreadPoolExecutor(threads - 1, "decode") if threads > 1 else None

    def __call__(self, ids: Sequence[int], cache: KVCache, wanted: Sequence[int] = (-1,)) -> Tensor:
        """Read on. Float32 logits [wanted, vocab] after these places of `ids`; the cache then holds all of them."""
        return self._read(ids, cache, wanted, _in_a_row(cache.length, len(ids)), 0)

    def fan(
        self, stem: Sequence[int], tree: Sequence[int], parents: Sequence[int], cache: KVCache, wanted: Sequence[int]
    ) -> Tensor:
        """As `__call__` for the stem, and behind it a tree: `parents` says which of the tree is before each, or -1."""
        before, past = _in_a_row(cache.length, len(stem)), cache.length + len(stem)
        depths: list[int] = []
        for parent in parents:
            depths.append(1 + (depths[parent] if parent >= 0 else 0))
        spread = np.empty((3, len(tree)), np.int64)
        spread[d.POSITION], spread[d.STRAIGHT] = [past - 1 + depth for depth in depths], past
        spread[d.PARENT] = [len(stem) + parent if parent >= 0 else -1 for parent in parents]
        return self._read([*stem, *tree], cache, wanted, np.concatenate([before, spread], 1), max(depths))

    def _read(
        self, ids: Sequence[int], cache: KVCache, wanted: Sequence[int], spread: NDArray[np.int64], deep: int
    ) -> Tensor:
        embedded = self._embedded(ids)
        logits = torch.empty(len(wanted), self._model.config.vocab_size)
        self._sizes[d.PAST] = cache.length
        tokens, parts = len(ids), spread[d.STRAIGHT].max() // d.SHORT + 1 + deep
        if tokens > len(self._work.inner) or parts > self._work.largest.shape[2]:
            self._work = self._room(tokens, 2 * parts)
        self._work.cells[:] = 0
        given = d.Given(
            embedded, spread, deep, self._turns(spread[d.POSITION]), cache.addresses(tokens),
            np.array(wanted, np.int64) % tokens, logits.numpy(),
        )  # fmt: skip
        told = (self._threads, self._told, given, self._work, np.empty(0, CACHE[cache.dtype]))
        helpers = () if self._helpers is None else range(1, self._threads)
        others = [self._helpers.submit(decode, thread, *told) for thread in helpers if self._helpers]
        decode(0, *told)
        for other in others:
            other.result()
        cache.advance(tokens)
        return logits

    def _embedded(self, ids: Sequence[int]) -> NDArray[np.float32]:
        """[tokens, hidden]. Token by token: what torch shares out among its threads leaves them spinning on our cores
        (decision 014)."""
        matrix = self._packed.matrices.get("embed.weight")
        if matrix is not None and self._model.embed.resting:
            rows = np.stack([row(matrix, token) for token in ids])
            return rows * np.float32(self._model.embedding_scale)
        with torch.inference_mode():
            return np.concatenate([self._model.embedded(torch.tensor([[token]]))[0].numpy() for token in ids])

    def _turns(self, positions: NDArray[np.int64]) -> NDArray[np.float32]:
        """[2, 2, tokens, head_dim]: cosines and sines of full and of windowed layers."""
        first, last = int(positions.min()), int(positions.max())
        rows = [[row.numpy() for row in rope.rows(first, last + 1, CPU, torch.float32)] for rope in self._ropes]
        # Not by torch, see `_embedded`. In a row, since numba compiles all of it anew for what lies otherwise.
        return np.ascontiguousarray(np.array(rows)[:, :, positions - first])

    def _room(self, tokens: int, parts: int) -> d.Work:
        """For so many tokens, which see so many parts."""
        config, parts = self._model.config, max(parts, 2)
        return d.Work(
            cells=np.zeros(16, np.int64),
            heads=np.empty((tokens, (config.heads + 2 * config.kv_heads) * config.head_dim), np.float32),
            said=np.empty((tokens, 2, config.hidden_size), np.float32),
            inner=_lined(tokens, config.intermediate_size),
            largest=np.empty((tokens, config.heads, parts), np.float32),
            totals=np.empty((tokens, config.heads, parts), np.float32),
            seen=np.empty((tokens, config.heads, parts, config.head_dim), np.float32),
        )

    # ---- what lies where -------------------------------------------------------------
    def _describe(self, layer: int, block: Block) -> None:
        for number, name in enumerate(PRODUCTS):
            linear = block.get_submodule(name)
            assert isinstance(linear, Linear)
            told = self._product(f"layers.{layer}.{name}.weight", linear.bias, linear.deltas)
            self._products[layer, number] = told
        attention = block.attention
        norms = (
            block.attention_norm, attention.query_norm, attention.key_norm, block.attention_post_norm, block.mlp_norm,
            block.mlp_post_norm,
        )  # fmt: skip
        self._norms[layer] = [self._norm(norm) for norm in norms]

    def _product(self, name: str, bias: Tensor | None, deltas: list[Delta]) -> list[int]:
        matrix = self._packed.matrices[name]
        scale = 0 if matrix.scale is None else self._address(matrix.scale)
        rows = self._shapes[name][0]
        stride = matrix.rows.nbytes // rows
        known = [matrix.rows.data_ptr(), matrix.kind, stride, rows, scale, 0 if bias is None else self._address(bias)]
        if not deltas:
            return [*known, 0, 0, 0]
        low = torch.cat([delta.down.detach().float() for delta in deltas])
        high = torch.cat([delta.scale * delta.up.detach().float() for delta in deltas], 1)
        return [*known, self._address(low), self._address(high), len(low)]

    def _norm(self, norm: Norm | None) -> int:
        return 0 if norm is None else self._address(norm.weight)

    def _address(self, tensor: Tensor) -> int:
        """Of its numbers as float32 in a row, which are kept as long as this."""
        self._kept.append(tensor.detach().float().contiguous())
        return self._kept[-1].data_ptr()


def _lined(rows: int, columns: int) -> NDArray[np.float32]:
    """As `machine.lined`, which would be compiled for this alone, half a second at each start."""
    room = np.empty(rows * columns + LINE // 4, np.float32)
    first = -(room.ctypes.data // 4) % (LINE // 4)
    return room[first : first + rows * columns].reshape(rows, columns)


def _in_a_row(past: int, tokens: int) -> NDArray[np.int64]:
    """See `told.POSITION`."""
    positions = np.arange(past, past + tokens)
    return np.stack([positions, positions + 1, np.full_like(positions, -1)])
