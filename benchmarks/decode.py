"""Tokens a second while one reply is written: ours compiled and by torch, Transformers, and llama.cpp where it is.

    python benchmarks/decode.py --data-dir DIR [--contexts 64 4000] [--threads 2] [--gguf Q8_0.gguf Q4_1.gguf]

Every side lives in a process of its own; they take turns, five times, 64 tokens each, always behind the same context.
Beside it what a token reads of weights and cache, and what this machine reads at most (the best of five sums over
1 GiB, all threads). llama.cpp is measured through llama-cpp-python, which is no part of the app; its AMX kernels
crash on some machines, where --no-amx leaves them out.
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from sides import arguments, measured, setting_of

from engine.bench.setting import LLAMA, OURS, Setting, Work

SIDES = (OURS, "ours torch")
"""Exact, as the file has the weights. Rounded ones are asked for with --rounded."""
PEERS = ("transformers float32", "transformers bfloat16")


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--contexts", type=int, nargs="+", default=[64, 4000])
    parser.add_argument("--rounded", nargs="*", default=[], choices=("int8", "int4"), help="sides in these as well")
    parser.add_argument("--peers", nargs="*", default=PEERS, help="of Transformers")
    args = parser.parse_args()
    rounded = [f"{OURS} {precision}" for precision in args.rounded]
    sides = [*SIDES, *rounded, *args.peers, *(f"{LLAMA} {f}" for f in args.gguf)]
    with tempfile.TemporaryDirectory() as folder:
        setting = setting_of(args, Path(folder) / "hf" if args.peers else None)
        read = measured(setting, Work("machine"), [OURS])[0][OURS]
        print(f"{args.model}, {args.threads} threads; this machine reads {read / 1e9:.1f} GB/s\n", flush=True)
        for context in args.contexts:
            compare(setting, sides, context, read)


def compare(setting: Setting, sides: list[str], context: int, read: float) -> None:
    """One table."""
    rates, first = measured(setting, Work("decode", context), sides)
    print(f"| behind {context} tokens | tokens/s | against ours | GB a token | of the machine's reading |")
    print("|---|---|---|---|---|")
    for name, rate in rates.items():
        taken = first[name]["bytes"]
        share = f"{taken / 1e9:.3f} | {taken * rate / read:.2f}" if taken else " | "
        print(f"| {Path(name).name} | {rate:.1f} | {rate / rates[OURS]:.2f} | {share} |", flush=True)
    print()


if __name__ == "__main__":
    main()
