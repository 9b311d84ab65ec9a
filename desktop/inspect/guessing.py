"""Words of a text hidden one after another, guesses, and the score against the model. Knows no widget, no engine."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from engine.messages import NextChances

MOST = 10
LEAST_BEFORE = 12
"""Characters that must stand before the first hidden word: nobody guesses out of nothing."""
TOP = 20
"""How many of the model's words are looked at for the rank of the right one."""
_WORD = re.compile(r"[^\W\d_]{3,}")
_EDGES = " \n\t\"'“”‘’«».,;:!?()[]{}…"


@dataclass(frozen=True, slots=True)
class Hidden:
    """The word at characters `start` to `end`."""

    word: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Round:
    """`rank` is the place of the right word among the model's, None where it is not among the first `TOP`."""

    word: str
    guess: str
    right: bool
    rank: int | None
    top: str


def hide(text: str, most: int = MOST) -> list[Hidden]:
    """Words of three letters and more, spread over the text, in its order."""
    found = [Hidden(one.group(), one.start(), one.end()) for one in _WORD.finditer(text)]
    found = [one for one in found if one.start >= LEAST_BEFORE]
    if len(found) <= most:
        return found
    step = len(found) / most
    return [found[int(step * (number + 0.5))] for number in range(most)]


def same(one: str, other: str) -> bool:
    """Capitals and what stands around a word do not count."""
    return one.strip(_EDGES).casefold() == other.strip(_EDGES).casefold() != ""


def rank_of(word: str, chances: NextChances) -> int | None:
    """1 for the model's first word; spellings that are the same word count once."""
    seen: list[str] = []
    for item in chances.items[:TOP]:
        bare = item.text.strip(_EDGES).casefold()
        if bare and bare not in seen:
            seen.append(bare)
            if same(item.text, word):
                return len(seen)
    return None


@dataclass
class Game:
    """One text, gone through once."""

    text: str
    words: list[Hidden] = field(default_factory=list)
    rounds: list[Round] = field(default_factory=list)

    @property
    def now(self) -> Hidden | None:
        """The word that is asked for; None when all were."""
        return self.words[len(self.rounds)] if len(self.rounds) < len(self.words) else None

    @property
    def before(self) -> str:
        """What the model and the person go by."""
        return self.text[: self.now.start] if self.now is not None else self.text

    def answer(self, guess: str, chances: NextChances) -> Round:
        """Compare a guess with the hidden word, and the model's words with it."""
        assert self.now is not None, "all words were asked"
        word = self.now.word
        top = chances.items[0].text.strip() if chances.items else ""
        done = Round(word, guess.strip(), same(guess, word), rank_of(word, chances), top)
        self.rounds.append(done)
        return done

    @property
    def score(self) -> tuple[int, int]:
        """How many the person got, and how many the model had first."""
        return sum(one.right for one in self.rounds), sum(one.rank == 1 for one in self.rounds)


def verdict(done: Round) -> str:
    """What became of one word, in a sentence."""
    you = f"“{done.word}” is right." if done.right else f"It was “{done.word}”."
    if done.rank == 1:
        return f"{you} The model's first word too." if done.right else f"{you} The model had it first."
    if done.rank is None:
        return f"{you} It is not among the model's {TOP} likeliest words."
    return f"{you} The model's first word was “{done.top}”, this one its number {done.rank}."


def standing(game: Game) -> str:
    """ "You 3, the model 5, of 7 words" """
    you, model = game.score
    return f"You {you}, the model {model}, of {len(game.rounds)} {'word' if len(game.rounds) == 1 else 'words'}"
