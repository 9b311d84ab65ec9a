"""What is known before a run: the text, its vocabulary, and what each size would take. Knows the engine, no widget.

One follows the other, since each is about what came before, and since a probe beside other work measures nothing.
"""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import QObject, Signal, Slot

from desktop.bridge import Bridge
from desktop.train.inquiry import Inquiry
from desktop.train.sources import Sources
from engine.messages import (
    CorpusReport,
    PlanPretraining,
    PretrainPlan,
    PretrainSettings,
    ReadCorpus,
    SizePlan,
    TryVocabulary,
    VocabularyReport,
)

SOURCES_MS, SETTINGS_MS = 700, 400
NO_LOOK = ("prompts", "validation", "seed", "preset")
"""Settings that change no estimate: all sizes are planned at once."""


class Preparation(QObject):
    """`settings` is what the person chose. Asks only while the page is on screen and no run goes on."""

    changed = Signal()

    def __init__(self, bridge: Bridge, sources: Sources, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._sources = sources
        self._awake = self._resting = False
        self.settings = PretrainSettings()
        self.passes = 0.0
        """The length as passes over the text; 0 where it is a time, or left to Nextword."""
        self.reading = Inquiry(bridge, ReadCorpus, SOURCES_MS, self)
        self.trying = Inquiry(bridge, TryVocabulary, SETTINGS_MS, self)
        self.planning = Inquiry(bridge, PlanPretraining, SETTINGS_MS, self)
        sources.changed.connect(self._read)
        self.reading.changed.connect(self._read_changed)
        self.trying.changed.connect(self._tried_changed)
        self.planning.changed.connect(self.changed)

    # ---- what is known ---------------------------------------------------------------
    @property
    def report(self) -> CorpusReport | None:
        return self.reading.value if isinstance(self.reading.value, CorpusReport) else None

    @property
    def vocabulary(self) -> VocabularyReport | None:
        return self.trying.value if isinstance(self.trying.value, VocabularyReport) else None

    @property
    def plan(self) -> PretrainPlan | None:
        return self.planning.value if isinstance(self.planning.value, PretrainPlan) else None

    @property
    def size(self) -> SizePlan | None:
        """The plan of the size that is chosen."""
        plan = self.plan
        return next((one for one in plan.sizes if one.preset == self.settings.preset), None) if plan else None

    @property
    def vocabulary_size(self) -> int:
        """What is set, or else what the text suggests; 0 while neither is known."""
        return self.settings.vocabulary or (self.report.suggested_vocabulary if self.report else 0)

    def tokens_in_text(self) -> int:
        """Of one pass, by the vocabulary that was tried: an estimate."""
        report, vocabulary = self.report, self.vocabulary
        if report is None or vocabulary is None or vocabulary.characters_per_token <= 0:
            return 0
        learned = report.bytes * (1.0 - report.held_out)
        return round(learned / vocabulary.characters_per_token)

    def to_train(self) -> PretrainSettings:
        """The settings of a run: what is seen is what is sent."""
        tokens = round(self.passes * self.tokens_in_text()) if self.passes else self.settings.tokens
        return replace(self.settings, vocabulary=self.vocabulary_size, tokens=tokens)

    # ---- what changes it -------------------------------------------------------------
    def set(self, **values: object) -> None:
        self.settings = replace(self.settings, **values)  # pyright: ignore[reportArgumentType]
        self._try()
        self._plan()
        self.changed.emit()

    def set_length(self, *, minutes: float = 0.0, passes: float = 0.0) -> None:
        """Neither leaves it to Nextword."""
        self.passes = passes
        self.set(minutes=minutes)

    def wake(self, awake: bool) -> None:
        """Whether the page is on screen."""
        self._awake = awake
        if awake:
            self._read()
        self._gate()

    def rest(self, resting: bool) -> None:
        """While a run goes on, nothing takes time from it."""
        self._resting = resting
        self._gate()

    def _gate(self) -> None:
        """Each asks only when what it is about is known."""
        on = self._awake and not self._resting
        self.reading.wake(on)
        on = on and not self.reading.waiting
        self.trying.wake(on)
        self.planning.wake(on and not self.trying.waiting)

    # ---- one after the other ---------------------------------------------------------
    @Slot()
    def _read(self) -> None:
        chosen = self._sources.chosen()
        if chosen:
            self.reading.ask(sources=chosen)
        else:
            self.reading.clear()

    @Slot()
    def _read_changed(self) -> None:
        self._sources.describe(self.report if self.reading.fresh else None)
        if self.report is None:
            self.trying.clear()
        self._gate()
        self._try()
        self.changed.emit()

    def _try(self) -> None:
        if self.report is not None and self.reading.fresh:
            self.trying.ask(corpus=self.report, size=self.vocabulary_size, kind=self.settings.kind)

    @Slot()
    def _tried_changed(self) -> None:
        if self.vocabulary is None:
            self.planning.clear()
        self._gate()
        self._plan()
        self.changed.emit()

    def _plan(self) -> None:
        """Settings that change no estimate are left out, so that they ask for no probe."""
        if self.report is not None and self.reading.fresh and self.trying.fresh:
            plain = replace(self.to_train(), **{name: getattr(PretrainSettings(), name) for name in NO_LOOK})
            self.planning.ask(corpus=self.report, settings=plain)
