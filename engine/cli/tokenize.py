"""`tokenize`: text to pieces. Reads the tokenizer only, no weights."""

from __future__ import annotations

import argparse

from engine.cli.flags import add_file, add_model, paths_of, text_of
from engine.cli.output import Output

NAME = "tokenize"
HELP = "cut a text into the pieces that a model reads"
EXAMPLE = 'python -m engine tokenize --model smollm2-135m "Hello world"'


def add_flags(parser: argparse.ArgumentParser) -> None:
    add_model(parser)
    parser.add_argument("text", nargs="?", metavar="TEXT", help="the text, or - for stdin")
    add_file(parser)


def run(args: argparse.Namespace, out: Output) -> dict[str, object]:
    from engine.formats.library import Library

    text = text_of(args, args.text, "an argument")
    tokenizer = Library(paths_of(args)).find(args.model).tokenizer()
    spans = tokenizer.encode_with_offsets(text)
    for token_id, start, end in spans:
        out.text(f"{token_id:>8}  {start:>6}–{end:<6}  {tokenizer.piece(token_id)}")
    out.text(f"{len(spans)} tokens, {len(text)} characters")
    return {"tokens": [{"id": i, "piece": tokenizer.piece(i), "start": start, "end": end} for i, start, end in spans]}
