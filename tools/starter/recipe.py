"""What the Starter is made of: its text, its size, its two stages. Every number of the recipe is here.

Knows no code that trains; `python tools/train_starter.py` does what this says.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from engine.messages import PretrainSettings, TextSource

SEED = 20
WORLD = 24_000_000
"""Characters of the small world."""
CORPORA = {
    "self_dialogue_corpus.txt": "BSD-3-Clause (J. Fainberg and others, 2018)",
    "taskmaster4_coffee_dialogues.txt": "CC BY 4.0 (Google Research, Taskmaster-4)",
    "se_beatrix-potter_short-fiction.txt": "public domain, CC0-1.0 (Standard Ebooks)",
    "botchan.txt": "public domain (Project Gutenberg)",
}
"""Whole files, and their licences."""
DIALOGUES = frozenset({"self_dialogue_corpus.txt", "taskmaster4_coffee_dialogues.txt"})
"""Those of them in which people talk; the others are books."""
BOOKS, BOOKS_SHARE = "children_books_gitenberg_clean.txt", 0.2
"""Public domain in the USA (Project Gutenberg); as much of it as the run has time for."""
PROMPTS = ("Once upon a time there was", "What does the cow say?", "Tom was sad because", "The opposite of big is")

SETTINGS = PretrainSettings(preset="nano", vocabulary=4096, context=512, batch=8192, seed=SEED, prompts=PROMPTS)

TEMPLATE = (
    "{{ bos_token }}{% for message in messages %}{{ '<|' + message['role'] + '|>' + message['content'] + '<|end|>' }}"
    "{% endfor %}{% if add_generation_prompt %}{{ '<|assistant|>' }}{% endif %}"
)


@dataclass(frozen=True, slots=True)
class Lessons:
    """The taught stage: conversations about the world, and a share of the pre-training text so that it stays."""

    conversations: int = 30_000
    rows: int = 16
    """Windows a step."""
    passes: float = 2.5
    peak: float = 2e-3
    replay: int = 4
    """One in so many windows is pre-training text."""


LESSONS = Lessons()


def sources(corpora: Path, books: Path) -> tuple[TextSource, ...]:
    """Everything that the base stage reads; `books` is the part of the books that is taken."""
    files = tuple(TextSource(name, corpora / name) for name in CORPORA)
    return (TextSource("Small world", world=WORLD), *files, TextSource("Children's books", books))


def part_of_books(corpora: Path, work: Path) -> Path:
    """A file with the first part of every tenth of the books, so that many of them are in it."""
    target = work / BOOKS
    if not target.is_file():
        text = (corpora / BOOKS).read_text(encoding="utf-8")
        tenth = -(-len(text) // 40)
        parts = [text[at : at + round(tenth * BOOKS_SHARE)] for at in range(0, len(text), tenth)]
        target.write_text("\n\n".join(parts), encoding="utf-8")
    return target
