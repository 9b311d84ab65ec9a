"""Tokens a second while one reply is written: ours compiled and by torch, Transformers, and llama.cpp where it is.

    python benchmarks/decode.py --data-dir DIR [--contexts 64 4000] [--threads 2] [--gguf Q8_0.gguf Q4_1.gguf]

Every side lives in a process of its own; they take turns, five times, 64 tokens each, always behind the same context.
Beside it what a token reads of weights and cache, and what this machine reads at most (the best of five sums over
1 GiB, both threads). llama.cpp is measured through llama-cpp-python, which is no part of the project; its AMX kernels
crash on some machines, where --no-amx leaves them out.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
ROUNDS, TOKENS = 5, 64
OURS = ("float32 compiled", "float32 torch")
"""Exact, as the file has the weights. An int8 side is asked for with --rounded."""
PEERS = ("transformers float32", "transformers bfloat16")
Step = Callable[[int], int]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--model", default="smollm2-135m")
    parser.add_argument("--contexts", type=int, nargs="+", default=[64, 4000])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--gguf", type=Path, nargs="*", default=[])
    parser.add_argument("--rounded", action="store_true", help="a side in int8 as well")
    parser.add_argument("--peers", nargs="*", default=PEERS, help="of Transformers")
    parser.add_argument("--no-amx", action="store_true", help="llama.cpp without its kernels that rearrange weights")
    parser.add_argument("--side", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.side:
        return side(args)
    read = bandwidth(args)
    print(f"{args.model}, {args.threads} threads; this machine reads {read / 1e9:.1f} GB/s\n", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        args.folder = Path(folder) / "hf"
        own = ["models", "export", args.model, "--to", str(args.folder), "--data-dir", str(args.data_dir)]
        subprocess.run([sys.executable, "-m", "engine", *own], check=True, stdout=subprocess.DEVNULL, cwd=ROOT)
        for context in args.contexts:
            compare(args, context, read)
    return None


def compare(args: argparse.Namespace, context: int, read: float) -> None:
    """One table."""
    rounded = ["int8 compiled"] if args.rounded else []
    names = [*OURS, *rounded, *args.peers, *(f"llama.cpp {path}" for path in args.gguf)]
    own = [sys.executable, __file__, "--data-dir", str(args.data_dir), "--model", args.model]
    own += ["--folder", str(args.folder), *(["--no-amx"] if args.no_amx else [])]
    processes: dict[str, subprocess.Popen[str]] = {}
    for name in names:  # one after another: each reads the context for itself
        command = [*own, "--threads", str(args.threads), "--contexts", str(context), "--side", name]
        environment = os.environ | {"HF_HUB_OFFLINE": "1"}
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)
        processes[name] = process
        assert process.stdout is not None and process.stdout.readline() == "ready\n", f"{name} did not start"
    rates: dict[str, list[float]] = {name: [] for name in names}
    told: dict[str, dict[str, float]] = {}
    for number in range(ROUNDS + 1):  # the first one warms up
        for name, process in processes.items():
            assert process.stdin is not None and process.stdout is not None
            process.stdin.write("go\n")
            process.stdin.flush()
            told[name] = json.loads(process.stdout.readline())
            if number:
                rates[name].append(told[name]["rate"])
    for process in processes.values():
        process.communicate("")
    best = statistics.median(rates[OURS[0]])
    print(f"| behind {context} tokens | tokens/s | against ours | GB a token | of the machine's reading |")
    print("|---|---|---|---|---|")
    for name in names:
        rate, bytes_read = statistics.median(rates[name]), told[name]["bytes"]
        share = f"{bytes_read / 1e9:.3f} | {bytes_read * rate / read:.2f}" if bytes_read else " | "
        print(f"| {Path(name).name} | {rate:.1f} | {rate / best:.2f} | {share} |", flush=True)
    print()


def side(args: argparse.Namespace) -> None:
    """One side in its process: a line in, 64 tokens, their rate out."""
    import torch

    torch.set_num_threads(args.threads)
    context = args.contexts[0]
    kind, _, rest = args.side.partition(" ")
    if kind == "llama.cpp":
        begin, bytes_read = llama(rest, context, args), 0
    elif kind == "transformers":
        begin, bytes_read = transformers_side(args, context, rest), 0
    else:
        begin, bytes_read = our_side(args, context, kind, compiled=rest == "compiled")
    begin()
    print("ready", flush=True)
    for _ in sys.stdin:
        time.sleep(0.3)  # until the threads of the side before have gone to sleep
        step, token = begin(), 7
        token = step(token)
        began = time.perf_counter()
        for _ in range(TOKENS):
            token = step(token)
        print(json.dumps({"rate": TOKENS / (time.perf_counter() - began), "bytes": bytes_read}), flush=True)


def prompt(context: int) -> list[int]:
    return [1 + n * 7919 % 40_000 for n in range(context)]


def our_side(
    args: argparse.Namespace, context: int, precision: str, *, compiled: bool
) -> tuple[Callable[[], Step], int]:
    import torch

    from engine.messages import LoadModel
    from engine.paths import Paths
    from engine.run.kernels import VARIANTS, compile_all
    from engine.run.prefix import Prefix
    from engine.run.session import Session

    session = Session(Paths.under(args.data_dir))
    if compiled and not all(map(session._kernels.ready, VARIANTS)):
        compile_all(str(session._kernels.folder))
    for _ in session.load(LoadModel(0, args.model, "cpu", precision, args.threads)):
        continue
    loaded = session.require()
    prefix = loaded.prefix if compiled else Prefix(loaded.model)
    ids = prompt(context)

    def begin() -> Step:
        """What the context was read before: only the last token of it is read anew."""
        prefix.reuse(ids)
        unread = ids[len(prefix.ids) :]
        for at in range(0, len(unread), 512):
            prefix.read(unread[at : at + 512])
        return lambda token: int(torch.argmax(prefix.read([token])))

    config = loaded.model.config
    weights = loaded.packed.nbytes if compiled and loaded.packed else 4 * config.parameters()
    return begin, weights + config.kv_bytes_per_token(4) * context


def transformers_side(args: argparse.Namespace, context: int, precision: str) -> Callable[[], Step]:
    import copy

    import torch
    from transformers import AutoModelForCausalLM, DynamicCache

    model = AutoModelForCausalLM.from_pretrained(args.folder, dtype=getattr(torch, precision)).eval()
    read = DynamicCache()
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


def llama(path: str, context: int, args: argparse.Namespace) -> Callable[[], Step]:
    import numpy as np

    package = importlib.import_module("llama_cpp")
    if args.no_amx:  # those of 0.3.36 ended with an illegal instruction on a Xeon whose tiles nobody had set up
        usual = package.llama_cpp.llama_model_default_params()
        usual.use_extra_bufts = False
        package.llama_cpp.llama_model_default_params = lambda: usual
    threads = {"n_threads": args.threads, "n_threads_batch": args.threads}
    model = package.Llama(path, n_ctx=context + 2 * TOKENS, **threads, verbose=False)
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
