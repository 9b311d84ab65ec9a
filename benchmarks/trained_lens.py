"""How long a trained lens takes, and how much closer than the plain one it is to what the model says in the end.

Divergence of the output from the lens in nats a token, on bundled text that the lens did not learn from.

    .venv/bin/python benchmarks/trained_lens.py --data-dir DIR [--model smollm2-135m] [--threads 2]
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import torch

from engine.messages import LoadModel
from engine.paths import Paths
from engine.run.lens_training import train_lens
from engine.run.session import Session


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--model", default="smollm2-135m")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    session = Session(Paths.under(args.data_dir))
    for _ in session.load(LoadModel(0, args.model, threads=args.threads)):
        continue
    loaded = session.require()
    training = train_lens(loaded.model, loaded.tokenizer, loaded.start)
    began, worked, longest = time.perf_counter(), time.process_time(), 0.0
    while True:
        step = time.perf_counter()
        try:
            next(training)
        except StopIteration as finished:
            trained = finished.value
            break
        longest = max(longest, time.perf_counter() - step)
    seconds, work = time.perf_counter() - began, time.process_time() - worked
    print(f"{args.model}, {loaded.info.precision}, {torch.get_num_threads()} threads")
    print(f"{seconds:.0f} s, {work:.0f} s of the processor, longest step {longest * 1000:.0f} ms")
    print("row   plain  trained")
    for row, (plain, ours) in enumerate(zip(trained.plain, trained.divergence, strict=True)):
        print(f"{row:>3} {plain:>7.2f}  {ours:>7.2f}")
    rows = len(trained.plain)
    print(f"all {sum(trained.plain) / rows:>7.2f}  {sum(trained.divergence) / rows:>7.2f}")


if __name__ == "__main__":
    main()
