"""Tokens a second while a prompt of 512 tokens is read: ours and Transformers in each precision, and llama.cpp.

    python benchmarks/prefill.py --data-dir DIR [--tokens 512] [--threads 2] [--gguf Q8_0.gguf Q4_1.gguf]

Every side lives in a process of its own; they take turns, five times, from an empty cache to the logits of the last
token. Beside it the share of this machine's rate of float32 products (the best of five of two 2048 x 2048 matrices).
"""

from __future__ import annotations

import tempfile
from pathlib import Path

from sides import arguments, measured, setting_of

from engine.bench.setting import LLAMA, OURS, Work
from engine.formats.library import Library
from engine.paths import Paths

NAMES = ("ours float32", "ours bfloat16", "transformers float32", "transformers bfloat16")


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--tokens", type=int, default=512)
    args = parser.parse_args()
    config = Library(Paths.under(args.data_dir)).find(args.model).config
    operations = 2 * (config.parameters() - config.vocab_size * config.hidden_size)  # the head: for the last token only
    with tempfile.TemporaryDirectory() as folder:
        setting = setting_of(args, Path(folder) / "hf")
        products = measured(setting, Work("machine"), [OURS])[1][OURS]["multiplying"]
        print(f"{args.model}, {args.threads} threads; {products / 1e9:.0f} GFLOP/s in float32\n", flush=True)
        rates, _ = measured(setting, Work("prefill", args.tokens), [*NAMES, *(f"{LLAMA} {f}" for f in args.gguf)])
    print("| side | tokens/s | against ours in float32 | of float32 products |\n|---|---|---|---|")
    for name, rate in rates.items():
        share = rate * operations / products
        print(f"| {Path(name).name} | {rate:.0f} | {rate / rates[NAMES[0]]:.2f} | {share:.2f} |")


if __name__ == "__main__":
    main()
