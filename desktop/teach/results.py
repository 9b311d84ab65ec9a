"""The result of the last run over the open set, and what its buttons do. Knows the store of runs, no pair."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QObject, Signal, Slot
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop.bridge import Bridge
from desktop.loader import ModelLoader
from desktop.notices import Notices, announce
from desktop.teach.difference import DifferenceDialog
from desktop.teach.lessons import Lessons
from desktop.teach.open_set import OpenSet
from desktop.teach.result_view import ResultView, in_short
from desktop.teach.taught import TaughtModels
from desktop.teach.wording import version_of
from desktop.theme import Look
from engine.data.taught_runs import TaughtRun, TaughtRuns
from engine.messages import ExportFormat, Failed, ModelInfo


class Results(QObject):
    """`shown` is whether there is a result for the open set."""

    changed = Signal()
    chat_wanted = Signal(str)
    loading = Signal(str)
    removing = Signal(str)

    def __init__(
        self,
        look: Look,
        view: ResultView,
        lessons: Lessons,
        pairs: OpenSet,
        runs: TaughtRuns,
        loader: ModelLoader,
        bridge: Bridge,
        notices: Notices,
        page: QWidget,
    ) -> None:
        super().__init__(page)
        self._look, self._view, self._lessons, self._pairs = look, view, lessons, pairs
        self._runs, self._loader, self._bridge, self._notices, self._page = runs, loader, bridge, notices, page
        self.dialog: DifferenceDialog | None = None
        self.models = TaughtModels(bridge, runs, self)
        pairs.opened.connect(self.refresh)
        lessons.finished.connect(self._finished)
        view.undo.connect(self._undo)
        view.merge.connect(lambda: view.run and self.models.merge(view.run))
        view.export.connect(self._export)
        view.chat.connect(lambda: view.run and self.chat_wanted.emit(view.run.name))
        view.compare.connect(self._compare)
        self.models.busy.connect(view.set_busy)
        self.models.removed.connect(self._removed)
        self.models.restored.connect(self._restored)
        self.models.merged.connect(self._merged)
        self.models.exported.connect(lambda to: notices.info(f"Exported to {to}."))
        self.models.failed.connect(self._failed)

    @property
    def shown(self) -> bool:
        return self._view.run is not None

    @Slot()
    def refresh(self) -> None:
        last = self._runs.last(self._pairs.set.id) if self._pairs.set else None
        self._view.run = last
        if last is not None:
            self._view.show_result(last)
        self.changed.emit()

    def model_renamed(self, old: str, new: str) -> None:
        if self._runs.knows(old):
            self._runs.rename(old, new)
            self.refresh()

    @Slot(object)
    def _finished(self, run: TaughtRun) -> None:
        assert run.outcome is not None
        if self._page.isVisible() and self._pairs.set is not None and self._pairs.set.id == run.pair_set:
            self.refresh()
            return announce(self._page, f"{run.title}. {in_short(run.outcome)}")  # the result is on screen
        action = (f"Chat with {version_of(run.title)}", lambda: self.chat_wanted.emit(run.name))
        self._notices.info(f"{run.title}. {in_short(run.outcome)}", action)
        return self.refresh()

    @Slot()
    def _undo(self) -> None:
        run = self._view.run
        if run is not None and run.outcome is not None:
            in_use = self._loader.wanted == run.name
            self.removing.emit(run.name)
            self.models.remove(run)
            if in_use:
                self.loading.emit(run.outcome.base)

    @Slot(object)
    def _removed(self, run: TaughtRun) -> None:
        self._lessons.take_back(run)
        self._notices.info(f"{run.title} was undone.", ("Bring it back", lambda: self.models.restore(run)))
        self.refresh()

    @Slot(object)
    def _restored(self, run: TaughtRun) -> None:
        self._lessons.bring_back(run)
        self.refresh()

    @Slot(object)
    def _merged(self, info: ModelInfo) -> None:
        chat = ("Chat with it", lambda: self.chat_wanted.emit(info.name))
        self._notices.info(f"{info.title} is in the library, a model of its own.", chat)

    @Slot(str)
    def _export(self, format: ExportFormat) -> None:
        run = self._view.run
        if run is None:
            return
        dialog = QFileDialog(self._page, f"Export {run.title}")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setFileMode(QFileDialog.FileMode.AnyFile)
        dialog.selectFile(f"{run.name}.gguf" if format == "gguf" else run.name)
        dialog.fileSelected.connect(lambda name: self.models.export(run, Path(name), format))
        dialog.finished.connect(lambda _: dialog.deleteLater())
        dialog.open()

    @Slot()
    def _compare(self) -> None:
        run = self._view.run
        if run is not None:
            self.dialog = DifferenceDialog(self._look, self._bridge, self._loader, run, self._page)
            self.dialog.loading.connect(self.loading)
            self.dialog.open()

    @Slot(object)
    def _failed(self, failed: Failed) -> None:
        self._notices.error(failed.message, failed.hint, failed.report)
