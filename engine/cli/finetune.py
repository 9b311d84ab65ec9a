"""`finetune`: teach a model pairs from a file; shows before and after."""

from __future__ import annotations

import argparse
import dataclasses
from pathlib import Path
from typing import Any

from engine.cli.flags import add_model
from engine.cli.loading import load
from engine.cli.output import Output
from engine.cli.pairs_in import lessons_of
from engine.errors import UserError
from engine.messages import Event, Measured, Progress, Saved, Steps, Teach, TeachOutcome, TeachSettings

NAME = "finetune"
HELP = "teach a model questions and answers from a file"
EXAMPLE = "python -m engine finetune --model smollm2-135m --pairs faq.csv --out library-desk"


def add_flags(parser: argparse.ArgumentParser) -> None:
    add_model(parser)
    parser.add_argument("--pairs", metavar="F", type=Path, required=True, help="a file of questions and answers")
    parser.add_argument("--out", metavar="NAME", required=True, help="what the adapter is called in the library")
    parser.add_argument("--method", default="auto", metavar="auto|lora|full", help="LoRA, or small models whole")
    parser.add_argument("--epochs", type=int, default=0, metavar="N", help="passes over the pairs; 0 for usual")
    parser.add_argument("--learning-rate", type=float, default=0.0, metavar="X", help="peak; 0 for usual")
    parser.add_argument("--rank", type=int, default=0, metavar="N", help="of the adapters; 0 for usual")
    parser.add_argument("--replay", type=float, default=-1.0, metavar="X", help="weight of not forgetting")
    parser.add_argument("--resume", action="store_true", help="go on with an interrupted run of this name")


def run(args: argparse.Namespace, out: Output) -> dict[str, Any]:
    if args.method not in ("auto", "lora", "full"):
        raise UserError(f"There is no method “{args.method[:30]}”", "Choose auto, lora or full.")
    lessons = lessons_of(args.pairs)
    settings = TeachSettings(args.method, args.epochs, args.learning_rate, args.rank, args.replay, args.seed or 0)
    session, _ = load(args, out)
    outcome: TeachOutcome | None = None
    command = Teach(0, args.out, lessons, settings, args.resume)
    try:
        for event in session.handlers()[Teach](command):
            _show(event, out)
            value = getattr(event, "value", None)
            outcome = value if isinstance(value, TeachOutcome) else outcome
    except KeyboardInterrupt:
        out.text(f"Stopped. To go on: {_again(args)}")
        raise
    assert outcome is not None
    _summary(outcome, out)
    return {
        "recall_before": outcome.recall_before,
        "recall_after": outcome.recall.both,
        "recall": dataclasses.asdict(outcome.recall),
        "rephrased": dataclasses.asdict(outcome.rephrased),
        "general_bits_per_byte_before": outcome.bits_before,
        "general_bits_per_byte_after": outcome.bits_after,
        "general_right_before": sum(one.right_before for one in outcome.unrelated),
        "general_right_after": sum(one.right_after for one in outcome.unrelated),
        "seconds": outcome.seconds,
        "stopped_by": outcome.stopped_by,
        "adapter": outcome.name,
    }


def _show(event: Event, out: Output) -> None:
    match event:
        case Progress():
            out.progress(event.done, event.total, event.note)
        case Steps(rows=rows):
            for row in rows:
                if row.held_out is None:
                    out.event("step", **dataclasses.asdict(row))
        case Measured():
            out.event(
                "measured", step=event.step, pairs=event.pairs, rephrased=event.rephrased, forgotten=event.forgotten
            )
            out.text(
                f"Step {event.step}: {event.pairs:.0%} of the pairs, {event.rephrased:.0%} in other words, general "
                f"text {event.forgotten:+.1%}"
            )
        case Saved():
            out.event("saved", step=event.step)


def _again(args: argparse.Namespace) -> str:
    return f"python -m engine finetune --model {args.model} --pairs {args.pairs} --out {args.out} --resume"


def _summary(outcome: TeachOutcome, out: Output) -> None:
    for one in outcome.answers:
        if one.before != one.after:
            out.text(f"\n{one.question}\n  before: {one.before[:100]}\n  after:  {one.after[:100]}")
    learned = sum(one.state == "learned" for one in outcome.answers)
    changed = sum(one.changed for one in outcome.unrelated)
    out.text(
        f"\n{learned} of {len(outcome.answers)} pairs learned in {outcome.seconds:.0f} s. Weights alone "
        f"{outcome.recall.weights:.0%}, cards alone {outcome.recall.cards:.0%}, both {outcome.recall.both:.0%}. "
        f"{changed} of {len(outcome.unrelated)} unrelated answers changed; general text {outcome.bits_before:.3f} to "
        f"{outcome.bits_after:.3f} bits a byte."
    )
