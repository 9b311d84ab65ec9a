"""Tokens a second while a prompt of 512 tokens is read: ours and Transformers in each precision, and llama.cpp.

    python benchmarks/prefill.py --data-dir DIR [--tokens 512] [--threads 2] [--gguf Q8_0.gguf Q4_1.gguf]

Every side lives in a process of its own; they take turns, five times, from an empty cache to the logits of the last
token. Beside it the share of this machine's rate of float32 products (the best of five of two 2048 x 2048 matrices).
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sides import ROUNDS, Answer, answer, arguments, export, llama, ours, prompt, take_turns, theirs

NAMES = ("ours float32", "ours bfloat16", "transformers float32", "transformers bfloat16")


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--tokens", type=int, default=512)
    args = parser.parse_args()
    if args.side:
        return side(args)
    rate = products(args)
    print(f"{args.model}, {args.threads} threads; {rate / 1e9:.0f} GFLOP/s in float32\n", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        args.folder = Path(folder) / "hf"
        export(args, args.folder)
        names = [*NAMES, *(f"llama.cpp {path}" for path in args.gguf)]
        answers = take_turns(__file__, args, names, "--tokens", str(args.tokens))
    print("| side | tokens/s | against ours in float32 | of float32 products |\n|---|---|---|---|")
    rates = {name: statistics.median(one["rate"] for one in found) for name, found in answers.items()}
    for name, found in rates.items():
        share = found * answers[NAMES[0]][0]["operations"] / rate
        print(f"| {Path(name).name} | {found:.0f} | {found / rates[NAMES[0]]:.2f} | {share:.2f} |")
    return None


def side(args: argparse.Namespace) -> None:
    import torch

    torch.set_num_threads(args.threads)
    kind, _, rest = args.side.partition(" ")
    operations = 0
    if kind == "llama.cpp":
        read = llama_side(args, rest)
    elif kind == "transformers":
        read = transformers_side(args, rest)
    else:
        read, operations = our_side(args, rest)

    def once() -> Answer:
        began = time.perf_counter()
        read()
        return {"rate": args.tokens / (time.perf_counter() - began), "operations": operations}

    answer(once)


def our_side(args: argparse.Namespace, precision: str) -> tuple[Callable[[], object], int]:
    loaded = ours(args, precision)
    ids = prompt(args.tokens)

    def read() -> None:
        loaded.prefix.ids.clear()
        loaded.prefix.reuse(ids)
        loaded.prefix.read(ids)

    config = loaded.model.config
    head = config.vocab_size * config.hidden_size  # only for the last token
    return read, 2 * (config.parameters() - head)


def transformers_side(args: argparse.Namespace, precision: str) -> Callable[[], object]:
    import torch

    model, ids = theirs(args, precision), torch.tensor([prompt(args.tokens)])

    def read() -> None:
        with torch.inference_mode():
            model(ids, use_cache=True, logits_to_keep=1)

    return read


def llama_side(args: argparse.Namespace, path: str) -> Callable[[], object]:
    model = llama(args, path, args.tokens + 8, n_batch=args.tokens)

    def read() -> None:
        model.reset()
        model._ctx.kv_cache_clear()
        model.eval(prompt(args.tokens))

    return read


def products(args: argparse.Namespace) -> float:
    """Operations a second."""
    import torch

    torch.set_num_threads(args.threads)
    one = torch.randn(2048, 2048)
    seconds = []
    for _ in range(ROUNDS + 1):
        began = time.perf_counter()
        one @ one
        seconds.append(time.perf_counter() - began)
    return 2 * 2048**3 / min(seconds)


if __name__ == "__main__":
    main()
