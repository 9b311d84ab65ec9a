"""A file of tensors is read by the reference, whatever is in it, and writing it takes no second copy."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file

from engine.formats.tensor_writer import write_tensors

TENSORS = {
    "steps": torch.tensor(7),
    "half": torch.randn(3, 5).bfloat16(),
    "turned": torch.randn(4, 6).T,
    "none": torch.empty(0, 4),
    "long": torch.arange(5),
    "whole": torch.randn(2, 3, 4),
    "double": torch.randn(3, dtype=torch.float64),
}


def test_the_reference_reads_what_was_written(tmp_path: Path) -> None:
    path = tmp_path / "state.safetensors"
    write_tensors(path, TENSORS, {"notes": '{"step": 7, "name": "häuschen"}'})
    found = load_file(path)
    assert found.keys() == TENSORS.keys()
    assert all(found[name].dtype == one.dtype and torch.equal(found[name], one) for name, one in TENSORS.items())
    with safe_open(path, "pt") as file:
        assert file.metadata() == {"notes": '{"step": 7, "name": "häuschen"}'}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="the peak of memory is read from /proc")
def test_no_second_copy_is_made(tmp_path: Path) -> None:
    code = f"""
import torch
from pathlib import Path
from engine.formats.tensor_writer import write_tensors
def peak():
    return int(next(l for l in open("/proc/self/status") if l.startswith("VmHWM")).split()[1]) >> 10
tensors = {{str(n): torch.ones(16 << 20) for n in range(4)}}
before = peak()
write_tensors(Path({str(tmp_path / "state")!r}), tensors, {{}})
print(peak() - before)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert int(done.stdout) < 64, "MiB more than the 256 of the tensors"
