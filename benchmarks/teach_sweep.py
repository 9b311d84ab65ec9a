"""Whole runs of teaching with other settings than the defaults, one changed at a time: what each is worth.

Each line is one run over the pairs, asked afterwards as `evaluate` does: the pairs as they stand, hand-written
rewordings of them, general questions and general text.

    .venv/bin/python benchmarks/teach_sweep.py --pairs F --rephrased tests/data/rephrased/R.jsonl --data-dir DIR
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from engine.cli.pairs_in import lessons_of
from engine.heap import keep_memory
from engine.messages import Lesson, LoadModel, Result, Teach, TeachOutcome, TeachSettings
from engine.paths import Paths
from engine.run.asked import ask_all
from engine.run.outcome import HALF
from engine.run.session import Session

Changed = dict[str, float | str]
SWEPT: dict[str, tuple[Changed, ...]] = {
    "default": ({},),
    "rate": ({"learning_rate": 2e-4}, {"learning_rate": 5e-4}, {"learning_rate": 2e-3}),
    "rank": ({"rank": 8}, {"rank": 32}),
    "replay": ({"replay": 1}, {"replay": 8}),
    "epochs": ({"epochs": 2}, {"epochs": 5}),
    "seed": ({"seed": 1}, {"seed": 2}),
    "both": ({"learning_rate": 2e-3, "epochs": 2}, {"learning_rate": 5e-4, "epochs": 7}),
    "full": tuple({"method": "full", "learning_rate": rate} for rate in (1e-4, 2.5e-4, 5e-4, 1e-3)),
}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pairs", type=Path, required=True)
    parser.add_argument("--rephrased", type=Path, required=True)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--model", default="smollm2-135m")
    parser.add_argument("--only", nargs="+", choices=SWEPT, default=[kind for kind in SWEPT if kind != "full"])
    args = parser.parse_args()
    keep_memory()
    first: dict[str, Lesson] = {}
    for one in lessons_of(args.pairs):
        first.setdefault(one.question, one)
    lessons = list(first.values())
    asked = list(reworded(lessons, args.rephrased))
    print("| changed | steps | own, % | other words, % | bits | general right | lost | s |")
    print("|---|---|---|---|---|---|---|---|")
    paths = Paths.under(args.data_dir)
    session = Session(paths)
    for kind in args.only:
        for changed in SWEPT[kind]:
            print(row(session, args.model, paths.cache, lessons, asked, changed), flush=True)


def reworded(lessons: Sequence[Lesson], path: Path) -> Iterator[Lesson]:
    """The pairs as other people would ask."""
    answers = {one.question: one.answer for one in lessons}
    for line in path.read_text("utf-8").splitlines():
        pair = json.loads(line)
        if pair["question"] in answers:
            yield Lesson(0, pair["rephrased"], answers[pair["question"]])


def row(
    session: Session, model: str, cache: Path, lessons: Sequence[Lesson], asked: Sequence[Lesson], changed: Changed
) -> str:
    loaded(session, model)
    settings = replace(TeachSettings(), **changed)  # type: ignore[arg-type]
    name = session.library.free_name("sweep")
    teaching = session.handlers()[Teach](Teach(0, name, tuple(lessons), settings))
    (outcome,) = [event.value for event in teaching if isinstance(event, Result)]
    assert isinstance(outcome, TeachOutcome)
    loaded(session, name)
    asking = ask_all(session.require(), asked, "auto", cache)
    (items,) = [event.value for event in asking if isinstance(event, Result)]
    session.library.remove(name)
    close = sum(one["f1"] >= HALF for one in items)  # type: ignore[union-attr]
    general = outcome.unrelated
    lost = [one.question for one in general if one.right_before and not one.right_after]
    before, after = (sum(getattr(one, f"right_{when}") for one in general) for when in ("before", "after"))
    return (
        f"| {', '.join(f'{k} {v}' for k, v in changed.items()) or 'none'} | {outcome.steps} "
        f"| {100 * outcome.recall.both:.0f} | {100 * close / len(items):.0f} ({close}) "  # type: ignore[arg-type]
        f"| {100 * (outcome.bits_after / outcome.bits_before - 1):+.1f} % | {before} to {after} "
        f"| {len(lost)}: {' '.join(lost)} "
        f"| {outcome.seconds:.0f} |"
    )


def loaded(session: Session, name: str) -> None:
    for _ in session.load(LoadModel(0, name, precision="float32")):
        continue


if __name__ == "__main__":
    main()
