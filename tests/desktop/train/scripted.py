"""An engine for the Train page: reads, plans and trains as the test says. Not a test."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from PySide6.QtWidgets import QApplication

from desktop.bridge import Bridge
from desktop.loader import ModelLoader
from desktop.notices import Notices
from desktop.train.page import TrainPage
from engine.data.chats import Chats
from engine.messages import (
    Cancel,
    ChatWhileTraining,
    Command,
    Continue,
    CorpusReport,
    Event,
    Finished,
    FinishNow,
    ForgetPretraining,
    LeftOut,
    ListPretrainings,
    LoadedModel,
    LoadModel,
    NextInChat,
    Pause,
    PlanPretraining,
    Preset,
    Pretrain,
    PretrainHistory,
    PretrainOutcome,
    PretrainPlan,
    PretrainRun,
    PretrainSettings,
    ReadCorpus,
    ReadPretraining,
    ReadSource,
    Result,
    Saved,
    SizePlan,
    Started,
    TimeVerdict,
    TrainRow,
    TrainSteps,
    TryVocabulary,
    UnloadModel,
    VocabularyReport,
    Watched,
    WatchedPrompt,
    WatchPrompt,
)
from engine.settings import SettingsStore

STEPS = 10_000
LEARNING = LoadedModel("", "Harbour nano, still learning", "", "cpu", "float32", "", 8, 512, 6_800_000, False)
PROMPT = "Once there was a little fox who"
WROTE = (
    (0, " rtle ␣ɵ the7 ohung pest lid lid woo3 ,ea"),
    (30, " e the a to, n th e"),
    (100, " the the , and the . the was the and a"),
    (300, " was a the little and the was a big."),
    (1_000, " was a little girl. She was a big and the day, she saw a bird."),
    (3_000, " lived in a small boat. One day, the fox saw a big fish and was happy."),
    (6_200, " lived under the old harbour bridge. Every morning he listened to the boats, and every evening he "
            "walked home along the wall and told his mother what he had heard from them."),
)  # fmt: skip
WORDS = ((" was", 0.461), (" had", 0.128), (" liked", 0.072), (" is", 0.044))
CUTS = (
    ("lighthouse", ("▁li", "ght", "ho", "use")),
    ("harbourmaster", ("▁harb", "our", "ma", "ster")),
    ("counted", ("▁count", "ed")),
    ("waves", ("▁waves",)),
)
EXAMPLE = ("▁The", "▁li", "ght", "house", "▁keep", "er", "▁count", "ed", "▁the", "▁waves", ".")
SIZES: tuple[tuple[Preset, int, int, int, float, int, TimeVerdict], ...] = (
    ("tiny", 1_100_000, 4, 128, 1_500, 400_000_000, "fits"),
    ("nano", 6_800_000, 8, 256, 7_800, 900_000_000, "fits"),
    ("small", 19_000_000, 10, 384, 57_600, 1_800_000_000, "slow"),
    ("medium", 39_000_000, 12, 512, 259_200, 3_200_000_000, "too slow"),
    ("large", 113_000_000, 16, 768, 2_073_600, 76_000_000_000, "too big"),
)
PLAN = PretrainPlan(
    tuple(
        SizePlan(preset, parameters, layers, width, 42_000_000, 3.0, STEPS, seconds, memory, verdict, 5_320.0,
                 256, 4_096, 0.012)
        for preset, parameters, layers, width, seconds, memory, verdict in SIZES
    ),
    2.1, "cpu", "bfloat16", 8, "bf16, because it was 3 times as fast in the probe.",
)  # fmt: skip

Answer = Callable[[Command], list[Event]]


def report_of(command: ReadCorpus) -> CorpusReport:
    sources = tuple(
        ReadSource(one.title, 212 if one.path else 1, 900, one.world or 6_100_000) for one in command.sources
    )
    return CorpusReport(
        fingerprint="abc",
        folder=Path("corpus"),
        sources=sources,
        left_out=(
            LeftOut(
                "letters/1961.txt, from byte 12", "The licence of Project Gutenberg, which is not the book", 18_000
            ),
            LeftOut("letters/scan.pdf", "It is not a text", 240_000),
        ),
        left_out_bytes=258_000,
        documents=900,
        bytes=sum(one.bytes for one in sources),
        words=10_400_000,
        different_words=61_300,
        repeated=0.008,
        held_out=0.02,
        frequent=(("the", 500_000), ("harbour", 4_000)),
        suggested_vocabulary=4_096,
    )


def vocabulary_of(command: TryVocabulary) -> VocabularyReport:
    pieces = tuple(f"piece{number}" for number in range(command.size - 11)) + EXAMPLE
    return VocabularyReport(command.size, command.kind, 3.9, 0.71, 14, CUTS, EXAMPLE, pieces)


def run_of(name: str = "harbour-nano", title: str = "Harbour nano", **values: object) -> PretrainRun:
    run = PretrainRun(name, title, "nano", 6_800_000, 4_096, 6_200, STEPS, 26_000_000, 4_800.0, 1.213,
                      "unfinished", False, "", 1_700_000_000.0)  # fmt: skip
    return replace(run, **values)  # pyright: ignore[reportArgumentType]


def rows(until: int, first: int = 1, every: int = 10, worse: float = 0.0) -> tuple[TrainRow, ...]:
    """Losses as a run has them, every 100th step measured on text kept for testing."""
    made = []
    for step in range(first, until + 1, every):
        loss = 1.95 + worse + 6.3 * math.exp(-((step / 160) ** 0.55)) + 0.04 * math.sin(step * 1.7)
        held = loss + 0.08 if (step - first) % 200 == 0 else None
        made.append(
            TrainRow(step, STEPS, loss, 0.41, 0.012, step * 4_096, 5_320.0, (STEPS - step) * 0.77, held,
                     None if held is None else held / 2.7)
        )  # fmt: skip
    return tuple(made)


def watched(until: int, prompt: str = PROMPT) -> tuple[WatchedPrompt, ...]:
    return tuple(WatchedPrompt(step, prompt, text, WORDS, 2.08) for step, text in WROTE if step <= until)


def history_of(run: PretrainRun, worse: float = 0.0) -> PretrainHistory:
    return PretrainHistory(run, PretrainSettings(), rows(run.step, worse=worse), watched(run.step))


def outcome_of(title: str, name: str = "harbour-nano") -> PretrainOutcome:
    return PretrainOutcome(name, title, "done", STEPS, 42_000_000, 7_700.0, 6_800_000, 0.982, True, 5_400.0)


@dataclass
class Script:
    """Remembers what it was sent; a `Pretrain` goes on until the test ends it."""

    bridge: Bridge
    sent: list[Command | Cancel | Pause | Continue] = field(default_factory=list)
    runs: tuple[PretrainRun, ...] = ()
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
        job, value = command.job, None
        match command:
            case Pretrain():
                return [Started(job, command.title)]
            case ReadCorpus():
                value = report_of(command)
            case TryVocabulary():
                value = vocabulary_of(command)
            case PlanPretraining():
                value = PLAN
            case ListPretrainings():
                value = self.runs
            case ReadPretraining(name=name):
                worse = 0.2 * [run.name for run in self.runs].index(name)
                value = history_of(next(run for run in self.runs if run.name == name), worse)
            case ForgetPretraining(name=name):
                self.runs = tuple(run for run in self.runs if run.name != name)
            case WatchPrompt(prompt=prompt):
                value = WatchedPrompt(6_200, prompt, " is old.", WORDS, 2.0)
            case ChatWhileTraining() | LoadModel():
                value = LEARNING
            case _:
                assert isinstance(command, FinishNow | UnloadModel | NextInChat), f"nothing is scripted for {command}"
        return [*([Result(job, value)] if value is not None else []), Finished(job, "done")]

    def asked(self, kind: type[Command]) -> list[Command]:
        return [one for one in self.sent if isinstance(one, kind)]

    @property
    def training(self) -> Pretrain:
        return next(one for one in reversed(self.sent) if isinstance(one, Pretrain))

    # ---- a run -----------------------------------------------------------------------
    def step(self, until: int, first: int = 1) -> None:
        job = self.training.job
        self.say(TrainSteps(job, rows(until, first)), Watched(job, watched(until)), Saved(job, until))
        self.bridge.flush()

    def end(self) -> None:
        job = self.training.job
        self.say(Result(job, outcome_of(self.training.title)), Finished(job, "done"))
        self.bridge.flush()
        self.bridge.flush()


@dataclass
class Desk:
    """Everything a test of the Train page touches."""

    page: TrainPage
    engine: Script
    loader: ModelLoader
    notices: Notices
    chats: Chats
    settings: SettingsStore

    def settle(self) -> None:
        """Let everything that waits for a pause happen now."""
        preparation = self.page.preparation
        self.engine.bridge.flush()
        for inquiry in (preparation.reading, preparation.trying, preparation.planning):
            inquiry.hurry()
            self.engine.bridge.flush()
        if self.page.board.view is not None:
            self.page.watching.view.draw()
        QApplication.processEvents()  # what a layout takes up is shown with the next turn

    def begin(self) -> None:
        self.settle()
        self.page.box.button.click()
        self.engine.bridge.flush()
        QApplication.processEvents()
