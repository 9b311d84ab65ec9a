"""What the Starter's base makes of text that it never read: bits a byte of books and of dialogues, and how it goes on.

Knows which file a held-out text is from by looking it up there.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator
from pathlib import Path
from typing import TypeVar

import numpy as np
import torch

from engine.data.corpus.cleaning import clean
from engine.data.corpus.corpus import Corpus
from engine.model.transformer import Transformer
from engine.run.held_out import HeldOut
from engine.run.made_here import END, START
from engine.run.watching import Watch
from engine.text.tokenizer import Tokenizer
from starter.recipe import BOOKS, CORPORA, DIALOGUES, PROMPTS, SEED

T = TypeVar("T")

BEGINNING = 80
"""Characters of a text that are looked up."""
WORLD = "small world"


def bits_by_kind(model: Transformer, tokenizer: Tokenizer, corpus: Corpus, corpora: Path) -> dict[str, float]:
    """Bits a byte of the held-out "books", "dialogues" and "small world"."""
    kinds = _kinds(corpora)
    texts = defaultdict[str, list[str]](list)
    for text in corpus.held_out():
        beginning = _flat(text)[:BEGINNING]
        texts[next((kind for kind, whole in kinds.items() if beginning in whole), WORLD)].append(text)
    found = {}
    for kind, some in sorted(texts.items()):
        ids = np.array([i for text in some for i in (START, *tokenizer.encode(text), END)], np.uint16)
        held = HeldOut.of(ids, model.config.context, tokenizer)
        found[kind] = result_of(held.some(1 << 19).measure(model, torch.float32))[1]
    return found


def samples(model: Transformer, tokenizer: Tokenizer) -> dict[str, str]:
    """How it goes on from each prompt of the recipe, drawn once."""
    watch = Watch(tokenizer, [START], frozenset({END}), SEED)
    return {one.prompt: one.text for one in result_of(watch.all(model, 0, PROMPTS))}


def _kinds(corpora: Path) -> dict[str, str]:
    """Kind -> all of its text, on one line."""
    files = {"dialogues": [*DIALOGUES], "books": [name for name in (*CORPORA, BOOKS) if name not in DIALOGUES]}
    return {
        kind: " ".join(_flat(clean((corpora / name).read_text(encoding="utf-8"))) for name in names)
        for kind, names in files.items()
    }


def _flat(text: str) -> str:
    return " ".join(text.split())


def result_of(work: Generator[object, None, T]) -> T:
    """Of work that is done to its end at once."""
    while True:
        try:
            next(work)
        except StopIteration as finished:
            return finished.value
