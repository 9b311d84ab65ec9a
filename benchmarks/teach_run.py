"""A whole run of teaching against PEFT with Transformers: the same epochs, texts, losses and questions.

Ours is the verb `finetune` as a person gets it: before, steps with looks, after. The peer does the same steps on the
same texts (padded, all logits, as its trainer does), once with nothing else and once with the same looks: answers
before and after by `generate` in batches, right answers and general text scored at every look.

    .venv/bin/python benchmarks/teach_run.py --pairs F --data-dir DIR [--dtype bfloat16]
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

import torch

from engine.bench.peers import Peft, padded
from engine.bench.setting import PRECISIONS
from engine.cli.pairs_in import lessons_of
from engine.formats.exporting import export
from engine.messages import LoadModel, Measured, Teach, TeachSettings
from engine.paths import Paths
from engine.run import teaching
from engine.run.evaluate import WINDOW
from engine.run.looking import BRIEF, GLANCE, ROOM, WHOLE, Looks, general_text
from engine.run.packing import Example
from engine.run.recipes import Finetuning
from engine.run.session import Session

ROWS = 16
"""Rows of a batch of the peer's questions; more were not faster."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--pairs", type=Path, required=True)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--dtype", choices=PRECISIONS, default="float32")
    args = parser.parse_args()
    session = Session(Paths.under(args.data_dir))
    for _ in session.load(LoadModel(0, "smollm2-135m", precision="float32")):
        continue
    looks, steps, looked, ours = our_run(session, args.pairs)
    with tempfile.TemporaryDirectory() as folder:
        for _ in export(session.library, "smollm2-135m", Path(folder) / "hf", "hf", "float32"):
            continue
        began = time.perf_counter()
        peer = Peft(str(Path(folder) / "hf"), args.dtype)
        loading = time.perf_counter() - began
    data = Finetuning(session.require(), lessons_of(args.pairs), 4.0, 0)
    for _ in data.prepare():
        continue
    session.loaded = None
    training, asking = peer_run(peer, data, steps, looks, looked, session_windows(looks))
    bare, whole = loading + training, loading + training + asking
    print(f"{len(looks.lessons)} pairs, {steps} steps, {len(looked)} looks, {torch.get_num_threads()} threads")
    print(f"ours, before, steps, looks and after      {ours:6.0f} s")
    print(f"PEFT, {args.dtype}, the steps alone        {bare:6.0f} s   ratio {bare / ours:.2f}")
    print(f"PEFT, {args.dtype}, with the same looks    {whole:6.0f} s   ratio {whole / ours:.2f}")


def our_run(session: Session, pairs: Path) -> tuple[Looks, int, list[int], float]:
    """What was asked, how many steps there were, after which of them it was asked, and how long all took."""
    seen: list[teaching.Run] = []
    work = teaching.Run.work
    teaching.Run.work = lambda self: (seen.append(self), work(self))[1]  # type: ignore[method-assign]
    name = session.library.free_name("benchmark")
    began, looked = time.perf_counter(), []
    for event in session.handlers()[Teach](Teach(0, name, lessons_of(pairs), TeachSettings())):
        if isinstance(event, Measured):
            looked.append(event.step)
    seconds = time.perf_counter() - began
    session.library.remove(name)
    return seen[0].looks, seen[0].loop.step, looked, seconds


def session_windows(looks: Looks) -> dict[int, list[Example]]:
    """General text in windows, for a look and for before and after."""
    ids = looks.loaded.tokenizer.encode(general_text()[:WHOLE])
    glance = looks.loaded.tokenizer.encode(general_text()[:GLANCE])
    return {n: [Example(tuple(t[at : at + WINDOW]), 1) for at in range(0, len(t) - 1, WINDOW)]
            for n, t in ((GLANCE, glance), (WHOLE, ids))}  # fmt: skip


def peer_run(
    peer: Peft, data: Finetuning, steps: int, looks: Looks, looked: Sequence[int], windows: dict[int, list[Example]]
) -> tuple[float, float]:
    """Seconds of the steps, and of everything else."""
    training = asking = 0.0

    def timed(*work: object) -> float:
        began = time.perf_counter()
        for prompts, room in work:  # type: ignore[misc]
            written(peer, prompts, room) if room else scored(peer, prompts)
        return time.perf_counter() - began

    bare, own = [e.ids[: e.start] for e in looks.own_bare], [e.ids[: e.start] for e in looks.own]
    room = max(len(e.targets) for e in looks.own) + ROOM
    asking += timed((bare, room), (looks.general_bare, BRIEF), (windows[WHOLE], 0), (windows[GLANCE], 0))
    for step in range(steps + 1):
        if step in looked:
            asking += timed((looks.own, 0), (looks.reworded, 0), (windows[GLANCE], 0))
        if step < steps:
            learned, held = data.texts(step)
            began = time.perf_counter()
            peer.step(learned, held)
            training += time.perf_counter() - began
    asking += timed((own, room), (looks.own_bare, 0), (looks.reworded, 0), (looks.reworded_bare, 0))
    return training, asking + timed((looks.general, BRIEF), (windows[WHOLE], 0))


@torch.inference_mode()
def written(peer: Peft, prompts: Sequence[Sequence[int]], room: int) -> None:
    order = sorted(prompts, key=len)
    for at in range(0, len(order), ROWS):
        group = order[at : at + ROWS]
        width = max(map(len, group))
        ids = torch.tensor([[0] * (width - len(p)) + list(p) for p in group])
        mask = torch.tensor([[0] * (width - len(p)) + [1] * len(p) for p in group])
        peer.model.generate(input_ids=ids, attention_mask=mask, max_new_tokens=room, do_sample=False, pad_token_id=0)


@torch.inference_mode()
def scored(peer: Peft, examples: Sequence[Example]) -> None:
    order = sorted(examples, key=lambda e: len(e.ids))
    for at in range(0, len(order), 8):
        ids, mask, _ = padded(order[at : at + 8])
        peer.model(input_ids=ids, attention_mask=mask).logits.float().log_softmax(-1)


if __name__ == "__main__":
    main()
