"""From what a person chose to a corpus: read, cleaned, cut, told apart from what was there already, and written down.

A step is a document, or some part of a long one. Knows no vocabulary.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import shutil
import tempfile
import time
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path

from engine.data.corpus.corpus import HELD, LEARN, REPORT, Corpus, report_json
from engine.data.corpus.files import Chosen, files_of
from engine.data.corpus.taking import Taking
from engine.data.world.facts import edition
from engine.errors import UserError
from engine.messages import TextSource

VERSION = 2
"""Of cleaning and cutting: what an older one made is not taken for the same text."""
PARTIAL, KNOWN = ".partial-", ".known"
FILES_A_STEP = 200
LEFT_BEHIND = 24 * 3600
"""Seconds after which half of a corpus is what a crash left."""
Steps = Generator[tuple[int, int, str], None, Corpus]


def read_corpus(sources: Sequence[TextSource], cache: Path) -> Steps:
    """The text of all sources, in a folder below `cache`; yields (done, total, note), in kB.

    What was read before and did not change since is not read again. UserError for too little text, or a full disk.
    """
    root, files = cache / "corpus", []
    for file in _found(sources, files):
        if len(file) % FILES_A_STEP == 0:
            yield 0, 0, "Looking for text"
    known = root / f"{_key(sources, files)}{KNOWN}"
    if (corpus := _read_before(root, known)) is not None:
        return corpus
    work: Path | None = None
    try:
        root.mkdir(parents=True, exist_ok=True)
        _sweep(root)
        work = Path(tempfile.mkdtemp(prefix=PARTIAL, dir=root))
        with (work / LEARN).open("wb") as learn, (work / HELD).open("wb") as held:
            taking = Taking(learn, held, f"corpus {VERSION}")
            yield from taking.all(list(zip(sources, files, strict=True)))
            taking.check()
            sizes = taking.finish()
        return _keep(work, known, report_json(taking.report(), sizes), taking.fingerprint)
    except OSError as error:
        raise _not_kept(error) from error
    finally:
        if work is not None:
            shutil.rmtree(work, ignore_errors=True)


def _found(sources: Sequence[TextSource], files: list[list[Chosen]]) -> Iterator[list[Chosen]]:
    """Fill `files` with those of each source; one step each."""
    for source in sources:
        files.append([])
        for file in () if source.path is None else files_of(source.path):
            files[-1].append(file)
            yield files[-1]


def _read_before(root: Path, known: Path) -> Corpus | None:
    """What was made of the same sources, if all of it is still there."""
    try:
        return Corpus.open(root / json.loads(known.read_bytes())["fingerprint"][:32], known)
    except (OSError, ValueError, KeyError, TypeError, UserError):  # never read, or emptied meanwhile: it is read
        return None


def _sweep(root: Path) -> None:
    for left in root.glob(f"{PARTIAL}*"):
        if left.stat().st_mtime < time.time() - LEFT_BEHIND:
            shutil.rmtree(left, ignore_errors=True)


def _keep(work: Path, known: Path, report: bytes, fingerprint: str) -> Corpus:
    """The folder in its place; the same text that lies there already stays, for somebody may be reading it."""
    folder = work.parent / fingerprint[:32]
    _write(work / REPORT, report)
    try:
        Corpus.open(folder, work / REPORT)
    except UserError:  # nothing there, or what was left of it
        shutil.rmtree(folder, ignore_errors=True)
        work.rename(folder)
    else:
        (work / REPORT).replace(folder / REPORT)
    _write(folder / f"{REPORT}.new", report)
    (folder / f"{REPORT}.new").replace(known)
    return Corpus.open(folder, known)


def _write(path: Path, data: bytes) -> None:
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _key(sources: Sequence[TextSource], files: Sequence[Sequence[Chosen]]) -> str:
    """What was chosen, and when it was changed last."""
    told = [
        [source.title, _world(source), source.own, str(source.path), [(f.inside, f.size, f.changed) for f in of]]
        for source, of in zip(sources, files, strict=True)
    ]
    return hashlib.sha256(json.dumps([VERSION, told]).encode()).hexdigest()[:32]


def _world(source: TextSource) -> tuple[int, str]:
    """How much of the small world, and which one: it changes from one Nextword to the next."""
    return (source.world, edition()) if source.world else (0, "")


def _not_kept(error: OSError) -> UserError:
    full = error.errno in (errno.ENOSPC, errno.EDQUOT)
    hint = "Make room on the disk, then try again." if full else "Look at the permissions of the cache folder."
    return UserError(f"The text could not be kept: {error.strerror or error}", hint)
