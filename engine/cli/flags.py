"""Flags that several verbs share, and what they mean. Imports nothing heavy: `--help` is quick."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from engine.errors import UserError
from engine.paths import Paths

LARGEST_TEXT = 64 << 20
"""Bytes. More than any context holds, and not yet all memory."""


PRECISIONS = ("auto", "float32", "bfloat16", "int8", "int4")


def add_shared(parser: argparse.ArgumentParser, precisions: tuple[str, ...] = PRECISIONS) -> None:
    group = parser.add_argument_group("every verb")
    group.add_argument("--json", action="store_true", help="one JSON object a line; the last is done or error")
    group.add_argument("--data-dir", metavar="DIR", help="keep models, chats, settings and cache below DIR")
    group.add_argument("--device", choices=("auto", "cpu", "cuda", "mps"), default="auto", help="where to run")
    group.add_argument("--precision", choices=precisions, default="auto", help="of the weights")
    group.add_argument("--threads", type=int, default=0, metavar="N", help="processor threads (0: decide)")
    group.add_argument("--seed", type=int, metavar="N", help="the same seed gives the same result again")


def add_model(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", required=True, metavar="M", help="a name in the library, a folder or a .gguf file")


def add_file(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--file", metavar="F", help="read the text from a file (its last line break is left out)")


def paths_of(args: argparse.Namespace) -> Paths:
    return Paths.under(Path(args.data_dir)) if args.data_dir else Paths.of_user()


def text_of(args: argparse.Namespace, given: str | None, flag: str) -> str:
    """The text from its argument, from `--file` or, for "-", from stdin. Raises UserError when it is empty."""
    if given is not None and args.file is not None:
        raise UserError(f"The text is given twice, as {flag} and as --file", "Leave one of them out.")
    if given is None and args.file is None:
        raise UserError("There is no text", f"Give it as {flag}, as --file F, or “-” to read it from stdin.")
    if args.file is not None:
        text = _decoded(_read_file(Path(args.file)), args.file)
    elif given == "-":
        text = _decoded(sys.stdin.buffer.read(LARGEST_TEXT + 1), "stdin")
    else:
        text = _argument(given or "")
    if not text:
        raise UserError("The text is empty", "Give a text of at least one character.")
    return text


def _argument(text: str) -> str:
    if any("\ud800" <= c <= "\udfff" for c in text):  # how Python keeps bytes that are not UTF-8
        raise UserError("The text is not valid UTF-8", "Convert it to UTF-8, or put it into a file and convert that.")
    return text


def _read_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(LARGEST_TEXT + 1)
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}", "Look whether the path is right.") from error


def _decoded(data: bytes, source: str) -> str:
    if len(data) > LARGEST_TEXT:
        raise UserError(f"{source} is larger than {LARGEST_TEXT >> 20} MiB", "Give a shorter text.")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UserError(f"{source} is not valid UTF-8 (byte {error.start})", "Convert it to UTF-8 first.") from error
    return text.removesuffix("\n").removesuffix("\r")
