"""The same question in other clothes, by rule: case, punctuation, courtesy, slips of the finger.

Cheap variety, so that a taught model does not hang on the letters of a question. Rules change no word that carries
meaning; knows no model.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

OPENINGS = ("Please tell me: ", "I would like to know: ", "Quick question: ", "Hello. ", "Can you help me? ", "Hi, ")
CLOSINGS = (" Thanks.", " Please.", " Do you know?", " I am not sure.", " Can you tell me?")


def perturbed(question: str, seed: int) -> str:
    """The same for the same seed. A question without letters comes back as it is."""
    luck = random.Random(f"{seed}:{question}")
    rules: list[Callable[[str, random.Random], str]] = luck.sample(RULES, 2)
    for rule in rules:
        question = rule(question, luck)
    return question


def _lower(text: str, luck: random.Random) -> str:
    return text.lower()


def _bare(text: str, luck: random.Random) -> str:
    return text.rstrip(" ?!.…？！。") or text


def _polite(text: str, luck: random.Random) -> str:
    return luck.choice(OPENINGS) + text if text.isascii() else text


def _more(text: str, luck: random.Random) -> str:
    return text + luck.choice(CLOSINGS) if text.isascii() else text


def _slip(text: str, luck: random.Random) -> str:
    """Two neighbouring letters inside a long word change places."""
    words = list(re.finditer(r"[^\W\d_]{5,}", text))
    if not words:
        return text
    word = luck.choice(words)
    at = luck.randrange(word.start() + 1, word.end() - 2)
    return text[:at] + text[at + 1] + text[at] + text[at + 2 :]


RULES: tuple[Callable[[str, random.Random], str], ...] = (_lower, _bare, _polite, _more, _slip)
