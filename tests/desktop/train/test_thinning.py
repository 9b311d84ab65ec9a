"""However many numbers there are, few points are drawn, and they say the same on the whole."""

from __future__ import annotations

import math

from hypothesis import given
from hypothesis import strategies as st

from desktop.train.thinning import Thinned

LOSSES = st.lists(st.floats(0, 12, allow_nan=False), min_size=1, max_size=400)


@given(LOSSES, st.sampled_from([2, 4, 10]))
def test_points_are_few_in_order_and_their_mean_is_the_mean(losses: list[float], most: int) -> None:
    thin = Thinned(most)
    for step, loss in enumerate(losses):
        thin.add(step, loss)
    assert len(thin.xs) == len(thin.ys) <= most
    assert thin.xs == sorted(set(thin.xs)) and thin.xs[-1] == len(losses) - 1
    sizes = [thin.stretch] * (len(thin.xs) - 1) + [thin._count]
    assert sum(sizes) == len(losses)
    whole = sum(size * mean for size, mean in zip(sizes, thin.ys, strict=True))
    assert math.isclose(whole, sum(losses), rel_tol=1e-9, abs_tol=1e-9)


@given(LOSSES)
def test_nothing_is_lost_while_there_is_room(losses: list[float]) -> None:
    thin = Thinned(400)
    for step, loss in enumerate(losses):
        thin.add(step, loss)
    assert thin.ys == losses and thin.stretch == 1
