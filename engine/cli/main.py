"""From the arguments to an exit code: finds the verb, runs it, and puts failures in a sentence.

0 done, 1 a bug of ours (a report is written), 2 wrong usage or bad input, 130 interrupted. Knows no verb's work.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import NoReturn

from engine.cli import bench, check_pairs, evaluate, finetune, generate, models, pretrain, score, tokenize
from engine.cli import next as next_verb
from engine.cli.flags import add_shared, paths_of
from engine.cli.output import Output
from engine.errors import UserError
from engine.heap import keep_memory
from engine.paths import Paths
from engine.service import failure

VERBS: tuple[ModuleType, ...] = (
    models,
    tokenize,
    generate,
    next_verb,
    score,
    check_pairs,
    pretrain,
    finetune,
    evaluate,
    bench,
)
"""Each has NAME, HELP, EXAMPLE, add_flags(parser) and run(args, out) -> what `done` carries."""

DONE, BUG, BAD_INPUT, INTERRUPTED = 0, 1, 2, 130


class Parser(argparse.ArgumentParser):
    """Wrong usage is a UserError like any other bad input."""

    def error(self, message: str) -> NoReturn:
        raise UserError(message[:1].upper() + message[1:], f"See “{self.prog} --help”.")


def main(argv: Sequence[str] | None = None) -> int:
    """Run one verb; `argv` without the program's name."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    out = Output(json="--json" in arguments)
    paths = Paths.of_user()
    keep_memory()
    try:
        args = build().parse_args(arguments)
        paths = paths_of(args)
        out.done(args.verb_module.run(args, out))
    except SystemExit as leaving:  # --help has been printed
        return leaving.code if isinstance(leaving.code, int) else DONE
    except KeyboardInterrupt:
        out.error("Interrupted")
        return INTERRUPTED
    except BrokenPipeError:  # whoever reads has seen enough; Python would complain once more on exit
        sys.stdout = Path(os.devnull).open("w")  # noqa: SIM115
        return DONE
    except Exception as error:
        return _failed(error, out, paths)
    return DONE


def build() -> Parser:
    """All verbs and flags; imports nothing heavy."""
    parser = Parser(
        prog="python -m engine",
        description="A small language model, without a window.",
        epilog=f"Example:\n  {generate.EXAMPLE}",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(metavar="VERB", required=True, parser_class=Parser)
    for module in VERBS:
        verb = verbs.add_parser(
            module.NAME,
            help=module.HELP,
            description=module.HELP[:1].upper() + module.HELP[1:] + ".",
            epilog=f"Example:\n  {module.EXAMPLE}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        verb.set_defaults(verb_module=module)
        module.add_flags(verb)
        if not any(isinstance(action, argparse._SubParsersAction) for action in verb._actions):
            add_shared(verb)
    return parser


def _failed(error: Exception, out: Output, paths: Paths) -> int:
    event = failure(0, error)
    if not event.report:
        out.error(event.message, event.hint)
        return BAD_INPUT
    path = _write_report(event.report, paths)
    out.error(event.message, f"The report is in {path}." if path else event.report)
    return BUG


def _write_report(report: str, paths: Paths) -> Path | None:
    """A bug of ours, on disk; None where not even that can be written."""
    path = paths.log / time.strftime("report-%Y%m%d-%H%M%S.txt")
    system = f"Python {platform.python_version()}, {platform.platform()}"
    try:
        paths.log.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{system}\n\n{report}", encoding="utf-8")
    except OSError:
        return None
    return path
