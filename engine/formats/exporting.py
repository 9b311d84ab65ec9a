"""Models and adapters leave the library as others read them, and adapters become models of their own.

Knows which file is written how precisely, and that nothing that is there is written over.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from engine.errors import UserError
from engine.formats.adapters import TAUGHT, adapter_bytes, write_adapter
from engine.formats.card import Card
from engine.formats.gguf_write import BF16, F16, F32, Q8_0, gguf_bytes, write_gguf
from engine.formats.hf_write import write_folder, written_bytes
from engine.formats.intake import PARTIAL, check_room, not_written, write_aside
from engine.formats.lessons import read_lessons
from engine.formats.library import Library
from engine.formats.naming import slug
from engine.formats.opened import Checkpoint
from engine.formats.peft import read_adapter
from engine.messages import ExportFormat

if TYPE_CHECKING:
    import torch

Bytes = Generator[tuple[int, int], None, None]
Steps = Generator[tuple[int, int, str], None, Path]
GGUF_KINDS = {"auto": F16, "float32": F32, "float16": F16, "bfloat16": BF16, "int8": Q8_0}
GGUF_NAMES = {F32: "F32", F16: "F16", BF16: "BF16", Q8_0: "Q8_0"}
HF_PRECISIONS = ("auto", "float32", "float16", "bfloat16")
PLACE = "The folder to export to"


def export(library: Library, name: str, to: Path, kind: ExportFormat, precision: str = "auto") -> Steps:
    """Yields (done, total, note); returns the folder or file. UserError where something is in the way."""
    to = to.expanduser().absolute()
    if kind == "peft":
        return (yield from _export_peft(library, name, to, precision))
    if kind == "gguf":
        return (yield from _export_gguf(library.find(name), to, precision))
    if precision not in HF_PRECISIONS:
        raise UserError(f"A folder cannot be written in {precision[:30]}", f"Choose {_choice(HF_PRECISIONS)}.")
    checkpoint, card = _whole(library, name)
    target, dtype = free_folder(to), _dtype(checkpoint, precision, adapted=library.is_adapter(name))
    lessons = read_lessons(checkpoint.path)

    def write(folder: Path) -> Bytes:
        return write_folder(checkpoint, folder, card, dtype, lessons)

    yield from _filled(target, written_bytes(checkpoint, dtype), write, card.title)
    return target


def merge(library: Library, name: str, new_name: str) -> Generator[tuple[int, int, str], None, str]:
    """A whole model out of an adapter and its base, in the precision of the base; returns its name."""
    library.open_adapter(name)  # says so where it is none
    checkpoint, card = _whole(library, name)
    card = Card(new_name, new_name, card.stage, card.licence, card.parent, card.source, card.notes)
    lessons = read_lessons(checkpoint.path)
    return (yield from library.save_model(checkpoint, card, lessons, _dtype(checkpoint, "auto", adapted=True)))


def free_folder(to: Path) -> Path:
    """UserError where something is there already, unless it is an empty folder."""
    try:
        if to.exists() and (not to.is_dir() or any(to.iterdir())):
            what = "is not empty" if to.is_dir() else "is a file"
            raise UserError(f"“{to.name}” {what}", "Choose a folder that is not there yet, so that nothing is lost.")
    except OSError as error:
        raise not_written(error, PLACE) from error
    return to


def _whole(library: Library, name: str) -> tuple[Checkpoint, Card]:
    """The model, merged where it is an adapter, and where it comes from."""
    checkpoint = library.find(name)
    if not library.is_adapter(name):
        parent = None if checkpoint.parent is None else {"name": checkpoint.parent}
        source = dict(checkpoint.origin)
        return checkpoint, Card(
            slug(checkpoint.name), checkpoint.title, checkpoint.stage, checkpoint.licence, parent, source
        )
    opened = library.open_adapter(name)
    parent = {"name": opened.base, "sha256": library.find(opened.base).sha256}
    source = {"adapter": opened.name, "adapter_sha256": opened.sha256}
    card = Card(slug(opened.name), opened.title, TAUGHT, checkpoint.licence, parent, source, opened.notes)
    return checkpoint, card


def _dtype(checkpoint: Checkpoint, precision: str, *, adapted: bool) -> torch.dtype | None:
    """None keeps every weight as it is. What an adapter changed is given in float32, and rounded as its base was."""
    import torch

    if precision != "auto":
        return getattr(torch, precision)
    if not adapted:
        return None
    return next(checkpoint.tensors())[1].dtype


def _export_peft(library: Library, name: str, to: Path, precision: str) -> Steps:
    if precision not in ("auto", "float32"):
        raise UserError(f"An adapter cannot be written in {precision[:30]}", "Leave the precision out: it is float32.")
    opened, target = library.open_adapter(name), free_folder(to)
    base = library.find(opened.base)
    parent = {"name": opened.base, "sha256": base.sha256}
    card = Card(slug(opened.name), opened.title, TAUGHT, base.licence, parent, notes=opened.notes)
    adapter, lessons = read_adapter(opened.peft, base.config), read_lessons(opened.path)

    def write(folder: Path) -> Bytes:
        return write_adapter(folder, adapter, base.config, card, lessons)

    yield from _filled(target, adapter_bytes(adapter), write, opened.title)
    return target


def _filled(target: Path, wanted: int, write: Callable[[Path], Bytes], title: str) -> Iterator[tuple[int, int, str]]:
    with _nothing_left(target):
        for done, total in write_aside(target, wanted, write, place=PLACE):
            yield done, total, f"Exporting {title}"


def _export_gguf(checkpoint: Checkpoint, to: Path, precision: str) -> Steps:
    """Into the folder `to`, or as the file itself where it ends in .gguf."""
    if precision not in GGUF_KINDS:
        raise UserError(f"A GGUF file cannot be written in {precision[:30]}", f"Choose {_choice(GGUF_KINDS)}.")
    kind = GGUF_KINDS[precision]
    target = to if to.suffix == ".gguf" else to / f"{slug(checkpoint.name)}-{GGUF_NAMES[kind]}.gguf"
    if target.exists():
        raise UserError(f"“{target.name}” is there already", "Choose another folder, so that nothing is lost.")
    partial = target.parent / f"{PARTIAL}{os.getpid()}-{target.name}"
    with _nothing_left(partial):
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            check_room(target.parent, gguf_bytes(checkpoint.config, kind))
            partial.unlink(missing_ok=True)
            for done, total in write_gguf(partial, checkpoint, kind):
                yield done, total, f"Exporting {checkpoint.title}"
            partial.rename(target)
        except OSError as error:
            raise not_written(error, PLACE) from error
    return target


@contextmanager
def _nothing_left(partial: Path) -> Iterator[None]:
    """When this is left by an error or a stop, take away the half-written file and the folders made for it."""
    made = [folder for folder in partial.parents if not folder.exists()]
    try:
        yield
    except BaseException:
        with suppress(OSError):  # the disk that failed before may fail again: the first failure is what is told
            partial.unlink(missing_ok=True)
            for folder in made:
                folder.rmdir()
        raise


def _choice(names: Iterable[str]) -> str:
    *most, last = names
    return f"{', '.join(most)} or {last}"
