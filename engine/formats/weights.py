"""What must hold of every weight before it goes into a model: it is there, has its shape, and holds numbers.

Knows shapes and values, not files.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from engine.errors import UserError
from engine.formats.fields import AGAIN

if TYPE_CHECKING:
    from torch import Tensor

Shape = tuple[int, ...]


def check_shapes(wanted: Mapping[str, Shape], names: Mapping[str, str], found: Mapping[str, Shape]) -> None:
    """UserError for the first weight that is missing or has another shape than its config says.

    `names` is our name -> the name in the file, which is the one that people see.
    """
    for ours, shape in wanted.items():
        theirs = names[ours]
        if theirs not in found:
            raise UserError(f"A weight of this model is missing: {theirs}", AGAIN)
        if found[theirs] != shape:
            raise UserError(
                f"The weight {theirs} is {_sizes(found[theirs])}, but its configuration says {_sizes(shape)}",
                "The files are of different models. Copy all of them again from one source.",
            )


def check_numbers(name: str, tensor: Tensor) -> None:
    """UserError when a weight holds NaN or infinity: the model would only write nonsense."""
    if tensor.numel() and not all(end.isfinite() for end in tensor.aminmax()):  # without a copy; NaN is both ends
        raise UserError(f"The weight {name} holds values that are not numbers", AGAIN)


def _sizes(shape: Shape) -> str:
    return " × ".join(str(size) for size in shape) or "a single number"
