"""The library's commands as jobs. Knows no loaded model."""

from __future__ import annotations

from collections.abc import Iterator

from engine import device
from engine.formats.exporting import export, merge
from engine.formats.library import Library
from engine.messages import (
    Event,
    ExportModel,
    ImportModel,
    InspectFile,
    ListModels,
    MergeModel,
    ModelList,
    RemoveModel,
    RenameModel,
    RestoreModel,
    Result,
    VerifyModel,
)
from engine.run.progress import progress


class LibraryJobs:
    """Generators of events around one library on disk."""

    def __init__(self, library: Library) -> None:
        self._library = library

    def list_models(self, command: ListModels) -> Iterator[Event]:
        total, free = device.memory()
        models = tuple(self._library.list())
        yield Result(command.job, ModelList(models, device.computer(), total, free))

    def inspect(self, command: InspectFile) -> Iterator[Event]:
        yield Result(command.job, self._library.inspect(command.path))

    def import_model(self, command: ImportModel) -> Iterator[Event]:
        name = yield from progress(command.job, self._library.import_model(command.path, command.name), "Copying")
        yield Result(command.job, self._library.info(name))

    def verify(self, command: VerifyModel) -> Iterator[Event]:
        verification = yield from progress(command.job, self._library.verify(command.name), "Checking")
        yield Result(command.job, verification)

    def rename(self, command: RenameModel) -> Iterator[Event]:
        yield Result(command.job, self._library.info(self._library.rename(command.name, command.new_name)))

    def remove(self, command: RemoveModel) -> Iterator[Event]:
        self._library.remove(command.name)
        yield from ()

    def restore(self, command: RestoreModel) -> Iterator[Event]:
        yield Result(command.job, self._library.info(self._library.restore(command.name)))

    def export(self, command: ExportModel) -> Iterator[Event]:
        work = export(self._library, command.name, command.to, command.format, command.precision)
        path = yield from progress(command.job, work)
        yield Result(command.job, path)

    def merge(self, command: MergeModel) -> Iterator[Event]:
        name = yield from progress(command.job, merge(self._library, command.name, command.new_name))
        yield Result(command.job, self._library.info(name))
