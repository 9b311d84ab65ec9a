"""A cut, bent or lying GGUF file makes a model or one sentence, and never takes memory for what it only promises."""

from __future__ import annotations

import random
import struct
from dataclasses import replace
from pathlib import Path

import pytest

from engine.errors import UserError
from tests.engine.formats.refusing import read_all, refusal
from tests.tiny import tiny_checkpoint

pytest.importorskip("gguf")
from tests.engine.formats.writing_gguf import write_gguf


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A tiny GGUF file."""
    return write_gguf(tmp_path_factory.mktemp("gguf") / "tiny.gguf", tiny_checkpoint(), "Q8_0").read_bytes()


@pytest.mark.parametrize("kept", [4, 8, 23, 24, 100, 1000, 5000, 12_000, 16_000, -1000, -1])
def test_a_gguf_file_cut_anywhere_is_incomplete(kept: int, packed: bytes, tmp_path: Path) -> None:
    path = tmp_path / "cut.gguf"
    path.write_bytes(packed[:kept])
    assert "incomplete" in refusal(path).message


@pytest.mark.parametrize("seed", range(8))
def test_a_gguf_header_with_flipped_bits_makes_a_model_or_a_sentence(seed: int, packed: bytes, tmp_path: Path) -> None:
    """200 mutations in all; the header is some 12 kB of the file."""
    chance = random.Random(seed)
    refused = 0
    for _ in range(25):
        data = bytearray(packed)
        for _ in range(chance.choice((1, 1, 4, 32))):
            data[chance.randrange(4, 14_000)] ^= 1 << chance.randrange(8)
        path = tmp_path / "flipped.gguf"
        path.write_bytes(data)
        try:
            read_all(path)
        except UserError as error:
            assert error.message and error.hint
            refused += 1
    assert refused


@pytest.mark.parametrize(("at", "count"), [(8, 2**63), (16, 2**62), (8, 10**6), (16, 10**6)])
def test_a_gguf_header_that_promises_too_much_allocates_nothing(
    at: int, count: int, packed: bytes, tmp_path: Path
) -> None:
    path = tmp_path / "greedy.gguf"
    path.write_bytes(packed[:at] + struct.pack("<Q", count) + packed[at + 8 :])
    assert "header" in refusal(path).message


@pytest.mark.parametrize(("version", "says"), [(1, "version 1"), (99, "version 99"), (3 << 24, "version 50331648")])
def test_a_gguf_of_another_version_is_refused(version: int, says: str, packed: bytes, tmp_path: Path) -> None:
    path = tmp_path / "other.gguf"
    path.write_bytes(packed[:4] + struct.pack("<I", version) + packed[8:])
    assert says in refusal(path).message


def test_nan_in_a_gguf_file_is_found_by_name(tmp_path: Path) -> None:
    source = tiny_checkpoint()
    tensors = dict(source.tensors())
    tensors["layers.1.mlp.up.weight"][3, 4] = float("nan")
    path = write_gguf(tmp_path / "nan.gguf", replace(source, read_tensors=lambda: iter(tensors.items())))
    assert "blk.1.ffn_up.weight holds values that are not numbers" in refusal(path).message
