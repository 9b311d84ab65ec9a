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

NAME = "kernels-"
VARIANTS = ("float32", "bfloat16")
"""Precision of the cache, the most usual first."""
FOLDER = "NUMBA_CACHE_DIR"
"""Environment: where numba keeps what it compiled."""
FEATURES = "NUMBA_CPU_FEATURES"
"""Environment: what numba's LLVM may use of the processor. By itself it takes half vectors, as older ones with
AVX-512 ran slower with whole ones: four bits were unpacked at 7.9 GB/s a core, with whole ones at 12.8."""
ROOT = "NEXTWORD_KERNELS"
"""Environment: a folder to keep the kernels in, in place of that in our cache."""
COMPILE = "NEXTWORD_COMPILE"
"""Environment: with "never" nothing is compiled that is not there."""


class Kernels:
    """Which variants are there, and the process that makes those that are not."""

    def __init__(self, cache: Path) -> None:
        self._process: BaseProcess | None = None
        self._there: set[str] = set()
        self.possible = importlib.util.find_spec("numba") is not None
        self.folder = folder_in(Path(os.environ.get(ROOT) or cache)) if self.possible else cache

    def begin(self) -> None:
        """Make what is missing, once. Ends with this process, and begins anew with the next one."""
        if not self.possible or self._process is not None or os.environ.get(COMPILE) == "never":
            return
        if all(map(self.ready, VARIANTS)):
            return
        context = multiprocessing.get_context("spawn")  # not forked, as the parent has threads
        self._process = context.Process(target=compile_all, args=(str(self.folder),), daemon=True)
        self._process.start()

    def ready(self, cache: str) -> bool:
        """Whether it is read from the cache in a moment."""
        if cache not in self._there and self.possible and (self.folder / cache).is_file():
            self._there.add(cache)
        return cache in self._there

    def prepare(self) -> None:
        """Before numba is imported."""
        prepare(self.folder)


def prepare(folder: Path) -> None:
    """Where numba keeps what it compiles, and that it uses whole vectors where this costs the processor no speed."""
    import llvmlite.binding as llvm

    os.environ[FOLDER] = str(folder)
    features = llvm.get_host_cpu_features()
    if features.get("avx512vbmi2"):
        os.environ[FEATURES] = f"{features.flatten()},-prefer-256-bit"


def compile_all(folder: str) -> None:
    """In a process of its own: compile every variant by one step of the smallest model, and note that it is there."""
    prepare(Path(folder))
    if hasattr(os, "nice"):
        os.nice(10)
    import torch

    from engine.model.config import ModelConfig
    from engine.model.presets import fresh
    from engine.model.step.compiled import CompiledStep
    from engine.model.step.packed import BLOCK, Kind, Matrix, Packed, multiplied
    from engine.model.step.whole import unpacked_quickly
    from engine.run.outlook import Compiled

    torch.set_num_threads(1)
    model = fresh(ModelConfig("llama", 8, 8, 8, layers=1, heads=1, kv_heads=1, head_dim=8, context=8), 0)
    packed = Packed({name: Matrix(Kind.FLOAT32, w, w.shape[1]) for name, w in multiplied(model).items()})
    unpacked_quickly(Matrix(Kind.BLOCKS_INT4, torch.zeros(1, 4 * (BLOCK // 2 + 4), dtype=torch.uint8), BLOCK))
    for cache in VARIANTS:
        note = Path(folder) / cache
        if not note.is_file():
            logits = CompiledStep(model, packed, 1)([0], model.new_cache(dtype=getattr(torch, cache)))
            Compiled(1)(logits[0].numpy())
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
