"""What happens inside while a text is read, as jobs on the loaded model."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping
from contextlib import closing
from typing import Any

from engine.errors import UserError
from engine.formats.library import Library
from engine.messages import (
    AskLens,
    Command,
    Event,
    FindNeighbours,
    JobId,
    Lens,
    MapWords,
    ReadAttention,
    ReadLayers,
    ReadParameters,
    ReplyAtLayer,
    Result,
    TrainLens,
)
from engine.paths import Paths
from engine.run.attention_maps import read_attention
from engine.run.embedding import Dictionary, neighbours
from engine.run.kept_lens import KeptLens
from engine.run.lens import Maps, read_layers, reply_at_layer
from engine.run.lens_training import Trained, train_lens
from engine.run.loaded import Loaded
from engine.run.parameters import read_parameters
from engine.run.progress import progress
from engine.run.word_map import map_words

Handlers = Mapping[type[Command], Callable[[Any], Iterator[Event]]]
Steps = Generator[Event, None, Trained]


class ActivationJobs:
    """Generators of events. `require` gives the loaded model or raises UserError."""

    def __init__(self, paths: Paths, library: Library, require: Callable[[], Loaded]) -> None:
        self._cache, self._require = paths.cache, require
        self._dictionary: tuple[str, Dictionary] | None = None
        """With the hash of the model that it is of."""

    def handlers(self) -> Handlers:
        return {
            ReadAttention: self.attention,
            ReadLayers: self.layers,
            AskLens: self.lens_state,
            TrainLens: self.train_lens,
            ReplyAtLayer: self.reply,
            FindNeighbours: self.neighbours,
            MapWords: self.word_map,
            ReadParameters: self.parameters,
        }

    def attention(self, command: ReadAttention) -> Iterator[Event]:
        found = yield from progress(command.job, read_attention(self._require(), command.text), "Looking at attention")
        yield Result(command.job, found)

    def layers(self, command: ReadLayers) -> Iterator[Event]:
        loaded = self._require()
        reading = read_layers(loaded, command.text, self._maps(loaded, command.lens), command.top)
        yield Result(command.job, (yield from progress(command.job, reading, "Asking every layer")))

    def lens_state(self, command: AskLens) -> Iterator[Event]:
        yield Result(command.job, self._kept(self._require()).state())

    def train_lens(self, command: TrainLens) -> Iterator[Event]:
        """Raises UserError when the model is exchanged meanwhile, since the lens is of the one before."""
        loaded = self._require()
        sha256 = loaded.info.sha256
        steps = progress(command.job, train_lens(loaded.model, loaded.tokenizer, loaded.start), "Training a lens")
        trained = yield from self._while_loaded(steps, loaded, sha256)
        kept = self._kept(loaded)
        kept.keep(trained)
        yield Result(command.job, kept.state())

    def reply(self, command: ReplyAtLayer) -> Iterator[Event]:
        loaded = self._require()
        maps = self._maps(loaded, command.lens)
        writing = reply_at_layer(loaded, command.text, command.layer, maps, command.tokens)
        yield Result(command.job, (yield from progress(command.job, writing, "Writing")))

    def neighbours(self, command: FindNeighbours) -> Iterator[Event]:
        loaded = self._require()
        dictionary = yield from self._words(command.job, loaded)
        finding = neighbours(loaded, dictionary, command.word, command.less, command.more, command.top)
        yield Result(command.job, (yield from progress(command.job, finding, "Comparing words")))

    def word_map(self, command: MapWords) -> Iterator[Event]:
        loaded = self._require()
        dictionary = yield from self._words(command.job, loaded)
        laying = map_words(loaded, dictionary, command.word, command.near, command.others)
        yield Result(command.job, (yield from progress(command.job, laying, "Laying words flat")))

    def parameters(self, command: ReadParameters) -> Iterator[Event]:
        found = yield from progress(command.job, read_parameters(self._require()), "Measuring parameters")
        yield Result(command.job, found)

    def _while_loaded(self, steps: Steps, loaded: Loaded, sha256: str) -> Steps:
        with closing(steps):
            while True:
                if self._require() is not loaded or loaded.info.sha256 != sha256:
                    raise UserError("The model was exchanged while its lens was trained", "Train the lens of this one.")
                try:
                    event = next(steps)
                except StopIteration as finished:
                    return finished.value
                yield event

    def _kept(self, loaded: Loaded) -> KeptLens:
        return KeptLens(self._cache, loaded.info.sha256, loaded.model.config)

    def _maps(self, loaded: Loaded, lens: Lens) -> Maps | None:
        if lens == "plain":
            return None
        maps = self._kept(loaded).maps(loaded.model.device)
        if maps is None:
            raise UserError("This model has no trained lens yet", "Train one first, or choose the plain lens.")
        return maps

    def _words(self, job: JobId, loaded: Loaded) -> Generator[Event, None, Dictionary]:
        sha256 = loaded.info.sha256
        if self._dictionary is None or self._dictionary[0] != sha256:
            dictionary = yield from progress(job, Dictionary.of(loaded), "Looking for words")
            self._dictionary = (sha256, dictionary)
        return self._dictionary[1]
