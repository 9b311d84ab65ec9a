"""`score`: how likely the model finds every token of a text."""

from __future__ import annotations

import argparse

from engine.cli.flags import add_file, add_model, text_of
from engine.cli.loading import load
from engine.cli.output import Output
from engine.messages import Message

NAME = "score"
HELP = "show how likely every token of a text is; longer texts than the model reads in windows"
EXAMPLE = 'python -m engine score --model smollm2-135m --text "She sells sea shells."'


def add_flags(parser: argparse.ArgumentParser) -> None:
    add_model(parser)
    parser.add_argument("--text", metavar="T", help="the text, or - for stdin")
    add_file(parser)


def run(args: argparse.Namespace, out: Output) -> dict[str, object]:
    text = text_of(args, args.text, "--text")
    _, loaded = load(args, out)
    from engine.run.score import score
    from engine.run.text_score import gives_back

    ids, head = loaded.ids([Message("user", text)], raw=True), len(loaded.start)
    work = score(ids, loaded.prefix, loaded.tokenizer, loaded.info.context, head)
    while True:
        try:
            out.progress(*next(work), "Scoring")
        except StopIteration as finished:
            result = finished.value
            break
    for token in result.tokens:
        out.text(f"{'' if token.logprob is None else f'{token.logprob:.3f}':>8}  {token.rank or '':>6}  {token.piece}")
    if result.perplexity is not None:
        out.text(f"Perplexity {result.perplexity:.2f}, {result.bits_per_byte or 0.0:.3f} bits per byte")
    if result.windows > 1:
        out.text(f"Longer than the model reads: in {result.windows} windows that overlap by half")
    round_trip = gives_back(loaded.tokenizer, ids[head:], text)
    if not round_trip:
        out.text("The tokens do not give this text back unchanged")
    rows = [
        {"id": t.id, "piece": t.piece, "logprob": t.logprob, "rank": t.rank, "entropy_nats": t.entropy}
        for t in result.tokens
    ]
    return {
        "tokens": rows, "perplexity": result.perplexity, "bits_per_byte": result.bits_per_byte,
        "windows": result.windows, "round_trip": round_trip,
    }  # fmt: skip
