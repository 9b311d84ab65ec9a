"""A session with the model of the flags in it, for the verbs that need one. Imports torch only when called."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING

from engine.cli.flags import paths_of
from engine.cli.output import Output
from engine.heap import give_back
from engine.messages import LoadModel, Progress

if TYPE_CHECKING:
    from engine.run.loaded import Loaded
    from engine.run.session import Session


def load(args: argparse.Namespace, out: Output) -> tuple[Session, Loaded]:
    """Raises UserError when there is no such model, or it cannot be loaded."""
    from engine.run.session import Session

    session = Session(paths_of(args))
    _name_terms(session, args.model)
    command = LoadModel(0, args.model, args.device, args.precision, args.threads)
    for event in session.load(command):
        if isinstance(event, Progress):
            out.progress(event.done, event.total, event.note)
    give_back()
    return session, session.require()


def _name_terms(session: Session, name: str) -> None:
    """Before the first use of a model whose makers set terms, say where they are; the window has them accepted."""
    from engine.formats.packages import find_package

    found = find_package(name)
    if found is not None and found.terms is not None and not (session.library.models / name).is_dir():
        title = found.package.title
        print(f"{title} comes with terms: by using it you agree to {found.terms}", file=sys.stderr)
