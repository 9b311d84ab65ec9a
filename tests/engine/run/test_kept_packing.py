"""Packed weights out of the cache are those that were packed, and nothing else is taken for them."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import torch
from safetensors.torch import save_file

from engine.model.config import ModelConfig
from engine.model.step.packed import LAYOUT, Kind, Packed, multiplied, pack
from engine.model.step.rounding import round_weights
from engine.run.kept_packing import MOST, KeptPacking, key_of
from tests.engine.formats.taught import finished
from tests.engine.model.step.test_packed import in_bfloat16, in_eight_bits, in_four_bits
from tests.engine.model.test_transformer import random_model

CONFIG = ModelConfig("llama", 48, 64, 96, layers=2, heads=2, kv_heads=1, head_dim=32, context=128)
MAKE = (in_bfloat16, in_eight_bits, in_four_bits)


def mixed() -> Packed:
    """Of a model whose weights come in all three kinds, and one that is none of them."""
    model = random_model(CONFIG)
    for number, (name, weight) in enumerate(multiplied(model).items()):
        if number:
            model.put(name, MAKE[number % 3](weight, number))
    return finished(pack(model))


def test_what_was_kept_is_read_as_it_was(tmp_path: Path) -> None:
    packed, kept = mixed(), KeptPacking(tmp_path / "cache", "a" * 64, CONFIG)
    assert kept.read().matrices == {}
    kept.keep(packed)
    found = kept.read().matrices
    exact = {name for name, matrix in packed.matrices.items() if matrix.kind is not Kind.FLOAT32}
    assert set(found) == exact and len(exact) == len(packed.matrices) - 1
    assert {matrix.kind for matrix in found.values()} == {Kind.BFLOAT16, Kind.BLOCKS_INT8, Kind.BLOCKS_INT4}
    for name, matrix in found.items():
        whole = packed.matrices[name]
        assert (matrix.kind, matrix.columns, matrix.scale) == (whole.kind, whole.columns, whole.scale)
        assert torch.equal(matrix.rows, whole.rows)
    assert KeptPacking(tmp_path / "cache", "b" * 64, CONFIG).read().matrices == {}


def test_what_rounding_took_is_kept_with_what_it_was_taken_from(tmp_path: Path) -> None:
    packed = finished(round_weights(random_model(CONFIG), Kind.BLOCKS_INT4))
    kept = KeptPacking(tmp_path, "a" * 64, CONFIG)
    kept.keep(packed)
    found = kept.read()
    assert {matrix.kind for matrix in found.matrices.values()} == {Kind.BLOCKS_INT4}, "the head is made as fast"
    assert found.rounding == {name: packed.rounding[name] for name in found.matrices}


def test_a_file_that_is_not_whole_or_not_as_it_should_be_is_not_there(tmp_path: Path) -> None:
    """The step trusts sizes: it reads at addresses."""
    kept = KeptPacking(tmp_path, "a" * 64, CONFIG)
    kept.keep(mixed())
    (path,) = tmp_path.glob("packed-*")
    whole = path.read_bytes()
    for damaged in (whole[:-40], whole[:30], b"", b"\xff" * 200):
        path.write_bytes(damaged)
        assert kept.read().matrices == {}
    name = "layers.0.attention.query.weight"
    for rows, kinds in (
        (torch.zeros(16, 100, dtype=torch.uint8), {name: int(Kind.BLOCKS_INT4)}),
        (torch.zeros(16, 4 * 2 * 20, dtype=torch.int8), {name: int(Kind.BLOCKS_INT4)}),
        (torch.zeros(64, 32, dtype=torch.bfloat16), {name: int(Kind.BFLOAT16)}),
        (torch.zeros(64, 64), {name: int(Kind.FLOAT32)}),
        (torch.zeros(64, 64), {name: 77}),
        (torch.zeros(64, 64, dtype=torch.bfloat16), {"layers.9.attention.query.weight": int(Kind.BFLOAT16)}),
    ):
        save_file(dict.fromkeys(kinds, rows), path, {"kinds": json.dumps(kinds)})
        assert kept.read().matrices == {}
    right = {name: torch.zeros(16, 4 * 2 * 20, dtype=torch.uint8)}
    for notes in ({"kinds": "[1]"}, {"kinds": json.dumps({name: 4}), "rounding": json.dumps({name: None})}):
        save_file(right, path, notes)
        assert kept.read().matrices == {}
    save_file(right, path, {"kinds": json.dumps({name: 4})})
    assert set(kept.read().matrices) == {name}


def test_only_the_models_that_were_used_last_are_kept(tmp_path: Path) -> None:
    (tmp_path / "packed-0-old.safetensors").write_bytes(b"of an earlier layout")
    (tmp_path / f"packed-{LAYOUT}-half.new").write_bytes(b"of a start that was killed")
    packed = mixed()
    for number in range(MOST):
        KeptPacking(tmp_path, f"{number}" * 64, CONFIG).keep(packed)
        os.utime(tmp_path / f"packed-{LAYOUT}-{f'{number}' * 32}.safetensors", (number, number))
    assert KeptPacking(tmp_path, "0" * 64, CONFIG).read().matrices
    KeptPacking(tmp_path, "9" * 64, CONFIG).keep(packed)
    assert {path.name[9] for path in tmp_path.iterdir()} == {"0", "2", "9"}


def test_where_nothing_can_be_written_nothing_is_kept(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    kept = KeptPacking(tmp_path / "file", "a" * 64, CONFIG)
    kept.keep(mixed())
    assert kept.read().matrices == {} and [path.name for path in tmp_path.iterdir()] == ["file"]


def test_weights_that_changed_are_others(tmp_path: Path) -> None:
    file = tmp_path / "model.safetensors"
    file.write_bytes(b"some")
    before = key_of("a" * 64, [file])
    assert before == key_of("a" * 64, [file]) != key_of("b" * 64, [file])
    assert before != key_of("a" * 64, [file], "int4")
    file.write_bytes(b"more of it")
    assert key_of("a" * 64, [file]) != before


def test_a_layout_that_changed_has_another_number() -> None:
    """Whoever changes how weights lie changes `LAYOUT` too, and then these."""
    told, places = hashlib.sha256(), torch.arange(32 * 64).reshape(32, 64)
    name, kinds = "layers.0.attention.key.weight", []
    for weight in ((places * 37 % 101 + 100) / 64, (places % 32 * 8 - 127) * 0.25, places * 7 % 16 * 0.5 - 3):
        model = random_model(CONFIG)
        model.put(name, weight)
        matrix = finished(pack(model)).matrices[name]
        told.update(matrix.rows.contiguous().view(torch.uint8).numpy().tobytes())
        kinds.append(matrix.kind)
    assert kinds == [Kind.BFLOAT16, Kind.BLOCKS_INT8, Kind.BLOCKS_INT4]
    assert (LAYOUT, told.hexdigest()[:16]) == (1, "3dbab77b7b2c3190")
