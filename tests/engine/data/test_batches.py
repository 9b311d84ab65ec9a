from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.data.batches import Windows, open_tokens, write_tokens
from engine.errors import UserError


@pytest.mark.parametrize("vocabulary", [100, 70_000])
def test_tokens_come_back_as_they_were_written(tmp_path: Path, vocabulary: int) -> None:
    documents = [[1, 5, vocabulary - 1], [], [7] * 10]
    assert list(write_tokens(tmp_path / "tokens", documents, vocabulary)) == [3, 3, 13]
    assert open_tokens(tmp_path / "tokens", vocabulary).tolist() == [1, 5, vocabulary - 1] + [7] * 10
    assert [path.name for path in tmp_path.iterdir()] == ["tokens"]


def test_ids_outside_the_vocabulary_are_refused(tmp_path: Path) -> None:
    list(write_tokens(tmp_path / "tokens", [[3, 99]], 100))
    with pytest.raises(UserError, match="damaged"):
        open_tokens(tmp_path / "tokens", 99)
    with pytest.raises(UserError, match="cannot be read"):
        open_tokens(tmp_path / "none", 99)


@given(st.integers(40, 400), st.integers(2, 16), st.integers(0, 99), st.data())
def test_a_pass_reads_every_window_once_and_any_place_can_be_gone_on_from(
    length: int, context: int, seed: int, data: st.DataObject
) -> None:
    tokens = np.arange(length, dtype=np.uint16)
    windows = Windows(tokens, context, seed)
    whole = windows.rows(0, 3 * windows.per_pass)
    for n in range(3):
        begins = sorted(whole[n * windows.per_pass : (n + 1) * windows.per_pass, 0].tolist())
        assert np.diff(begins).tolist() == [context] * (len(begins) - 1)
        assert begins[0] < context and begins[-1] + context < length
    assert (np.diff(whole) == 1).all()
    at = data.draw(st.integers(0, len(whole) - 1))
    assert (Windows(tokens, context, seed).rows(at, len(whole) - at) == whole[at:]).all()


def test_a_short_text_is_read_round_and_round() -> None:
    windows = Windows(np.array([1, 2, 3], np.uint16), 8, 0)
    rows = windows.rows(0, 5)
    assert rows.shape == (5, 9) and set(rows.ravel().tolist()) == {1, 2, 3}
