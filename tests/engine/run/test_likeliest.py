from __future__ import annotations

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.run.likeliest import likeliest


@settings(max_examples=80, deadline=None)
@given(st.integers(1, 5000), st.integers(0, 60), st.integers(0, 10_000), st.sampled_from([0.5, 4.0, 1e-3]))
def test_the_same_as_topk(size: int, count: int, seed: int, scale: float) -> None:
    values = scale * torch.randn(size, generator=torch.Generator().manual_seed(seed))
    places, found = likeliest(values.numpy(), count)
    best = values.topk(min(count, size))
    assert found == pytest.approx(best.values.tolist()) and [float(values[i]) for i in places] == found
    assert len(set(places)) == len(places) == min(count, size)


def test_of_equal_ones_the_earlier_come_first_and_what_is_impossible_last() -> None:
    values = torch.zeros(10_000)
    values[[7, 4000, 9000]] = 1.0
    assert likeliest(values.numpy(), 5)[0] == [7, 4000, 9000, 0, 1]
    values[:] = -torch.inf
    values[5] = 0.0
    assert likeliest(values.numpy(), 2) == ([5, 0], [0.0, -torch.inf])
