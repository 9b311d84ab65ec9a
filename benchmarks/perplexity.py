"""The perplexity of a text: by torch, by the compiled step one token at a time, and by llama.cpp over the same tokens.

    python benchmarks/perplexity.py TEXT --data-dir DIR [--windows 8] [--precisions auto int8 int4] [--gguf FILES]

Windows of 512 tokens from the beginning of the text, each read from an empty cache; every token but the first counts.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sides import arguments, ours, setting_of

from engine.bench.peers import llama

WINDOW = 512


def main() -> None:
    parser = arguments(__doc__)
    parser.add_argument("text", type=Path)
    parser.add_argument("--windows", type=int, default=8)
    parser.add_argument("--precisions", nargs="+", default=["auto"], help="of ours")
    args = parser.parse_args()
    torch.set_num_threads(args.threads)
    print("| side | perplexity |\n|---|---|", flush=True)
    for precision in args.precisions:
        loaded = ours(args, precision)
        ids = loaded.tokenizer.encode(args.text.read_text(encoding="utf-8")[: args.windows * WINDOW * 8])
        windows = torch.tensor(ids[: args.windows * WINDOW]).view(-1, WINDOW)
        for how, logits in (("torch", by_torch), ("compiled", by_step)):
            told = perplexity(windows, partial(logits, loaded))
            print(f"| ours, {precision}, {how} | {told:.4f} |", flush=True)
    for path in args.gguf:
        model = llama(setting_of(args), str(path), WINDOW + 8, n_batch=WINDOW, logits_all=True)
        print(f"| llama.cpp {path.name} | {perplexity(windows, partial(by_llama, model)):.4f} |", flush=True)


def perplexity(windows: torch.Tensor, logits: Callable[[list[int]], torch.Tensor]) -> float:
    losses = [torch.nn.functional.cross_entropy(logits(row.tolist())[:-1].double(), row[1:]).item() for row in windows]
    return math.exp(sum(losses) / len(losses))


def by_torch(loaded: Any, ids: list[int]) -> torch.Tensor:
    with torch.inference_mode():
        return loaded.model(torch.tensor([ids]))[0].float()


def by_step(loaded: Any, ids: list[int]) -> torch.Tensor:
    loaded.prefix.ids.clear()
    loaded.prefix.reuse(ids[:1])
    return torch.stack([loaded.prefix.read([token]).clone() for token in ids])


def by_llama(model: Any, ids: list[int]) -> torch.Tensor:
    model.reset()
    model._ctx.kv_cache_clear()
    model.eval(ids)
    return torch.from_numpy(np.array(model.scores[: len(ids)]))


if __name__ == "__main__":
    main()
