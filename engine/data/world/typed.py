"""A question as somebody might type it: without capitals, with a greeting before it, with a small word left out.

Asked and answered questions and those that nobody can answer go through this alike, so that no slip tells them apart.
Knows no fact; a word with a capital is a name or the beginning, and stays.
"""

from __future__ import annotations

import random

CARELESS, GREETED, SHORTENED = 0.15, 0.12, 0.2
"""Shares of the questions: each of the careless habits, something polite around it, a small word missing."""
BEFORE = ("Hello. ", "Hi! ", "Please! ", "Excuse me. ", "I wonder: ", "One question: ", "Good day. ", "Help me. ")
AFTER = (" Please.", " Thank you.", " Do you know?", " Can you say?", " I want to know.", " Tell me.")
SMALL = frozenset({"the", "a", "an", "is", "does", "do", "of", "in", "to", "that", "for", "are", "from", "can", "you"})
SHORT = 4
"""Words of a question that loses none."""


def typed(question: str, luck: random.Random) -> str:
    if luck.random() < CARELESS:
        question = question.replace("What is ", "What's ").replace("Where is ", "Where's ")
    if luck.random() < SHORTENED:
        question = _shortened(question, luck)
    if luck.random() < GREETED:
        before = luck.random() < 0.5
        question = luck.choice(BEFORE) + question if before else question + luck.choice(AFTER)
    if luck.random() < CARELESS:
        question = question.rstrip("?.!")
    return question.lower() if luck.random() < CARELESS else question


def _shortened(question: str, luck: random.Random) -> str:
    words = question.split(" ")
    small = [at for at, word in enumerate(words) if word in SMALL]
    if len(words) <= SHORT or not small:
        return question
    left_out = set(luck.sample(small, min(len(small), luck.choice((1, 1, 2)))))
    return " ".join(word for at, word in enumerate(words) if at not in left_out)
