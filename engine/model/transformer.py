"""The one decoder for every architecture: token ids in, logits out.

Knows no text and no file; whether gradients are kept is the caller's choice (torch.inference_mode).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import torch
from torch import Tensor, nn
from torch.utils.checkpoint import checkpoint

from engine.model.block import Block, Norm, Place, Reach
from engine.model.cache import KVCache
from engine.model.config import ModelConfig
from engine.model.layout import Layout
from engine.model.linear import Embedding, Linear, Resting, linear
from engine.model.rope import RopeTable

Tap = Callable[[str, Tensor], None]
_anew = partial(checkpoint, use_reentrant=False, preserve_rng_state=False)  # no layer draws lots


class Transformer(nn.Module):
    """Llama, Mistral, Qwen2, Qwen3 and Gemma 3 text, by the switches of its config.

    Its weights have no first values: they are loaded, or made by whoever trains.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.embed = Embedding.from_pretrained(torch.empty(config.vocab_size, config.hidden_size), freeze=False)
        self.layers = nn.ModuleList(Block(config, layer) for layer in range(config.layers))
        self.norm = Norm(config.hidden_size, config.norm_eps)
        self.head = None if config.tied else Linear(config.hidden_size, config.vocab_size, bias=False)
        self._rope = RopeTable(config.head_dim, config.rope_theta, config.rope_scaling)
        local = config.local_rope_theta
        self._local_rope = self._rope if local is None else RopeTable(config.head_dim, local)

    @classmethod
    def empty(cls, config: ModelConfig) -> Transformer:
        """Without any weight: no memory, no random numbers. Fill it with `put`."""
        with torch.device("meta"):
            return cls(config)

    def put(self, name: str, tensor: Tensor) -> None:
        """Set the weight of this name (as in `ModelConfig.shapes`); it becomes part of the model, uncopied."""
        owner, _, leaf = name.rpartition(".")
        module = self.get_submodule(owner)
        if getattr(module, leaf).shape != tensor.shape:
            raise ValueError(f"{name}: {tuple(tensor.shape)} instead of {tuple(getattr(module, leaf).shape)}")
        setattr(module, leaf, nn.Parameter(tensor, requires_grad=False))

    def rest(self, name: str, make: Callable[[], Tensor], pick: Callable[[Tensor], Tensor] | None = None) -> None:
        """Free a float32 weight of two dimensions until it is asked for; see `Resting.rest`."""
        module = self.get_submodule(name.removesuffix(".weight"))
        assert isinstance(module, Resting)
        module.rest(make, pick)

    @property
    def resting(self) -> bool:
        """Whether some weights would have to be made before they are used."""
        return any(module.resting for module in self.modules() if isinstance(module, Resting))

    @property
    def nbytes(self) -> int:
        """Of the weights that lie in memory as they are: those that rest do not."""
        return sum(p.nbytes for module in self.modules() for p in module._parameters.values() if p is not None)

    def wake(self) -> None:
        """Make all weights that rest."""
        for module in self.modules():
            if isinstance(module, Resting) and module.resting:
                _ = module.weight

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, nn.Parameter]]:
        """Of all weights, those that rested included."""
        self.wake()
        return super().named_parameters(prefix, recurse, remove_duplicate)

    @property
    def dtype(self) -> torch.dtype:
        return torch.float32 if self.embed.resting else self.embed.weight.dtype

    @property
    def device(self) -> torch.device:
        return self.norm.weight.device

    def new_cache(self, batch: int = 1, dtype: torch.dtype | None = None, room: int = 0) -> KVCache:
        """An empty cache that fits this model, where it is and as precise as it is, or as told."""
        return KVCache(self.config, batch, dtype or self.dtype, self.device, room)

    def forward(
        self, ids_BT: Tensor, cache: KVCache | None = None, *, last_only: bool = False, tap: Tap | None = None
    ) -> Tensor:
        """Float32 logits, [B, T, vocab] or [B, 1, vocab] with `last_only`."""
        normed = self.read(ids_BT, cache, tap=tap)
        return self.logits(normed[:, -1:] if last_only else normed)

    def read(
        self,
        ids_BT: Tensor,
        cache: KVCache | None = None,
        *,
        layout: Layout | None = None,
        tap: Tap | None = None,
        sparing: bool = False,
    ) -> Tensor:
        """The normed stream [B, T, hidden], from which `logits` are made where they are wanted.

        With a cache the ids follow what it holds, and it then holds them too. Without a layout every row is one
        text. `tap` sees the stream [B, T, hidden] as "embed", "layers.0", …, "norm". `sparing` keeps for the gradient
        only what goes into each layer, and makes the rest anew (gradient checkpointing, arXiv 1604.06174): not with a
        cache, which would then hold everything twice.
        """
        if sparing and cache is not None:
            raise ValueError("a cache cannot be read into twice")
        past = 0 if cache is None else cache.length
        places = self.places(past, ids_BT.shape[1]) if layout is None else self._laid_out(layout)
        x = self.embedded(ids_BT)
        if tap is not None:
            tap("embed", x)
        for index, layer in enumerate(self.layers):
            of_layer = (x, places[self.config.windowed_layers[index]], cache, self.dtype)
            x = _anew(layer, *of_layer) if sparing else layer(*of_layer)
            if tap is not None:
                tap(f"layers.{index}", x)
        if cache is not None:
            cache.advance(ids_BT.shape[1])
        x = self.norm(x)
        if tap is not None:
            tap("norm", x)
        return x

    def logits(self, normed: Tensor) -> Tensor:
        """Float32 logits of a normed stream [..., hidden]."""
        normed = normed.to(self.dtype)
        return (linear(normed, self.embed.weight) if self.head is None else self.head(normed)).float()

    def embedded(self, ids_BT: Tensor) -> Tensor:
        """The stream before the first layer, float32 [B, T, hidden]."""
        x = self.embed(ids_BT).float()
        return x if self.config.embedding_scale == 1.0 else x * self.embedding_scale

    @property
    def embedding_scale(self) -> float:
        """Gemma was trained with this factor rounded to the precision of its weights."""
        return torch.tensor(self.config.embedding_scale, dtype=self.dtype).item()

    def places(self, past: int, new: int) -> dict[bool, Place]:
        """By whether a layer is windowed: rotary rows and reach, made once for all layers."""
        window, device, dtype = self.config.window, self.device, self.dtype
        cos, sin = self._rope.rows(past, past + new, device, dtype)
        places = {False: Place(cos, sin, Reach.of(past, new, None, device))}
        if window is not None and any(self.config.windowed_layers):
            cos, sin = self._local_rope.rows(past, past + new, device, dtype)
            places[True] = Place(cos, sin, Reach.of(past, new, window, device))
        return places

    def _laid_out(self, layout: Layout) -> dict[bool, Place]:
        """As `places`, for texts that stand in rows of different lengths."""
        positions = layout.positions.to(self.device)
        stop = int(layout.positions.max()) + 1

        def place(rope: RopeTable, window: int | None) -> Place:
            cos, sin = rope.rows(0, stop, self.device, self.dtype)
            mask = layout.mask(window).to(self.device)
            return Place(cos[positions][:, None], sin[positions][:, None], Reach(0, mask, causal=False))

        places = {False: place(self._rope, None)}
        if self.config.window is not None and any(self.config.windowed_layers):
            places[True] = place(self._local_rope, self.config.window)
        return places
