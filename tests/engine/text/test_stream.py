from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.text.fast import FastTokenizer
from engine.text.stream import StreamDecoder
from engine.text.tokenizer import decode
from tests.fakes import byte_level_json, metaspace_json

BYTE_LEVEL = FastTokenizer(byte_level_json())
METASPACE = FastTokenizer(metaspace_json())


@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_text_arrives_whole_and_never_half_a_character(text: str) -> None:
    for tokenizer in (BYTE_LEVEL, METASPACE):
        ids = tokenizer.encode(text)
        stream = StreamDecoder(tokenizer)
        pieces = [stream.push(i) for i in ids]
        assert stream.finish() == ""
        assert "".join(pieces) == decode(tokenizer, ids)
        assert all("\ufffd" not in piece for piece in pieces) or "\ufffd" in text


@given(ids=st.lists(st.integers(-1, BYTE_LEVEL.vocab_size)), cut=st.integers(0, 20))
def test_any_ids_stream_to_what_they_decode_to_at_once(ids: list[int], cut: int) -> None:
    stream = StreamDecoder(BYTE_LEVEL)
    assert "".join([*(stream.push(i) for i in ids), stream.finish()]) == decode(BYTE_LEVEL, ids)
    whole, later = StreamDecoder(BYTE_LEVEL), StreamDecoder(BYTE_LEVEL, ids[:cut])
    expected = [whole.push(i) for i in ids][cut:]
    assert [later.push(i) for i in ids[cut:]] == expected


def test_an_emoji_appears_with_its_last_byte() -> None:
    stream = StreamDecoder(BYTE_LEVEL)
    assert [stream.push(i) for i in BYTE_LEVEL.encode("👋")] == ["", "", "", "👋"]


def test_a_text_that_ends_in_half_a_character_says_so() -> None:
    stream = StreamDecoder(BYTE_LEVEL)
    stream.push(BYTE_LEVEL.encode("é")[0])
    assert stream.finish() == "\ufffd"
