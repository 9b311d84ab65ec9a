from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

import pytest
import torch
from torch import nn

from engine.errors import UserError
from engine.run.muon import Muon, MuonAndAdamW, orthogonal
from engine.run.optim import AdamW, clip, rate
from engine.run.schedule import Falling, Trapezoid
from engine.run.training import Loop, Part, Stepped


@pytest.mark.filterwarnings("ignore")
def test_adamw_is_that_of_torch() -> None:
    torch.manual_seed(0)
    ours = [nn.Parameter(torch.randn(5, 3)), nn.Parameter(torch.randn(7))]
    theirs = [nn.Parameter(p.detach().clone()) for p in ours]
    optimizer = AdamW(ours, weight_decay=0.1)
    reference = torch.optim.AdamW(theirs, lr=1.0, betas=(0.9, 0.99), eps=1e-8, weight_decay=0.1)
    for step in range(12):
        for mine, other in zip(ours, theirs, strict=True):
            mine.grad = torch.randn_like(mine)
            other.grad = mine.grad.clone()
        reference.param_groups[0]["lr"] = 1e-2 / (step + 1)
        optimizer.step(1e-2 / (step + 1))
        reference.step()
    for mine, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine, other, atol=1e-6, rtol=1e-5)


def test_gradients_stay_where_they_are_unless_they_are_to_go() -> None:
    for keeps in (True, False):
        weight = nn.Parameter(torch.ones(3))
        optimizer = AdamW([weight], keeps=keeps)
        place = weight.grad
        for _ in range(2):
            weight.square().sum().backward()
            assert weight.grad is not None and torch.equal(weight.grad, 2 * weight.detach())
            optimizer.step(0.1)
            assert weight.grad is place if keeps else weight.grad is None
            assert weight.grad is None or not weight.grad.any()


def test_clipping_keeps_the_direction() -> None:
    one = nn.Parameter(torch.zeros(2))
    one.grad = torch.tensor([3.0, 4.0])
    assert clip([one], 1.0) == pytest.approx(5.0)
    torch.testing.assert_close(one.grad, torch.tensor([0.6, 0.8]))


def test_the_rate_rises_then_falls_and_is_never_zero() -> None:
    rates = [rate(step, 100, 1.0) for step in range(100)]
    top = rates.index(max(rates))
    assert max(rates) == 1.0 and rates[:top] == sorted(rates[:top]) and rates[top:] == sorted(rates[top:], reverse=True)
    assert 0 < rates[-1] < 0.1 and rate(0, 1, 1.0) > 0


def loop(steps: int = 12, peak: float = 0.05) -> Loop:
    torch.manual_seed(1)
    weight = nn.Parameter(torch.randn(4, 4))

    def parts(step: int) -> list[Part]:
        luck = torch.Generator().manual_seed(step)
        x = torch.randn(3, 4, generator=luck)
        return [
            Part(lambda: ((x @ weight) ** 2).sum(), 0.1, 3, 3),
            Part(lambda: weight.sum() ** 2, 0.01, 1, 1, shown=False),
        ]

    return Loop([weight], parts, Falling(steps, peak))


def finish(one: Loop, until: int = 1000) -> list[Stepped]:
    found = []
    for event in one.run():
        if event is not None:
            found.append(event)
            if event.step >= until:
                break
    return found


def test_a_run_that_is_cut_anywhere_ends_bit_equal(tmp_path: Path) -> None:
    whole = loop()
    finish(whole)
    for cut in range(1, 12):
        first = loop()
        finish(first, cut)
        first.notes["best"] = cut
        first.save(tmp_path / "state", {"best.x": torch.ones(2) * cut})
        second = loop()
        more = second.load(tmp_path / "state")
        assert second.step == cut and second.notes == {"best": cut} and more["best.x"].tolist() == [cut, cut]
        finish(second)
        assert torch.equal(second.parameters[0], whole.parameters[0])


def test_a_micro_batch_is_a_step_of_its_own() -> None:
    """So that a question of the person waits no longer than one."""
    events = list(loop(steps=2).run())
    assert [event is None for event in events] == [True, True, False] * 2


def test_infinite_numbers_stop_the_run_with_a_sentence() -> None:
    one = loop()
    one.parameters[0].data.fill_(float("nan"))
    with pytest.raises(UserError, match="became infinite"):
        finish(one)


@pytest.mark.parametrize("damage", [b"", b"\x08\0\0\0\0\0\0\0{}", b"x" * 100])
def test_a_damaged_save_is_refused(tmp_path: Path, damage: bytes) -> None:
    (tmp_path / "state").write_bytes(damage)
    with pytest.raises(UserError, match="cannot be read"):
        loop().load(tmp_path / "state")


@pytest.mark.filterwarnings("ignore")
def test_muon_is_that_of_torch() -> None:
    """torch works in bfloat16, so the bound is that precision's."""
    torch.manual_seed(0)
    ours = [nn.Parameter(torch.randn(shape)) for shape in ((8, 5), (5, 8), (8, 5))]
    theirs = [nn.Parameter(p.detach().clone()) for p in ours]
    optimizer = Muon(ours, weight_decay=0.1)
    reference = torch.optim.Muon(theirs, lr=1.0, weight_decay=0.1, adjust_lr_fn="match_rms_adamw")
    for step in range(6):
        for mine, other in zip(ours, theirs, strict=True):
            mine.grad = torch.randn_like(mine)
            other.grad = mine.grad.clone()
        reference.param_groups[0]["lr"] = 1e-2 / (step + 1)
        optimizer.step(1e-2 / (step + 1))
        reference.step()
    for mine, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine, other, atol=4e-3, rtol=2e-2)
        assert mine.grad is None


def test_an_orthogonal_update_has_singular_values_near_one() -> None:
    torch.manual_seed(0)
    values = torch.linalg.svdvals(orthogonal(torch.randn(3, 6, 20)))
    assert values.min() > 0.6 and values.max() < 1.3


def test_both_optimizers_go_on_from_their_state() -> None:
    def made() -> tuple[list[nn.Parameter], MuonAndAdamW]:
        torch.manual_seed(3)
        weights = [nn.Parameter(torch.randn(4, 6)), nn.Parameter(torch.randn(6))]
        return weights, MuonAndAdamW(weights[:1], weights[1:], 2.0, 0.1)

    def go(weights: list[nn.Parameter], optimizer: MuonAndAdamW, steps: range) -> None:
        for step in steps:
            for n, weight in enumerate(weights):
                weight.grad = torch.randn(weight.shape, generator=torch.Generator().manual_seed(10 * step + n))
            optimizer.step(0.01)

    whole, optimizer = made()
    go(whole, optimizer, range(6))
    first, optimizer = made()
    go(first, optimizer, range(3))
    second, resumed = made()
    resumed.load({name: tensor.clone() for name, tensor in optimizer.state().items()})
    for mine, other in zip(second, first, strict=True):
        mine.data.copy_(other.data)
    go(second, resumed, range(3, 6))
    assert all(torch.equal(a, b) for a, b in zip(whole, second, strict=True))


def test_a_fall_can_begin_at_any_time_and_never_jumps() -> None:
    for asked in range(10, 100):
        schedule = Trapezoid(100, 1.0, 5)
        rates = [schedule.rate(step) for step in range(asked)]
        schedule.finish(asked)
        rates += [schedule.rate(step) for step in range(asked, schedule.steps)]
        assert schedule.steps <= 100 and schedule.steps <= asked + max(1, round(0.2 * asked))
        assert len(rates) == schedule.steps and 0 < rates[-1] < 0.52
        assert all(after <= before + 0.02 for before, after in pairwise(rates[asked - 1 :]))
        again = Trapezoid(100, 1.0, 5)
        again.load(schedule.state())
        assert [again.rate(step) for step in range(asked, again.steps)] == rates[asked:]


def test_processes_that_share_a_step_end_as_one_alone(tmp_path: Path) -> None:
    """Two loops in turn, each with half of the parts, whose gradients are added up by hand."""

    class Both:
        def add_up(self, tensors: Sequence[torch.Tensor]) -> None:
            for tensor, other in zip(tensors, OTHERS, strict=True):
                tensor.add_(other)

    alone, shared = loop(steps=1), loop(steps=1)
    parts = shared.parts(0)
    (parts[1].loss() * parts[1].weight).backward()
    grad = shared.parameters[0].grad
    assert grad is not None
    OTHERS = [grad.clone(), torch.zeros(3, dtype=torch.float64)]
    shared.parameters[0].grad = None
    shared.parts = lambda step: parts[:1]
    shared.together = Both()
    expected, got = finish(alone), finish(shared)
    torch.testing.assert_close(shared.parameters[0], alone.parameters[0])
    assert got[0].loss == pytest.approx(expected[0].loss)
