from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.errors import UserError
from engine.text.fast import FastTokenizer
from engine.text.tokenizer import decode
from tests.fakes import CONTROLS, byte_level_json, metaspace_json

BYTE_LEVEL = FastTokenizer(byte_level_json())
METASPACE = FastTokenizer(metaspace_json())
WITHOUT_PREFIX = FastTokenizer(metaspace_json(prepend=False))
EVERY = (BYTE_LEVEL, METASPACE, WITHOUT_PREFIX)
TEXTS = st.text(st.characters(exclude_categories=["Cs"])) | st.lists(
    st.sampled_from([*CONTROLS, " ", "a", "é", "👋", "\n"])
).map("".join)


@settings(deadline=None)
@given(text=TEXTS)
def test_any_text_comes_back_whole_and_free_of_control_tokens(text: str) -> None:
    for tokenizer in EVERY:
        plain = text if tokenizer.kind == "byte-level BPE" else text.replace("▁", " ")
        ids = tokenizer.encode(text)
        assert decode(tokenizer, ids, start=True) == plain
        assert decode(tokenizer, tokenizer.encode(text, start=False)) == plain
        assert set(tokenizer.control_tokens().values()).isdisjoint(ids)


@settings(deadline=None)
@given(text=TEXTS)
def test_offsets_say_which_characters_a_token_spells(text: str) -> None:
    for tokenizer in EVERY:
        spans = tokenizer.encode_with_offsets(text)
        assert [span[0] for span in spans] == tokenizer.encode(text)
        for token_id, start, end in spans:
            piece = tokenizer.token_bytes(token_id)
            assert piece in b" " + text[start:end].replace("▁", " ").encode() or piece in text[start:end].encode()


def test_half_characters_share_the_span_of_the_character() -> None:
    assert [span[1:] for span in BYTE_LEVEL.encode_with_offsets("é👋")] == [(0, 1)] * 2 + [(1, 2)] * 4
    assert [span[1:] for span in METASPACE.encode_with_offsets("é")] == [(0, 0), (0, 1), (0, 1)]


def test_offsets_stay_right_where_the_vocabulary_lacks_a_byte() -> None:
    tree = json.loads(byte_level_json())
    lacking = FastTokenizer(json.dumps(tree).replace(json.dumps("\u0104"), json.dumps("unused")))  # byte 0x04
    text = "he\x04ll\x04o é\x04\x04👋"
    spans = lacking.encode_with_offsets(text)
    assert decode(lacking, [span[0] for span in spans]) == "hello é👋"
    for token_id, start, end in spans:
        spelled = lacking.token_bytes(token_id)
        assert spelled in text[start:end].replace("\x04", "").encode()
    assert spans[-1][1:] == (11, 12)


def test_text_that_goes_on_has_no_dummy_prefix() -> None:
    assert [METASPACE.piece(i) for i in METASPACE.encode("he he")] == ["▁he", "▁he"]
    assert [METASPACE.piece(i) for i in METASPACE.encode("he he", start=False)] == ["he", "▁he"]
    assert METASPACE.dummy_prefix and not WITHOUT_PREFIX.dummy_prefix and not BYTE_LEVEL.dummy_prefix


def test_user_defined_pieces_may_be_typed_and_control_tokens_may_not() -> None:
    tool = BYTE_LEVEL.encode("<tool>")
    assert len(tool) == 1 and BYTE_LEVEL.token_bytes(tool[0]) == b"<tool>"
    assert "<tool>" not in BYTE_LEVEL.control_tokens() and "<s>" in BYTE_LEVEL.control_tokens()
    assert len(BYTE_LEVEL.encode("<s>")) == 3


def test_a_control_token_in_the_merged_vocabulary_is_still_not_typed() -> None:
    tree = json.loads(byte_level_json())
    control = next(token for token in tree["added_tokens"] if token["content"] == "<s>")
    tree["added_tokens"] = [{**control, "id": (n := len(tree["model"]["vocab"])) + 1}]
    tree["model"]["vocab"] |= {"<s": n, "<s>": n + 1}
    tree["model"]["merges"] += [["<", "s"], ["<s", ">"]]
    tree["pre_tokenizer"]["use_regex"] = False
    tokenizer = FastTokenizer(json.dumps(tree))
    ids = tokenizer.encode("a<s><s>b")
    assert n + 1 not in ids and decode(tokenizer, ids) == "a<s><s>b"


def test_half_an_emoji_becomes_the_replacement_character() -> None:
    assert decode(BYTE_LEVEL, BYTE_LEVEL.encode("a\ud83db")) == "a\ufffdb"


def test_ids_outside_the_vocabulary_add_nothing() -> None:
    assert [BYTE_LEVEL.token_bytes(i) for i in (-1, BYTE_LEVEL.vocab_size, 10**6)] == [b""] * 3
    assert BYTE_LEVEL.piece(BYTE_LEVEL.vocab_size - 1) == "<tool>"


def test_the_same_file_has_the_same_fingerprint() -> None:
    assert FastTokenizer(byte_level_json()).fingerprint == BYTE_LEVEL.fingerprint != METASPACE.fingerprint


NEGATIVE_ID = json.dumps({**json.loads(byte_level_json()), "model": {"type": "BPE", "vocab": {"a": -1}, "merges": []}})
WORD_PIECE = '{"model": {"type": "WordPiece", "vocab": {}}}'


@pytest.mark.parametrize("text", ["", "{", "[]", "{}", '{"model": 3}', WORD_PIECE, "[" * 100_000, NEGATIVE_ID])
def test_a_file_that_is_no_tokenizer_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(UserError, match="tokenizer"):
        FastTokenizer(text)
