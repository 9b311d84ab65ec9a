"""Whole texts under one model or two, as jobs on the loaded model and the library."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from engine.formats.library import Library
from engine.messages import (
    Command,
    CompareAnswers,
    CompareModels,
    Event,
    Probe,
    Result,
    ScoreText,
    StageReplies,
    WeighMessages,
)
from engine.paths import Paths
from engine.run.comparing import compare
from engine.run.continuing import compare_answers
from engine.run.importance import weigh
from engine.run.leaning import leaning_on
from engine.run.loaded import Loaded
from engine.run.probing import probe
from engine.run.progress import progress
from engine.run.stage_replies import answer_each
from engine.run.stages import Stages
from engine.run.text_score import score_text

Handlers = Mapping[type[Command], Callable[[Any], Iterator[Event]]]


class TextJobs:
    """Generators of events. `require` gives the loaded model or raises UserError."""

    def __init__(self, paths: Paths, library: Library, require: Callable[[], Loaded]) -> None:
        self._library, self._require = library, require

    def handlers(self) -> Handlers:
        return {
            ScoreText: self.score,
            CompareModels: self.compare,
            StageReplies: self.answer_each,
            Probe: self.probe,
            CompareAnswers: self.compare_answers,
            WeighMessages: self.weigh,
        }

    def score(self, command: ScoreText) -> Iterator[Event]:
        found = yield from progress(command.job, score_text(self._require(), command.text), "Scoring")
        yield Result(command.job, found)

    def compare(self, command: CompareModels) -> Iterator[Event]:
        stages = Stages(self._require(), self._library)
        yield Result(command.job, (yield from compare(command.job, stages, command)))

    def answer_each(self, command: StageReplies) -> Iterator[Event]:
        stages = Stages(self._require(), self._library)
        yield Result(command.job, (yield from answer_each(command.job, stages, command)))

    def probe(self, command: Probe) -> Iterator[Event]:
        found = yield from progress(command.job, probe(self._require(), command), "Reading the sentences")
        yield Result(command.job, found)

    def compare_answers(self, command: CompareAnswers) -> Iterator[Event]:
        work = compare_answers(self._require(), command.text, command.answers)
        yield Result(command.job, (yield from progress(command.job, work, "Reading the answers")))

    def weigh(self, command: WeighMessages) -> Iterator[Event]:
        messages = command.messages
        for card in command.cards:
            messages = leaning_on(card, messages)
        work = weigh(self._require(), messages, command.reply, card=bool(command.cards))
        yield Result(command.job, (yield from progress(command.job, work, "Reading without each message")))
