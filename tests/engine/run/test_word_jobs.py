from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from engine.errors import UserError
from engine.messages import Command, Event, NextChances, NextWords, PathNode, Result, WordPaths
from engine.paths import Paths
from engine.run.prefix import Prefix
from engine.run.session import Session
from engine.run.word_reading import ContextReader
from tests.engine.run.taught import folder_of, session_with


@pytest.fixture(scope="module", params=["llama", "gemma3"])
def session(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    root: Path = tmp_path_factory.mktemp("words")
    session, _ = session_with(Paths.under(root / "home"), folder_of(root, request.param))
    yield session


def run(session: Session, command: Command) -> list[Event]:
    return list(session.handlers()[type(command)](command))


def words(session: Session, command: NextWords) -> NextChances:
    value = run(session, command)[-1]
    assert isinstance(value, Result) and isinstance(value.value, NextChances)
    return value.value


def test_paths_read_side_by_side_are_as_read_alone(session: Session) -> None:
    model, context = session.require().model, [1, *range(40, 70)]
    prefix = Prefix(model)
    reader = ContextReader(model, prefix, context)
    for _ in reader.prepare():
        continue
    paths = [(), (5,), (5, 6), (7, 8, 9), (5, 9)]
    for some in (paths, paths[1:]):
        got = reader.read(some)
        prefix.read([3])  # another job takes the place between two passes
        for path, row in zip(some, got, strict=True):
            with torch.inference_mode():
                alone = model(torch.tensor([[*context, *path]]))[0, -1].double().softmax(-1).numpy()
            assert np.abs(row - alone).max() < 1e-6


@pytest.mark.parametrize("text", ["The cat sat on the ", "The capital of Fra", "I do", "It is 3.", "The cat."])
def test_words_and_the_rest_are_one(session: Session, text: str) -> None:
    got = words(session, NextWords(1, text, 5))
    assert sum(item.probability for item in got.items) + got.unexplored == pytest.approx(1.0, abs=1e-9)
    assert 0 <= got.proven <= len(got.items) and got.passes > 0 and got.entropy >= 0.0


def test_heads_are_off_for_one_question_only(session: Session) -> None:
    ids = tuple(range(40, 50))
    usual = words(session, NextWords(1, "", 5, "token", ids=ids))
    off = words(session, NextWords(2, "", 5, "token", ((0, 0), (1, 1)), ids))
    assert off.items != usual.items
    assert words(session, NextWords(3, "", 5, "token", ids=ids)).items == usual.items
    with pytest.raises(UserError):
        run(session, NextWords(4, "a", heads_off=((0, 99),)))


def test_a_stopped_search_leaves_the_model_as_it_was(session: Session) -> None:
    usual = words(session, NextWords(1, "The cat sat ", 5))
    work = session.handlers()[NextWords](NextWords(2, "The cat sat ", 5, heads_off=((0, 0),)))
    next(iter(work))
    work.close()  # pyright: ignore[reportAttributeAccessIssue]
    again = words(session, NextWords(3, "The cat sat ", 5))
    assert [i.probability for i in again.items] == pytest.approx([i.probability for i in usual.items], abs=1e-6)


def test_paths_share_what_their_beginning_has(session: Session) -> None:
    value = run(session, WordPaths(1, "The cat sat on the ", 2, 3, 0.0005))[-1]
    assert isinstance(value, Result) and isinstance(value.value, tuple) and value.value

    def check(node: PathNode) -> None:
        assert sum(child.probability for child in node.children) <= node.probability + 1e-9
        assert list(node.children) == sorted(node.children, key=lambda child: -child.probability)
        for child in node.children:
            check(child)

    for node in value.value:
        check(node)
