from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import UserError
from engine.text.sentencepiece import SentencePieceTokenizer
from engine.text.tokenizer import decode

Shared = Callable[[str], Path]


def load(shared: Shared, name: str, **extra: int) -> SentencePieceTokenizer:
    return SentencePieceTokenizer(shared(name).read_bytes(), extra)


@pytest.fixture(scope="module")
def mistral(shared: Shared) -> SentencePieceTokenizer:
    return load(shared, "data/tokenizers/mistral_tokenizer.model.v1")


def test_encodings_equal_the_library_s_own(shared: Shared) -> None:
    expected = json.loads(shared("data/peer_expected/sentencepiece_shared_encodings.json").read_text())
    compared = 0
    for name, entry in expected["tokenizers"].items():
        file = shared("data") / name.removeprefix("shared/")
        if not file.exists():
            continue
        tokenizer = SentencePieceTokenizer(file.read_bytes())
        assert tokenizer.vocab_size == entry["vocab"]
        assert tokenizer.dummy_prefix == entry["add_dummy_prefix"]
        for case in entry["encodings"]:
            assert tokenizer.encode(case["text"]) == case["ids"], (name, case["text"])
            assert [span[0] for span in tokenizer.encode_with_offsets(case["text"])] == case["ids"]
            compared += 1
    assert compared > 100


STORIES, MISTRAL = "data/checkpoints/stories260K/tok512.model", "data/tokenizers/mistral_tokenizer.model.v1"


@pytest.mark.parametrize(
    ("name", "text", "ids"),
    [  # computed with Transformers 5.23, SentencePieceBackend(legacy=False), on these two files
        (STORIES, "Hello world", [440, 411, 306, 414, 263, 304, 341]),
        (STORIES, " Hello", [346, 306, 414]),
        (STORIES, "  two\n\n", [259, 424, 414, 13, 13]),
        (STORIES, "\n", [13]),
        (STORIES, "user\nHi there", [425, 419, 285, 13, 440, 417, 383]),
        (STORIES, " [INST] ", [410, 508, 442, 458, 437, 434, 509]),
        (MISTRAL, "Hello world", [16230, 1526]),
        (MISTRAL, " Hello", [22557]),
        (MISTRAL, "  two\n\n", [28705, 989, 13, 13]),
        (MISTRAL, "user\nHi there", [1838, 13, 23809, 736]),
        (MISTRAL, " [INST] ", [733, 16289, 28793, 28705]),
    ],
)
def test_text_that_goes_on_has_no_dummy_prefix(shared: Shared, name: str, text: str, ids: list[int]) -> None:
    assert load(shared, name).encode(text, start=False) == ids


@settings(deadline=None, max_examples=200)
@given(text=st.text(st.characters(exclude_characters="▁", exclude_categories=["Cs"])))
def test_any_text_comes_back_whole(mistral: SentencePieceTokenizer, text: str) -> None:
    assert decode(mistral, mistral.encode(text), start=True) == text
    assert decode(mistral, mistral.encode(text, start=False)) == text


@settings(deadline=None, max_examples=200)
@given(text=st.text(st.characters(exclude_characters="▁", exclude_categories=["Cs"]), min_size=1))
def test_offsets_cover_the_text_and_say_what_each_token_spells(mistral: SentencePieceTokenizer, text: str) -> None:
    spans = mistral.encode_with_offsets(text)
    assert spans[0][1] == 0 and spans[-1][2] == len(text)
    for token_id, start, end in spans:
        spelled = mistral.token_bytes(token_id)
        assert spelled in b" " + text[start:end].encode()
        assert end > start or (start, end, spelled) == (0, 0, b" ")


def test_bytes_of_one_character_share_its_span(mistral: SentencePieceTokenizer) -> None:
    assert [span[1:] for span in mistral.encode_with_offsets("👋é")] == [(0, 0), *[(0, 1)] * 4, (1, 2)]


def test_typed_control_tokens_stay_text(mistral: SentencePieceTokenizer) -> None:
    controls = set(mistral.control_tokens().values())
    assert mistral.control_tokens()["</s>"] == 2
    assert controls.isdisjoint(mistral.encode("a </s> <s> b"))
    assert mistral.token_bytes(2) == b"" and mistral.piece(2) == "</s>"


def test_control_tokens_that_are_ordinary_pieces_of_the_vocabulary_stay_text(shared: Shared) -> None:
    tokenizer = load(shared, "data/tokenizers/mistral_tokenizer.model.v1", hello=6312, beyond=32005)
    plain = load(shared, "data/tokenizers/mistral_tokenizer.model.v1")
    word = plain.piece(6312).replace("▁", " ")
    text = f"say{word} and{word}{word}, not{word}"
    assert 6312 in plain.encode(text)
    assert 6312 not in tokenizer.encode(text)
    assert decode(tokenizer, tokenizer.encode(text), start=True) == text
    spans = tokenizer.encode_with_offsets(text)
    assert [span[0] for span in spans] == tokenizer.encode(text) and spans[-1][2] == len(text)
    assert tokenizer.vocab_size == 32006 and tokenizer.piece(32005) == "beyond" and tokenizer.token_bytes(32005) == b""


def test_ten_thousand_typed_controls_take_no_long_time(shared: Shared) -> None:
    tokenizer = load(shared, "data/tokenizers/mistral_tokenizer.model.v1", hello=6312)
    word = tokenizer.piece(6312).replace("▁", " ")
    assert 6312 not in tokenizer.encode(word * 10_000)


def test_half_an_emoji_becomes_the_replacement_character(mistral: SentencePieceTokenizer) -> None:
    assert decode(mistral, mistral.encode("a\ud83db"), start=True) == "a\ufffdb"


def test_ids_outside_the_vocabulary_add_nothing(mistral: SentencePieceTokenizer) -> None:
    assert [mistral.token_bytes(i) for i in (-1, 32000, 10**9)] == [b"", b"", b""]
    assert mistral.piece(-1) == mistral.piece(10**9) == ""


@pytest.mark.parametrize("data", [b"", b"junk", b"\x0a\x03\x0a\x01a", bytes(1000)])
def test_a_file_that_is_no_model_is_refused_in_a_sentence(data: bytes) -> None:
    with pytest.raises(UserError, match="tokenizer"):
        SentencePieceTokenizer(data)
