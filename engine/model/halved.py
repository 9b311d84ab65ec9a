"""Float32 products of numbers that are rounded to bfloat16 on their way, with sums in float32.

Processors with units for such matrices (AMX) are two to three times as fast at them. For training, where nothing must
be exact; whatever a person is shown is computed without. Knows matrices, not who learns.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor

WORTH = 1.4
"""How many times as fast products must be: attention and all that is not a product stays as it is."""
ROWS, WIDE, NARROW = 384, 1536, 576
"""Of the product that is timed: a micro-batch through the MLP of a small model."""
_on = False


@contextmanager
def halved(wanted: bool) -> Iterator[None]:
    """Within the block `product` is taken where it can be. For one thread: the switch is everybody's."""
    global _on
    before, _on = _on, wanted
    try:
        yield
    finally:
        _on = before


def applies(x: Tensor, weight: Tensor) -> bool:
    """Only where the weight stays as it is, so that two of three products are left."""
    return _on and x.dtype is torch.float32 and x.device.type == "cpu" and not weight.requires_grad


def product(x: Tensor, weight: Tensor) -> Tensor:
    """[…, in] on [out, in] -> […, out]; its gradient by x takes the same way."""
    return _Product.apply(x, weight)  # type: ignore[no-any-return]


def back(x: Tensor, weight: Tensor) -> Tensor:
    """[N, out] on [out, in] -> [N, in]."""
    with _rounding():
        return x @ weight


def pays() -> bool:
    """Whether this processor is that much faster at it: measured, some 50 ms."""
    if not torch.backends.mkldnn.is_available():
        return False
    x, weight = torch.ones(ROWS, NARROW), torch.ones(WIDE, NARROW)
    with torch.inference_mode():
        return _seconds(lambda: F.linear(x, weight)) > WORTH * _seconds(lambda: product(x, weight))


def _seconds(work: Callable[[], object]) -> float:
    taken = []
    for _ in range(7):
        began = time.perf_counter()
        work()
        taken.append(time.perf_counter() - began)
    return statistics.median(taken)


@contextmanager
def _rounding() -> Iterator[None]:
    """Not for more than a product: attention within it takes five times as long."""
    settings = torch.backends.mkldnn.matmul  # type: ignore[attr-defined]
    before, settings.fp32_precision = settings.fp32_precision, "bf16"
    try:
        yield
    finally:
        settings.fp32_precision = before


class _Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, x: Tensor, weight: Tensor) -> Tensor:  # type: ignore[override]
        ctx.save_for_backward(weight)
        with _rounding():
            return F.linear(x, weight)

    @staticmethod
    def backward(ctx: Any, above: Tensor) -> tuple[Tensor, None]:  # type: ignore[override]
        (weight,) = ctx.saved_tensors
        return back(above, weight), None
