"""What a look knows without writing it is what it would have written."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from engine.paths import Paths
from engine.run import looking
from engine.run.asking import prompt
from engine.run.batch_generate import answer_all
from engine.run.cards import Cards, Sense
from engine.run.evaluate import know, write
from engine.run.loaded import Loaded
from engine.run.looking import Looks
from engine.run.meaning import Whitening
from engine.run.packing import Example
from tests.engine.run.inside import finish
from tests.engine.run.taught import LESSONS, folder_of, session_with


def cards_of(loaded: Loaded) -> Generator[tuple[int, int], None, Cards]:
    size = loaded.model.config.hidden_size
    sense = Sense(Whitening(torch.zeros(3, size), torch.eye(size).expand(3, -1, -1)), torch.randn(40, 3, size))
    return Cards.of(loaded.model, loaded.tokenizer, LESSONS, sense)


def test_what_is_known_to_be_written_is_not_written_again(
    paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, loaded = session_with(paths, folder_of(tmp_path))
    prompts = [prompt(loaded, one, one.question) for one in LESSONS[:3]]
    said = finish(answer_all(loaded.model, prompts, [8] * 3, frozenset()))
    end = said[0][5]
    loaded = replace(loaded, ends=frozenset({end}))
    first = said[0][: said[0].index(end) + 1]
    examples = [
        Example((*prompts[0], *first), len(prompts[0])),  # what it says, to its end
        Example((*prompts[1], *said[1][:4], end), len(prompts[1])),  # something else
        Example((*prompts[2], *said[2]), len(prompts[2])),  # what it says, without an end
    ]
    with torch.inference_mode():
        grasps = finish(know(loaded.model, examples))
    assert [grasp.exact for grasp in grasps] == [True, False, True]
    looks = Looks(loaded, LESSONS, finish(cards_of(loaded)))
    slow = finish(looks.answers(examples))
    asked: list[int] = []

    def counted(loaded, prompts, longest):
        asked.append(len(prompts))
        return (yield from write(loaded, prompts, longest))

    monkeypatch.setattr(looking, "write", counted)
    assert finish(looks.answers_beside(examples, grasps)) == slow and asked == [2]
