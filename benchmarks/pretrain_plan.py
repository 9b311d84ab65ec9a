"""What a plan of pre-training promises against what the run takes: time and memory, one process a size.

python benchmarks/pretrain_plan.py TEXT [--sizes tiny nano small] [--minutes 1]

Time: from the first step to the model in the library, with looks, samples and saves. Memory: the most that the process
held from there on. The run is as long as the plan thinks fits into the minutes.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

from engine.heap import keep_memory
from engine.messages import (
    Command,
    CorpusReport,
    Event,
    PlanPretraining,
    Pretrain,
    PretrainOutcome,
    PretrainPlan,
    PretrainSettings,
    ReadCorpus,
    Result,
    TextSource,
    TrainSteps,
)
from engine.model.presets import SIZES
from engine.paths import Paths
from engine.run.session import Session

T = TypeVar("T")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("text", type=Path)
    parser.add_argument("--sizes", nargs="+", choices=list(SIZES), default=list(SIZES))
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--vocabulary", type=int, default=4096)
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.one:
        return print(json.dumps(measured(args)))
    print("| size | tokens | seconds planned | taken | ratio | MiB planned | taken | ratio |")
    print("|---|---|---|---|---|---|---|---|")
    for size in args.sizes:
        told = ["--sizes", size, "--minutes", str(args.minutes), "--vocabulary", str(args.vocabulary)]
        argv = [sys.executable, __file__, str(args.text), "--one", *told]
        done = subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=True)
        print(_row(size, json.loads(done.stdout)), flush=True)
    return None


def _row(size: str, one: dict[str, float]) -> str:
    time_ratio, memory_ratio = one["seconds"] / one["planned_seconds"], one["memory"] / one["planned_memory"]
    return (
        f"| {size} | {one['tokens']:,} | {one['planned_seconds']:.0f} | {one['seconds']:.0f} | {time_ratio:.2f} | "
        f"{one['planned_memory'] / 2**20:.0f} | {one['memory'] / 2**20:.0f} | {memory_ratio:.2f} |"
    )


def measured(args: argparse.Namespace) -> dict[str, float]:
    """Plan and run of one size, in this process."""
    keep_memory()
    settings = PretrainSettings(preset=args.sizes[0], vocabulary=args.vocabulary, minutes=args.minutes)
    texts = (TextSource(args.text.name, args.text),)
    with tempfile.TemporaryDirectory() as home:
        handlers = Session(Paths.under(Path(home))).handlers()

        def events(command: Command) -> Iterator[Event]:
            return handlers[type(command)](command)

        report = _value(events(ReadCorpus(1, texts)), CorpusReport)
        plan = _value(events(PlanPretraining(2, report, settings)), PretrainPlan)
        size = next(one for one in plan.sizes if one.preset == settings.preset)
        began = 0.0
        for event in events(Pretrain(3, "Run", texts, settings)):
            if isinstance(event, TrainSteps) and not began:
                _forget_peak()
                began = time.perf_counter()
            if isinstance(event, Result) and isinstance(event.value, PretrainOutcome):
                taken = time.perf_counter() - began
                return {
                    "tokens": event.value.tokens, "planned_seconds": size.seconds, "seconds": taken,
                    "planned_memory": size.memory, "memory": _peak(),
                }  # fmt: skip
    raise RuntimeError("the run ended without a result")


def _value(events: Iterator[Event], kind: type[T]) -> T:
    values = [event.value for event in events if isinstance(event, Result)]
    if not isinstance(values[-1], kind):
        raise TypeError(f"{type(values[-1])} is no {kind}")
    return values[-1]


def _forget_peak() -> None:
    """Linux counts the peak of resident memory anew after this (proc(5), clear_refs)."""
    Path("/proc/self/clear_refs").write_text("5")


def _peak() -> int:
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) << 10


if __name__ == "__main__":
    main()
