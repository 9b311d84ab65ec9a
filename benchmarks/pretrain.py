"""Training from scratch against nanoGPT: the same text, vocabulary, tokens, batch and context, models equally large.

1. Curves: bits per byte on held-out documents after every so many tokens, each side in a process of its own, one after
   the other; then how many tokens ours needed for what nanoGPT had reached, as a share. With `--shares 1 0.5` ours is
   also trained over half of the tokens in all, its learning rate falling accordingly.
2. Speed: steps of both in turns, each side in its process, medians; and what share that is of this machine's rate of
   matrix products. Ours keeps freed memory as the app does; `--peer-keeps` gives nanoGPT's process the same.

    .venv/bin/python benchmarks/pretrain.py --text F --nanogpt DIR --work DIR [--tokens 4000000] [--shares 1 0.5]

`DIR` of nanoGPT holds its `model.py`. What was read and cut into tokens stays in `--work` for the next time.
"""

from __future__ import annotations

import argparse
import statistics
import time
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import pairwise
from multiprocessing import get_context
from pathlib import Path

import torch
from pretrain_sides import Ours, Peer, Recipe, Side, tokenizer_of

from engine.data.batches import open_tokens
from engine.heap import keep_memory
from engine.messages import PretrainSettings, TextSource
from engine.run.course import Course, course
from engine.run.held_out import HeldOut
from engine.run.pretrain_folder import HELD, PretrainFolder
from engine.run.pretrain_start import begin

VOCABULARY = 4096
LOOK = 32_768
"""Held-out tokens of a point of a curve; the last point is measured on all."""
ROUNDS, BURST = 7, 3
"""Turns of each side, and steps of a turn."""
SQUARE, PRODUCTS = 2048, 3
"""Side of the matrices whose product is timed, and how often in a turn."""

Curve = list[tuple[int, float]]
"""Tokens read, and bits a byte."""


def main() -> None:
    args = _arguments()
    torch.set_num_threads(args.threads)
    prepare(args)
    print(f"{args.text.name}, {args.threads} threads, {args.precision}", flush=True)
    if args.tokens:
        curves(args)
    speeds(args)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text", type=Path, required=True)
    parser.add_argument("--nanogpt", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--tokens", type=int, default=4_000_000, help="0 for the speed alone")
    parser.add_argument("--every", type=int, default=0, help="tokens between two points; a sixteenth by default")
    parser.add_argument("--shares", type=float, nargs="+", default=[1.0], help="of the tokens, that ours reads in all")
    parser.add_argument("--preset", default="nano")
    parser.add_argument("--context", type=int, default=256)
    parser.add_argument("--batch", type=int, default=4096)
    parser.add_argument("--precision", choices=("float32", "bfloat16"), default="float32")
    parser.add_argument("--peer-rate", type=float, default=Recipe().rate)
    parser.add_argument("--peer-micro", type=int, default=16, help="windows that nanoGPT reads at once")
    parser.add_argument("--peer-keeps", action="store_true", help="nanoGPT's process keeps freed memory, too")
    parser.add_argument("--compile", action="store_true", help="nanoGPT by torch.compile, which needs a C++ compiler")
    parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    return parser.parse_args()


# ---- what both read ----------------------------------------------------------------
def prepare(args: argparse.Namespace) -> None:
    """Text, vocabulary and tokens in the working folder, unless they are there."""
    folder = PretrainFolder(_folder(args))
    if folder.begun:
        return
    settings = _settings(args, 1.0)
    for _ in begin(0, folder, "Benchmark", (TextSource(args.text.name, args.text),), settings, args.work):
        continue


def _folder(args: argparse.Namespace) -> Path:
    return args.work / f"{args.text.stem}-{VOCABULARY}"


def _settings(args: argparse.Namespace, share: float) -> PretrainSettings:
    return PretrainSettings(
        args.preset, vocabulary=VOCABULARY, tokens=round(share * args.tokens), context=args.context, batch=args.batch,
        precision=args.precision, prompts=("Once upon a time",),
    )  # fmt: skip


def _course(args: argparse.Namespace, share: float) -> Course:
    settings = _settings(args, share)
    return course(settings, VOCABULARY, settings.tokens, args.precision)


def _side(args: argparse.Namespace, share: float) -> Side:
    """Ours over a share of the tokens, or the peer for 0."""
    if share:
        return Ours(_folder(args), _course(args, share))
    recipe = Recipe(rate=args.peer_rate)
    return Peer(args.nanogpt, _folder(args), _course(args, 1.0), recipe, args.peer_micro, args.compile)


# ---- curves ------------------------------------------------------------------------
def curves(args: argparse.Namespace) -> None:
    theirs = _apart(args, 0.0)
    ours = {share: _apart(args, share) for share in args.shares}
    for share, curve in ours.items():
        print(f"\nOurs, {round(share * args.tokens):,} tokens in all")
        print(table(theirs, curve), flush=True)


def _apart(args: argparse.Namespace, share: float) -> Curve:
    """The curve of a side from a process of its own, so that neither finds what the other left."""
    with _process(args, share) as pool:
        return pool.submit(_curve, args, share).result()


def _process(args: argparse.Namespace, share: float) -> ProcessPoolExecutor:
    return ProcessPoolExecutor(1, get_context("spawn"), _prepared, (args, share))


def _prepared(args: argparse.Namespace, share: float) -> None:
    """A process as one side would be run in."""
    if share or args.peer_keeps:
        keep_memory()
    torch.set_num_threads(args.threads)


def _curve(args: argparse.Namespace, share: float) -> Curve:
    side, made = _side(args, share), _course(args, share or 1.0)
    held = _held(args)
    every = max(1, (args.every or args.tokens // 16) // made.step_tokens)
    print(f"\n{side.name}: {side.parameters:,} parameters, {made.steps} steps of {made.step_tokens:,}", flush=True)
    curve, spent = [(0, side.bits(held.some(LOOK)))], 0.0
    for step in range(1, made.steps + 1):
        began = time.perf_counter()
        side.step()
        spent += time.perf_counter() - began
        if step % every == 0 or step == made.steps:
            curve.append((step * made.step_tokens, side.bits(held.some(LOOK))))
            print(f"{curve[-1][0]:12,}  {curve[-1][1]:.4f}  {curve[-1][0] / spent:6,.0f} tokens/s", flush=True)
    print(f"{'all held out':>12}  {side.bits(held):.4f}  of {held.bytes_of.sum():,} bytes", flush=True)
    return curve


def _held(args: argparse.Namespace) -> HeldOut:
    tokens = open_tokens(_folder(args) / HELD, VOCABULARY)
    return HeldOut.of(tokens, args.context, tokenizer_of(_folder(args)))


def table(theirs: Curve, ours: Curve) -> str:
    """Beside each point of theirs what ours had then, and where ours had come as far."""
    lines = ["      tokens   nanoGPT  Nextword    needed  share"]
    known = dict(ours)
    for tokens, bits in theirs[1:]:
        then = f"{known[tokens]:.4f}" if tokens in known else "-"
        needed = reached(ours, bits)
        rest = "         -      -" if needed is None else f"{needed:10,.0f}   {needed / tokens:.2f}"
        lines.append(f"{tokens:12,}    {bits:.4f}  {then:>8}{rest}")
    return "\n".join(lines)


def reached(curve: Curve, bits: float) -> float | None:
    """Tokens after which a curve first was as low, between its points on a line; None if it never was."""
    for (before, high), (after, low) in pairwise(curve):
        if low <= bits:
            return after if high <= bits else before + (after - before) * (high - bits) / (high - low)
    return None


# ---- speed -------------------------------------------------------------------------
def speeds(args: argparse.Namespace) -> None:
    """Both sides and matrix products in turns, so that what else the machine does meets all of them."""
    args = argparse.Namespace(**{**vars(args), "tokens": (ROUNDS + 1) * BURST * args.batch})
    seconds: list[list[float]] = [[], []]
    products: dict[str, list[float]] = {"float32": [], "bfloat16": []}
    with _process(args, 0.0) as peer, _process(args, 1.0) as own:
        sides = [pool.submit(_opened, args, share).result() for pool, share in ((peer, 0.0), (own, 1.0))]
        for _ in range(ROUNDS + 1):  # the first fills caches and compiles
            for pool, took in zip((peer, own), seconds, strict=True):
                took.append(pool.submit(_burst).result())
            for name, found in products.items():
                found.append(product_rate(getattr(torch, name)))
    rates = {name: statistics.median(found[1:]) for name, found in products.items()}
    print("\nMatrix products: " + ", ".join(f"{name} {rate / 1e9:,.0f} GFLOP/s" for name, rate in rates.items()))
    fast = [BURST * _course(args, 1.0).step_tokens / statistics.median(took[1:]) for took in seconds]
    for (name, operations), speed in zip(sides, fast, strict=True):
        shares = ", ".join(f"{speed * operations / rate:.0%} of {of}" for of, rate in rates.items())
        print(f"{name:8} {speed:7,.0f} tokens/s, {operations / 1e6:.1f} MFLOP a token: {shares}")
    turns = _ratios(seconds)
    print(f"Nextword reads {fast[1] / fast[0]:.2f} times as fast; by turns {min(turns):.2f} to {max(turns):.2f}")


_opened_here: list[Side] = []
"""The side of a process, which stays there between its turns."""


def _opened(args: argparse.Namespace, share: float) -> tuple[str, float]:
    """Its name and operations a token."""
    _opened_here.append(_side(args, share))
    return _opened_here[-1].name, _opened_here[-1].flops


def _burst() -> float:
    began = time.perf_counter()
    for _ in range(BURST):
        _opened_here[-1].step()
    return time.perf_counter() - began


def _ratios(seconds: Sequence[Sequence[float]]) -> list[float]:
    return [theirs / ours for theirs, ours in zip(seconds[0][1:], seconds[1][1:], strict=True)]


def product_rate(dtype: torch.dtype) -> float:
    """Floating-point operations a second in a product of two square matrices, at its median."""
    a, b = (torch.randn(SQUARE, SQUARE).to(dtype) for _ in range(2))
    took: list[float] = []
    for _ in range(PRODUCTS):
        began = time.perf_counter()
        torch.mm(a, b)
        took.append(time.perf_counter() - began)
    return 2 * SQUARE**3 / statistics.median(took)


if __name__ == "__main__":
    main()
