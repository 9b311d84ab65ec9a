"""`next`: the distribution over the next token, before any sampler."""

from __future__ import annotations

import argparse
import math

from engine.cli.flags import add_file, add_model, text_of
from engine.cli.loading import load
from engine.cli.output import Output
from engine.messages import Message

NAME = "next"
HELP = "show what may come next after a text, and how likely"
EXAMPLE = 'python -m engine next --model smollm2-135m --text "The cat sat on the" --top 5'


def add_flags(parser: argparse.ArgumentParser) -> None:
    add_model(parser)
    parser.add_argument("--text", metavar="T", help="the text, or - for stdin")
    add_file(parser)
    parser.add_argument("--top", type=int, default=10, metavar="N", help="show the N likeliest (10)")
    parser.add_argument("--unit", choices=("token",), default="token", help="what comes next (token)")


def run(args: argparse.Namespace, out: Output) -> dict[str, object]:
    text = text_of(args, args.text, "--text")
    _, loaded = load(args, out)
    from engine.run.score import next_tokens

    ids = loaded.ids([Message("user", text)], raw=True)
    found = next_tokens(ids, args.top, loaded.prefix, loaded.tokenizer, loaded.info.context)
    items = [{"text": a.text, "probability": math.exp(a.logprob), "id": a.id} for a in found.items]
    unexplored = max(0.0, 1.0 - math.fsum(math.exp(a.logprob) for a in found.items))
    for a in found.items:
        out.text(f"{math.exp(a.logprob):>7.2%}  {a.text!r}")
    out.text(f"{unexplored:>7.2%}  all others")
    return {"items": items, "unexplored": unexplored, "entropy_nats": found.entropy}
