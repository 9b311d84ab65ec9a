"""A model on disk, opened but not loaded: what every format gives. Knows no format."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from engine.model.config import ModelConfig
from engine.text.tokenizer import Tokenizer

if TYPE_CHECKING:
    from torch import Tensor

TokenizerKind = Literal["sentencepiece", "byte-level BPE"]
TURN_ENDS = ("<|im_end|>", "<end_of_turn>", "<|eot_id|>", "<|end_of_turn|>", "<|end|>", "<|endoftext|>", "</s>")
"""Control tokens after which a model has nothing more to say, as the families in use spell them."""


@dataclass(frozen=True, slots=True)
class TokenIds:
    """The ids with a meaning of their own."""

    bos: int | None
    eos: tuple[int, ...]
    """All ids that end a turn."""
    pad: int | None
    unk: int | None
    add_bos: bool
    """Whether a text begins with `bos`."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Opening reads headers only. `tokenizer` and `tensors` read on, and raise UserError for what is damaged."""

    name: str
    title: str
    path: Path
    config: ModelConfig
    token_ids: TokenIds
    template: str | None
    licence: str
    bytes: int
    """Of its weights, on disk."""
    unpacked_bytes: int
    """Of what `tensors` gives, all together."""
    stage: str
    parent: str | None
    tokenizer_kind: TokenizerKind
    read_tokenizer: Callable[[], Tokenizer] = field(repr=False)
    read_tensors: Callable[[], Iterator[tuple[str, Tensor]]] = field(repr=False)
    tokenizer_file: Callable[[], tuple[str, bytes]] = field(repr=False)
    """Name and bytes of a file that holds the tokenizer: what a copy of the model writes."""
    control_tokens: Mapping[str, int] = field(default_factory=dict, repr=False)
    """Control tokens that were added beside the tokenizer's own file."""
    sha256: str = ""
    """The hash of the weights where it is kept beside them, otherwise empty."""
    origin: Mapping[str, str] = field(default_factory=dict, repr=False)
    """Where it came from, as `nextword.json` keeps it."""

    def tokenizer(self) -> Tokenizer:
        return self.read_tokenizer()

    def tensors(self) -> Iterator[tuple[str, Tensor]]:
        """Every weight under our names in the order of the model, one at a time, on the CPU.

        Float32 where the file is quantised, otherwise the float type of the file; norms always float32.
        """
        return self.read_tensors()


def turn_ends(known: Iterable[int], controls: Mapping[str, int], template: str | None) -> tuple[int, ...]:
    """The ids the files name, and the control tokens that end a turn in the model's template, in that order."""
    spelled = [controls[literal] for literal in TURN_ENDS if literal in controls and literal in (template or literal)]
    return tuple(dict.fromkeys([*known, *spelled]))
