"""Switch attention heads off for a while: what they say is left out. Knows layers and heads, not who asks.

Nothing of it is in the model when no head is off, so that reading is as fast as before.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager

from torch import Tensor, nn

from engine.model.block import Block
from engine.model.transformer import Transformer


@contextmanager
def without_heads(model: Transformer, heads: Iterable[tuple[int, int]]) -> Iterator[None]:
    """Within the block these (layer, head), counted from 0, add nothing to the stream.

    Raises ValueError for a head that the model does not have.
    """
    by_layer: dict[int, list[int]] = {}
    for layer, head in heads:
        if not (0 <= layer < model.config.layers and 0 <= head < model.config.heads):
            raise ValueError(f"no head {head} in layer {layer}")
        by_layer.setdefault(layer, []).append(head)
    with ExitStack() as stack:
        for layer, off in by_layer.items():
            block = model.layers[layer]
            assert isinstance(block, Block)
            hook = block.attention.output.register_forward_pre_hook(_Silence(off, model.config.head_dim))
            stack.callback(hook.remove)
        yield


class _Silence:
    """Sets what some heads say, [B, T, H·D] before it is put together, to zero."""

    def __init__(self, heads: list[int], head_dim: int) -> None:
        self._columns = [column for head in heads for column in range(head * head_dim, (head + 1) * head_dim)]

    def __call__(self, module: nn.Module, inputs: tuple[Tensor, ...]) -> Tensor:
        said = inputs[0].clone()
        said[..., self._columns] = 0.0
        return said
