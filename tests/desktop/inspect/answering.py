"""An engine that answers what the test says, for the tabs that show activations. Not a test."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from desktop.bridge import Bridge
from desktop.loader import ModelLoader
from engine.messages import (
    AttentionMaps,
    Cancel,
    Chance,
    Command,
    Continue,
    Event,
    Failed,
    FindNeighbours,
    Finished,
    LensCell,
    LensTable,
    LoadedModel,
    LoadModel,
    MapPoint,
    MapWords,
    Neighbour,
    Neighbours,
    NextChances,
    ParameterRow,
    Parameters,
    Pause,
    Result,
    UnloadModel,
    WordMap,
)

MODEL = LoadedModel("nano", "Harbour nano", "abc", "cpu", "float32", "It fits.", 8, 8192, 134_515_008, True)
TEXT = "The lighthouse keeper counted the waves until the fog came back"
PIECES = tuple(f" {word}" if place else word for place, word in enumerate(TEXT.split()))


@dataclass
class Answering:
    """`answers` gives the value for each kind of command; a `Failed` fails; a kind that is not there stays open."""

    bridge: Bridge
    answers: dict[type[Command], Callable[[Any], object]] = field(default_factory=dict)
    sent: list[Command | Cancel | Pause | Continue] = field(default_factory=list)

    def send(self, command: Command | Cancel | Pause | Continue) -> None:
        self.sent.append(command)
        if isinstance(command, Cancel):
            return self.say(Finished(command.job, "stopped"))
        if isinstance(command, LoadModel):
            return self.say(Result(command.job, MODEL), Finished(command.job, "done"))
        if isinstance(command, UnloadModel):
            return self.say(Finished(command.job, "done"))
        if isinstance(command, Command) and type(command) in self.answers:
            return self.finish(command, self.answers[type(command)](command))
        return None

    def finish(self, command: Command, value: object) -> None:
        if isinstance(value, Failed):
            self.say(Failed(command.job, value.message, value.hint))
        else:
            self.say(Result(command.job, value), Finished(command.job, "done"))

    def say(self, *events: Event) -> None:
        for event in events:
            self.bridge.post(event)

    def settle(self) -> None:
        """Deliver what was said, and what that led to."""
        for _ in range(6):
            self.bridge.flush()

    def asked(self, kind: type[Command]) -> list[Any]:
        return [one for one in self.sent if type(one) is kind]


def loaded(bridge: Bridge, loader: ModelLoader) -> None:
    loader.load(MODEL.name)
    bridge.flush()


def maps(layers: int = 8, heads: int = 4, pieces: tuple[str, ...] = PIECES, cut: int = 0) -> AttentionMaps:
    """Heads that look at themselves, at all alike, at the first, at what is near, and at a few."""
    size = len(pieces)
    weights = array("f")
    for layer in range(layers):
        for head in range(heads):
            kind = (layer * 3 + head * 2 + layer * head) % 5
            for token in range(size):
                raw = [_strength(kind, token, other) if other <= token else 0.0 for other in range(size)]
                weights.extend(one / sum(raw) for one in raw)
    return AttentionMaps(pieces, layers, heads, weights.tobytes(), cut)


def _strength(kind: int, token: int, other: int) -> float:
    return (
        20.0 if token == other else 0.3,
        1.0,
        20.0 if other == 0 else 0.5,
        math.exp((other - token) / 1.5),
        4.0 if other in (1, 2, 5, 8) else 0.4,
    )[kind]


WORDS = (" lifted", " came", " rolled", " was", " cleared", " horn", " in", " sun", " the")


def lens(layers: int = 8, pieces: tuple[str, ...] = PIECES, kind: Any = "plain") -> LensTable:
    """Sure of its answer from the middle on."""
    rows = []
    for layer in range(layers + 1):
        cells = []
        for token in range(len(pieces)):
            settled = layer >= layers // 2 + token % 3
            best = WORDS[token % 9] if settled else WORDS[(token + layer + 3) % 9]
            share = 0.1 + 0.5 * layer / layers
            others = tuple(
                Chance(word, (1 - share) * 0.5 / 2**place, (WORDS.index(word),))
                for place, word in enumerate(one for one in WORDS if one != best)
            )
            cells.append(LensCell((Chance(best, share, (WORDS.index(best),)), *others[:5]), 3.0 - 2 * share))
        rows.append(tuple(cells))
    return LensTable(kind, pieces, tuple(rows))


def chances(first: float = 0.33) -> NextChances:
    items = tuple(
        Chance(word, share, (place,))
        for place, (word, share) in enumerate(zip(WORDS, (first, 0.2, 0.1, 0.07, 0.04), strict=False))
    )
    return NextChances("word", items, 1 - sum(one.probability for one in items), 5, 2.0, 12)


NEAR_WORDS = ("port", "dock", "quay", "bay", "pier", "ship", "coast", "boat", "town", "sail", "shore", "beach")
FAR_WORDS = ("storm", "wind", "fog", "rain", "mist", "cloud", "told", "said", "counted", "heard", "keeper", "girl")


def neighbours(command: FindNeighbours) -> Neighbours:
    items = tuple(Neighbour(word, 0.71 - 0.04 * place, place + 1) for place, word in enumerate(NEAR_WORDS))
    return Neighbours(command.word, (" har", "bour"), (7, 8), items[: command.top])


def word_map(command: MapWords, many: int = 120) -> WordMap:
    """The word in a cluster of its neighbours, others in clusters around."""
    points = [MapPoint(command.word, -1, -0.3, -0.1)]
    for place, word in enumerate(NEAR_WORDS):
        angle, far = place * 2.4, 0.1 + 0.02 * place
        points.append(MapPoint(word, place + 1, -0.3 + far * math.cos(angle), -0.1 + far * math.sin(angle)))
    while len(points) < 31:
        place = len(points)
        angle, far = place * 2.4, 0.15 + 0.008 * place
        points.append(MapPoint(f"near{place}", place, -0.3 + far * math.cos(angle), -0.1 + far * math.sin(angle)))
    for place in range(many):
        angle, far = place * 0.7, 0.45 + 0.5 * (place * 0.618 % 1)
        name = FAR_WORDS[place % 12] + ("" if place < 12 else str(place))
        points.append(MapPoint(name, 100 + place, far * math.cos(angle), far * math.sin(angle)))
    return WordMap(tuple(points), 0.64)


def parameters(*, adapter: bool = False, layers: int = 8) -> Parameters:
    rows = [ParameterRow("embed.weight", "Embedding", (49152, 576), 49152 * 576, 0.13, "float32")]
    for layer in range(layers):
        for name, part, shape in (
            ("attention_norm", "Norm", (576,)),
            ("attention.q", "Attention", (576, 576)),
            ("attention.k", "Attention", (192, 576)),
            ("mlp.up", "MLP", (1536, 576)),
            ("mlp.down", "MLP", (576, 1536)),
        ):
            changed = 0.012 * (layer + 1) if adapter and len(shape) == 2 else None
            size = 0.02 + 0.01 * layer
            rows.append(
                ParameterRow(f"layers.{layer}.{name}.weight", part, shape, math.prod(shape), size, "float32", changed)
            )
    return Parameters(tuple(rows), "Q4_K_M")
