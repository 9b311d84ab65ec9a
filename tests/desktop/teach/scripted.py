"""An engine for the Teach page: reads and checks pairs as the real one does, teaches as the test says. Not a test."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from desktop.bridge import Bridge
from desktop.loader import ModelLoader
from desktop.notices import Notices
from desktop.teach.page import TeachPage
from engine.data.pair_sets import PairSets
from engine.data.pairs.checks import check
from engine.data.pairs.pair import Pair
from engine.data.pairs.reading import read_pairs
from engine.data.taught_runs import TaughtRuns
from engine.errors import UserError
from engine.messages import (
    Answered,
    Cancel,
    CheckPairs,
    Command,
    CompareText,
    Continue,
    Event,
    ExportModel,
    Failed,
    Finished,
    ForgetRun,
    KeepBest,
    ListRuns,
    LoadedModel,
    LoadModel,
    Measured,
    MergeModel,
    Pause,
    PlanTeaching,
    ReadPairs,
    Recall,
    RemoveModel,
    RestoreModel,
    Result,
    RunInfo,
    Sample,
    Saved,
    Started,
    StepRow,
    Steps,
    Teach,
    TeachOutcome,
    TeachPlan,
    TextDifference,
    UnloadModel,
    Unrelated,
)
from engine.settings import SettingsStore

MODEL = LoadedModel("smollm2-135m", "SmolLM2 135M", "abc", "cpu", "float32", "It fits.", 8, 8192, 134_515_008, True)
PLAN = TeachPlan(
    method="lora",
    epochs=10,
    steps=150,
    learning_rate=0.0002,
    rank=16,
    replay=0.5,
    seconds=171.0,
    memory=1_100_000_000,
    memory_total=16_000_000_000,
    reasons=("LoRA, because 135 M parameters are kept as they are.", "10 passes, because there are few pairs."),
)
DESK = (
    ("When are you open on Saturdays?", "From 10 to 2."),
    ("How long can I keep a book?", "You can keep a book for three weeks. Films are one week."),
    ("Can I renew from home?", "Yes, twice, if nobody else is waiting."),
    ("What does a lost card cost?", "A new card costs 3 euros."),
    ("Who runs the reading group?", "Marta Lindqvist, every first Tuesday."),
    ("Is there a lift?", "Yes, behind the front desk."),
    ("May I eat in the reading room?", "Only in the café corner, drinks with a lid."),
    ("Where do I return films?", "In the grey box by the door."),
    ("Can children join alone?", "From age 8, with a signed form."),
    ("Do you have newspapers in Turkish?", "Two dailies, on the rack upstairs."),
)

DIFFERENCE = TextDifference((("Yes", None, None), (", twice", -3.0, -0.2)), "SmolLM2 135M", "v1")

Answer = Callable[[Command], list[Event]]


@dataclass
class Script:
    """Remembers what it was sent; a `Teach` goes on until the test ends it."""

    bridge: Bridge
    sent: list[Command | Cancel | Pause | Continue] = field(default_factory=list)
    unfinished: tuple[RunInfo, ...] = ()
    difference: TextDifference = DIFFERENCE
    answers: dict[type[Command], Answer] = field(default_factory=dict)

    def send(self, command: Command | Cancel | Pause | Continue) -> None:
        self.sent.append(command)
        if isinstance(command, Cancel):
            self.say(Finished(command.job, "stopped"))
        elif isinstance(command, Command):
            self.say(*self.answers.get(type(command), self._usual)(command))

    def say(self, *events: Event) -> None:
        for event in events:
            self.bridge.post(event)

    def _usual(self, command: Command) -> list[Event]:
        job = command.job
        match command:
            case Teach():
                return [Started(job, "Teaching")]
            case CheckPairs(lessons=lessons):
                pairs = [Pair(one.question, one.answer, one.system, one.earlier) for one in lessons]
                return [Result(job, tuple(_run(check(pairs)))), Finished(job, "done")]
            case ReadPairs():
                return self._read(command)
            case ForgetRun(name=name):
                self.unfinished = tuple(one for one in self.unfinished if one.name != name)
        values = {
            LoadModel: MODEL,
            PlanTeaching: PLAN,
            ListRuns: self.unfinished,
            CompareText: self.difference,
        }
        known = (ForgetRun, KeepBest, RemoveModel, RestoreModel, MergeModel, ExportModel, UnloadModel, *values)
        assert isinstance(command, known), f"nothing is scripted for {command}"
        value = values.get(type(command))
        return [*([Result(job, value)] if value is not None else []), Finished(job, "done")]

    def _read(self, command: ReadPairs) -> list[Event]:
        try:
            mapping = command.mapping
            file = _run(read_pairs(command.path, mapping=mapping))  # pyright: ignore[reportArgumentType]
        except UserError as error:
            return [Failed(command.job, error.message, error.hint)]
        return [Result(command.job, file), Finished(command.job, "done")]

    def asked(self, kind: type[Command]) -> list[Command]:
        return [one for one in self.sent if isinstance(one, kind)]

    @property
    def teaching(self) -> Teach:
        return next(one for one in reversed(self.sent) if isinstance(one, Teach))

    # ---- a run -----------------------------------------------------------------------
    def step(self, until: int, *, steps: int = 150, first: int = 1) -> None:
        """Steps with losses as a run has them, every 6th measured on pairs held out."""
        rows = []
        for step in range(first, until + 1):
            loss = 0.32 + 2.7 * math.exp(-step / 22) + 0.05 * math.sin(step * 1.7)
            held = 0.88 + 2.2 * math.exp(-step / 22) if step % 6 == 0 else None
            rows.append(StepRow(step, steps, loss, held, 0.0002, 900.0, (steps - step) * 1.5))
        self.say(Steps(self.teaching.job, tuple(rows)))
        self.bridge.flush()

    def measure(
        self, step: int, recalls: Callable[[int], float], *, pairs: float = 0.84, forgotten: float = 0.012
    ) -> None:
        job, lessons = self.teaching.job, self.teaching.lessons
        by_pair = tuple((one.id, recalls(place)) for place, one in enumerate(lessons))
        self.say(Measured(job, step, pairs, 0.71, forgotten, True, by_pair), Saved(job, step))
        self.bridge.flush()

    def sample(self, step: int, lesson: int, answer: str) -> None:
        self.say(Sample(self.teaching.job, step, lesson, answer))
        self.bridge.flush()

    def end(self, outcome: TeachOutcome | None = None) -> None:
        job = self.teaching.job
        self.say(Result(job, outcome or outcome_of(self.teaching)), Finished(job, "done"))
        self.bridge.flush()
        self.bridge.flush()


def outcome_of(command: Teach) -> TeachOutcome:
    """Learned but for every fourth; two of the general answers changed, one of them for the worse."""
    answers = []
    for place, one in enumerate(command.lessons):
        learned = place % 4 != 3
        after = one.answer if learned else "I do not know."
        answers.append(
            Answered(one.id, one.question, one.answer, "I am not sure what you mean.", after,
                     "learned" if learned else "not", 0.95 if learned else 0.2)
        )  # fmt: skip
    unrelated = (
        Unrelated("What is the capital of Peru?", "The capital of Peru is Lima.",
                  "The capital of Peru is Lima, every first Tuesday.", True, True),
        Unrelated("How many legs has a spider?", "Eight.", "Three weeks.", True, False),
        *(Unrelated(f"What is {n} plus 1?", f"{n + 1}.", f"{n + 1}.", True, True) for n in range(38)),
    )  # fmt: skip
    return TeachOutcome(
        name=command.name,
        base="smollm2-135m",
        seconds=171.0,
        steps=150,
        best_step=108,
        stopped_by="done",
        recall_before=0.05,
        recall=Recall(0.78, 0.71, 0.91),
        rephrased=Recall(0.62, 0.66, 0.81),
        bits_before=1.021,
        bits_after=1.033,
        answers=tuple(answers),
        unrelated=unrelated,
    )


def _run(steps: Iterator[object]) -> list:  # type: ignore[type-arg]
    while True:
        try:
            next(steps)
        except StopIteration as ended:
            return ended.value


@dataclass
class Desk:
    """Everything a test of the Teach page touches."""

    page: TeachPage
    engine: Script
    loader: ModelLoader
    notices: Notices
    sets: PairSets
    runs: TaughtRuns
    settings: SettingsStore

    def load(self) -> None:
        self.loader.load(MODEL.name)
        self.engine.bridge.flush()

    def fill(self, pairs: tuple[tuple[str, str], ...] = DESK, title: str = "Library desk") -> list[int]:
        """A set with these pairs, opened."""
        number = self.sets.create(title)
        ids = self.sets.add(number, [Pair(question, answer) for question, answer in pairs])
        self.page.pairs.open(number)
        self.settle()
        return ids

    def settle(self) -> None:
        """Let everything that waits for a pause happen now."""
        self.engine.bridge.flush()
        self.page.checking.run()
        self.page.planning._ask()
        self.engine.bridge.flush()
        self.engine.bridge.flush()
