"""The way to earlier runs: the list, one of them on the right, several in one chart. Knows runs, no engine."""

from __future__ import annotations

from PySide6.QtCore import QObject, Slot
from PySide6.QtWidgets import QWidget

from desktop.notices import Notices
from desktop.theme import Look
from desktop.train.earlier_dialog import EarlierDialog
from desktop.train.run import TrainRun
from desktop.train.runs import Runs
from desktop.train.watching import Watching
from engine.messages import Failed, PretrainHistory, PretrainRun


class Earlier(QObject):
    def __init__(
        self, look: Look, run: TrainRun, runs: Runs, watching: Watching, notices: Notices, page: QWidget
    ) -> None:
        super().__init__(page)
        self._look, self._run, self._runs, self._watching = look, run, runs, watching
        self._notices, self._page = notices, page
        self._comparing = False
        self.dialog: EarlierDialog | None = None
        self.comparison: QWidget | None = None
        runs.read.connect(self._take)
        runs.failed.connect(self._failed)

    @Slot()
    def open(self) -> None:
        active = self._run.title if self._run.active else ""
        self.dialog = EarlierDialog(self._look, self._runs, active, self._page)
        self.dialog.opening.connect(self._open_one)
        self.dialog.going_on.connect(self._watching.go_on)
        self.dialog.comparing.connect(self._compare)
        self.dialog.finished.connect(self._closed)
        self.dialog.open()
        self._runs.refresh()

    @Slot(object)
    def _open_one(self, run: PretrainRun) -> None:
        self._comparing = False
        self._runs.open([run.name])

    @Slot(list)
    def _compare(self, names: list[str]) -> None:
        self._comparing = True
        self._runs.open(names)

    @Slot(list)
    def _take(self, histories: list[PretrainHistory]) -> None:
        if self._comparing and self.dialog is not None:
            from desktop.train.compare_dialog import CompareDialog  # brings the chart's library

            dialog = CompareDialog(self._look, histories, self.dialog)
            dialog.finished.connect(lambda _: dialog.deleteLater())
            self.comparison = dialog
            dialog.open()
        elif not self._comparing and histories:
            self._watching.show_history(histories[0])

    @Slot(object)
    def _failed(self, failed: Failed) -> None:
        """An open dialog says it itself."""
        if self.dialog is None:
            self._notices.error(failed.message, failed.hint, failed.report)

    @Slot()
    def _closed(self) -> None:
        if self.dialog is not None:
            self.dialog.deleteLater()
        self.dialog = None
