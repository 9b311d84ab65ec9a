"""How teaching is said: states of a pair, names of versions, kinds of problem. Knows no widget and no colour value."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass

from engine.data.pair_sets import PairState, StoredPair

LEARNED_FROM, HALF_FROM = 0.8, 0.4
"""Mean probability of an answer's tokens from which a pair is called so while a run goes on; its end decides."""


@dataclass(frozen=True, slots=True)
class Status:
    """A state in a word, with the icon and the colour tokens that repeat it."""

    word: str
    icon: str
    color: str
    bar: str


STATES: Mapping[PairState, Status] = {
    "": Status("New", "circle-dashed", "ink2", "bar"),
    "learned": Status("Learned", "circle-check", "ok", "ok"),
    "half": Status("Half", "half-circle", "warn", "c2u"),
    "not": Status("Not yet", "circle", "ink2", "bar"),
}
EDITING = Status("Editing", "pencil", "ink3", "bar")


def status_of(pair: StoredPair, editing: bool) -> Status:
    return EDITING if editing else STATES[pair.state]


def state_from(recall: float) -> PairState:
    return "learned" if recall >= LEARNED_FROM else "half" if recall >= HALF_FROM else "not"


def version_title(title: str, number: int) -> str:
    return f"{title} v{number}"


def version_of(title: str) -> str:
    """The short name beside "Chat with": "v4"."""
    tail = title.rpartition(" ")[2]
    return tail if re.fullmatch(r"v\d+", tail) else title


def library_name(title: str) -> str:
    """A title as the name of a folder everywhere: "Library desk v4" -> "library-desk-v4"."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    name = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")
    return name if re.search("[a-z]", name) and not re.fullmatch(r"v?\d*", name) else f"taught-{name}".strip("-")
