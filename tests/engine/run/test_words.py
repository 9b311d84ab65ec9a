from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.run import word_search
from engine.run.word_proof import Word
from engine.run.word_search import Start, WordSearch
from engine.run.words import search_words
from engine.text.word_tables import Spelled, WordTables
from tests.engine.run.tables import SPELLINGS, TableModel, by_force, tables_of

STARTS = (
    Start(), Start("a"), Start("aa"), Start("0"), Start("b'"), Start("a.a"), Start(required=b" "), Start("a", b" a"),
    Start("ab", b"ab"), Start("a", fresh=True), Start("ab", fresh=True),
)  # fmt: skip
ALL = tables_of(SPELLINGS)
vocabularies = st.lists(st.sampled_from(SPELLINGS), min_size=3, max_size=8).map(lambda some: [b"", *some])


def searched(search: WordSearch, model: TableModel, most: int = 100_000) -> WordSearch:
    for _ in search_words(search, model, most_passes=most):
        whole = search.open_mass + sum(search.found.values())
        assert whole == pytest.approx(search.total, abs=1e-12)
    return search


@settings(max_examples=60, deadline=None)
@given(vocabularies, st.sampled_from(STARTS), st.integers(0, 10_000), st.integers(1, 4))
def test_exact_words_are_those_of_brute_force(spellings: list[bytes], start: Start, seed: int, depth: int) -> None:
    model = TableModel(seed, len(spellings), depth)
    search = WordSearch(tables_of(spellings), start, 10_000, exact=True)
    searched(search, model)
    wanted = by_force(model, spellings, start)
    assert not search.beginnings and search.open_mass == 0.0
    assert {word for word, mass in search.found.items() if mass} == set(wanted)
    for word, mass in wanted.items():
        assert search.found[word] == pytest.approx(mass, abs=1e-9)
    if not start.required and not start.fresh:
        assert sum(search.found.values()) == pytest.approx(1.0, abs=1e-9)


@settings(max_examples=60, deadline=None)
@given(
    vocabularies, st.sampled_from(STARTS), st.integers(0, 10_000), st.integers(1, 4), st.integers(1, 6),
    st.integers(1, 40), st.sampled_from([1 / 64, 0.5, 2.0]),
)  # fmt: skip
def test_what_is_said_to_be_proven_is(
    spellings: list[bytes], start: Start, seed: int, depth: int, top: int, passes: int, negligible: float
) -> None:
    model = TableModel(seed, len(spellings), depth)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(word_search, "FEW", 0)
        patch.setattr(word_search, "NEGLIGIBLE", negligible)
        search = WordSearch(tables_of(spellings), start, top)
        searched(search, model, passes)
    wanted = by_force(model, spellings, start)
    for word, mass in search.found.items():
        assert mass <= wanted[word] + 1e-12
    if not start.required and not start.fresh:
        assert search.total == pytest.approx(1.0, abs=1e-9)
    best = [word for word, _ in search.best()][: search.proven]
    least = min((wanted[word] for word in best), default=1.0)
    assert all(mass <= least + 1e-12 for word, mass in wanted.items() if word not in best)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.sampled_from([s for s in SPELLINGS if s]), max_size=3), st.sampled_from(["", "a", "ab", "0", "a.a"]))
def test_the_table_of_a_state_is_what_each_token_does(path: list[bytes], started: str) -> None:
    data = b"".join(path)
    spelled = Spelled.of(data)
    search = WordSearch(ALL, Start(started), 5)
    if any(word_search.unit_end(started, Spelled.of(data[:n]).text) is not None for n in range(len(data) + 1)):
        return
    table = ALL.table(started, spelled)
    assert sorted([*table.open_ids, *table.closed_ids]) == list(range(len(SPELLINGS)))
    for token, group in zip(table.closed_ids.tolist(), table.closed_group.tolist(), strict=True):
        ending, tail, _ = table.groups[group]
        text = Spelled.of(data + SPELLINGS[token])
        final = not SPELLINGS[token]
        whole = (data + SPELLINGS[token]).decode("utf-8", "surrogateescape") if final else text.text
        end = word_search.unit_end(started, whole, final)
        assert end is not None and word_search.size_of(whole[:end]) == len(data) + ending.at
        assert tail == SPELLINGS[token][: max(ending.at, 0)] and ending.over == (final and not data)
    for token in table.open_ids.tolist():
        assert word_search.unit_end(started, Spelled.of(data + SPELLINGS[token]).text) is None
    assert search.total == 1.0


def test_the_largest_chain_is_the_most_that_one_word_can_have() -> None:
    values = np.arange(1.0, len(SPELLINGS) + 1)
    words = ["".join(some) for n in range(1, 4) for some in itertools.product("ab 0.'\n", repeat=n)]
    ids = np.array([i for i, s in enumerate(SPELLINGS) if s])
    chain = ALL.largest_chain(ids, values[ids])
    for word in words:
        assert chain >= sum(values[i] for i in ids if word.encode().startswith(SPELLINGS[i]))


def test_the_likeliest_word_s_tokens_spell_it() -> None:
    model = TableModel(3, len(SPELLINGS), 3)
    search = searched(WordSearch(ALL, Start(), 50), model, 200)
    for word, _ in search.best()[:20]:
        spelled = b"".join(SPELLINGS[i] for i in search.spellings[word].ids)
        assert spelled.startswith(word.spelled)
    assert search.entropy() > 0.0 and Word(b"", True) in search.found


def test_tables_are_made_in_steps() -> None:
    assert isinstance(ALL, WordTables) and len(ALL.spellings) == len(SPELLINGS)
