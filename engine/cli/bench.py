"""`bench`: how fast this machine writes, reads and teaches with a model, and how fast others do in the same run."""

from __future__ import annotations

import argparse
import importlib.util
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING

from engine.cli.flags import paths_of
from engine.cli.output import Output
from engine.errors import UserError

if TYPE_CHECKING:
    from engine.bench.comparison import Measured, Row
    from engine.bench.setting import Setting
    from engine.formats.library import Library
    from engine.messages import ExportFormat

NAME = "bench"
HELP = "time writing, reading and teaching, beside others where they are installed"
EXAMPLE = "python -m engine bench --model smollm2-135m --against llama.cpp"
MODULES = {"llama.cpp": "llama_cpp", "transformers": "transformers", "peft": "peft"}
"""What each of the others is called in Python."""


def add_flags(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", default="smollm2-135m", metavar="M", help="a name in the library (smollm2-135m)")
    parser.add_argument(
        "--against", action="append", choices=tuple(MODULES), help="may be repeated; without it all that are installed"
    )
    parser.add_argument(
        "--gguf", action="append", default=[], metavar="F",
        help="the model's file for llama.cpp, may be repeated; without it one is made with eight bits",
    )  # fmt: skip


def run(args: argparse.Namespace, out: Output) -> dict[str, object]:
    from engine import device
    from engine.bench.comparison import measured
    from engine.bench.setting import LLAMA, PEFT, TRANSFORMERS, Setting
    from engine.formats.library import Library

    against, gguf = _against(args.against), [_file(name) for name in args.gguf]
    library = Library(paths_of(args))
    for done, total, note in library.ready(args.model):
        out.progress(done, total, note)
    config = library.find(args.model).config
    threads = device.choose("cpu", "auto", args.threads, config.parameters()).threads
    with tempfile.TemporaryDirectory() as folder:
        setting = Setting(
            args.data_dir or "", args.model, config.vocab_size, threads, texts=str(Path(folder) / "texts.json")
        )
        if TRANSFORMERS in against or PEFT in against:
            setting = replace(setting, folder=_exported(library, args.model, Path(folder) / "hf", "hf", out))
        if LLAMA in against and not gguf:
            gguf = [_exported(library, args.model, Path(folder) / "model-Q8_0.gguf", "gguf", out)]
        rows = _rows(setting, measured(config.context), against, gguf, out)
    return {"model": args.model, "threads": threads, "rows": [asdict(row) for row in rows]}


def _against(wanted: Sequence[str] | None) -> list[str]:
    """Those that are installed; UserError where one that was named is not."""
    there = [name for name, module in MODULES.items() if importlib.util.find_spec(module) is not None]
    for name in wanted or ():
        if name not in there:
            raise UserError(
                f"{name} is not installed here", "pip install 'nextword[bench]' brings it; that takes a while."
            )
    return there if wanted is None else [name for name in there if name in wanted]


def _file(name: str) -> str:
    if not Path(name).is_file():
        raise UserError(f"There is no file {name}", "Look whether the path is right.")
    return str(Path(name).absolute())


def _exported(library: Library, name: str, to: Path, kind: ExportFormat, out: Output) -> str:
    from engine.formats.exporting import export

    for done, total, note in export(library, name, to, kind, "int8" if kind == "gguf" else "float32"):
        out.progress(done, total, note)
    return str(to)


def _rows(
    setting: Setting, works: Sequence[Measured], against: Sequence[str], gguf: Sequence[str], out: Output
) -> list[Row]:
    """Told as they come."""
    from engine.bench.comparison import compare, machine, sides_of, turns_of

    total, done = turns_of(works, against, gguf), 0

    def told() -> None:
        nonlocal done
        done += 1
        out.progress(min(done, total), total, "Measuring")

    reading, multiplying = machine(setting, told)
    rows = [reading, multiplying]
    _show(reading, out)
    _show(multiplying, out)
    for one in works:
        row, died = compare(setting, one, sides_of(one, against, gguf), 1e9 * reading.ours, told)
        for side in died:
            out.note(f"Left out: {side}")
        rows.append(row)
        _show(row, out)
    return rows


def _show(row: Row, out: Output) -> None:
    out.event("row", **asdict(row))
    limit = "" if row.limit is None else f"  {row.limit:.2f} of what the memory gives"
    said = f"{row.name:28s} {row.ours:9.1f} {row.unit:9s}{limit}"
    if row.ratio is not None and row.peer is not None:
        kind, _, rest = row.against.partition(" ")
        said += f"  {row.ratio:.2f} times {kind} {Path(rest).name} ({row.peer:.1f})"
    out.text(said)
