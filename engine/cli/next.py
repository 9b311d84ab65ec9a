"""`next`: the distribution over the next token or the next whole word, before any sampler."""

from __future__ import annotations

import argparse
import math
from typing import TYPE_CHECKING

from engine.cli.flags import add_file, add_model, text_of
from engine.cli.loading import load
from engine.cli.output import Output
from engine.messages import Message, NextChances, NextWords, Progress, Result

if TYPE_CHECKING:
    from engine.run.session import Session

NAME = "next"
HELP = "show what may come next after a text, and how likely"
EXAMPLE = 'python -m engine next --model smollm2-135m --text "The cat sat on the" --top 5'


def add_flags(parser: argparse.ArgumentParser) -> None:
    add_model(parser)
    parser.add_argument("--text", metavar="T", help="the text, or - for stdin")
    add_file(parser)
    parser.add_argument("--top", type=int, default=10, metavar="N", help="show the N likeliest (10)")
    parser.add_argument("--unit", choices=("token", "word"), default="token", help="what comes next (token)")


def run(args: argparse.Namespace, out: Output) -> dict[str, object]:
    text = text_of(args, args.text, "--text")
    session, loaded = load(args, out)
    if args.unit == "word":
        return _words(session, NextWords(0, text, args.top, typing=False), out)
    from engine.run.score import next_tokens

    ids = loaded.ids([Message("user", text)], raw=True)
    found = next_tokens(ids, args.top, loaded.prefix, loaded.tokenizer, loaded.info.context)
    items = [{"text": a.text, "probability": math.exp(a.logprob), "id": a.id} for a in found.items]
    unexplored = max(0.0, 1.0 - math.fsum(math.exp(a.logprob) for a in found.items))
    for a in found.items:
        out.text(f"{math.exp(a.logprob):>7.2%}  {a.text!r}")
    out.text(f"{unexplored:>7.2%}  all others")
    return {"items": items, "unexplored": unexplored, "entropy_nats": found.entropy}


def _words(session: Session, command: NextWords, out: Output) -> dict[str, object]:
    """The text is taken as it was cut into tokens; only a space at its end belongs to the next word."""
    found: NextChances | None = None
    for event in session.handlers()[NextWords](command):
        if isinstance(event, Progress):
            out.progress(event.done, event.total, event.note)
        elif isinstance(event, Result) and isinstance(event.value, NextChances):
            found = event.value
    assert found is not None
    for item in found.items:
        out.text(f"{item.probability:>7.2%}  {item.text!r}")
    out.text(f"{found.unexplored:>7.2%}  all others; {found.proven} of the words are proven to be the likeliest")
    items = [{"text": item.text, "probability": item.probability, "ids": list(item.ids)} for item in found.items]
    return {"items": items, "unexplored": found.unexplored, "proven": found.proven, "passes": found.passes}
