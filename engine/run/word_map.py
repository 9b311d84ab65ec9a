"""Words laid flat so that what is close stays close: t-SNE (van der Maaten and Hinton, JMLR 9, 2008), started from PCA.

For some two hundred points, exactly and always the same. Knows vectors; `words_to_show` chooses which.
"""

from __future__ import annotations

from collections.abc import Generator

import torch
from torch import Tensor

from engine.messages import MapPoint, WordMap
from engine.run.embedding import Asked, Dictionary, asked
from engine.run.loaded import Loaded

PERPLEXITY = 15.0
"""How many neighbours a point has, so to speak."""
STEPS, EARLY, TOGETHER = 500, 120, 8.0
"""For the first of the steps all pulls are so much stronger, so that groups form before they part."""
RATE = 40.0
AT_ONCE = 25
SHORTEST = 5
"""Letters of the words that a word is shown among: shorter ones are mostly such as “with” and “that”."""
NEAR, ON_MAP = 5, 10


def map_words(
    loaded: Loaded, dictionary: Dictionary, word: str, near: int, others: int
) -> Generator[tuple[int, int], None, WordMap]:
    """The word is the first point, then its neighbours, then common words. Raises UserError as `asked`."""
    center = asked(loaded, word)
    close = yield from dictionary.closest(loaded.model, center.direction, max(0, near), [center])
    named = [(item.text, item.id) for item in close]
    named += _among(dictionary, {center.text.casefold(), *(text.casefold() for text, _ in named)}, max(0, others))
    vectors = dictionary.directions(loaded.model, [token for _, token in named])
    vectors = torch.cat((center.direction.cpu()[None], vectors)).double()
    places = yield from lay_flat(vectors)
    points = [(center.text, _own_id(center)), *named]
    shown = (MapPoint(text, i, x, y) for (text, i), (x, y) in zip(points, places.tolist(), strict=True))
    return WordMap(tuple(shown), kept(vectors, places))


def _among(dictionary: Dictionary, taken: set[str], count: int) -> list[tuple[str, int]]:
    found: list[tuple[str, int]] = []
    words = dictionary.words
    for place in words.common(SHORTEST):
        if len(found) == count:
            break
        text = words.texts[place]
        if text.casefold() not in taken:
            taken.add(text.casefold())
            found.append((text, words.ids[place]))
    return found


def _own_id(word: Asked) -> int:
    return word.ids[0] if len(word.ids) == 1 else -1


def lay_flat(vectors: Tensor) -> Generator[tuple[int, int], None, Tensor]:
    """Float64 [points, hidden] -> [points, 2] within −1 and 1. Yields (done, total) in steps."""
    points = _first_two_components(vectors)
    if len(vectors) > 3:
        wanted = _closeness(torch.cdist(vectors, vectors).square())
        points = points / points.std().clamp(min=1e-12) * 1e-2
        speed, gain = torch.zeros_like(points), torch.ones_like(points)
        for step in range(STEPS):
            pull = _gradient(points, wanted * TOGETHER if step < EARLY else wanted)
            gain = torch.where(pull.sign() == speed.sign(), gain * 0.8, gain + 0.2).clamp(min=0.01)
            speed = (0.5 if step < EARLY else 0.8) * speed - RATE * gain * pull
            points = points + speed
            if step % AT_ONCE == AT_ONCE - 1:
                yield step + 1, STEPS
    points = points - (points.amax(0) + points.amin(0)) / 2
    return points / points.abs().max().clamp(min=1e-12)


def kept(vectors: Tensor, places: Tensor) -> float:
    """The share of each point's five nearest that are among its ten nearest on the map."""
    points = len(vectors)
    near, on_map = min(NEAR, points - 1), min(ON_MAP, points - 1)
    if near < 1:
        return 1.0
    before, after = (_nearest(x, k) for x, k in ((vectors, near), (places, on_map)))
    return float((before[:, :, None] == after[:, None, :]).any(-1).double().mean())


def _nearest(points: Tensor, count: int) -> Tensor:
    """int64 [points, count], without the point itself."""
    distances = torch.cdist(points, points)
    distances.fill_diagonal_(torch.inf)
    return distances.topk(count, largest=False).indices


def _first_two_components(vectors: Tensor) -> Tensor:
    """[points, 2]. A component has no sign of its own: its largest entry is made positive."""
    centered = vectors - vectors.mean(0)
    turned, sizes, _ = torch.linalg.svd(centered, full_matrices=False)
    two = (turned * sizes)[:, :2]
    two = two * torch.gather(two, 0, two.abs().argmax(0)[None]).sign()
    return torch.nn.functional.pad(two, (0, 2 - two.shape[1]))


def _closeness(squared: Tensor) -> Tensor:
    """How close each pair is, adding up to 1: widths are halved until every point has the wanted perplexity."""
    points = len(squared)
    wanted = torch.tensor(min(PERPLEXITY, (points - 1) / 3), dtype=squared.dtype).log()
    narrow, low, high = (
        torch.ones(points, 1, dtype=squared.dtype),
        torch.zeros(points, 1),
        torch.full((points, 1), torch.inf),
    )
    itself = torch.eye(points, dtype=torch.bool)
    chances = torch.zeros_like(squared)
    for _ in range(60):
        chances = (-squared * narrow).masked_fill(itself, -torch.inf).softmax(1)
        wide = torch.special.entr(chances).sum(1, keepdim=True) > wanted
        low, high = torch.where(wide, narrow, low), torch.where(wide, high, narrow)
        narrow = torch.where(high.isinf(), narrow * 2, (low + high) / 2)
    return ((chances + chances.T) / (2 * points)).clamp(min=1e-12)


def _gradient(points: Tensor, wanted: Tensor) -> Tensor:
    """Of KL(wanted ‖ closeness on the map under Student's t with one degree of freedom)."""
    weight = 1 / (1 + torch.cdist(points, points).square())
    weight.fill_diagonal_(0.0)
    pull = (wanted - (weight / weight.sum()).clamp(min=1e-12)) * weight
    return 4 * (pull.sum(1, keepdim=True) * points - pull @ points)
