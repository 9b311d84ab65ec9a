"""What happens inside while a text is read, as jobs on the loaded model."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from engine.formats.library import Library
from engine.messages import Command, Event
from engine.paths import Paths
from engine.run.loaded import Loaded

Handlers = Mapping[type[Command], Callable[[Any], Iterator[Event]]]


class ActivationJobs:
    """Generators of events. `require` gives the loaded model or raises UserError."""

    def __init__(self, paths: Paths, library: Library, require: Callable[[], Loaded]) -> None:
        self._paths, self._library, self._require = paths, library, require

    def handlers(self) -> Handlers:
        return {}
