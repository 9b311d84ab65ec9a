from __future__ import annotations

from collections import Counter
from itertools import repeat

import pytest

from engine.messages import VocabularyReport
from engine.run.vocabulary_report import COMMON, EXAMPLE, describe
from engine.text.sentencepiece import SPACE, SentencePieceTokenizer
from tests.engine.text.test_vocabulary import prose, trained

TEXT = prose(40)
FREQUENT = tuple(Counter(TEXT.replace(".", "").split()).most_common())
SENTENCE = "The old boat lay near the river, and nobody came."


@pytest.fixture(scope="module")
def model() -> bytes:
    return trained([TEXT], 450)


@pytest.fixture(scope="module")
def report(model: bytes) -> VocabularyReport:
    return describe(model, "bpe", FREQUENT, [TEXT])


def test_it_names_every_piece_in_the_order_of_ids(report: VocabularyReport, model: bytes) -> None:
    assert report.size == len(report.pieces) == 450 and report.kind == "bpe"
    assert report.pieces[:3] == ("<unk>", "<s>", "</s>")
    assert all(report.pieces[n] == SentencePieceTokenizer(model).piece(n) for n in range(450))


def test_the_length_of_tokens_is_that_of_the_text(report: VocabularyReport, model: bytes) -> None:
    assert report.characters_per_token == len(TEXT) / len(SentencePieceTokenizer(model).encode(TEXT))
    assert 1 < report.characters_per_token < 8


def test_words_count_as_often_as_they_stand_there(model: bytes, report: VocabularyReport) -> None:
    whole = [(word, count) for word, count in FREQUENT if SPACE + word in report.pieces]
    assert 0 < len(whole) < len(FREQUENT)
    assert report.covered == sum(count for _, count in whole) / sum(count for _, count in FREQUENT)
    assert describe(model, "bpe", whole, [TEXT]).covered == 1.0
    assert describe(model, "bpe", [("qqq", 5)], [TEXT]).covered == 0.0


def test_the_worst_cut_comes_first_and_each_cut_is_the_word(report: VocabularyReport) -> None:
    lengths = [len(cut) for _, cut in report.cuts]
    assert lengths == sorted(lengths, reverse=True) and lengths[0] > 1
    assert all("".join(cut) == SPACE + word for word, cut in report.cuts)


def test_only_common_words_are_counted_as_cut_too_often(model: bytes) -> None:
    common = tuple(("qxz" + chr(97 + n % 26) * 4, 2) for n in range(COMMON))
    assert describe(model, "bpe", (*common, ("qqqqqq", 1)), [TEXT]).many == COMMON
    assert describe(model, "bpe", [("a", 1)], [TEXT]).many == 0


@pytest.mark.parametrize(
    ("text", "example"),
    [
        (SENTENCE, SENTENCE),
        ("Title\n" + SENTENCE + "\nMore", SENTENCE),
        ("A" * EXAMPLE + ". " + SENTENCE, SENTENCE),
        ("no sentence here", "no sentence here"),
        ("word " * 100, ("word " * 18).strip()),
    ],
)
def test_the_example_is_one_sentence(model: bytes, text: str, example: str) -> None:
    shown = "".join(describe(model, "bpe", FREQUENT, [text]).example).replace(SPACE, " ")
    assert shown == example and len(shown) <= EXAMPLE


def test_no_text_and_endless_text_are_described_too(model: bytes) -> None:
    assert describe(model, "bpe", FREQUENT, []).characters_per_token > 1
    assert describe(model, "bpe", (), []).covered == 0.0
    assert describe(model, "bpe", FREQUENT, repeat(TEXT)).size == 450
