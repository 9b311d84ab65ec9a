"""The compiled decoder on this computer: made once, in a process of its own, then read from the cache folder.

Compiling takes half a minute and must neither slow the window down nor bring it down. Until it is done, and where it
cannot be done, torch decodes. Knows which variants there are, not what they compute.
"""

from __future__ import annotations

import hashlib
import importlib.util
import multiprocessing
import os
import shutil
import sys
from importlib.metadata import version
from multiprocessing.process import BaseProcess
from pathlib import Path

from engine.model.step.packed import Kind

NAME = "kernels-"
VARIANTS: tuple[tuple[Kind, str], ...] = (
    ("bfloat16", "float32"), ("int8", "float32"), ("float32", "float32"), ("bfloat16", "bfloat16"),
    ("int8", "bfloat16"),
)  # fmt: skip
"""Kind of the weights and precision of the cache, the most usual ones first."""
FOLDER = "NUMBA_CACHE_DIR"
"""Environment: where numba keeps what it compiled."""
ROOT = "NEXTWORD_KERNELS"
"""Environment: a folder to keep the kernels in, in place of that in our cache."""
COMPILE = "NEXTWORD_COMPILE"
"""Environment: with "never" nothing is compiled that is not there."""


class Kernels:
    """Which variants are there, and the process that makes those that are not."""

    def __init__(self, cache: Path) -> None:
        self._process: BaseProcess | None = None
        self._there: set[tuple[Kind, str]] = set()
        self.possible = importlib.util.find_spec("numba") is not None
        self.folder = folder_in(Path(os.environ.get(ROOT) or cache)) if self.possible else cache

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
        if (kind, cache) not in self._there and self.possible and (self.folder / f"{kind}-{cache}").is_file():
            os.environ[FOLDER] = str(self.folder)  # before numba is imported
            self._there.add((kind, cache))
        return (kind, cache) in self._there


def compile_all(folder: str) -> None:
    """In a process of its own: compile every variant by one step of the smallest model, and note that it is there."""
    os.environ[FOLDER] = folder
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
        note = Path(folder) / f"{kind}-{cache}"
        if not note.is_file():
            CompiledStep(model, pack_as(model, kind), 1)(0, model.new_cache(dtype=getattr(torch, cache)))
            note.touch()
    _sweep(Path(folder))


def folder_in(root: Path) -> Path:
    """Of these sources on this computer. A folder for each: numba looks at one file and not at what that one calls."""
    sources = Path(__file__).parent.parent / "model" / "step"
    stamps = [(path.name, path.stat().st_mtime_ns) for path in sorted(sources.glob("*.py"))]  # none where frozen
    program = Path(sys.executable).stat().st_mtime_ns
    told = (stamps, sys.executable, program, sys.version, version("numba"), version("llvmlite"), _processor())
    return root / f"{NAME}{hashlib.sha256(repr(told).encode()).hexdigest()[:16]}"


def _sweep(folder: Path) -> None:
    """What earlier versions compiled; one that still runs compiles again."""
    for other in folder.parent.glob(f"{NAME}*"):
        if other != folder:
            shutil.rmtree(other, ignore_errors=True)


def _processor() -> str:
    """What numba compiles for, as far as it is known without importing it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        import platform

        return platform.processor()
    return "".join(sorted({line for line in lines if line.startswith(("model name", "flags", "Features"))}))
