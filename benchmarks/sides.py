"""What the benchmarks of decoding, of prefill and of perplexity share: their arguments, and a setting made of them."""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from engine.bench import ours as own
from engine.bench.setting import Setting, Work
from engine.bench.turns import ROUNDS, take_turns
from engine.formats.library import Library
from engine.paths import Paths

ROOT = Path(__file__).resolve().parent.parent
__all__ = ["ROUNDS", "arguments", "measured", "ours", "setting_of"]


def arguments(doc: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--model", default="smollm2-135m")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--gguf", type=Path, nargs="*", default=[], help="the same model's files, for llama.cpp")
    parser.add_argument("--no-amx", action="store_true", help="llama.cpp without its kernels that rearrange weights")
    return parser


def setting_of(args: argparse.Namespace, folder: Path | None = None) -> Setting:
    """Our model is written into `folder` for Transformers."""
    if folder is not None:
        flags = ["--to", str(folder), "--data-dir", str(args.data_dir)]
        command = [sys.executable, "-m", "engine", "models", "export", args.model, *flags]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
    vocabulary = Library(Paths.under(args.data_dir)).find(args.model).config.vocab_size
    return Setting(str(args.data_dir), args.model, vocabulary, args.threads, str(folder or ""), plain=args.no_amx)


def measured(setting: Setting, work: Work, sides: Sequence[str]) -> tuple[dict[str, float], Mapping[str, Any]]:
    """The median rate of each side, and its first answer."""
    answers = take_turns(setting, work, sides)
    rates = {side: statistics.median(one["rate"] for one in found) for side, found in answers.items()}
    return rates, {side: found[0] for side, found in answers.items()}


def ours(args: argparse.Namespace, precision: str) -> Any:
    """A loaded model of ours, with everything compiled."""
    return own.load(setting_of(args), precision)
