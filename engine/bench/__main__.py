"""One side of a comparison, in a process of its own: `python -m engine.bench ORDER`.

Says "ready", and then answers each line with a JSON object: `rate`, and what else belongs to its work.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable

import torch

from engine.bench import ours, peers
from engine.bench.machine import multiplying, reading
from engine.bench.setting import LLAMA, OURS, PEFT, TOKENS, Order, Reader, prompt

Answer = dict[str, float]
REST_S = 0.3
"""Until the threads of the side before have gone to sleep."""


def main() -> None:
    order = Order.from_json(sys.argv[1])
    torch.set_num_threads(order.setting.threads)
    once = work_of(order)
    _say("ready")
    for _ in sys.stdin:
        time.sleep(REST_S)
        _say(json.dumps(once()))


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def work_of(order: Order) -> Callable[[], Answer]:
    match order.work.kind:
        case "machine":
            return lambda: {"rate": reading(), "multiplying": multiplying()}
        case "teach":
            return taught(order)
        case "decode":
            return written(reader_of(order), prompt(order.work.tokens, order.setting.vocabulary))
        case "prefill":
            return read(reader_of(order), prompt(order.work.tokens, order.setting.vocabulary))


def reader_of(order: Order) -> Reader:
    kind, _, rest = order.side.partition(" ")
    if kind == OURS:
        return ours.Ours(order.setting, rest or "auto")
    if kind == LLAMA:
        return peers.Llama(order.setting, rest, order.work.tokens)
    return peers.Transformers(order.setting, rest)


def written(reader: Reader, ids: list[int]) -> Callable[[], Answer]:
    """Tokens a second behind the same context, each time from there on."""

    def once() -> Answer:
        step, token = reader.begin(ids), 7
        token = step(token)
        began = time.perf_counter()
        for _ in range(TOKENS):
            token = step(token)
        rate = TOKENS / (time.perf_counter() - began)
        return {"rate": rate, "bytes": reader.bytes_per_token(len(ids))}

    return once


def read(reader: Reader, ids: list[int]) -> Callable[[], Answer]:
    """Tokens a second of a prompt, from an empty cache to the logits of its last token."""

    def once() -> Answer:
        began = time.perf_counter()
        reader.read(ids)
        return {"rate": len(ids) / (time.perf_counter() - began)}

    return once


def taught(order: Order) -> Callable[[], Answer]:
    """Tokens of texts a second in a step of teaching."""
    kind, _, precision = order.side.partition(" ")
    step = peers.teaching(order.setting, precision) if kind == PEFT else ours.teaching(order.setting)

    def once() -> Answer:
        began = time.perf_counter()
        tokens = step()
        return {"rate": tokens / (time.perf_counter() - began)}

    return once


if __name__ == "__main__":
    main()
