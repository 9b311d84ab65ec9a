"""Trains what ships for hearing questions: `python tools/train_hearing.py --model smollm2-135m --out FILE`.

An adapter under which two wordings of one question get vectors that are closer than those of three questions that look
alike (InfoNCE, arXiv 1807.03748). The wordings are in `hearing/`; the last eight clusters of every file are kept to
measure with.
A batch is read twice, so that its gradient needs the memory of a few texts (arXiv 2101.06983). Three passes take some
20 minutes on two cores; what ships went on for three more (`--go-on`).
"""

from __future__ import annotations

import argparse
import json
import math
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors.torch import save_file
from starter.measured import result_of
from torch import Tensor
from torch.nn import Parameter
from torch.nn.functional import cross_entropy, normalize

from engine.cli.flags import paths_of
from engine.messages import LoadModel
from engine.model.lora import Adapter, attach, new_adapter, only
from engine.run.bundled import general_chat
from engine.run.hearing import FINGERPRINT, LORA, fingerprint, shipped
from engine.run.loaded import Loaded
from engine.run.meaning import FRAMES, deep, fit, framed, read
from engine.run.optim import AdamW, clip
from engine.run.packing import pack
from engine.run.sense import UNRELATED
from engine.run.session import Session

RANK, FIRST_LAYER = 8, 6
EPOCHS, RATE, WARM_UP, TEMPERATURE = 3, 1e-3, 10, 0.05
TURNING = 0.1
"""How much slower the turn of the vectors learns, which starts as whitening."""
BATCH, AT_ONCE, WIDTH = 12, 24, 256
"""Clusters in a step; texts and tokens that are read in one go."""
CLUSTERS, HELD_OUT = 60, 8
"""In a file, and how many of them, the last ones, are never trained on."""
TO_WHITEN = 60

Wordings = list[str]
"""Of one question: as it is listed, and three others."""


@dataclass
class Data:
    """Clusters of four questions that look alike."""

    trained: list[list[Wordings]] = field(default_factory=list)
    held: list[list[Wordings]] = field(default_factory=list)

    @classmethod
    def of(cls, folder: Path) -> Data:
        data = cls()
        for file in sorted(folder.glob("*.jsonl")):
            clusters: dict[int, list[Wordings]] = {}
            for row in map(json.loads, file.read_text("utf-8").splitlines()):
                clusters.setdefault(row["cluster"], []).append([row["question"], *row["rephrased"]])
            for number, cluster in clusters.items():
                (data.held if number > CLUSTERS - HELD_OUT else data.trained).append(cluster)
        return data


@dataclass
class Hearing:
    """The model, the adapter on top of it, and how its vectors are turned."""

    loaded: Loaded
    adapter: Adapter
    mean: Tensor
    turn: Parameter

    @classmethod
    def untrained(cls, loaded: Loaded, groups: Sequence[Wordings]) -> Hearing:
        """Whitened by these groups; the adapter changes nothing yet."""
        model, layers = loaded.model, loaded.model.config.layers
        raw = torch.cat([_vectors(loaded, group) for group in groups])
        numbers = torch.arange(len(groups)).repeat_interleave(len(groups[0]))
        whitening = fit(raw[:, None].expand(-1, 3, -1), numbers)  # which is for three views; the first is taken
        luck = torch.Generator().manual_seed(0)
        adapter = new_adapter(model, RANK, 2.0 * RANK, luck, layers=range(FIRST_LAYER, layers - 1))
        attach(model, adapter)
        return cls(loaded, adapter, whitening.mean[0], Parameter(whitening.turn[0].clone()))

    @classmethod
    def going_on(cls, loaded: Loaded) -> Hearing:
        """With what ships for the model."""
        sense = shipped(loaded.model)
        assert sense is not None and sense.adapter is not None, "nothing ships for this model"
        attach(loaded.model, sense.adapter)
        whitening = sense.whitening
        return cls(loaded, sense.adapter, whitening.mean[0], Parameter(whitening.turn[0].clone()))

    def turned(self, raw: Tensor) -> Tensor:
        """[texts, hidden] -> the same, of length 1."""
        return normalize((raw - self.mean) @ self.turn, dim=-1)

    def loss(self, texts: Sequence[str]) -> tuple[float, float]:
        """Of the first half beside the second; leaves the gradients. With the share whose other half comes first."""
        parts = [texts[at : at + AT_ONCE] for at in range(0, len(texts), AT_ONCE)]
        with torch.no_grad():
            raw = torch.cat([_vectors(self.loaded, part) for part in parts])
        raw.requires_grad_()
        turned, half = self.turned(raw), len(texts) // 2
        scores = (turned @ turned.T / TEMPERATURE).masked_fill(torch.eye(len(texts), dtype=torch.bool), -1e9)
        other = torch.arange(len(texts)).roll(half)
        loss = cross_entropy(scores, other)
        loss.backward()
        assert raw.grad is not None
        for part, gradient in zip(parts, raw.grad.split(AT_ONCE), strict=True):
            (_vectors(self.loaded, part) * gradient).sum().backward()
        return loss.item(), (scores.argmax(1) == other).float().mean().item()

    @torch.no_grad()
    def found(self, clusters: Sequence[Sequence[Wordings]]) -> float:
        """Share of the rewordings whose question comes first among all of these."""
        groups = [group for cluster in clusters for group in cluster]
        vectors = torch.stack([self.turned(_vectors(self.loaded, group)) for group in groups])
        closest = (vectors[:, 1:].flatten(0, 1) @ vectors[:, 0].T).argmax(1).view(len(groups), -1)
        return float((closest == torch.arange(len(groups))[:, None]).float().mean())


def _vectors(loaded: Loaded, texts: Sequence[str]) -> Tensor:
    """[texts, hidden], with the gradient that is asked for."""
    packed, seen = pack([framed(loaded.tokenizer, text, FRAMES[0])[0] for text in texts], WIDTH), {}
    wanted = deep(loaded.model.config.layers)
    loaded.model.read(packed.ids, layout=packed.layout, tap=lambda name, stream: seen.update({name: stream}))
    return torch.stack([seen[wanted].flatten(0, 1)[spots[-1]] for spots in packed.spots])


def train(hearing: Hearing, data: Data, luck: random.Random) -> Iterator[str]:
    """Yields what there is to tell."""
    parameters = list(hearing.adapter.parameters())
    adapter, turn = AdamW(parameters), AdamW([hearing.turn])
    a_pass, order = len(data.trained) // BATCH, data.trained[:]
    for step in range(EPOCHS * a_pass):
        if step % a_pass == 0:
            yield f"{hearing.found(data.held):.1%} of what is kept apart is found"
            order = data.trained[:]  # from the same order at each pass
            luck.shuffle(order)
        groups = [g for cluster in order[step % a_pass * BATCH :][:BATCH] for g in cluster]
        pairs = [luck.sample(group, 2) for group in groups]
        loss, right = hearing.loss([a for a, _ in pairs] + [b for _, b in pairs])
        clip(parameters, 1.0)
        rate = RATE * min(1, (step + 1) / WARM_UP) * (0.5 + 0.5 * math.cos(math.pi * step / (EPOCHS * a_pass)))
        adapter.step(rate)
        turn.step(TURNING * rate)
        yield f"step {step + 1} of {EPOCHS * a_pass}: loss {loss:.3f}, {right:.0%} right"
    yield f"{hearing.found(data.held):.1%} of what is kept apart is found"


def write(hearing: Hearing, out: Path) -> None:
    """What `engine.run.hearing` reads; matrices in bfloat16."""
    loaded = hearing.loaded
    state = {name: matrix.detach().bfloat16() for name, matrix in hearing.adapter.state().items()}
    hearing.adapter.load({name: matrix.float() for name, matrix in state.items()})
    questions = [question for question, _ in general_chat()[:UNRELATED]]
    unrelated = result_of(read(loaded.model, loaded.tokenizer, questions, hearing.adapter)).bfloat16()
    tensors = {"mean": hearing.mean[None], "turn": hearing.turn.detach().bfloat16()[None], "unrelated": unrelated}
    tensors |= {LORA + name: matrix for name, matrix in state.items()}
    save_file(
        {name: tensor.contiguous() for name, tensor in tensors.items()}, out, {FINGERPRINT: fingerprint(loaded.model)}
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, help="in the library")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--go-on", action="store_true", help="begin with what ships, in another order")
    parser.add_argument("--data-dir", type=Path, default=None)
    args = parser.parse_args()
    session = Session(paths_of(args))
    for _ in session.load(LoadModel(0, args.model, "cpu", "float32")):
        pass
    data = Data.of(Path(__file__).parent / "hearing")
    luck = random.Random(int(args.go_on))
    loaded = session.require()
    with only(loaded.model):
        to_whiten = [group for cluster in luck.sample(data.trained, TO_WHITEN) for group in cluster]
        with torch.no_grad():
            hearing = Hearing.going_on(loaded) if args.go_on else Hearing.untrained(loaded, to_whiten)
        for line in train(hearing, data, luck):
            print(line, flush=True)
        write(hearing, args.out)


if __name__ == "__main__":
    main()
