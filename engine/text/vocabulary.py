"""Train a SentencePiece vocabulary on text, in a process of its own: the trainer cannot be interrupted otherwise.

Knows texts, not where they come from.
"""

from __future__ import annotations

import multiprocessing
import re
import tempfile
from collections.abc import Generator, Iterable, Iterator
from pathlib import Path
from typing import Any, Literal

import sentencepiece

from engine.errors import UserError

CONTROLS = ("<|system|>", "<|user|>", "<|assistant|>", "<|end|>")
"""Roles of a chat and the end of a turn: a model trained here can be taught to chat later."""
SMALLEST, LARGEST = 384, 65_536
"""Below it there is no room for the 256 bytes, the control tokens and the letters of English."""
ALWAYS = "".join(map(chr, range(33, 127)))
"""Characters that are pieces of their own in every vocabulary, however rare they are in the text."""
SAMPLE = 10_000_000
"""Characters that the trainer sees at most: more change few pieces and cost minutes."""
SENTENCE = 4000
"""Characters of a line for the trainer, which leaves longer ones out."""
STEP = 1 << 20
"""Characters between two yields, while the text is made ready."""
WAIT = 0.05
"""Seconds between two yields, while the other process works."""

Kind = Literal["bpe", "unigram"]


def train_vocabulary(documents: Iterable[str], size: int, kind: Kind, seed: int = 0) -> Generator[None, None, bytes]:
    """The bytes of a `tokenizer.model`; the same for the same text. Yields while the other process works.

    Closing it ends that process. UserError where the text allows no vocabulary of this size, or no text is there.
    """
    if not SMALLEST <= size <= LARGEST:
        raise UserError(f"A vocabulary of {size:,} tokens is not possible", f"Choose {SMALLEST} to {LARGEST:,}.")
    with tempfile.TemporaryDirectory(prefix="nextword-vocabulary-") as folder:
        text, model = Path(folder) / "text.txt", Path(folder) / "tokenizer.model"
        texts = yield from sample(documents)
        if not (yield from _write_lines(text, texts)):
            raise UserError("There is no text to make a vocabulary of", "Choose some text first.")
        # Not forked: the parent has the threads of torch and Qt, which a fork would leave half-alive.
        process = multiprocessing.get_context("spawn").Process(
            target=_train, args=(str(text), str(model), size, kind, seed), daemon=True
        )
        process.start()
        try:
            while process.is_alive():
                yield
                process.join(WAIT)
        finally:
            process.kill()
            process.join()
        return _result(model, size, process.exitcode)


def sample(documents: Iterable[str], most: int = SAMPLE) -> Generator[None, None, list[str]]:
    """Documents from all over the text, about `most` characters of them: every one, or every second, fourth, …

    Yields after every `STEP` characters that were read.
    """
    kept: list[str] = []
    every, total, read = 1, 0, 0
    for number, text in enumerate(documents):
        read += len(text)
        if read > STEP:
            read = 0
            yield
        if number % every:
            continue
        kept.append(text)
        total += len(text)
        if total > 2 * most and len(kept) > 1:
            kept, every = kept[::2], 2 * every
            total = sum(map(len, kept))
    share = min(1.0, most / max(1, total))
    return [text[: max(1, round(len(text) * share))] for text in kept if text]


def _write_lines(path: Path, texts: Iterable[str]) -> Generator[None, None, int]:
    """Characters written; yields after every `STEP` of them."""
    written = step = 0
    with path.open("w", encoding="utf-8", errors="replace", newline="\n") as file:
        for text in texts:
            for line in _sentences(text):
                written += file.write(line + "\n")
                if written - step > STEP:
                    step = written
                    yield
    return written


def _sentences(text: str) -> Iterator[str]:
    """Lines, the long ones cut at spaces where there are any."""
    for line in re.split(r"[\r\n]+", text.replace("\0", " ")):
        at = 0
        while len(line) - at > SENTENCE:
            cut = line.rfind(" ", at + SENTENCE // 2, at + SENTENCE)
            cut = cut if cut > 0 else at + SENTENCE
            yield line[at:cut]
            at = cut
        if line[at:].strip():
            yield line[at:]


def _train(text: str, model: str, size: int, kind: str, seed: int) -> None:
    """What the other process does: the model, or a file beside it that says why there is none."""
    try:
        sentencepiece.set_random_generator_seed(seed)
        with Path(text).open(encoding="utf-8") as lines, Path(model + ".new").open("wb") as file:
            # Not by its path, which would stand in the model.
            sentences = (line.rstrip("\n") for line in lines)
            sentencepiece.SentencePieceTrainer.Train(
                sentence_iterator=sentences, model_writer=file, **_options(size, kind)
            )
        Path(model + ".new").rename(model)
    except (RuntimeError, OSError) as error:
        Path(model + ".why").write_text(str(error), encoding="utf-8")


def _options(size: int, kind: str) -> dict[str, Any]:
    return {
        "vocab_size": size, "model_type": kind, "byte_fallback": True, "split_digits": True,
        "normalization_rule_name": "identity", "remove_extra_whitespaces": False, "add_dummy_prefix": False,
        "user_defined_symbols": ["\n"], "control_symbols": list(CONTROLS), "required_chars": ALWAYS,
        "character_coverage": 0.9995, "max_sentence_length": 4 * SENTENCE + 4, "num_threads": 1, "minloglevel": 2,
        "unk_id": 0, "bos_id": 1, "eos_id": 2, "pad_id": -1,
    }  # fmt: skip


def _result(model: Path, size: int, exit_code: int | None) -> bytes:
    if model.is_file():
        return model.read_bytes()
    why = Path(str(model) + ".why")
    if not why.is_file():
        raise UserError(
            f"The vocabulary could not be made: its process ended with {exit_code}", "Close other programs; try again."
        )
    said = why.read_text(encoding="utf-8")
    most = re.search(r"value <= (\d+)", said)
    if most is not None:
        possible = int(most[1]) >= SMALLEST
        raise UserError(
            f"This text is too short for a vocabulary of {size:,} tokens",
            f"Choose {int(most[1]):,} or fewer." if possible else "Add more text.",
        )
    fewest = re.search(r"required_chars\. \d+ vs (\d+)", said)
    if fewest is not None:
        raise UserError(
            f"This text has too many different letters for {size:,} tokens", f"Choose {int(fewest[1]):,} or more."
        )
    raise UserError(f"A vocabulary of {size:,} tokens cannot be made of this text", "Add more text.")
