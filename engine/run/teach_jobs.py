"""The commands of teaching as jobs on the loaded model: plan, teach, correct, compare, and what is left unfinished.

Knows the session's model and library; a run itself is `teaching`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from typing import Any

from engine.data.pairs.checks import check
from engine.data.pairs.pair import Pair
from engine.data.pairs.pair_file import Mapping as Columns
from engine.data.pairs.reading import read_pairs
from engine.errors import UserError
from engine.formats.library import Library
from engine.formats.naming import slug
from engine.messages import (
    CheckPairs,
    Command,
    CompareText,
    Event,
    ForgetRun,
    KeepBest,
    Lesson,
    ListRuns,
    PlanTeaching,
    ReadPairs,
    Result,
    Started,
    Teach,
    TextDifference,
)
from engine.model.lora import only
from engine.paths import Paths
from engine.run.asking import answer_ids, prompt
from engine.run.loaded import Loaded
from engine.run.outcome import finish
from engine.run.planning import checked, plan
from engine.run.prefix import Prefix
from engine.run.progress import progress
from engine.run.run_folder import RunFolder, as_notes, settings_of, unfinished
from engine.run.teaching import Run
from engine.text.tokenizer import decode

Handlers = Mapping[type[Command], Callable[[Any], Iterator[Event]]]


class TeachJobs:
    """Generators of events. `require` gives the loaded model or raises UserError."""

    def __init__(self, paths: Paths, library: Library, require: Callable[[], Loaded]) -> None:
        self._runs, self._cache = paths.data / "runs", paths.cache
        self._library, self._require = library, require
        self._end_wanted = False
        self._going_on = False

    def handlers(self) -> Handlers:
        return {
            ReadPairs: self.read,
            CheckPairs: self.check,
            PlanTeaching: self.plan,
            Teach: self.teach,
            KeepBest: self.keep_best,
            ListRuns: self.list_runs,
            ForgetRun: self.forget_run,
            CompareText: self.compare,
        }

    # ---- pairs ---------------------------------------------------------------------
    def read(self, command: ReadPairs) -> Iterator[Event]:
        columns = command.mapping if isinstance(command.mapping, Columns) else None
        reading = read_pairs(command.path, format=command.format, mapping=columns)
        found = yield from progress(command.job, reading, "Reading")
        yield Result(command.job, found)

    def check(self, command: CheckPairs) -> Iterator[Event]:
        """With the loaded model's context, where one is loaded."""
        pairs = [Pair(one.question, one.answer, one.system, one.earlier, n) for n, one in enumerate(command.lessons, 1)]
        tokens, context = self._measure()
        problems = yield from progress(command.job, check(pairs, tokens=tokens, context=context), "Checking")
        yield Result(command.job, tuple(problems))

    def _measure(self) -> tuple[Callable[[Pair], int] | None, int]:
        try:
            loaded = self._require()
        except UserError:  # nothing is loaded yet: everything but the length can be checked
            return None, 0

        def tokens(pair: Pair) -> int:
            lesson = Lesson(0, pair.question, pair.answer, pair.system, pair.earlier)
            return len(prompt(loaded, lesson, pair.question, lesson)) + len(answer_ids(loaded, pair.answer))

        return tokens, loaded.info.context

    # ---- runs ----------------------------------------------------------------------
    def plan(self, command: PlanTeaching) -> Iterator[Event]:
        yield Result(command.job, plan(self._require(), command.lessons, command.settings))

    def teach(self, command: Teach) -> Generator[Event, None, None]:
        """The run, then what came of it; a run that is stopped stays on disk and can go on."""
        loaded, name = self._require(), slug(command.name)
        folder = RunFolder(self._runs / name)
        if self._going_on:
            raise UserError("A run of teaching goes on already", "Wait for its end, or stop it and keep its best.")
        self._going_on, self._end_wanted = True, False
        try:
            yield Started(command.job, f"Teaching {command.name}")
            run = self._begin(command, loaded, folder)
            stopped_by = yield from run.work()
            outcome = yield from finish(run, self._library, command.name, stopped_by)
            folder.forget()
            yield Result(command.job, outcome)
        finally:
            self._going_on = False

    def _begin(self, command: Teach, loaded: Loaded, folder: RunFolder) -> Run:
        lessons, settings, before = tuple(command.lessons), command.settings, {}
        if command.resume:
            notes = folder.notes()
            self._same_base(notes, loaded)
            lessons, settings, before = folder.lessons(), settings_of(notes), notes.get("before", {})
        else:
            self._library.check_free(folder.path.name)
        checked(lessons, settings)
        made = plan(loaded, lessons, settings, probe=False)
        if not command.resume:
            notes = {
                "base": loaded.info.base or loaded.info.name, "sha256": loaded.checkpoint.sha256, "step": 0,
                "steps": made.steps, "pairs": len(lessons), "settings": as_notes(settings), "before": {},
            }  # fmt: skip
            folder.begin(lessons, notes)
        return Run(
            command.job, loaded, lessons, made, settings.seed, folder, self._cache, lambda: self._end_wanted, before
        )

    def _same_base(self, notes: Mapping[str, Any], loaded: Loaded) -> None:
        if notes.get("sha256") != loaded.checkpoint.sha256:
            raise UserError(f"This run was begun on “{notes.get('base')}”", "Load that model, then let it go on.")

    def keep_best(self, command: KeepBest) -> Iterator[Event]:
        if not self._going_on:
            raise UserError("No run of teaching goes on", "Start one on the page Teach.")
        self._end_wanted = True
        yield from ()

    def list_runs(self, command: ListRuns) -> Iterator[Event]:
        yield Result(command.job, () if self._going_on else tuple(unfinished(self._runs)))

    def forget_run(self, command: ForgetRun) -> Iterator[Event]:
        RunFolder(self._runs / slug(command.name)).forget()
        yield from ()

    # ---- differences ---------------------------------------------------------------
    def compare(self, command: CompareText) -> Iterator[Event]:
        """Every token under the base and under what is loaded now."""
        loaded = self._require()
        if not loaded.adapters:
            raise UserError("The loaded model is not a taught one", "Load one on the page Models, then compare.")
        ids = loaded.tokenizer.encode(command.text)[: loaded.info.context - len(loaded.start)]
        if not ids:
            raise UserError("There is nothing to compare: the text is empty", "Write something first.")
        with only(loaded.model):
            before = _logprobs(loaded, ids)
        after = _logprobs(loaded, ids)
        pieces = tuple((decode(loaded.tokenizer, [i]), b, a) for i, b, a in zip(ids, before, after, strict=True))
        yield Result(command.job, TextDifference(pieces, loaded.info.base, loaded.info.name))


def _logprobs(loaded: Loaded, ids: Sequence[int]) -> list[float | None]:
    """None for a first token that nothing stands before."""
    whole = [*loaded.start, *ids]
    logprobs = Prefix(loaded.model).read(whole, every=True).log_softmax(-1)
    known = [float(logprobs[at - 1, whole[at]]) for at in range(1, len(whole))]
    return [*([] if loaded.start else [None]), *known[max(0, len(loaded.start) - 1) :]]
