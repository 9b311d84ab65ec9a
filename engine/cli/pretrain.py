"""`pretrain`: train a vocabulary and a model from scratch on text. Under `torchrun`, on several processes."""

from __future__ import annotations

import argparse
import dataclasses
import shlex
from pathlib import Path
from typing import Any

from engine.cli.flags import paths_of
from engine.cli.output import Output
from engine.errors import UserError
from engine.messages import (
    Event,
    Pretrain,
    PretrainOutcome,
    PretrainSettings,
    Progress,
    Saved,
    TextSource,
    TrainSteps,
    Watched,
)

NAME = "pretrain"
HELP = "train a vocabulary and a model from scratch"
EXAMPLE = "python -m engine pretrain --text books/ --out my-first-model --preset tiny --minutes 10"
WORLD = 4_000_000
"""Characters of the small world where `--text world` is asked for."""


def add_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--text", metavar="PATH", nargs="+", default=[], help="files or folders; “world” is built in")
    parser.add_argument("--out", metavar="NAME", required=True, help="what the model is called in the library")
    parser.add_argument("--preset", default="nano", metavar="tiny|nano|small|medium|large", help="the size")
    parser.add_argument("--vocab-size", type=int, default=0, metavar="N", help="tokens; 0 for what suits the text")
    parser.add_argument("--vocab-kind", default="bpe", metavar="bpe|unigram", help="how the vocabulary is made")
    parser.add_argument("--minutes", type=float, default=0.0, metavar="X", help="how long, on this computer")
    parser.add_argument("--tokens", type=int, default=0, metavar="N", help="how much is read; 0 for usual")
    parser.add_argument("--context", type=int, default=0, metavar="N", help="tokens; 0 for usual")
    parser.add_argument("--batch", type=int, default=0, metavar="N", help="tokens a step; 0 for usual")
    parser.add_argument("--learning-rate", type=float, default=0.0, metavar="X", help="peak; 0 for usual")
    parser.add_argument("--validation", type=Path, metavar="PATH", help="measure on this text, not on a part kept back")
    parser.add_argument(
        "--watch", action="append", default=[], metavar="T", help="a beginning to go on from; repeatable"
    )
    parser.add_argument("--resume", action="store_true", help="go on with an interrupted run of this name")


def run(args: argparse.Namespace, out: Output) -> dict[str, Any]:
    import torch

    from engine import device
    from engine.run.session import Session
    from engine.run.together import Processes

    processes = Processes.join()
    torch.set_num_threads(args.threads or device.choose("cpu", "auto", 0, 0).threads)
    speaks = processes is None or processes.rank == 0
    outcome: PretrainOutcome | None = None
    session = Session(paths_of(args))
    try:
        for event in session.handlers()[Pretrain](command_of(args)):
            if speaks:
                _show(event, out)
            value = getattr(event, "value", None)
            outcome = value if isinstance(value, PretrainOutcome) else outcome
    except KeyboardInterrupt:
        if speaks:
            out.text(f"Stopped. To go on: {_again(args)}")
        raise
    finally:
        if processes is not None:
            processes.leave()
    if not speaks:
        raise SystemExit(0)  # the first process says it all
    assert outcome is not None
    _summary(outcome, out)
    return {
        "steps": outcome.steps,
        "tokens": outcome.tokens,
        "seconds": outcome.seconds,
        "validation_bits_per_byte": outcome.bits,
        "averaged": outcome.averaged,
        "tokens_per_second": outcome.tokens_per_second,
        "parameters": outcome.parameters,
        "model": outcome.name,
    }


def command_of(args: argparse.Namespace) -> Pretrain:
    """UserError for flags that mean nothing."""
    if args.vocab_kind not in ("bpe", "unigram"):
        raise UserError(f"There is no vocabulary of the kind “{args.vocab_kind[:30]}”", "Choose bpe or unigram.")
    if not args.text and not args.resume:
        raise UserError("There is no text to learn from", "Name files or folders with --text.")
    settings = PretrainSettings(
        args.preset, args.vocab_size, args.vocab_kind, args.minutes, args.tokens, context=args.context,
        batch=args.batch, learning_rate=args.learning_rate, precision=args.precision or "auto", seed=args.seed or 0,
        prompts=tuple(args.watch), validation=args.validation,
    )  # fmt: skip
    return Pretrain(0, args.out, tuple(_source(text) for text in args.text), settings, args.resume)


def _source(text: str) -> TextSource:
    if text == "world" and not Path(text).exists():
        return TextSource("Small world", world=WORLD)
    return TextSource(Path(text).name, Path(text))


def _show(event: Event, out: Output) -> None:
    match event:
        case Progress():
            out.progress(event.done, event.total, event.note)
        case TrainSteps(rows=rows):
            for row in rows:
                out.event("step", **dataclasses.asdict(row))
                if row.bits is not None:
                    out.text(
                        f"Step {row.step:,} of {row.steps:,}: loss {row.loss:.3f}, held out {row.bits:.3f} bits "
                        f"a byte, {row.tokens_per_second:,.0f} tokens a second"
                    )
        case Watched(watched=watched):
            for one in watched:
                out.event("sample", **dataclasses.asdict(one))
                out.text(f"  {one.prompt} … {' '.join(one.text.split())[:160]}")
        case Saved():
            out.event("saved", step=event.step)


def _again(args: argparse.Namespace) -> str:
    where = f" --data-dir {shlex.quote(str(args.data_dir))}" if args.data_dir else ""
    return f"python -m engine pretrain --out {shlex.quote(args.out)} --resume{where}"


def _summary(outcome: PretrainOutcome, out: Output) -> None:
    kept = "the average of the last weights" if outcome.averaged else "the last weights"
    out.text(
        f"\n“{outcome.name}” has {outcome.parameters / 1e6:.1f} million parameters and read {outcome.tokens:,} tokens "
        f"in {outcome.seconds:,.0f} s: {outcome.bits:.3f} bits a byte on held-out text. Kept: {kept}."
    )
