from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor

from engine.errors import UserError
from engine.messages import Event, NextWords, Result, Sampling, XRay, XRayStage
from engine.model.transformer import Transformer
from engine.paths import Paths
from engine.run.quick import Quick
from engine.run.sampling import STAGES, Sampler
from engine.run.session import Session
from engine.run.xray import xray
from engine.text.fast import FastTokenizer
from tests.engine.run.taught import folder_of, session_with
from tests.fakes import byte_level_json

TOKENIZER = FastTokenizer(byte_level_json())
SIZE = TOKENIZER.vocab_size
samplings = st.builds(
    Sampling,
    temperature=st.sampled_from([0.0, 0.2, 1.0, 3.0]),
    top_k=st.sampled_from([0, 1, 5, 40]),
    top_p=st.sampled_from([0.05, 0.5, 0.95, 1.0]),
    min_p=st.sampled_from([0.0, 0.05, 0.5]),
    repetition_penalty=st.sampled_from([1.0, 1.3]),
    presence_penalty=st.sampled_from([0.0, 0.7]),
    frequency_penalty=st.sampled_from([0.0, 0.4]),
)


class Spy(Sampler):
    """Keeps what the draw was made from."""

    drawn: Tensor | None = None

    def _draw(self, probabilities: Tensor, point: float) -> int:
        self.drawn = probabilities
        return super()._draw(probabilities, point)


@settings(max_examples=80, deadline=None)
@given(samplings, st.integers(0, 1000), st.lists(st.integers(0, SIZE - 1), max_size=12), st.integers(0, 12))
def test_the_last_stage_is_what_the_sampler_draws_from(
    sampling: Sampling, seed: int, seen: list[int], prompt: int
) -> None:
    logits = torch.randn(SIZE, generator=torch.Generator().manual_seed(seed)) * 3
    told = xray(logits, sampling, seen, min(prompt, len(seen)), TOKENIZER, SIZE)
    assert [stage.name for stage in told] == ["raw", *STAGES]
    spy = Spy(sampling, 1)
    picked = spy.pick(logits, seen, min(prompt, len(seen)))
    left = told[-1]
    if spy.drawn is None:
        assert left.candidates == 1 and left.items[0].ids == (picked,)
        return
    assert left.candidates == int((spy.drawn > 0).sum()) == len(left.items)
    drawn = spy.drawn.sort(descending=True).values.tolist()
    assert [item.probability for item in left.items] == pytest.approx(drawn[: left.candidates], abs=1e-12)
    assert picked in [item.ids[0] for item in left.items]


def test_each_stage_says_what_it_keeps() -> None:
    logits = torch.tensor([0.5, 0.25, 0.125, 0.0625, 0.0625]).log()
    told = xray(logits, Sampling(temperature=1.0, top_k=3, top_p=0.8, min_p=0.6), [], 0, TOKENIZER, 8)
    raw, penalties, heat, highest, nucleus, least = told
    assert raw.mass_kept == penalties.mass_kept == heat.mass_kept == pytest.approx(1.0)
    assert raw.candidates == 5 and raw.entropy == pytest.approx(1.875 * 0.6931472)
    assert highest.candidates == 3 and highest.mass_kept == pytest.approx(0.875)
    assert nucleus.candidates == 2 and nucleus.mass_kept == pytest.approx(0.75 / 0.875)
    assert least.candidates == 1 and least.mass_kept == pytest.approx(2 / 3) and least.entropy == pytest.approx(0.0)
    assert least.items[0].probability == pytest.approx(1.0)


# ---- on a loaded model -----------------------------------------------------------------
@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Session]:
    root: Path = tmp_path_factory.mktemp("xray")
    session, _ = session_with(Paths.under(root / "home"), folder_of(root))
    yield session


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by the tokens of each forward pass, by torch or compiled."""
    counted: list[int] = []
    read, compiled = Transformer.read, Quick.__call__

    def counting(self: Transformer, ids: Tensor, *args: object, **more: object) -> Tensor:
        counted.append(ids.shape[1])
        return read(self, ids, *args, **more)  # pyright: ignore[reportArgumentType]

    def counting_too(self: Quick, ids: Sequence[int], *args: Any) -> Tensor | None:
        found = compiled(self, ids, *args)
        if found is not None:
            counted.append(len(ids))
        return found

    monkeypatch.setattr(Transformer, "read", counting)
    monkeypatch.setattr(Quick, "__call__", counting_too)
    return counted


def stages_of(events: list[Event]) -> tuple[XRayStage, ...]:
    (value,) = [event.value for event in events if isinstance(event, Result)]
    assert isinstance(value, tuple)
    return value


def run(session: Session, command: XRay | NextWords) -> list[Event]:
    return list(session.handlers()[type(command)](command))


def test_sliders_take_no_forward_pass(session: Session, passes: list[int]) -> None:
    first = stages_of(run(session, XRay(1, text="The cat sat", sampling=Sampling())))
    assert passes
    passes.clear()
    again = stages_of(run(session, XRay(2, text="The cat sat", sampling=Sampling(temperature=2.0))))
    run(session, NextWords(3, text="The cat sat", unit="token", typing=False))
    assert not passes and again[0] == first[0] and again[-1] != first[-1]
    run(session, XRay(4, text="The cat sat down", sampling=Sampling()))
    assert passes
    passes.clear()
    session.require().forget()  # other adapters: other logits
    run(session, XRay(5, text="The cat sat down", sampling=Sampling()))
    assert passes


def test_penalties_count_the_reply_alone_where_they_should(session: Session) -> None:
    ids = (1, 40, 41, 42)
    sampling = Sampling(presence_penalty=1.0)
    told = stages_of(run(session, XRay(1, text="", sampling=sampling, ids=ids, recent=ids[-2:])))
    alone = stages_of(run(session, XRay(2, text="", sampling=sampling, ids=ids)))
    assert alone[1].entropy == alone[0].entropy and told[1].entropy != told[0].entropy


@pytest.mark.parametrize(
    "command",
    [
        XRay(1, text="a", sampling=Sampling(top_p=0.0)),
        XRay(1, text="a", sampling=Sampling(), top=0),
        XRay(1, text="a", sampling=Sampling(), ids=(10**6,)),
    ],
)
def test_what_cannot_be_shown_is_refused(session: Session, command: XRay) -> None:
    with pytest.raises(UserError):
        run(session, command)
