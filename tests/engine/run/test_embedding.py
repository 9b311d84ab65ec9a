"""Words in the embedding: neighbours, analogies, which tokens are words, and the map."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from torch.nn.functional import cosine_similarity

from engine.errors import UserError
from engine.formats.hf_write import Card, write_folder
from engine.messages import FindNeighbours, LoadModel, MapWords, Neighbours, UnloadModel, WordMap
from engine.paths import Paths
from engine.run.embedding import spelled
from engine.run.loaded import Loaded
from engine.run.session import Session
from engine.run.vocabulary import Words, word_in, words_of
from engine.run.word_map import kept, lay_flat
from engine.text.sentencepiece import SentencePieceTokenizer
from tests.engine.run.inside import answer, events, finish
from tests.engine.run.taught import folder_of, session_with
from tests.tiny import tiny_checkpoint, tiny_tokenizer


@pytest.fixture(params=["llama", "mistral"])
def session(request: pytest.FixtureRequest, paths: Paths, tmp_path: Path) -> Session:
    """With a head of its own and without: neighbours are of the embedding."""
    return session_with(paths, folder_of(tmp_path, request.param))[0]


def token(loaded: Loaded, word: str) -> int:
    (found,) = spelled(loaded.tokenizer, word)
    return found


@torch.no_grad()
def by_hand(loaded: Loaded, direction: torch.Tensor, without: set[str]) -> list[tuple[str, float]]:
    """Every word by its cosine, the closest first."""
    table = loaded.model.embed.weight
    found: dict[str, float] = {}
    for i in range(len(table)):
        text = word_in(loaded.tokenizer.token_bytes(i))
        if text and text.casefold() not in without:
            found[text.casefold()] = max(
                found.get(text.casefold(), -2.0), float(cosine_similarity(table[i], direction, 0))
            )
    return sorted(found.items(), key=lambda pair: -pair[1])


def test_neighbours_are_the_words_of_the_largest_cosine(session: Session) -> None:
    loaded = session.require()
    found = answer(session, FindNeighbours(1, " France ", top=8), Neighbours)
    assert (found.word, found.pieces, found.ids) == ("France", (" France",), (token(loaded, "France"),))
    wanted = by_hand(loaded, loaded.model.embed.weight[token(loaded, "France")], {"france"})[:8]
    assert [item.text.casefold() for item in found.items] == [text for text, _ in wanted]
    assert [item.similarity for item in found.items] == pytest.approx([cosine for _, cosine in wanted], abs=1e-5)
    assert all(loaded.tokenizer.token_bytes(item.id).decode() == f" {item.text}" for item in found.items)


def test_a_word_of_several_tokens_has_the_mean_of_them_and_they_are_no_neighbours(session: Session) -> None:
    loaded = session.require()
    found = answer(session, FindNeighbours(1, "oneone"), Neighbours)
    assert len(found.ids) > 1 and "".join(found.pieces) == " oneone" and token(loaded, "one") in found.ids
    mean = loaded.model.embed.weight[torch.tensor(found.ids)].mean(0)
    assert [item.text.casefold() for item in found.items] == [text for text, _ in by_hand(loaded, mean, {"one"})]


def test_an_analogy_leaves_out_the_words_that_were_asked(session: Session) -> None:
    loaded = session.require()
    found = answer(session, FindNeighbours(1, "capital", 5, less="France", more="again"), Neighbours)
    word, less, more = (
        torch.nn.functional.normalize(loaded.model.embed.weight[token(loaded, asked)], dim=0)
        for asked in ("capital", "France", "again")
    )
    wanted = by_hand(loaded, word - less + more, {"capital", "france", "again"})[:5]
    assert [item.text.casefold() for item in found.items] == [text for text, _ in wanted]
    assert [item.similarity for item in found.items] == pytest.approx([cosine for _, cosine in wanted], abs=1e-5)


def test_the_words_follow_the_model(session: Session, tmp_path: Path) -> None:
    before = answer(session, FindNeighbours(1, "France"), Neighbours)
    folder = tmp_path / "other"
    list(write_folder(tiny_checkpoint(seed=9), made(folder), Card("other", "Other", "chat")))
    list(session.load(LoadModel(2, str(folder), threads=1)))
    loaded = session.require()
    after = answer(session, FindNeighbours(3, "France"), Neighbours)
    wanted = by_hand(loaded, loaded.model.embed.weight[token(loaded, "France")], {"france"})
    assert [item.similarity for item in after.items] == pytest.approx([cosine for _, cosine in wanted], abs=1e-5)
    assert after.items != before.items


def made(folder: Path) -> Path:
    folder.mkdir()
    return folder


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (b" cat", "cat"), (b" Caf\xc3\xa9", "Café"), (b" don't", "don't"), (" Größe".encode(), "Größe"),
        ("日本".encode(), "日本"), ("ไทย".encode(), "ไทย"), (b" \xd0\xba\xd0\xbe\xd1\x82", "кот"),
        (b"ing", ""), (b" ", ""), (b"  cat", ""), (b" 42", ""), (b" cat2", ""), (b" ,", ""), (b"\xe6", ""), (b"", ""),
        (b" -", ""), (b" cat\n", ""), (b" _", ""), (b" a'", ""), (b" c", ""),
    ],
)  # fmt: skip
def test_which_tokens_are_words(data: bytes, word: str) -> None:
    assert word_in(data) == word


def test_control_tokens_and_bytes_are_no_words() -> None:
    tokenizer = SentencePieceTokenizer(tiny_tokenizer())
    words = finish(words_of(tokenizer))
    controls = set(tokenizer.control_tokens().values())
    assert controls.isdisjoint(words.ids) and list(words.ids) == sorted(words.ids)
    assert {"again", "the", "France"} <= set(words.texts)
    assert not any(text.startswith(("▁", " ", "<")) for text in words.texts)


def test_common_words_are_those_of_the_bundled_text_before_all_others() -> None:
    words = Words(("zzzz", "river", "the", "qqqq", "water"), (5, 6, 7, 8, 9))
    assert [words.texts[n] for n in words.common(4)] == ["water", "river", "zzzz", "qqqq", "the"]


def test_the_map_has_the_word_its_neighbours_and_others(session: Session) -> None:
    found = answer(session, MapWords(1, "one", near=5, others=2), WordMap)
    near = answer(session, FindNeighbours(2, "one", 5), Neighbours)
    assert [point.text for point in found.points[:6]] == ["one", *(item.text for item in near.items)]
    assert len({point.text.casefold() for point in found.points}) == len(found.points) <= 8
    assert found.points[0].id == token(session.require(), "one")
    assert all(-1 <= p.x <= 1 and -1 <= p.y <= 1 and math.isfinite(p.x + p.y) for p in found.points)
    assert 0 <= found.kept <= 1
    assert answer(session, MapWords(3, "one", near=5, others=2), WordMap) == found
    assert answer(session, MapWords(4, "oneone", near=2, others=0), WordMap).points[0].id == -1
    assert len(answer(session, MapWords(5, "one", near=0, others=0), WordMap).points) == 1


def test_groups_stay_together_on_the_map() -> None:
    generator = torch.Generator().manual_seed(3)
    centers = torch.randn(6, 64, generator=generator, dtype=torch.float64) * 3
    groups = torch.arange(6).repeat_interleave(30)
    vectors = centers[groups] + torch.randn(180, 64, generator=generator, dtype=torch.float64) * 0.7
    vectors = torch.nn.functional.normalize(vectors, dim=1)
    places = finish(lay_flat(vectors))
    nearest = torch.cdist(places, places).fill_diagonal_(torch.inf).argmin(1)
    assert float((groups[nearest] == groups).double().mean()) == 1.0
    assert float(places.abs().max()) == pytest.approx(1.0)
    share = kept(vectors, places)
    assert share > 0.7 > kept(vectors, torch.rand(180, 2, generator=generator, dtype=torch.float64)) + 0.5
    assert torch.equal(places, finish(lay_flat(vectors)))


@pytest.mark.parametrize("points", range(1, 8))
def test_few_points_are_laid_too(points: int) -> None:
    vectors = torch.randn(points, 16, generator=torch.Generator().manual_seed(points), dtype=torch.float64)
    places = finish(lay_flat(vectors))
    assert places.shape == (points, 2) and bool(places.isfinite().all()) and float(places.abs().max()) <= 1
    assert 0 <= kept(vectors, places) <= 1


def test_equal_words_do_not_break_the_map() -> None:
    vectors = torch.ones(12, 16, dtype=torch.float64)
    assert bool(finish(lay_flat(vectors)).isfinite().all())


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (FindNeighbours(1, ""), "no word"),
        (FindNeighbours(1, " \n\t"), "no word"),
        (FindNeighbours(1, "one", 0), "0 words"),
        (FindNeighbours(1, "one", less="one"), "cancel"),
        (FindNeighbours(1, "💜"), "“💜” in parts of characters"),
        (FindNeighbours(1, "one", less="💜", more="the"), "“💜” in parts of characters"),
        (MapWords(1, "  "), "no word"),
        (MapWords(1, "💜"), "“💜” in parts of characters"),
    ],
)
def test_what_cannot_be_looked_up_is_a_sentence_and_a_hint(
    session: Session, command: FindNeighbours | MapWords, says: str
) -> None:
    with pytest.raises(UserError, match=says) as refused:
        list(events(session, command))
    assert refused.value.hint


@pytest.mark.parametrize("command", [FindNeighbours(1, "one"), MapWords(1, "one")])
def test_without_a_model_each_says_so(session: Session, command: FindNeighbours | MapWords) -> None:
    list(session.unload(UnloadModel(9)))
    with pytest.raises(UserError, match="No model is loaded"):
        list(events(session, command))
