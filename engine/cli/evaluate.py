"""`evaluate`: ask a model every question of a file greedily, and compare its answers."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from engine.cli.flags import add_model, paths_of
from engine.cli.loading import load
from engine.cli.output import Output
from engine.cli.pairs_in import lessons_of
from engine.errors import UserError
from engine.messages import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator

    from engine.messages import Event

NAME = "evaluate"
HELP = "ask a model every question of a file, and compare the answers"
EXAMPLE = "python -m engine evaluate --model library-desk --pairs faq.csv"


def add_flags(parser: argparse.ArgumentParser) -> None:
    add_model(parser)
    parser.add_argument("--pairs", metavar="F", type=Path, required=True, help="questions with the answers expected")
    parser.add_argument(
        "--cards", choices=("auto", "off", "only"), default="auto",
        help="whether a taught model may lean on its pairs; only: its untaught weights with them (auto)",
    )  # fmt: skip


def run(args: argparse.Namespace, out: Output) -> dict[str, Any]:
    lessons = lessons_of(args.pairs)
    _, loaded = load(args, out)
    if args.cards == "only" and not loaded.lessons:
        raise UserError(f"“{args.model}” was taught no pairs", "Leave out --cards, or name a taught model.")
    from engine.run.asked import ask_all

    asking = ask_all(loaded, lessons, args.cards, paths_of(args).cache)
    items = _followed(asking, out)
    for item in items:
        out.event("item", **item)
        mark = "right" if item["match"] else f"F1 {item['f1']:.2f}"
        out.text(f"{item['question'][:70]}\n  {item['answer'][:100]}  ({mark})")
    recall = sum(item["match"] for item in items) / len(items)
    close = sum(item["f1"] >= 0.6 for item in items) / len(items)
    out.text(f"\nRecall {recall:.1%} of {len(items)}; {close:.1%} with a word F1 of 0.6 or more")
    return {"recall": recall, "close": close, "items": items}


def _followed(asking: Iterator[Event], out: Output) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = []
    for event in asking:
        if isinstance(event, Progress):
            out.progress(event.done, event.total, event.note)
        else:
            items = list(getattr(event, "value", items))
    return items
