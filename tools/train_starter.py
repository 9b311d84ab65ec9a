"""Trains the Starter: `python tools/train_starter.py --corpora DIR --work DIR [--tokens N]`; run again, it goes on.

Base stage, taught stage, what they know, and both written to `resources/starter`. What each is made of: `starter/`.
"""

from __future__ import annotations

import argparse
import dataclasses
import time
from pathlib import Path

import torch
from starter.recipe import SETTINGS, part_of_books, sources

from engine.messages import FinishNow, Pretrain, PretrainOutcome, TrainSteps, Watched
from engine.paths import Paths
from engine.run.session import Session

TITLE, NAME = "Starter base", "starter-base"
FINISH = "finish"
"""A file of this name in the work folder lets the base stage end early and well."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpora", type=Path, required=True, help="the folder of the corpora")
    parser.add_argument("--work", type=Path, required=True, help="a folder for checkpoints, outside of this one")
    parser.add_argument("--tokens", type=int, default=12_000_000, help="that the base stage reads")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    args.work.mkdir(parents=True, exist_ok=True)
    pretrain(args)


def pretrain(args: argparse.Namespace) -> None:
    """The base stage into the library below `work`, where it is not there yet."""
    paths = Paths.under(args.work)
    if (paths.models / NAME).is_dir():
        return
    resume = (paths.data / "pretraining" / NAME / "run.json").is_file()
    texts = sources(args.corpora, part_of_books(args.corpora, args.work))
    command = Pretrain(1, TITLE, texts, dataclasses.replace(SETTINGS, tokens=args.tokens), resume)
    handlers, finishing = Session(paths).handlers(), False
    for event in handlers[Pretrain](command):
        if (args.work / FINISH).is_file() and isinstance(event, TrainSteps) and not finishing:
            finishing = True
            list(handlers[FinishNow](FinishNow(2)))
        match event:
            case TrainSteps(rows=rows):
                _print(rows[-1])
            case Watched(watched=watched):
                for one in watched:
                    print(f"    {one.prompt} … {one.text!r}", flush=True)
        if isinstance(getattr(event, "value", None), PretrainOutcome):
            print(event, flush=True)


def _print(row) -> None:  # noqa: ANN001
    if row.bits is not None or row.step % 20 == 0:
        bits = f", {row.bits:.3f} bits a byte" if row.bits else ""
        print(
            f"{time.strftime('%H:%M:%S')} step {row.step} of {row.steps}: {row.loss:.3f}{bits}, "
            f"{row.tokens_per_second:.0f} tokens/s, {row.seconds_left / 60:.0f} min left",
            flush=True,
        )


if __name__ == "__main__":
    main()
