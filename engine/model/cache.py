"""The keys and values of the tokens a model has read, so that each is read once.

Knows room and lengths, not attention.
"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from engine.model.config import ModelConfig

CHUNK = 256


class KVCache:
    """One conversation (or a batch of equally long ones). Room grows in chunks of 256 tokens, a layer at a time.

    `room` tokens have theirs from the beginning: what grows leaves holes behind that it does not fit into itself.

    Buffers are [batch, kv_heads, room, head_dim]; only the first `length` positions mean anything.
    """

    def __init__(
        self,
        config: ModelConfig,
        batch: int = 1,
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
        room: int = 0,
    ) -> None:
        self.config = config
        self.length = 0
        shape = (batch, config.kv_heads, room, config.head_dim)
        self._keys = [torch.empty(shape, dtype=dtype, device=device) for _ in range(config.layers)]
        self._values = [torch.empty(shape, dtype=dtype, device=device) for _ in range(config.layers)]
        self._addresses: NDArray[np.int64] | None = None

    @property
    def dtype(self) -> torch.dtype:
        return self._keys[0].dtype

    @property
    def batch(self) -> int:
        return self._keys[0].shape[0]

    @property
    def nbytes(self) -> int:
        return sum(buffer.nbytes for buffer in self._keys + self._values)

    def append(self, layer: int, keys: Tensor, values: Tensor) -> tuple[Tensor, Tensor]:
        """Write one layer's new [batch, kv_heads, T, head_dim] behind `length`; returns views of all so far.

        `length` itself moves in `advance`, once every layer has written.
        """
        stop = self.length + keys.shape[2]
        if stop > self._keys[layer].shape[2]:
            self._keys[layer] = self._grown(self._keys[layer], stop)
            self._values[layer] = self._grown(self._values[layer], stop)
            self._addresses = None
        self._keys[layer][:, :, self.length : stop] = keys
        self._values[layer][:, :, self.length : stop] = values
        return self._keys[layer][:, :, :stop], self._values[layer][:, :, :stop]

    def addresses(self, tokens: int) -> NDArray[np.int64]:
        """[layers, 3]: where keys and values lie, with room for so many more tokens, and for how many there is room.

        They hold until something is appended otherwise, or the cache is gone.
        """
        stop = self.length + tokens
        if self._addresses is None or stop > self._addresses[0, 2]:
            for buffers in (self._keys, self._values):
                for layer, buffer in enumerate(buffers):
                    if stop > buffer.shape[2]:
                        buffers[layer] = self._grown(buffer, stop)
            pairs = zip(self._keys, self._values, strict=True)
            self._addresses = np.array([(k.data_ptr(), v.data_ptr(), k.shape[2]) for k, v in pairs], np.int64)
        return self._addresses

    def advance(self, tokens: int) -> None:
        self.length += tokens

    def trim(self, length: int) -> None:
        """Forget everything from position `length` on."""
        if not 0 <= length <= self.length:
            raise ValueError(f"cannot trim {self.length} tokens to {length}")
        self.length = length

    def fork(self) -> KVCache:
        """An independent copy: what is appended to one is not seen by the other."""
        twin = KVCache(self.config, self.batch, self._keys[0].dtype, self._keys[0].device)
        if self.length:
            twin._keys = [self._grown(buffer, self.length) for buffer in self._keys]
            twin._values = [self._grown(buffer, self.length) for buffer in self._values]
        twin.length = self.length
        return twin

    def _grown(self, buffer: Tensor, tokens: int) -> Tensor:
        batch, heads, _, head_dim = buffer.shape
        room = -(-tokens // CHUNK) * CHUNK
        grown = buffer.new_empty(batch, heads, room, head_dim)
        grown[:, :, : self.length] = buffer[:, :, : self.length]
        return grown
