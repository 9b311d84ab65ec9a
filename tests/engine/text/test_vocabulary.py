from __future__ import annotations

import multiprocessing
import random
import re
import tempfile
import time
from collections.abc import Generator, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import UserError
from engine.text.sentencepiece import SentencePieceTokenizer
from engine.text.tokenizer import decode
from engine.text.vocabulary import ALWAYS, SENTENCE, Kind, _sentences, sample, train_vocabulary

KINDS: tuple[Kind, ...] = ("bpe", "unigram")
WORDS = [a + b + c for a in ("b", "st", "m", "l") for b in ("a", "ea", "o", "i") for c in ("n", "ring", "der", "t")]


def prose(count: int, seed: int = 0) -> str:
    """Sentences of made-up words, some of them far commoner than others."""
    luck = random.Random(seed)
    return "\n\n".join(" ".join(WORDS[int(luck.random() ** 3 * 64)] for _ in range(60)) + "." for _ in range(count))


def trained(documents: Sequence[str], size: int, kind: Kind = "bpe") -> bytes:
    return result(train_vocabulary(documents, size, kind))


def result(work: Generator[None, None, Any]) -> Any:
    while True:
        try:
            next(work)
        except StopIteration as finished:
            return finished.value


@pytest.fixture(scope="module", params=KINDS)
def tokenizer(request: pytest.FixtureRequest) -> SentencePieceTokenizer:
    return SentencePieceTokenizer(trained([prose(20), prose(20, 1)], 420, request.param))


def test_control_tokens_stand_where_a_run_expects_them(tokenizer: SentencePieceTokenizer) -> None:
    assert tokenizer.vocab_size == 420
    assert tokenizer.control_tokens() == {
        "<s>": 1, "</s>": 2, "<|system|>": 3, "<|user|>": 4, "<|assistant|>": 5, "<|end|>": 6,
    }  # fmt: skip


def test_a_digit_and_a_line_break_are_a_token_each(tokenizer: SentencePieceTokenizer) -> None:
    pieces = [tokenizer.piece(n) for n in tokenizer.encode("1234\n\n5")]
    assert pieces == ["1", "2", "3", "4", "\n", "\n", "5"]


def test_every_printable_character_of_ascii_is_a_piece(tokenizer: SentencePieceTokenizer) -> None:
    pieces = {tokenizer.piece(n) for n in range(tokenizer.vocab_size)}
    assert pieces > set(ALWAYS) and "z" not in prose(20) + prose(20, 1)


def test_a_control_token_cannot_be_written(tokenizer: SentencePieceTokenizer) -> None:
    ids = tokenizer.encode("<|user|>Hi</s>")
    assert not set(ids) & set(tokenizer.control_tokens().values())
    assert decode(tokenizer, ids) == "<|user|>Hi</s>"


@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0▁")))
@settings(max_examples=200, deadline=None)
def test_any_text_comes_back_as_it_was(text: str) -> None:
    assert decode(whole(), whole().encode(text)) == text


def whole(cache: list[SentencePieceTokenizer] = []) -> SentencePieceTokenizer:  # noqa: B006
    """Trained once: hypothesis takes no fixture of a parameter."""
    if not cache:
        cache.append(SentencePieceTokenizer(trained([prose(10)], 400)))
    return cache[0]


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_text_gives_the_same_bytes(kind: Kind) -> None:
    first = trained([prose(10), prose(10, 1)], 400, kind)
    assert first == trained([prose(10), prose(10, 1)], 400, kind)
    assert first != trained([prose(10), prose(10, 2)], 400, kind)
    assert tempfile.gettempdir().encode() not in first


# ---- sizes and texts that cannot be ------------------------------------------------
@pytest.mark.parametrize("kind", KINDS)
def test_a_size_that_the_text_does_not_allow_is_refused_with_one_that_it_does(kind: Kind) -> None:
    text = (Path(__file__).parent / "test_vocabulary.py").read_text(encoding="utf-8")[:4000]
    with pytest.raises(UserError, match="too short for a vocabulary of 9,000") as refused:
        trained([text], 9000, kind)
    found = re.fullmatch(r"Choose ([\d,]+) or fewer\.", refused.value.hint)
    assert found is not None
    most = int(found[1].replace(",", ""))
    assert SentencePieceTokenizer(trained([text], most, kind)).vocab_size == most
    with pytest.raises(UserError):
        trained([text], most + 1, kind)


@pytest.mark.parametrize("kind", KINDS)
def test_a_text_too_short_for_any_size_is_told_so_without_an_impossible_size(kind: Kind) -> None:
    with pytest.raises(UserError) as refused:
        trained(["one two three"], 400, kind)
    assert refused.value.hint == "Add more text."


@pytest.mark.parametrize("kind", KINDS)
def test_more_letters_than_tokens_are_refused_with_a_size_that_holds_them(kind: Kind) -> None:
    luck = random.Random(0)
    text = "。".join("".join(chr(luck.randrange(0x4E00, 0x4E00 + 600)) for _ in range(20)) for _ in range(400))
    with pytest.raises(UserError, match="too many different letters") as refused:
        trained([text], 500, kind)
    found = re.fullmatch(r"Choose ([\d,]+) or more\.", refused.value.hint)
    assert found is not None
    fewest = int(found[1].replace(",", ""))
    assert SentencePieceTokenizer(trained([text], fewest, kind)).vocab_size == fewest


@pytest.mark.parametrize("documents", [[], [""], ["\n \n", "\0\0"]])
def test_no_text_is_refused(documents: list[str]) -> None:
    with pytest.raises(UserError, match="no text"):
        trained(documents, 400)


@pytest.mark.parametrize("size", [-1, 0, 383, 65_537])
def test_sizes_out_of_range_are_refused_before_anything_is_read(size: int) -> None:
    def never() -> Generator[str, None, None]:
        yield pytest.fail("read")

    with pytest.raises(UserError, match="not possible"):
        next(train_vocabulary(never(), size, "bpe"))


def test_text_of_a_stranger_does_no_harm() -> None:
    odd = "\ud800 lone\0nul\u2028line\u2029\x85\x0c\x1e ▁▁ \ufeff"
    assert SentencePieceTokenizer(trained([prose(10) + odd, odd], 400)).vocab_size == 400


# ---- the process -------------------------------------------------------------------
def test_closing_it_ends_the_process_and_leaves_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    work = train_vocabulary([prose(2000, seed) for seed in range(4)], 8000, "unigram")
    while not multiprocessing.active_children():
        next(work)
    assert list(tmp_path.iterdir())
    began = time.perf_counter()
    work.close()
    assert time.perf_counter() - began < 1.0
    assert not multiprocessing.active_children() and not list(tmp_path.iterdir())


def test_a_process_that_dies_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    work = train_vocabulary([prose(2000)], 400, "unigram")
    while not multiprocessing.active_children():
        next(work)
    multiprocessing.active_children()[0].kill()
    with pytest.raises(UserError, match="process ended with -9"):
        result(work)


# ---- what the trainer is given -----------------------------------------------------
def test_a_small_text_is_taken_whole_and_a_large_one_from_all_over() -> None:
    few = [prose(2, seed) for seed in range(5)]
    assert result(sample(few)) == few
    many = [f"{number:06}" * 100 for number in range(1000)]
    taken = result(sample(many, 60_000))
    assert 50_000 < sum(map(len, taken)) <= 61_000
    numbers = [int(text[:6]) for text in taken]
    gaps = {after - before for before, after in pairwise(numbers)}
    assert len(gaps) == 1 and numbers[0] == 0 and numbers[-1] > 1000 - 2 * gaps.pop()


@given(text=st.text(st.sampled_from("ab \n\r字"), max_size=40), times=st.integers(1, 2000))
@settings(max_examples=60, deadline=None)
def test_lines_are_short_and_lose_nothing_but_line_breaks(text: str, times: int) -> None:
    lines = list(_sentences(text * times))
    assert all(0 < len(line) <= SENTENCE and "\n" not in line and "\r" not in line for line in lines)
    assert re.sub(r"\s", "", "".join(lines)) == re.sub(r"\s", "", text * times)


def test_one_line_of_ten_million_characters_is_cut_in_little_time() -> None:
    began = time.thread_time()
    assert sum(map(len, _sentences("word " * 2_000_000))) == 10_000_000
    assert time.thread_time() - began < 3.0
