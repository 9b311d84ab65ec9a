"""A step of teaching against PEFT with Transformers: the same texts, the same losses, the same machine, one run.

Ours packs the texts into rows, makes logits at answer tokens only and keeps what the untaught model thought once.
The peer pads the same texts to the longest and makes all logits, as its trainer does; what must not be forgotten it
reads twice, with and without its adapter. Alternating, medians of five.

    .venv/bin/python benchmarks/teach_step.py --pairs F --data-dir DIR
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from pathlib import Path

import torch
import torch.nn.functional as F

from engine.cli.pairs_in import lessons_of
from engine.formats.exporting import export
from engine.messages import LoadModel
from engine.model.lora import attach, new_adapter
from engine.paths import Paths
from engine.run.packing import Example
from engine.run.recipes import HELD, Finetuning
from engine.run.schedule import Falling
from engine.run.session import Session
from engine.run.training import Loop

ROUNDS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=Path, required=True)
    parser.add_argument("--data-dir", type=Path, required=True)
    args = parser.parse_args()
    session = Session(Paths.under(args.data_dir))
    for _ in session.load(LoadModel(0, "smollm2-135m", precision="float32")):
        continue
    loaded = session.require()
    data = Finetuning(loaded, lessons_of(args.pairs), 4.0, 0, 12)
    for _ in data.prepare():
        continue
    adapter = new_adapter(loaded.model, 16, 32.0, torch.Generator().manual_seed(0))
    attach(loaded.model, adapter)
    loop = Loop(list(adapter.parameters()), data.parts, Falling(10_000, 5e-4))
    steps = loop.run()
    with tempfile.TemporaryDirectory() as folder:
        for _ in export(session.library, "smollm2-135m", Path(folder) / "hf", "hf", "float32"):
            continue
        peers = {name: Peer(Path(folder) / "hf", dtype) for name, dtype in DTYPES.items()}
    texts = [data._own(0) + data._others(random.Random("0:0")), [e for e, _ in data._held[:HELD]]]
    ours: list[float] = []
    theirs: dict[str, list[float]] = {name: [] for name in peers}
    for _ in range(ROUNDS + 1):
        began, done = time.perf_counter(), None
        while done is None:
            done = next(steps)
        ours.append(time.perf_counter() - began)
        for name, peer in peers.items():
            began = time.perf_counter()
            loss = peer.step(*texts)
            theirs[name].append(time.perf_counter() - began)
    tokens = sum(len(e.ids) for group in texts for e in group)
    mine = statistics.median(ours[1:])
    print(f"{tokens} tokens a step, {torch.get_num_threads()} threads; the peer's last loss {loss:.3f}")
    print(f"{'ours, float32':28s} {mine:6.2f} s  {tokens / mine:6.0f} tokens/s")
    for name, seconds in theirs.items():
        median = statistics.median(seconds[1:])
        print(f"{'PEFT, ' + name:28s} {median:6.2f} s  {tokens / median:6.0f} tokens/s   ratio {median / mine:.2f}")


DTYPES = {"float32": torch.float32, "bfloat16": torch.bfloat16}


class Peer:
    """PEFT on Transformers with the same rank on the same layers."""

    def __init__(self, folder: Path, dtype: torch.dtype) -> None:
        from peft import LoraConfig, get_peft_model
        from transformers import AutoModelForCausalLM

        base = AutoModelForCausalLM.from_pretrained(folder, dtype=dtype)
        self.model = get_peft_model(base, LoraConfig(r=16, lora_alpha=32, target_modules="all-linear"))
        self.optimizer = torch.optim.AdamW([p for p in self.model.parameters() if p.requires_grad], lr=5e-4)

    def step(self, learned: list[Example], held: list[Example]) -> float:
        ids, mask, labels = padded(learned)
        logits = self.model(input_ids=ids, attention_mask=mask).logits.float()
        loss = F.cross_entropy(logits[:, :-1].flatten(0, 1), labels[:, 1:].flatten(), ignore_index=-100)
        loss.backward()
        ids, mask, labels = padded(held)
        with torch.no_grad(), self.model.disable_adapter():
            before = self.model(input_ids=ids, attention_mask=mask).logits.float().log_softmax(-1)
        after = self.model(input_ids=ids, attention_mask=mask).logits.float().log_softmax(-1)
        wanted = labels[:, 1:] != -100
        kl = F.kl_div(after[:, :-1][wanted], before[:, :-1][wanted], log_target=True, reduction="batchmean")
        (4.0 * kl).backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimizer.step()
        self.optimizer.zero_grad()
        return float(loss)


def padded(examples: list[Example]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Ids, attention mask and labels, filled up on the right to the longest."""
    width = max(len(e.ids) for e in examples)
    ids = torch.zeros(len(examples), width, dtype=torch.long)
    mask, labels = torch.zeros_like(ids), torch.full_like(ids, -100)
    for row, e in enumerate(examples):
        ids[row, : len(e.ids)] = torch.tensor(e.ids)
        mask[row, : len(e.ids)] = 1
        labels[row, e.start : len(e.ids)] = torch.tensor(e.targets)
    return ids, mask, labels


if __name__ == "__main__":
    main()
