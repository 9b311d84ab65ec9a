"""What a step of teaching is made of."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.paths import Paths
from engine.run import recipes
from engine.run.asking import end_of_turn, prompt
from engine.run.evaluate import write
from engine.run.loaded import Loaded
from engine.run.recipes import BARE_AFTER, Finetuning
from engine.text.tokenizer import decode
from tests.engine.run.inside import finish
from tests.engine.run.taught import LESSONS, folder_of, session_with


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return folder_of(tmp_path_factory.mktemp("models"))


@pytest.fixture
def loaded(paths: Paths, folder: Path) -> Loaded:
    return session_with(paths, folder)[1]


def test_only_many_passes_that_were_chosen_are_without_cards_too(loaded: Loaded) -> None:
    data = Finetuning(loaded, LESSONS, 0.0, 7, for_cards=False)
    usual = Finetuning(loaded, LESSONS, 0.0, 7)
    bare = [tuple(prompt(loaded, one, one.question)) for one in LESSONS]
    for epoch in (0, 1, BARE_AFTER - 1, BARE_AFTER + 1, BARE_AFTER + 3):
        texts = [text for n in range(2) for text in data.texts(epoch * data.steps_per_epoch + n)[0]]
        there = [one for one in bare if any(text.ids[: text.start] == one for text in texts)]
        assert len(there) == (len(LESSONS) if epoch > BARE_AFTER else 0)
        assert not any(
            tuple(text.ids[: text.start]) in bare for n in (2 * epoch, 2 * epoch + 1) for text in usual.texts(n)[0]
        )
        answers = {decode(loaded.tokenizer, text.targets[:-1]) for text in texts}
        assert {one.answer for one in LESSONS} <= {answer.strip() for answer in answers}, "each is there in every pass"


def test_what_it_would_say_itself_is_held(loaded: Loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recipes, "OWN_TOKENS", 6)
    said: dict[int, set[tuple[tuple[int, ...], tuple[int, ...]]]] = {}
    for own in (0, 3):
        data = Finetuning(loaded, LESSONS, 1.0, 7, 5, own)
        finish(data.prepare())
        said[own] = {(example.ids[: example.start], example.targets) for example, _ in data._held[:5]}  # pyright: ignore
    mine = [(list(ids), targets) for ids, targets in said[3] - said[0]]
    assert len(mine) == 3 and len(said[3]) == len(said[0])
    written = finish(write(loaded, [ids for ids, _ in mine], [6] * 3))
    end = end_of_turn(loaded)
    for (_, targets), text in zip(mine, written, strict=True):
        cut = targets[:-1] if list(targets[-1:]) == end else targets
        assert decode(loaded.tokenizer, cut).strip() == text and (len(cut) == 6 or cut != targets)
