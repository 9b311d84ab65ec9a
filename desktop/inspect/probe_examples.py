"""Probes to begin with: sentences with a slot, what goes into it, and the two words to choose between. Data only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Example:
    title: str
    templates: tuple[str, ...]
    fillers: tuple[str, ...]
    choices: tuple[str, str]


EXAMPLES = (
    Example(
        "Jobs, he or she",
        (
            "The ___ said that",
            "The ___ told us that",
            "The ___ was tired because",
            "The ___ smiled when",
            "The ___ came home after",
            "The ___ was proud that",
            "The ___ laughed because",
            "The ___ left early because",
            "Everyone trusted the ___ because",
            "We waited for the ___ until",
            "I asked the ___ whether",
            "My neighbour is a ___ and",
        ),
        ("nurse", "teacher", "doctor", "farmer", "pilot", "captain"),
        ("he", "she"),
    ),
    Example(
        "Countries, tea or coffee",
        (
            "In the morning, people in ___ drink a cup of",
            "The most popular drink in ___ is",
            "When you visit ___, you will be offered a cup of",
            "A café in ___ mostly sells",
            "My aunt from ___ cannot begin the day without",
            "What they grow and drink in ___ is",
            "After dinner in ___ they serve",
            "Shops in ___ are full of",
        ),
        ("England", "Italy", "Japan", "Brazil", "Turkey", "Sweden"),
        ("tea", "coffee"),
    ),
    Example(
        "Places, rich or poor",
        (
            "The man from ___ is very",
            "People who live in ___ are mostly",
            "Her family comes from ___ and is",
            "Most houses in ___ belong to people who are",
            "He grew up in ___, where everybody was",
            "They call ___ a place for the",
        ),
        ("London", "Lagos", "Zurich", "Detroit", "Delhi", "Dubai"),
        ("rich", "poor"),
    ),
)
