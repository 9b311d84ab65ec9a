"""What it costs to keep the receipt of a reply: 20 alternatives a token found and written down, against none of it.

The same tokens, by the sampler that chats begin with, each time both ways in turns: the median of 41 ratios, since
single ones move by a tenth. Written as the window does: a transaction every 33 ms.

    .venv/bin/python benchmarks/receipts.py --data-dir DIR
"""

from __future__ import annotations

import argparse
import gc
import statistics
import tempfile
import time
from pathlib import Path

from engine.data.chats import Chats
from engine.data.receipts import Receipts, Turn
from engine.data.schema import MIGRATIONS
from engine.data.store import open_store
from engine.messages import Generate, LoadModel, Message, Piece, Sampling, Tokens
from engine.paths import Paths
from engine.run.session import Session

ROUNDS, TOKENS, DELIVERY_S = 41, 128, 0.033


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data-dir", type=Path, required=True)
    args = parser.parse_args()
    session = Session(Paths.under(args.data_dir))
    for _ in session.load(LoadModel(0, "smollm2-135m")):
        continue
    gc.disable()  # as the app: what is in memory by now is never looked through while a reply is written
    seconds: dict[bool, list[float]] = {True: [], False: []}
    with tempfile.TemporaryDirectory() as folder:
        db = open_store(Path(folder) / "nextword.sqlite3", MIGRATIONS)
        for number in range(ROUNDS + 1):
            for kept in (True, False) if number % 2 else (False, True):
                seconds[kept].append(written(session, Chats(db), Receipts(db), kept))
        db.close()
    pairs = list(zip(seconds[True][1:], seconds[False][1:], strict=True))
    with_it, without = (statistics.median(side) for side in zip(*pairs, strict=True))
    cost = statistics.median(kept / bare for kept, bare in pairs) - 1
    print(f"without receipts {TOKENS / without:.1f} tokens/s, with {TOKENS / with_it:.1f}: {cost:+.1%} time")


def written(session: Session, chats: Chats, receipts: Receipts, kept: bool) -> float:
    """Seconds of a reply, from its first token on."""
    chat = chats.create()
    message = chats.add(chat, None, "assistant", "", "writing")
    receipts.begin(message, Turn("smollm2-135m", "0" * 64, "cpu", "float32", "{}", ""))
    asked = (Message("user", "Tell me a long story about a lighthouse keeper and a fox."),)
    command = Generate(0, asked, Sampling(seed=1), TOKENS, alternatives=20 if kept else 0)
    waiting: list[Piece] = []
    began = last = position = offset = 0
    for event in session.generate(command):
        if not isinstance(event, Tokens):
            continue
        began = began or time.perf_counter()
        waiting += event.pieces
        if kept and time.perf_counter() - last > DELIVERY_S:
            offset = receipts.append(message, "0" * 64, waiting, position, offset)
            position, last, waiting = position + len(waiting), time.perf_counter(), []
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
