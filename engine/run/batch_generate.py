"""Greedy answers to many prompts at once: what evaluation needs, where one weight read serves all rows.

Equal to `generate` with temperature 0, row by row; knows ids, not texts.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence

import torch

from engine.model.layout import Layout
from engine.model.transformer import Transformer

ROWS = 48
"""Prompts at once: reading the weights is most of the work, and serves all of them."""
TOKENS = 10_240
"""Of prompts and answers that are held at once, 450 MiB of a small model."""


def answer_all(
    model: Transformer,
    prompts: Sequence[Sequence[int]],
    longest: Sequence[int],
    ends: frozenset[int],
    rows: int = ROWS,
) -> Generator[tuple[int, int], None, list[list[int]]]:
    """The ids that follow each prompt, without the end token, at most `longest` of each; yields (done, total).

    A step is one token of a group. Prompts of equal length of answer go together, so that few rows wait.
    """
    answers: list[list[int]] = [[] for _ in prompts]
    order = sorted(range(len(prompts)), key=lambda n: (longest[n], len(prompts[n])))
    done = 0
    for group in _groups(order, [len(p) for p in prompts], longest, rows):
        running = _group(model, [prompts[n] for n in group], [longest[n] for n in group], ends)
        while True:
            try:
                next(running)
            except StopIteration as finished:
                found = finished.value
                break
            yield done, len(order)
        for number, answer in zip(group, found, strict=True):
            answers[number] = answer
        done += len(group)
        yield done, len(order)
    return answers


def _groups(order: Sequence[int], lengths: Sequence[int], longest: Sequence[int], rows: int) -> list[list[int]]:
    """As many in each as may be at once, at least one."""
    groups: list[list[int]] = []
    for number in order:
        wider = [*groups[-1], number] if groups else [number]
        if not groups or len(wider) > rows or len(wider) * _room(wider, lengths, longest) > TOKENS:
            groups.append([])
        groups[-1].append(number)
    return groups


def _room(group: Sequence[int], lengths: Sequence[int], longest: Sequence[int]) -> int:
    """Tokens that a row needs when all begin their answers at the same place."""
    return max(lengths[n] for n in group) + max(longest[n] for n in group)


def _group(
    model: Transformer, prompts: list[Sequence[int]], longest: list[int], ends: frozenset[int]
) -> Generator[None, None, list[list[int]]]:
    lengths = [len(p) for p in prompts]
    width = max(lengths)
    ids = torch.tensor([[0] * (width - len(p)) + list(p) for p in prompts], device=model.device)
    cache = model.new_cache(len(prompts), room=width + max(longest))
    answers: list[list[int]] = [[] for _ in prompts]
    open_rows = set(range(len(prompts)))
    past, new = 0, width
    while open_rows:
        layout = Layout.left_padded([n + past + new - width for n in lengths], past, new)
        with torch.inference_mode():
            picked = model.logits(model.read(ids, cache, layout=layout)[:, -1]).argmax(-1)
        for row in sorted(open_rows):
            token = int(picked[row])
            if token not in ends:
                answers[row].append(token)
            if token in ends or len(answers[row]) >= longest[row]:
                open_rows.discard(row)
        ids = picked[:, None]
        past, new = past + new, 1
        yield
    return answers
