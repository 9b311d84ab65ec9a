"""The ten likeliest next words after a hundred texts, proven: milliseconds, and forward passes counted.

The texts are the beginnings of the bundled ones, cut behind a word at places spread over them, half of them with the
space that a person has just typed. Each is read anew, as after a click into another text, and then once more with one
word less in memory, as while one types.

    .venv/bin/python benchmarks/next_words.py --data-dir DIR [--model smollm2-135m] [--threads 2]
"""

from __future__ import annotations

import argparse
import itertools
import statistics
import time
from pathlib import Path

import torch

from engine.messages import LoadModel, NextChances, NextWords, Result
from engine.paths import Paths, resource
from engine.run.session import Session

TEXTS, LONGEST = 100, 60
"""How many, and words in the longest."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--model", default="smollm2-135m")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--texts", type=int, default=TEXTS, help="fewer, for a quick look")
    args = parser.parse_args()
    session = Session(Paths.under(args.data_dir))
    for _ in session.load(LoadModel(0, args.model, threads=args.threads)):
        continue
    timed(session, "Once upon a time")  # what the tokens do to words is learned once
    cold, warm = [], []
    for text in contexts(args.texts):
        session.require().forget()
        cold.append(timed(session, text))
        timed(session, text.rstrip().rpartition(" ")[0] + " ")
        warm.append(timed(session, text))
    print(f"{args.model}, {session.require().info.precision}, {torch.get_num_threads()} threads, {len(cold)} texts")
    print("              median   least  p90    longest step  passes (median, most)  ten proven  unexplored")
    for name, rows in (("read anew", cold), ("while typing", warm)):
        print(f"{name:<12} {summary(rows)}")


def contexts(count: int) -> list[str]:
    paragraphs = [p for p in resource("teaching/general_text.txt").read_text("utf-8").splitlines() if len(p) > 200]
    found: list[str] = []
    for number, paragraph in zip(range(count), itertools.cycle(paragraphs)):
        words = paragraph.split(" ")
        length = 3 + number * 7 % min(LONGEST, len(words) - 4)
        found.append(" ".join(words[:length]) + " " * (number % 2))
    return found


def timed(session: Session, text: str) -> tuple[float, float, NextChances]:
    """Seconds, seconds of the longest step, and what was found."""
    began = last = time.perf_counter()
    longest = 0.0
    for event in session.handlers()[NextWords](NextWords(1, text, typing=False)):
        now = time.perf_counter()
        longest, last = max(longest, now - last), now
        if isinstance(event, Result) and isinstance(event.value, NextChances):
            return now - began, longest, event.value
    raise AssertionError("no words")


def summary(rows: list[tuple[float, float, NextChances]]) -> str:
    times = sorted(row[0] * 1000 for row in rows)
    passes = [row[2].passes for row in rows]
    proven = sum(row[2].proven >= 10 for row in rows)
    return (
        f"{statistics.median(times):7.0f} {times[0]:7.0f} {times[len(times) * 9 // 10]:5.0f}"
        f"  {max(row[1] for row in rows) * 1000:12.0f}  {statistics.median(passes):6.0f} {max(passes):4d}"
        f"  {proven:9d} of {len(rows):3d}      {statistics.median(row[2].unexplored for row in rows):12.2f}"
    )


if __name__ == "__main__":
    main()
