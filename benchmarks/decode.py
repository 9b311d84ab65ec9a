"""Tokens a second while one reply is written: ours compiled and by torch, Transformers, and llama.cpp where it is.

    python benchmarks/decode.py --data-dir DIR [--contexts 64 4000] [--threads 2] [--gguf Q8_0.gguf Q4_1.gguf]

Every side lives in a process of its own; they take turns, five times, 64 tokens each, always behind the same context.
Beside it what a token reads of weights and cache, and what this machine reads at most (the best of five sums over
1 GiB, both threads). llama.cpp is measured through llama-cpp-python, which is no part of the project; its AMX kernels
crash on some machines, where --no-amx leaves them out.
"""

from __future__ import annotations

import argparse
import copy
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sides import ROUNDS, Answer, answer, arguments, export, llama, ours, prompt, take_turns, theirs

TOKENS = 64
OURS = ("float32 compiled", "float32 torch")
"""Exact, as the file has the weights. An int8 side is asked for with --rounded."""
PEERS = ("transformers float32", "transformers bfloat16")
Step = Callable[[int], int]


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("--contexts", type=int, nargs="+", default=[64, 4000])
    parser.add_argument("--rounded", action="store_true", help="a side in int8 as well")
    parser.add_argument("--peers", nargs="*", default=PEERS, help="of Transformers")
    args = parser.parse_args()
    if args.side:
        return side(args)
    read = bandwidth(args)
    print(f"{args.model}, {args.threads} threads; this machine reads {read / 1e9:.1f} GB/s\n", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        args.folder = Path(folder) / "hf"
        export(args, args.folder)
        for context in args.contexts:
            compare(args, context, read)
    return None


def compare(args: argparse.Namespace, context: int, read: float) -> None:
    """One table."""
    rounded = ["int8 compiled"] if args.rounded else []
    names = [*OURS, *rounded, *args.peers, *(f"llama.cpp {path}" for path in args.gguf)]
    answers = take_turns(__file__, args, names, "--contexts", str(context))
    rates = {name: statistics.median(one["rate"] for one in found) for name, found in answers.items()}
    print(f"| behind {context} tokens | tokens/s | against ours | GB a token | of the machine's reading |")
    print("|---|---|---|---|---|")
    for name, rate in rates.items():
        bytes_read = answers[name][0]["bytes"]
        share = f"{bytes_read / 1e9:.3f} | {bytes_read * rate / read:.2f}" if bytes_read else " | "
        print(f"| {Path(name).name} | {rate:.1f} | {rate / rates[OURS[0]]:.2f} | {share} |", flush=True)
    print()


def side(args: argparse.Namespace) -> None:
    """One side in its process: 64 tokens, their rate."""
    import torch

    torch.set_num_threads(args.threads)
    context = args.contexts[0]
    kind, _, rest = args.side.partition(" ")
    if kind == "llama.cpp":
        begin, bytes_read = llama_side(args, rest, context), 0
    elif kind == "transformers":
        begin, bytes_read = transformers_side(args, context, rest), 0
    else:
        begin, bytes_read = our_side(args, context, kind, compiled=rest == "compiled")
    begin()

    def once() -> Answer:
        step, token = begin(), 7
        token = step(token)
        began = time.perf_counter()
        for _ in range(TOKENS):
            token = step(token)
        return {"rate": TOKENS / (time.perf_counter() - began), "bytes": bytes_read}

    answer(once)


def our_side(
    args: argparse.Namespace, context: int, precision: str, *, compiled: bool
) -> tuple[Callable[[], Step], int]:
    import numpy as np

    from engine.run.prefix import Prefix

    loaded = ours(args, precision)
    prefix = loaded.prefix if compiled else Prefix(loaded.model)
    ids = prompt(context)

    def begin() -> Step:
        """What the context was read before: only the last token of it is read anew."""
        prefix.reuse(ids)
        unread = ids[len(prefix.ids) :]
        for at in range(0, len(unread), 512):
            prefix.read(unread[at : at + 512])
        return lambda token: int(np.argmax(prefix.read([token]).numpy()))

    config = loaded.model.config
    weights = loaded.packed.nbytes if compiled and loaded.packed else 4 * config.parameters()
    return begin, weights + config.kv_bytes_per_token(4) * context


def transformers_side(args: argparse.Namespace, context: int, precision: str) -> Callable[[], Step]:
    import torch
    from transformers import DynamicCache

    model, read = theirs(args, precision), DynamicCache()
    with torch.inference_mode():
        for at in range(0, context, 512):
            model(torch.tensor([prompt(context)[at : at + 512]]), past_key_values=read, use_cache=True)

    def begin() -> Step:
        cache = copy.deepcopy(read)

        def step(token: int) -> int:
            with torch.inference_mode():
                out = model(torch.tensor([[token]]), past_key_values=cache, use_cache=True)
            return int(out.logits[0, -1].argmax())

        return step

    return begin


def llama_side(args: argparse.Namespace, path: str, context: int) -> Callable[[], Step]:
    import numpy as np

    model = llama(args, path, context + 2 * TOKENS)
    model.eval(prompt(context))

    def begin() -> Step:
        model._ctx.kv_cache_seq_rm(0, context, -1)
        model.n_tokens = context

        def step(token: int) -> int:
            model.eval([token])
            return int(np.argmax(model._ctx.get_logits_ith(-1)[: model.n_vocab()]))

        return step

    return begin


def bandwidth(args: argparse.Namespace) -> float:
    """Bytes a second, summed by torch in all threads."""
    import torch

    torch.set_num_threads(args.threads)
    much = torch.ones(1 << 28)
    seconds = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        much.sum()
        seconds.append(time.perf_counter() - began)
    return much.nbytes / min(seconds)


if __name__ == "__main__":
    main()
