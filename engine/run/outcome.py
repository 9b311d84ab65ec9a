"""What came of a run: the best state asked everything once more, put beside the answers before, and kept.

Knows a finished run and the library.
"""

from __future__ import annotations

import time
from collections.abc import Generator, Sequence
from dataclasses import replace

from engine.data.pairs.pair import folded
from engine.formats.library import Library
from engine.formats.naming import slug
from engine.messages import Answered, Event, Learned, Lesson, Recall, TeachOutcome, Unrelated
from engine.run.evaluate import Grasp, f1, holds
from engine.run.looking import questions, recalled, share
from engine.run.teaching import Run, StoppedBy

HALF = 0.6
"""Word F1 from which an answer counts as half right."""


def finish(run: Run, library: Library, name: str, stopped_by: StoppedBy) -> Generator[Event, None, TeachOutcome]:
    """Measure the best state, write the adapter with its cards into the library, and say all of it."""
    looks, before, lessons = run.looks, run.before, run.lessons
    run.adapter.load(run.best)
    seen = run.best_seen
    own, other = (seen.own, seen.other) if seen else (yield from run.taught(looks.grasps(), "Asking after: your pairs"))
    answers = yield from run.taught(looks.answers_beside(looks.own, own), "Asking after: your pairs")
    bare = yield from run.taught(looks.grasp(looks.own_bare), "Asking after: without cards")
    other_bare = yield from run.taught(looks.grasp(looks.reworded_bare), "Asking after: in other words")
    asking = looks.general_answers_beside(before["general"]) if run.adapter.for_cards else looks.general_answers()
    general = yield from run.taught(asking, "Asking after: general questions")
    bits = yield from run.taught(looks.bits(), "Asking after: general text")
    outcome = TeachOutcome(
        name=name,
        base=run.loaded.info.base or run.loaded.info.name,
        seconds=time.monotonic() - run.began,
        steps=run.loop.step,
        best_step=int(str(run.loop.notes.get("best_step", 0))),
        stopped_by=stopped_by,
        recall_before=recalled(lessons, before["answers"]),
        recall=Recall(share(bare), before["cards"], recalled(lessons, answers)),
        rephrased=Recall(share(other_bare), before["cards_reworded"], share(other)),
        bits_before=before["bits"],
        bits_after=bits,
        answers=tuple(_answered(lessons, before["answers"], answers, own)),
        unrelated=tuple(_unrelated(before["general"], general)),
    )
    return _kept(run, library, outcome)


def _answered(
    lessons: Sequence[Lesson], before: Sequence[str], after: Sequence[str], grasps: Sequence[Grasp]
) -> list[Answered]:
    return [
        Answered(one.id, one.question, one.answer, b, a, _learned(one.answer, a), grasp.probability, one.id)
        for one, b, a, grasp in zip(lessons, before, after, grasps, strict=True)
    ]


def _learned(expected: str, answer: str) -> Learned:
    if folded(expected) == folded(answer):
        return "learned"
    return "half" if f1(expected, answer) >= HALF else "not"


def _unrelated(before: Sequence[str], after: Sequence[str]) -> list[Unrelated]:
    return [
        Unrelated(q.question, b, a, holds(q, b), holds(q, a))
        for q, b, a in zip(questions(), before, after, strict=True)
    ]


def _kept(run: Run, library: Library, outcome: TeachOutcome) -> TeachOutcome:
    plan = run.plan
    settings = {
        "method": plan.method, "epochs": plan.epochs, "learning_rate": plan.learning_rate, "rank": plan.rank,
        "replay": plan.replay, "seed": run.seed,
    }  # fmt: skip
    results = {
        "recall": outcome.recall.both, "recall_weights": outcome.recall.weights, "rephrased": outcome.rephrased.both,
        "bits_before": outcome.bits_before, "bits_after": outcome.bits_after, "step": outcome.best_step,
    }  # fmt: skip
    loaded = run.loaded
    free = library.free_name(slug(outcome.name))  # one that was taken meanwhile must not cost the run
    name = library.save_adapter(
        free, run.adapter, loaded.checkpoint, title=outcome.name, settings=settings, results=results,
        lessons=run.lessons, base_sha256=loaded.checkpoint.sha256 or loaded.info.sha256,
    )  # fmt: skip
    return replace(outcome, name=name)
