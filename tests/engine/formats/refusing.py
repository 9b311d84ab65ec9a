"""What the tests of bad input share: read all of a model, and look at the sentence when it is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import UserError
from engine.formats.checkpoint import open_checkpoint


def read_all(path: Path) -> None:
    """Everything that loading a model reads."""
    opened = open_checkpoint(path)
    opened.tokenizer()
    for _ in opened.tensors():
        continue


def refusal(path: Path) -> UserError:
    with pytest.raises(UserError) as refused:
        read_all(path)
    error = refused.value
    assert error.message and error.hint
    assert error.message[-1] not in ".!" and error.hint.rstrip("”").endswith(".")
    assert len(error.message) < 300
    return error
