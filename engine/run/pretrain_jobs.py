"""The commands of training from scratch as jobs: read, vocabulary, plan, train, finish, and the runs on disk.

Knows the library; a run itself is `pretraining`.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from typing import Any

from engine.data.corpus.corpus import Corpus
from engine.data.corpus.reading import read_corpus
from engine.errors import UserError
from engine.formats.card import Card
from engine.formats.library import Library
from engine.formats.naming import slug
from engine.formats.opened import Checkpoint
from engine.messages import (
    Command,
    Event,
    FinishNow,
    ForgetPretraining,
    ListPretrainings,
    PlanPretraining,
    Pretrain,
    PretrainOutcome,
    ReadCorpus,
    ReadPretraining,
    Result,
    Started,
    TryVocabulary,
    Watched,
    WatchPrompt,
)
from engine.model.transformer import Transformer
from engine.paths import Paths
from engine.run.averaging import copy_of
from engine.run.made_here import END, START, checkpoint_of
from engine.run.pretrain_folder import VOCABULARY, PretrainFolder, all_runs
from engine.run.pretrain_planning import plan
from engine.run.pretrain_start import begin, course_of, training_note
from engine.run.pretraining import Pretraining
from engine.run.progress import progress, waiting
from engine.run.together import Processes
from engine.run.vocabulary_report import describe
from engine.run.watching import Watch
from engine.text.sentencepiece import SentencePieceTokenizer
from engine.text.vocabulary import train_vocabulary

Handlers = Mapping[type[Command], Callable[[Any], Iterator[Event]]]


class PretrainJobs:
    """Generators of events. One run goes on at a time."""

    def __init__(self, paths: Paths, library: Library) -> None:
        self._root, self._cache, self._library = paths.data / "pretraining", paths.cache, library
        self._run: Pretraining | None = None
        self._going_on = ""

    def handlers(self) -> Handlers:
        return {
            ReadCorpus: self.read,
            TryVocabulary: self.try_vocabulary,
            PlanPretraining: self.plan,
            Pretrain: self.pretrain,
            FinishNow: self.finish_now,
            WatchPrompt: self.watch_prompt,
            ListPretrainings: self.list_runs,
            ReadPretraining: self.read_run,
            ForgetPretraining: self.forget,
        }

    # ---- before a run --------------------------------------------------------------
    def read(self, command: ReadCorpus) -> Iterator[Event]:
        corpus = yield from progress(command.job, read_corpus(command.sources, self._cache))
        yield Result(command.job, corpus.report)

    def try_vocabulary(self, command: TryVocabulary) -> Iterator[Event]:
        corpus = Corpus.open(command.corpus.folder)
        training = train_vocabulary(corpus.learning(), command.size, command.kind)
        model = yield from waiting(command.job, training, training_note(command.size))
        yield Result(command.job, describe(model, command.kind, command.corpus.frequent, corpus.held_out()))

    def plan(self, command: PlanPretraining) -> Iterator[Event]:
        found = yield from progress(command.job, plan(command.corpus, command.settings), "Measuring this computer")
        yield Result(command.job, found)

    # ---- the run -------------------------------------------------------------------
    def pretrain(self, command: Pretrain) -> Generator[Event, None, None]:
        """The run, then its model into the library; a run that is stopped stays on disk and can go on."""
        folder = PretrainFolder(self._root / slug(command.title))
        if self._going_on:
            raise UserError("A training goes on already", "Wait for its end, or finish it now.")
        self._going_on = folder.path.name
        try:
            yield Started(command.job, f"Training {command.title}")
            yield from self._begin(command, folder)
            self._run = run = self._opened(command, folder)
            yield from run.work()
            yield Result(command.job, (yield from self._ended(run)))
        finally:
            self._run, self._going_on = None, ""

    def _begin(self, command: Pretrain, folder: PretrainFolder) -> Iterator[Event]:
        """A new run's text and vocabulary. One process of several prepares, the others wait for it."""
        processes = Processes.join()
        if command.resume:
            if folder.notes().get("state") == "done":
                raise UserError(f"“{folder.path.name}” was trained to its end", "Begin a new one under another name.")
            return
        if processes is None or processes.rank == 0:
            self._library.check_free(folder.path.name)
            if folder.begun:
                raise UserError(
                    f"There is already a run called “{folder.path.name}”", "Let that one go on, or choose another name."
                )
            folder.forget()  # what a beginning that was stopped left
            yield from begin(command.job, folder, command.title, command.sources, command.settings, self._cache)
        if processes is not None:
            processes.wait()

    def _opened(self, command: Pretrain, folder: PretrainFolder) -> Pretraining:
        notes, processes = folder.notes(), Processes.join()
        made, settings = course_of(notes), folder.settings()
        tokenizer = SentencePieceTokenizer((folder.path / VOCABULARY).read_bytes())
        watch = Watch(tokenizer, [START], frozenset({END}), settings.seed)
        run = Pretraining(command.job, folder, made, tokenizer, watch, list(settings.prompts))
        if processes is not None:
            run.device, run.together, run.rank, run.world = (
                processes.device, processes, processes.rank, processes.world
            )  # fmt: skip
        run.open()
        return run

    def _ended(self, run: Pretraining) -> Generator[Event, None, PretrainOutcome]:
        """The better of the last weights and their average, kept in the library."""
        model, bits, averaged = yield from run.better()
        notes, name = run.folder.notes(), run.folder.path.name
        title, seconds, tokens = str(notes["title"]), float(notes["seconds"]), int(notes["tokens"])
        if run.rank == 0:
            results = {"bits_per_byte": bits, "tokens": tokens, "steps": run.loop.step, "seconds": seconds}
            kept = {key: notes[key] for key in ("settings", "sources", "fingerprint")} | {"results": results}
            vocabulary = (run.folder.path / VOCABULARY).read_bytes()
            name = self._library.free_name(name)  # one that was taken meanwhile must not cost the run
            card = Card(name, title, "base", notes=kept)
            keeping = self._library.save_model(checkpoint_of(model, vocabulary, name, title), card)
            name = yield from progress(run.job, keeping)
            run.folder.finish(model=name, bits=bits)
        stopped_by = "done" if run.loop.step >= run.course.steps else "person"
        size, speed = run.course.config.parameters(), tokens / seconds if seconds else 0.0
        return PretrainOutcome(
            name, title, stopped_by, run.loop.step, tokens, seconds, size, bits, averaged, speed
        )  # fmt: skip

    # ---- while it goes on ----------------------------------------------------------
    def finish_now(self, command: FinishNow) -> Iterator[Event]:
        self._require().finish()
        yield from ()

    def watch_prompt(self, command: WatchPrompt) -> Iterator[Event]:
        run = self._require()
        prompt = command.prompt.strip()
        if not prompt or len(run.tokenizer.encode(prompt)) > run.course.config.context // 2:
            raise UserError("This beginning cannot be watched", "Write a few words.")
        if prompt not in run.prompts:
            run.prompts.append(prompt)
            notes = run.folder.notes()
            run.folder.note({**notes, "settings": {**notes["settings"], "prompts": run.prompts}})
        for event in run.look_at([prompt]):  # told to whoever watches the run
            yield event
            if isinstance(event, Watched):
                yield Result(command.job, event.watched[0])

    def snapshot(self) -> tuple[Checkpoint, Transformer]:
        """A copy of the averaged weights as they are now, for a chat."""
        run = self._require()
        title, step = str(run.folder.notes()["title"]), run.loop.step
        vocabulary = (run.folder.path / VOCABULARY).read_bytes()
        model = copy_of(run.average.model)
        name = f"{run.folder.path.name}@{step}"
        return checkpoint_of(model, vocabulary, name, f"{title}, step {step:,}"), model

    def _require(self) -> Pretraining:
        if self._run is None:
            raise UserError("No training goes on", "Start one on the page Train.")
        return self._run

    # ---- runs on disk --------------------------------------------------------------
    def list_runs(self, command: ListPretrainings) -> Iterator[Event]:
        yield Result(command.job, tuple(all_runs(self._root, self._going_on)))

    def read_run(self, command: ReadPretraining) -> Iterator[Event]:
        run, name = self._run, slug(command.name)
        folder = run.folder if run is not None and name == self._going_on else PretrainFolder(self._root / name)
        yield Result(command.job, folder.history(self._going_on))

    def forget(self, command: ForgetPretraining) -> Iterator[Event]:
        name = slug(command.name)
        if name == self._going_on:
            raise UserError("This run goes on", "Stop it first.")
        PretrainFolder(self._root / name).forget()
        yield from ()
