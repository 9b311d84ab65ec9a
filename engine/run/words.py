"""Exact next words and the paths that words make: from a search to what is told. Knows no commands.

Each step is one forward pass at most.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from dataclasses import dataclass, field

from engine.messages import Chance, NextChances, PathNode
from engine.run.word_proof import Word
from engine.run.word_reading import Path, Reader
from engine.run.word_search import BATCH, Start, WordSearch
from engine.text.tokenizer import Tokenizer
from engine.text.word_ends import goes_on, open_unit
from engine.text.word_tables import WordTables

MOST_PASSES = 24
"""Where so many passes prove nothing the chances are so even that more would not help; what is proven is said."""


def search_words(
    search: WordSearch, reader: Reader, taken_back: Path = (), most_passes: int = MOST_PASSES
) -> Generator[tuple[int, int], None, None]:
    """Runs a search to its end; yields (proven, wanted) after each pass.

    `taken_back` are tokens that the text was cut into: they are read in the first pass, since they are most likely.
    """
    ahead = [taken_back[:n] for n in range(len(taken_back) + 1)]
    known = dict(zip(ahead, reader.read(ahead), strict=True))
    for _ in range(most_passes):
        ready = [one for one in search.beginnings if one.path in known]
        while ready:
            for one in ready:
                search.absorb([one], known.pop(one.path)[None])
            ready = [one for one in search.beginnings if one.path in known]
        yield search.proven, search.top
        if search.done or reader.passes >= most_passes:
            return
        wanted = search.wanted()
        search.absorb(wanted, reader.read([one.path for one in wanted]))


def told(search: WordSearch, tokenizer: Tokenizer, passes: int) -> NextChances:
    """The likeliest words found, as shares of what is possible."""
    total = search.total
    items = tuple(
        Chance(written(search, word, tokenizer), mass / total, search.spellings[word].ids)
        for word, mass in search.best()[: search.top]
        if mass > 0.0
    )
    proven = min(search.proven, len(items))
    unexplored = max(0.0, 1.0 - math.fsum(item.probability for item in items))
    return NextChances("word", items, unexplored, proven, search.entropy(), passes, search.start.started)


def written(search: WordSearch, word: Word, tokenizer: Tokenizer) -> str:
    """The word as it is shown: whole where it goes on with one that was started, an end as its token is spelled."""
    if word.over:
        return tokenizer.piece(search.spellings[word].ids[-1])
    text = search.text_of(word)
    whole = search.start.started + text if goes_on(search.start.started, text) else text
    return whole.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


@dataclass(slots=True, eq=False)
class _Branch:
    """A word on a path, and the search for what follows it. `mass` is that of its tokens, before it has ended."""

    text: str
    probability: float
    ids: Path
    mass: float
    search: WordSearch | None
    children: list[_Branch] = field(default_factory=list)

    def node(self) -> PathNode:
        return PathNode(self.text, self.probability, self.ids, tuple(child.node() for child in self.children))


@dataclass(frozen=True, slots=True)
class Wish:
    """How far paths are followed: see `WordPaths`."""

    ahead: int
    width: int
    least: float


def search_paths(
    tables: WordTables, tokenizer: Tokenizer, reader: Reader, start: Start, taken_back: Path, wish: Wish
) -> Generator[tuple[int, int], None, tuple[PathNode, ...]]:
    """The likeliest words, after each the likeliest, and so on; yields (passes, most passes).

    Of a word that can be cut into tokens in several ways only the likeliest is followed.
    """
    search = WordSearch(tables, start, wish.width, wish.least)
    for _ in search_words(search, reader, taken_back):
        yield reader.passes, MOST_PASSES
    root = _Branch("", 1.0, (), 1.0 / search.total, search)
    level = [root]
    for _ in range(wish.ahead):
        yield from _together(level, reader)
        for branch in level:
            branch.children = _children(branch, tables, tokenizer, wish)
        level = [child for branch in level for child in branch.children if child.search is not None]
    return tuple(child.node() for child in root.children)


def _together(level: Sequence[_Branch], reader: Reader) -> Generator[tuple[int, int], None, None]:
    """Runs the searches of one level in the same passes."""
    searches = {branch: branch.search for branch in level if branch.search is not None}
    while reader.passes < MOST_PASSES:
        asks = [(branch, one) for branch, s in searches.items() if not s.done for one in s.wanted()]
        if not asks:
            return
        asks = sorted(asks, key=lambda ask: -ask[0].mass * ask[1].mass)[:BATCH]
        rows = reader.read([(*branch.ids, *one.path) for branch, one in asks])
        for (branch, one), row in zip(asks, rows, strict=True):
            searches[branch].absorb([one], row[None])
        yield reader.passes, MOST_PASSES


def _children(branch: _Branch, tables: WordTables, tokenizer: Tokenizer, wish: Wish) -> list[_Branch]:
    search = branch.search
    assert search is not None
    children: list[_Branch] = []
    for word, share in search.best()[: wish.width]:
        spelling, probability = search.spellings[word], branch.mass * share
        if probability < wish.least:
            break
        text, mass = written(search, word, tokenizer), branch.mass * spelling.mass
        after = None
        exact = b"".join(map(tables.spellings.__getitem__, spelling.ids)) == word.spelled
        if exact and not word.over:
            started = open_unit(text).removeprefix(" ")
            after = WordSearch(tables, Start(started, fresh=True), wish.width, wish.least / mass)
        children.append(_Branch(text, probability, (*branch.ids, *spelling.ids), mass, after))
    return children
