"""The beginning of a run: text read, vocabulary trained, text turned into tokens, course worked out.

All of it goes into the folder of the run. Knows where each part comes from; steps and samples are `pretraining`'s.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import Any

from engine.data.batches import open_tokens, write_tokens
from engine.data.corpus.corpus import Corpus
from engine.data.corpus.reading import read_corpus
from engine.errors import UserError
from engine.formats.intake import not_written
from engine.formats.tensor_writer import write_file
from engine.messages import Event, JobId, PretrainSettings, Progress, TextSource
from engine.model.config import ModelConfig
from engine.run.course import Course, check_precision, config_of, course, wished_tokens
from engine.run.held_out import beginnings
from engine.run.made_here import END, START
from engine.run.pretrain_folder import HELD, LEARN, PLACE, VOCABULARY, PretrainFolder, as_notes
from engine.run.pretrain_planning import tokens_per_second
from engine.run.probing_speed import faster, probe
from engine.run.progress import progress, waiting
from engine.text.sentencepiece import SentencePieceTokenizer
from engine.text.tokenizer import Tokenizer
from engine.text.vocabulary import train_vocabulary

PROBING = "Measuring how fast this computer trains"
PROMPTS = 3
"""Beginnings that are watched where the person names none."""
FEWEST_TOKENS = 64
"""Of held-out text, without which nothing could be measured."""


def begin(
    job: JobId,
    folder: PretrainFolder,
    title: str,
    sources: tuple[TextSource, ...],
    settings: PretrainSettings,
    cache: Path,
) -> Generator[Event, None, None]:
    """Fill the folder; what is there only when all of it is, is `run.json`. UserError for what cannot be trained on."""
    config_of(settings, settings.vocabulary or 4096)  # refused before anything is read
    corpus = yield from progress(job, read_corpus(sources, cache))
    measured = yield from _measured_on(job, corpus, settings, cache)
    size = settings.vocabulary or corpus.report.suggested_vocabulary
    try:
        folder.path.mkdir(parents=True, exist_ok=True)
        training = train_vocabulary(corpus.learning(), size, settings.kind, settings.seed)
        vocabulary = yield from waiting(job, training, training_note(size))
        write_file(folder.path / VOCABULARY, vocabulary)
        tokenizer = SentencePieceTokenizer(vocabulary)
        yield from _tokens(job, folder.path / LEARN, tokenizer, corpus.learning(), "Turning the text into tokens")
        yield from _tokens(job, folder.path / HELD, tokenizer, measured, "Turning the text into tokens")
    except OSError as error:
        raise not_written(error, PLACE) from error
    held = open_tokens(folder.path / HELD, tokenizer.vocab_size)
    if len(held) < FEWEST_TOKENS:
        raise UserError("There is too little text to keep some of it for testing", "Add more text.")
    learn = len(open_tokens(folder.path / LEARN, tokenizer.vocab_size))
    made = yield from _course(job, settings, tokenizer.vocab_size, learn, len(held))
    prompts = settings.prompts or beginnings(measured, PROMPTS)
    told = dataclasses.replace(settings, prompts=prompts)
    folder.note(_notes(title, sources, told, corpus, made, learn))


def _measured_on(
    job: JobId, corpus: Corpus, settings: PretrainSettings, cache: Path
) -> Generator[Event, None, list[str]]:
    """The held-out documents, or those of the file that the person chose to measure on."""
    if settings.validation is None:
        return list(corpus.held_out())
    own = (TextSource(settings.validation.name, settings.validation),)
    other = yield from progress(job, read_corpus(own, cache), "Reading the text to measure on")
    return [*other.learning(), *other.held_out()]


def _tokens(job: JobId, path: Path, tokenizer: Tokenizer, documents: Iterable[str], note: str) -> Iterator[Event]:
    whole = ([START, *tokenizer.encode(text), END] for text in documents)
    for done in write_tokens(path, whole, tokenizer.vocab_size):
        yield Progress(job, done, 0, note)


def _course(
    job: JobId, settings: PretrainSettings, vocabulary: int, learn: int, held: int
) -> Generator[Event, None, Course]:
    """The precision by a probe where none is asked for, and the length where it is told as time."""
    config, precision = config_of(settings, vocabulary), settings.precision
    if precision == "auto":
        precision, _ = yield from waiting(job, faster(config), PROBING)
    check_precision(precision)
    rate = 0.0
    if settings.minutes and not settings.tokens:
        speed = yield from waiting(job, probe(config, precision), PROBING)
        rate = tokens_per_second(settings, vocabulary, precision, speed, held)
    tokens = wished_tokens(settings, config.parameters(), learn, rate)
    return course(settings, vocabulary, tokens, precision)


def _notes(
    title: str, sources: tuple[TextSource, ...], settings: PretrainSettings, corpus: Corpus, made: Course, learn: int
) -> dict[str, Any]:
    return {
        "title": title, "settings": as_notes(settings), "course": dataclasses.asdict(made),
        "sources": [source.title for source in sources], "fingerprint": corpus.report.fingerprint,
        "text_bytes": corpus.report.bytes, "text_tokens": learn, "vocabulary": made.config.vocab_size,
        "parameters": made.config.parameters(), "step": 0, "steps": made.steps, "tokens": 0, "seconds": 0.0,
        "bits": None, "state": "unfinished", "model": "",
    }  # fmt: skip


def training_note(size: int) -> str:
    return f"Training a vocabulary of {size:,} tokens"


def course_of(notes: dict[str, Any]) -> Course:
    """As it was worked out when the run began. UserError where a stranger wrote it."""
    try:
        kept = dict(notes["course"])
        config = dict(kept.pop("config"))
        config["windowed_layers"] = tuple(config["windowed_layers"])
        return Course(ModelConfig(**config), **kept)
    except (KeyError, TypeError) as error:
        raise UserError("The settings of this run cannot be read", "Delete it, and begin a new one.") from error
