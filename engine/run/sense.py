"""What finding cards needs to know of a model: it ships, or is worked out once from the bundled texts and kept.

Half a minute on two cores for 135 million parameters. Knows where it is kept, not how cards are scored.
"""

from __future__ import annotations

from collections.abc import Generator
from pathlib import Path

import safetensors
import torch
from safetensors.torch import load, save
from torch import Tensor
from torch.nn import Parameter
from torch.nn.functional import normalize

from engine.formats.tensor_writer import write_file
from engine.model.lora import only
from engine.model.transformer import Transformer
from engine.run.bundled import general_chat, rewordings
from engine.run.cards import Sense
from engine.run.hearing import shipped
from engine.run.meaning import Whitening, fit, read, whitened
from engine.run.optim import AdamW
from engine.text.tokenizer import Tokenizer

VERSION = 1
"""Of everything that the figures follow from: another one makes them anew."""
UNRELATED = 160
ROUNDS, RATE, TEMPERATURE, HOLD = 60, 1e-3, 0.07, 0.01


def sense_of(
    model: Transformer, tokenizer: Tokenizer, sha256: str, folder: Path
) -> Generator[tuple[int, int], None, Sense]:
    """As it ships, or from the cache where it is there and whole; otherwise read anew, yielding (done, total)."""
    ready = shipped(model)
    if ready is not None:
        return ready
    path = folder / f"sense-{VERSION}-{sha256[:32]}.safetensors"
    kept = _kept(path, model.config.hidden_size)
    if kept is not None:
        return kept
    asked = [[pair.question, *pair.rephrased[:2]] for pair in rewordings()]
    texts = [text for group in asked for text in group] + [q for q, _ in general_chat()[:UNRELATED]]
    with only(model):
        vectors = yield from read(model, tokenizer, texts)
    groups = torch.tensor([n for n, group in enumerate(asked) for _ in group])
    sharpening = _sharpened(vectors[: len(groups)], groups)
    while True:
        try:
            next(sharpening)
        except StopIteration as finished:
            sense = Sense(finished.value, vectors[len(groups) :])
            break
        yield len(texts), len(texts)
    _keep(sense, path)
    return sense


def _sharpened(vectors: Tensor, groups: Tensor) -> Generator[None, None, Whitening]:
    """Turned once more so that rewordings come closer than other questions (InfoNCE, arXiv 1807.03748)."""
    whitening = fit(vectors, groups)
    turned = whitened(vectors, whitening)
    itself = torch.eye(len(groups), dtype=torch.bool)
    same = (groups[:, None] == groups) & ~itself
    turns = []
    for view in range(turned.shape[1]):
        size = turned.shape[2]
        extra = Parameter(torch.zeros(size, size))
        optimizer = AdamW([extra])
        for _ in range(ROUNDS):
            close = normalize(turned[:, view] + turned[:, view] @ extra, dim=1)
            scores = (close @ close.T / TEMPERATURE).masked_fill(itself, -1e9)
            loss = scores.logsumexp(1).mean() - scores.masked_fill(~same, -1e9).logsumexp(1).mean()
            (loss + HOLD * extra.square().sum()).backward()
            optimizer.step(RATE)
            yield
        turns.append(whitening.turn[view] @ (torch.eye(size) + extra.detach()))
    return Whitening(whitening.mean, torch.stack(turns))


def _kept(path: Path, hidden: int) -> Sense | None:
    try:
        tensors = load(path.read_bytes())
    except (OSError, safetensors.SafetensorError):  # not there, or half of it: it is made anew
        return None
    mean, turn, unrelated = tensors.get("mean"), tensors.get("turn"), tensors.get("unrelated")
    if mean is None or turn is None or unrelated is None or mean.shape[-1] != hidden:
        return None
    return Sense(Whitening(mean, turn), unrelated)


def _keep(sense: Sense, path: Path) -> None:
    """A cache that cannot be written costs time, nothing else."""
    tensors = {"mean": sense.whitening.mean, "turn": sense.whitening.turn, "unrelated": sense.unrelated}
    aside = path.with_suffix(".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_file(aside, save({name: tensor.contiguous() for name, tensor in tensors.items()}))
        aside.replace(path)
    except OSError:
        aside.unlink(missing_ok=True)
