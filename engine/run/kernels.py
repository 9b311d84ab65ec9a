"""The compiled decoder on this computer: made once, in a process of its own, then read from the cache folder.

Compiling takes half a minute and must neither slow the window down nor bring it down. Until it is done, and where it
cannot be done, torch decodes. Knows which variants there are, not what they compute.
"""

from __future__ import annotations

import hashlib
import importlib.util
import multiprocessing
import os
import sys
from importlib.metadata import version
from multiprocessing.process import BaseProcess
from pathlib import Path

from engine.model.step.packed import Kind

VARIANTS: tuple[tuple[Kind, str], ...] = (
    ("bfloat16", "float32"), ("int8", "float32"), ("float32", "float32"), ("bfloat16", "bfloat16"),
    ("int8", "bfloat16"),
)  # fmt: skip
"""Kind of the weights and precision of the cache, the most usual ones first."""
FOLDER = "NUMBA_CACHE_DIR"
"""Environment: where numba keeps what it compiled. Set by a person, it is left as it is."""
COMPILE = "NEXTWORD_COMPILE"
"""Environment: with "never" nothing is compiled that is not there."""


class Kernels:
    """Which variants are there, and the process that makes those that are not."""

    def __init__(self, cache: Path) -> None:
        self.folder = Path(os.environ.get(FOLDER) or cache / "kernels")
        self._process: BaseProcess | None = None
        self._there: set[tuple[Kind, str]] = set()
        self.possible = importlib.util.find_spec("numba") is not None

    def begin(self) -> None:
        """Make what is missing, once. Ends with this process, and begins anew with the next one."""
        if not self.possible or self._process is not None or os.environ.get(COMPILE) == "never":
            return
        if all(self.ready(*one) for one in VARIANTS):
            return
        context = multiprocessing.get_context("spawn")  # not forked, as the parent has threads
        self._process = context.Process(target=compile_all, args=(str(self.folder),), daemon=True)
        self._process.start()

    def ready(self, kind: Kind, cache: str) -> bool:
        """Whether it is read from the cache in a moment."""
        if (kind, cache) not in self._there and self.possible and marker(self.folder, kind, cache).is_file():
            os.environ.setdefault(FOLDER, str(self.folder))  # before numba is imported
            self._there.add((kind, cache))
        return (kind, cache) in self._there


def compile_all(folder: str) -> None:
    """In a process of its own: compile every variant by one step of the smallest model, and note that it is there."""
    os.environ.setdefault(FOLDER, folder)
    if hasattr(os, "nice"):
        os.nice(10)
    import torch

    from engine.model.config import ModelConfig
    from engine.model.presets import fresh
    from engine.model.step.compiled import CompiledStep
    from engine.model.step.packed import pack_as

    torch.set_num_threads(1)
    model = fresh(ModelConfig("llama", 8, 8, 8, layers=1, heads=1, kv_heads=1, head_dim=8, context=8), 0)
    for kind, cache in VARIANTS:
        note = marker(Path(folder), kind, cache)
        if not note.is_file():
            CompiledStep(model, pack_as(model, kind), 1)(0, model.new_cache(dtype=getattr(torch, cache)))
            note.touch()


def marker(folder: Path, kind: Kind, cache: str) -> Path:
    """A file that is there when this variant is. What numba looks at is in its name: another source, another file."""
    root = Path(__file__).parent.parent / "model" / "step"
    stamps = [(path.name, path.stat().st_mtime_ns) for path in sorted(root.glob("*.py"))]  # none where frozen
    told = (stamps, sys.executable, sys.version, version("numba"), version("llvmlite"), _processor())
    return folder / f"{kind}-{cache}-{hashlib.sha256(repr(told).encode()).hexdigest()[:16]}"


def _processor() -> str:
    """What numba compiles for, as far as it is known without importing it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        import platform

        return platform.processor()
    return "".join(sorted({line for line in lines if line.startswith(("model name", "flags", "Features"))}))
