"""What the benchmarks of decoding and of prefill share: the models of each side, and sides that take turns.

Every side lives in a process of its own, which is started with `--side NAME`; it says "ready", and after that answers
each line with a JSON object. Nothing here is timed.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
ROUNDS = 5
Answer = dict[str, float]


def arguments(doc: str | None) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description=doc, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data-dir", type=Path, required=True)
    parser.add_argument("--model", default="smollm2-135m")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--gguf", type=Path, nargs="*", default=[], help="the same model's files, for llama.cpp")
    parser.add_argument("--no-amx", action="store_true", help="llama.cpp without its kernels that rearrange weights")
    parser.add_argument("--side", help=argparse.SUPPRESS)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    return parser


def export(args: argparse.Namespace, folder: Path) -> None:
    """Our model as a folder for Transformers."""
    own = ["models", "export", args.model, "--to", str(folder), "--data-dir", str(args.data_dir)]
    subprocess.run([sys.executable, "-m", "engine", *own], check=True, stdout=subprocess.DEVNULL, cwd=ROOT)


def take_turns(script: str, args: argparse.Namespace, names: list[str], *more: str) -> dict[str, list[Answer]]:
    """What each side answered, five times after one to warm up."""
    own = [sys.executable, script, "--data-dir", str(args.data_dir), "--model", args.model]
    own += ["--threads", str(args.threads), "--folder", str(args.folder), *(["--no-amx"] if args.no_amx else []), *more]
    processes: dict[str, subprocess.Popen[str]] = {}
    for name in names:  # one after another: each has to read something for itself
        environment = os.environ | {"HF_HUB_OFFLINE": "1"}
        process = subprocess.Popen(
            [*own, "--side", name], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment
        )
        processes[name] = process
        assert process.stdout is not None and process.stdout.readline() == "ready\n", f"{name} did not start"
    answers: dict[str, list[Answer]] = {name: [] for name in names}
    for _ in range(ROUNDS + 1):
        for name, process in processes.items():
            assert process.stdin is not None and process.stdout is not None
            process.stdin.write("go\n")
            process.stdin.flush()
            answers[name].append(json.loads(process.stdout.readline()))
    for process in processes.values():
        process.communicate("")
    return {name: found[1:] for name, found in answers.items()}


def answer(once: Callable[[], Answer]) -> None:
    """The side's end of it."""
    print("ready", flush=True)
    for _ in sys.stdin:
        time.sleep(0.3)  # until the threads of the side before have gone to sleep
        print(json.dumps(once()), flush=True)


def prompt(context: int) -> list[int]:
    return [1 + n * 7919 % 40_000 for n in range(context)]


def ours(args: argparse.Namespace, precision: str) -> Any:
    """A loaded model of ours, with everything compiled."""
    from engine.messages import LoadModel
    from engine.paths import Paths
    from engine.run.kernels import VARIANTS, compile_all
    from engine.run.session import Session

    session = Session(Paths.under(args.data_dir))
    if not all(map(session._kernels.ready, VARIANTS)):
        compile_all(str(session._kernels.folder))
    for _ in session.load(LoadModel(0, args.model, "cpu", precision, args.threads)):
        continue
    return session.require()


def theirs(args: argparse.Namespace, precision: str) -> Any:
    """Transformers' model."""
    import torch
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(args.folder, dtype=getattr(torch, precision)).eval()


def llama(args: argparse.Namespace, path: str, context: int, **more: Any) -> Any:
    """llama.cpp's, by llama-cpp-python."""
    package = importlib.import_module("llama_cpp")
    if args.no_amx:  # those of 0.3.36 ended with an illegal instruction on a Xeon whose tiles nobody had set up
        usual = package.llama_cpp.llama_model_default_params()
        usual.use_extra_bufts = False
        package.llama_cpp.llama_model_default_params = lambda: usual
    threads = {"n_threads": args.threads, "n_threads_batch": args.threads}
    return package.Llama(path, n_ctx=context, **threads, verbose=False, **more)
