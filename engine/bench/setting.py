"""What is compared, and what one side of a comparison has to do. Plain values that go to another process as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Literal, Protocol

Step = Callable[[int], int]
"""Takes a token and gives the likeliest next one."""
Kind = Literal["decode", "prefill", "teach", "machine"]
OURS, TRANSFORMERS, LLAMA, PEFT = "ours", "transformers", "llama.cpp", "peft"
PRECISIONS = ("float32", "bfloat16")
TOKENS = 64
"""Written in one measurement of decoding."""


@dataclass(frozen=True, slots=True)
class Setting:
    """The same for every side of a run."""

    data_dir: str
    """Empty for the person's own."""
    model: str
    vocabulary: int
    threads: int
    folder: str = ""
    """Our model as Transformers reads it."""
    texts: str = ""
    """A file with the texts of one step of teaching, which our side writes."""
    plain: bool = False
    """llama.cpp without its kernels that rearrange weights."""


@dataclass(frozen=True, slots=True)
class Work:
    """`tokens` of context to write behind, or of a prompt to read."""

    kind: Kind
    tokens: int = 0


@dataclass(frozen=True, slots=True)
class Order:
    """`side` is "ours", "transformers float32", "llama.cpp FILE" and so on."""

    side: str
    work: Work
    setting: Setting

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @staticmethod
    def from_json(text: str) -> Order:
        found = json.loads(text)
        return Order(found["side"], Work(**found["work"]), Setting(**found["setting"]))


class Reader(Protocol):
    """A model that reads and writes, whoever's it is."""

    def begin(self, context: Sequence[int]) -> Step:
        """Behind these ids, whatever was written before; reading them is not timed."""
        ...

    def read(self, ids: Sequence[int]) -> None:
        """From an empty cache to the logits of the last one."""
        ...

    def bytes_per_token(self, context: int) -> int:
        """Of weights and cache, 0 where that is not known."""
        ...


def prompt(length: int, vocabulary: int) -> list[int]:
    """Ids that no model has seen in this order."""
    return [1 + n * 7919 % min(40_000, vocabulary - 1) for n in range(length)]
