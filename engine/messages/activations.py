"""What happens inside while a text is read: attention, layers, the words of the embedding, parameters.

Matrices travel as bytes of little-endian float32, row by row, with their shape beside them. Layers and heads count
from 0; row 0 of a lens is the stream before the first layer.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Literal

from engine.messages.core import Command, Lane
from engine.messages.words import Chance

Lens = Literal["plain", "trained"]


@dataclass(frozen=True, slots=True)
class AttentionMaps:
    """Who looks at whom: `weights` are [layers, heads, tokens, tokens], each row adds up to 1 over what it may see."""

    pieces: tuple[str, ...]
    layers: int
    heads: int
    weights: bytes
    cut: int = 0
    """Tokens at the beginning of the text that were left out because it is too long."""


@dataclass(frozen=True, slots=True)
class ReadAttention(Command):
    """-> Progress, Result(AttentionMaps). Computed anew, since the fast path keeps no maps."""

    text: str


@dataclass(frozen=True, slots=True)
class LensCell:
    """What a layer would say next at a place."""

    items: tuple[Chance, ...]
    entropy: float


@dataclass(frozen=True, slots=True)
class LensTable:
    """`rows` [layers + 1][tokens]; the last row is the model's own output, whatever the lens."""

    lens: Lens
    pieces: tuple[str, ...]
    rows: tuple[tuple[LensCell, ...], ...]
    cut: int = 0
    """Tokens at the beginning of the text that have no column. What fits of them is read all the same."""


@dataclass(frozen=True, slots=True)
class ReadLayers(Command):
    """-> Progress, Result(LensTable). UserError for a trained lens that was not trained yet."""

    text: str
    lens: Lens = "plain"
    top: int = 6


@dataclass(frozen=True, slots=True)
class LensState:
    """Whether the loaded model has a trained lens, and how far it and the plain one are from the output.

    KL(output ‖ lens) in nats a token on text that was held out, for every row of the lens but the last.
    """

    trained: bool
    divergence: tuple[float, ...] = ()
    plain_divergence: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class AskLens(Command):
    """-> Result(LensState)."""

    lane: ClassVar[Lane] = "quick"


@dataclass(frozen=True, slots=True)
class TrainLens(Command):
    """A small affine map a layer, trained on the bundled text (arXiv 2303.08112). -> Progress, Result(LensState)."""

    lane: ClassVar[Lane] = "background"


@dataclass(frozen=True, slots=True)
class ReplyAtLayer(Command):
    """Go on writing greedily with the output of an earlier layer. -> Progress, Result(str)."""

    text: str
    layer: int
    """1 is after the first layer, 0 before it."""
    lens: Lens = "plain"
    tokens: int = 12


@dataclass(frozen=True, slots=True)
class Neighbour:
    text: str
    similarity: float
    """Cosine of the embeddings."""
    id: int


@dataclass(frozen=True, slots=True)
class Neighbours:
    """A word of several tokens has the mean of their embeddings, and these tokens are then none of its neighbours."""

    word: str
    pieces: tuple[str, ...]
    ids: tuple[int, ...]
    items: tuple[Neighbour, ...]


@dataclass(frozen=True, slots=True)
class FindNeighbours(Command):
    """-> Progress, Result(Neighbours). With `less` and `more` of an analogy: word − less + more.

    UserError for no word, and for one that the vocabulary spells in parts of characters.
    """

    word: str
    top: int = 12
    less: str = ""
    more: str = ""


@dataclass(frozen=True, slots=True)
class MapPoint:
    text: str
    id: int
    """−1 for a word of several tokens."""
    x: float
    y: float


@dataclass(frozen=True, slots=True)
class WordMap:
    """Words of the embedding laid flat, x and y within −1 and 1; the word that was asked is the first.

    `kept` says how much neighbourhood survived: the share of each point's five nearest that are among its ten nearest
    on the map.
    """

    points: tuple[MapPoint, ...]
    kept: float


@dataclass(frozen=True, slots=True)
class MapWords(Command):
    """The word with its neighbours, and others to see them among. -> Progress, Result(WordMap)."""

    word: str
    near: int = 30
    others: int = 170


@dataclass(frozen=True, slots=True)
class ParameterRow:
    """A tensor of the model, or what an adapter adds to one: then the shape has the rank in the middle."""

    name: str
    part: str
    """Embedding, Attention, MLP, Norm, Output or Adapter."""
    shape: tuple[int, ...]
    count: int
    norm: float
    """Frobenius, divided by the root of the count: the size of a typical number. Of an adapter, of what it adds."""
    dtype: str
    changed: float | None = None
    """What adapters add to a weight (in an adapter's row, what it adds) as a share of the weight's norm.

    None where nothing changed it.
    """
    rounded: float | None = None
    """What rounding to int8 or int4 changed of it when it was loaded, as a share of its norm. None: not rounded."""


@dataclass(frozen=True, slots=True)
class Parameters:
    rows: tuple[ParameterRow, ...]
    quantised_from: str = ""
    """The kind of block that the file was named after, such as Q4_1; empty where its name says nothing."""


@dataclass(frozen=True, slots=True)
class ReadParameters(Command):
    """-> Progress, Result(Parameters)."""
