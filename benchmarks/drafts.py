"""Tokens a second while taught questions are answered, with and without guesses read along.

    python benchmarks/drafts.py --data-dir DIR --model ADAPTER [--threads 2] [--questions 20]

Both in one process and in turns, five times, greedy, the cards on as in chat and then off; only the time of writing
counts. The replies must be the same, and it is said how often a guess was right.
"""

from __future__ import annotations

import argparse
import statistics
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from sides import ROUNDS, arguments, ours

from engine.messages import CardUsed, Generate, Message, ReplyEnd, Result, Sampling, Tokens
from engine.run import generate as generating
from engine.run.ahead import Ahead
from engine.run.leaning import leaning_on

MOST = 120


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--questions", type=int, default=20)
    args = parser.parse_args()
    loaded = ours(args, "float32")
    loaded.prefix.reuse([0])
    print(f"{args.model}, {args.threads} threads, {min(args.questions, len(loaded.lessons))} questions\n")
    print("| | tokens/s without | with | ratio | guesses read | right | tokens | replies alike |")
    print("|---|---|---|---|---|---|---|---|")
    for cards in (True, False):
        compare(args, loaded, cards)


def compare(args: argparse.Namespace, loaded: Any, cards: bool) -> None:
    rates: dict[int, list[float]] = {0: [], 15: []}
    replies: dict[int, list[list[int]]] = {}
    seen: list[Ahead] = []
    for _ in range(ROUNDS + 1):
        for most, found in rates.items():
            seconds, tokens, replies[most] = 0.0, 0, []
            seen.clear()
            for order in orders(args, loaded, cards, most):
                ids, end = reply(order, loaded, seen)
                replies[most].append(ids)
                tokens, seconds = tokens + len(ids), seconds + len(ids) / end.tokens_per_second
            found.append(tokens / seconds)
    without, along = (statistics.median(found[1:]) for found in rates.values())
    read, right = (sum(getattr(one, name) for one in seen) for name in ("guessed", "right"))
    same = sum(one == other for one, other in zip(*replies.values(), strict=True))
    print(
        f"| cards {'on' if cards else 'off'} | {without:.1f} | {along:.1f} | {along / without:.2f} | {read} | {right} "
        f"| {sum(map(len, replies[15]))} | {same} of {len(replies[15])} |",
        flush=True,
    )


def orders(args: argparse.Namespace, loaded: Any, cards: bool, most: int) -> Iterator[Any]:
    """Each taught question as it is asked in chat, with its own card or none."""
    for lesson in loaded.lessons[: args.questions]:
        messages: tuple[Message, ...] = (Message("user", lesson.question),)
        card = CardUsed(lesson.id, lesson.question, lesson.answer, 1.0)
        if cards:
            messages = leaning_on(card, messages)
        command = Generate(1, messages, Sampling(temperature=0.0), max_new_tokens=MOST)
        order = replace(loaded.order(command, lambda: 0), ahead=most)
        yield replace(order, likely=tuple(loaded.closed(card.answer))) if cards else order


def reply(order: Any, loaded: Any, seen: list[Ahead]) -> tuple[list[int], ReplyEnd]:
    class Seen(Ahead):
        """So that its counts can be read."""

        def __init__(self, *told: Any) -> None:
            super().__init__(*told)
            seen.append(self)

    generating.Ahead = Seen
    ids: list[int] = []
    for event in generating.generate(1, order, loaded.prefix, loaded.tokenizer, loaded.drafts):
        if isinstance(event, Tokens):
            ids += [piece.id for piece in event.pieces]
        elif isinstance(event, Result) and isinstance(event.value, ReplyEnd):
            return ids, event.value
    raise RuntimeError("a reply without an end")


if __name__ == "__main__":
    main()
