"""`models`: the library on disk: list, import, export, merge, verify, remove."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from engine.cli.flags import add_shared, paths_of
from engine.cli.output import Output
from engine.errors import UserError
from engine.messages import (
    Event,
    ExportModel,
    ImportModel,
    ListModels,
    MergeModel,
    ModelInfo,
    ModelList,
    Progress,
    RemoveModel,
    Result,
    Verification,
    VerifyModel,
)

if TYPE_CHECKING:
    from engine.run.session import Session

Value = TypeVar("Value")

EXPORT_PRECISIONS = ("auto", "float32", "float16", "bfloat16", "int8")
"""int8 is Q8_0, in GGUF files only."""
NAME = "models"
HELP = "list, import, export, merge, verify and remove models"
EXAMPLE = "python -m engine models import ~/Downloads/model.gguf --name mine"
ACTIONS = {  # name -> help, example
    "list": ("what is in the library", "python -m engine models list --json"),
    "import": ("copy a model into the library", EXAMPLE),
    "export": (
        "write a model or adapter as others read it: a folder of Hugging Face, a GGUF file, or the adapter alone",
        "python -m engine models export mine --to ~/mine-gguf --format gguf --precision int8",
    ),
    "merge": ("make a whole model out of an adapter", "python -m engine models merge mine --name mine-whole"),
    "verify": ("compare a model's files with what was imported", "python -m engine models verify mine"),
    "remove": ("put a model into the library's bin", "python -m engine models remove mine"),
}


def add_flags(parser: argparse.ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)
    for name, (text, example) in ACTIONS.items():
        action = actions.add_parser(
            name,
            help=text,
            description=text[:1].upper() + text[1:] + ".",
            epilog=f"Example:\n  {example}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        if name == "import":
            action.add_argument("path", metavar="PATH", help="a folder or a .gguf file")
            action.add_argument("--name", metavar="N", help="what to call it")
        elif name != "list":
            action.add_argument("model", metavar="M", help="its name in the library")
        if name == "merge":
            action.add_argument("--name", metavar="N", required=True, help="what to call it")
        if name == "export":
            action.add_argument(
                "--to", metavar="DIR", required=True, help="a folder that is not there yet, or is empty"
            )
            action.add_argument("--format", choices=("hf", "gguf", "peft"), default="hf", help="what to write")
            add_shared(action, EXPORT_PRECISIONS)
        else:
            add_shared(action)


def run(args: argparse.Namespace, out: Output) -> dict[str, object]:
    from engine.run.session import Session

    session = Session(paths_of(args))
    if args.action == "list":
        return _list(session, out)
    if args.action == "import":
        info = _result(session.jobs.import_model(ImportModel(0, Path(args.path), args.name)), ModelInfo, out)
        out.text(f"Imported as {info.name}")
        return {"models": [_row(info)]}
    if args.action == "export":
        command = ExportModel(0, args.model, Path(args.to), args.format, args.precision)
        path = _result(session.jobs.export(command), Path, out)
        out.text(f"Exported to {path}")
        return {"models": [_row(session.library.info(args.model))], "path": str(path)}
    if args.action == "merge":
        info = _result(session.jobs.merge(MergeModel(0, args.model, args.name)), ModelInfo, out)
        out.text(f"Merged as {info.name}")
        return {"models": [_row(info)]}
    if args.action == "verify":
        return _verify(session, args.model, out)
    for _ in session.jobs.remove(RemoveModel(0, args.model)):
        pass
    out.text(f"{args.model} is in the library's bin now")
    return {"models": [], "removed": args.model}


def _list(session: Session, out: Output) -> dict[str, object]:
    found = _result(session.jobs.list_models(ListModels(0)), ModelList, out)
    rows = [_row(info) for info in found.models]
    width = max((len(str(row["name"])) for row in rows), default=0)
    for row in rows:
        size = f"{float(str(row['parameters'])) / 1e6:>8,.0f} M"
        out.text(f"{row['name']:<{width}}  {size}  {row['architecture']}, {row['tokenizer']}, {row['stage']}")
    if not rows:
        out.text("No models yet")
    return {"models": rows}


def _verify(session: Session, name: str, out: Output) -> dict[str, object]:
    found = _result(session.jobs.verify(VerifyModel(0, name)), Verification, out)
    if not found.intact:
        raise UserError(f"{name} is not as it was imported: {found.detail}", "Import it again.")
    out.text(f"{name} is intact")
    return {"name": name, "intact": True}


def _result(job: Iterator[Event], kind: type[Value], out: Output) -> Value:
    values: list[object] = []
    for event in job:
        if isinstance(event, Progress):
            out.progress(event.done, event.total, event.note)
        elif isinstance(event, Result):
            values.append(event.value)
    (value,) = values
    assert isinstance(value, kind)
    return value


def _row(info: ModelInfo) -> dict[str, object]:
    return {
        "name": info.name,
        "title": info.title,
        "architecture": info.architecture,
        "parameters": info.parameters,
        "tokenizer": info.tokenizer,
        "stage": info.stage,
        "parent": info.parent,
        "bytes": info.bytes,
        "context": info.context,
        "licence": info.licence,
        "source": info.source,
        "ready": info.ready,
        "problem": info.problem,
    }
