"""What ships with the app: the Starter, its stages, and what may be done with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.data.world.outside import says_unknown
from engine.errors import UserError
from engine.formats import shipped
from engine.formats.library import Library
from engine.messages import Generate, LoadModel, Message, Sampling, Tokens
from engine.paths import Paths, resource
from engine.run.session import Session

FOLDERS = {"starter": "taught", "starter-base": "base"}
MOST = 40_000_000
"""Bytes that the Starter may take in all."""

pytestmark = pytest.mark.skipif(not resource("starter/taught").is_dir(), reason="the Starter is not made yet")


@pytest.fixture(autouse=True)
def nothing_shipped(monkeypatch: pytest.MonkeyPatch) -> None:
    """In place of the one that hides them."""
    monkeypatch.setattr(shipped, "FOLDERS", FOLDERS)


def test_it_is_in_every_library_whole_and_small(paths: Paths) -> None:
    library = Library(paths)
    found = {info.name: info for info in library.list() if info.source == "shipped"}
    assert set(found) == set(FOLDERS) and all(not info.problem and info.ready for info in found.values())
    assert (found["starter"].stage, found["starter"].parent) == ("taught", "starter-base")
    assert found["starter"].has_template and not found["starter-base"].has_template
    assert sum(path.stat().st_size for path in resource("starter").rglob("*") if path.is_file()) <= MOST


@pytest.mark.parametrize("name", list(FOLDERS))
def test_its_files_are_those_that_were_written(paths: Paths, name: str) -> None:
    checking = Library(paths).verify(name)
    while True:
        try:
            next(checking)
        except StopIteration as finished:
            assert finished.value.intact
            break


def test_it_can_be_neither_renamed_nor_deleted_and_its_name_is_taken(paths: Paths) -> None:
    library = Library(paths)
    for act in (lambda: library.remove("starter"), lambda: library.rename("starter", "mine")):
        with pytest.raises(UserError, match="ships with Nextword"):
            act()
    with pytest.raises(UserError, match="already a model"):
        library.check_free("starter")


def reply(session: Session, question: str) -> str:
    command = Generate(2, (Message("user", question),), Sampling(temperature=0.0), max_new_tokens=40)
    events = session.handlers()[Generate](command)
    return "".join(piece.text for event in events if isinstance(event, Tokens) for piece in event.pieces)


def test_it_answers_about_its_world_and_says_what_it_does_not_know(tmp_path: Path) -> None:
    session = Session(Paths.under(tmp_path))
    list(session.handlers()[LoadModel](LoadModel(1, "starter")))
    assert "moo" in reply(session, "What does the cow say?").casefold()
    assert "small" in reply(session, "What is the opposite of big?").casefold()
    assert says_unknown(reply(session, "What is the capital of Peru?"))
