"""Receipts are stored with the text, token by token."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pytest

from engine.data.chats import Chats
from engine.data.receipts import Receipts, Turn
from engine.data.schema import MIGRATIONS
from engine.data.store import Connection, open_store
from engine.messages import Alternative, CardUsed, Piece

TURN = Turn("tiny", "abc", "cpu", "float32", "{}")


def piece(token: int, text: str, logprob: float = -0.5) -> Piece:
    return Piece(token, text, logprob, 1.25, (Alternative(token, text, logprob), Alternative(99, " else", -3.0)))


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Connection]:
    connection = open_store(tmp_path / "chats.sqlite3", MIGRATIONS)
    yield connection
    connection.close()


@pytest.fixture
def reply(db: Connection) -> int:
    chats = Chats(db)
    chat = chats.create()
    return chats.add(chat, chats.add(chat, None, "user", "hi"), "assistant", "", "writing")


def test_text_and_tokens_arrive_together_and_offsets_fit(db: Connection, reply: int) -> None:
    receipts = Receipts(db)
    receipts.begin(reply, TURN)
    receipts.started(reply, 7, 12, 0)
    pieces = [piece(5, "Héllo"), piece(6, ""), piece(7, " 🙂"), piece(8, " there")]
    offset = receipts.append(reply, "abc", pieces[:2], 0, 0)
    receipts.append(reply, "abc", pieces[2:], 2, offset)
    receipts.end(reply, "done", "stop", 1.5)
    text = Chats(db).path(1)[-1].text
    assert text == "Héllo 🙂 there"
    assert [text[s.start : s.end] for s in receipts.spans(reply)] == ["Héllo", "", " 🙂", " there"]
    assert receipts.ids(reply) == (5, 6, 7, 8)
    turn = receipts.turn(reply)
    assert turn is not None and (turn.seed, turn.prompt_tokens, turn.reason, turn.seconds) == (7, 12, "stop", 1.5)


def test_the_pairs_it_leans_on_are_part_of_the_receipt(db: Connection, reply: int) -> None:
    receipts, card = Receipts(db), CardUsed(12, "How do I “renew”?", "Online.", 0.93)
    receipts.begin(reply, TURN)
    assert receipts.cards(reply) == ()
    receipts.started(reply, 7, 12, 0, (card,))
    turn = Receipts(db).turn(reply)
    assert turn is not None and turn.cards == receipts.cards(reply) == (card,)
    assert receipts.cards(reply + 1) == ()


def test_receipts_from_before_there_were_pairs_lean_on_none(tmp_path: Path) -> None:
    path = tmp_path / "old.sqlite3"
    old = open_store(path, MIGRATIONS[:2])
    chats = Chats(old)
    chat = chats.create()
    reply = chats.add(chat, chats.add(chat, None, "user", "hi"), "assistant", "", "writing")
    Receipts(old).begin(reply, TURN)
    old.close()
    again = open_store(path, MIGRATIONS)
    assert Receipts(again).turn(reply) == TURN
    again.close()


def test_a_token_comes_back_with_its_alternatives(db: Connection, reply: int) -> None:
    receipts = Receipts(db)
    receipts.begin(reply, TURN)
    receipts.append(reply, "abc", [piece(5, "a", -0.25), piece(6, "b", -1.5)], 0, 0)
    token = Receipts(db).token(reply, 1)  # another object knows nothing beforehand
    assert token is not None
    assert (token.id, token.start, token.end, token.entropy) == (6, 1, 2, 1.25)
    assert token.probability == pytest.approx(math.exp(-1.5))
    assert [(a.id, a.text) for a in token.alternatives] == [(6, "b"), (99, " else")]
    assert token.alternatives[1].logprob == pytest.approx(-3.0)


def test_alternatives_can_be_left_out(db: Connection, reply: int) -> None:
    receipts = Receipts(db)
    receipts.begin(reply, TURN)
    receipts.append(reply, "abc", [piece(5, "a")], 0, 0, alternatives=False)
    token = receipts.token(reply, 0)
    assert token is not None and token.alternatives == ()
    assert db.execute("SELECT count(*) FROM piece").fetchone()[0] == 0


def test_a_branch_takes_the_tokens_before_it(db: Connection, reply: int) -> None:
    receipts, chats = Receipts(db), Chats(db)
    receipts.begin(reply, TURN)
    receipts.append(reply, "abc", [piece(5, "one"), piece(6, " two"), piece(7, " three")], 0, 0)
    receipts.end(reply, "done", "stop", 1)
    branch = chats.add(1, 1, "assistant", "", "writing")
    receipts.begin(branch, TURN)
    assert receipts.copy(reply, branch, 2) == len("one two")
    assert chats.path(1)[-1].text == "one two"
    assert receipts.ids(branch) == (5, 6)
    empty = chats.add(1, 1, "assistant", "", "writing")
    receipts.begin(empty, TURN)
    assert receipts.copy(reply, empty, 0) == 0


def test_a_reply_that_goes_on_loses_its_end_mark_and_stays_searchable(db: Connection, reply: int) -> None:
    receipts, chats = Receipts(db), Chats(db)
    receipts.begin(reply, TURN)
    receipts.append(reply, "abc", [piece(5, "one"), piece(2, "")], 0, 0)
    receipts.end(reply, "done", "stop", 1)
    receipts.reopen(reply)
    assert receipts.ids(reply) == (5,)
    receipts.append(reply, "abc", [piece(6, " more")], 1, 3)
    receipts.end(reply, "done", "length", 1)
    assert [c for c, _ in chats.search("more")] == [1]
    assert [c for c, _ in chats.search("one")] == [1]


def test_deleting_a_chat_for_good_takes_its_receipts_along(db: Connection, reply: int) -> None:
    receipts = Receipts(db)
    receipts.begin(reply, TURN)
    receipts.append(reply, "abc", [piece(5, "one")], 0, 0)
    db.execute("DELETE FROM chat")
    assert db.execute("SELECT count(*) FROM token").fetchone()[0] == 0
    assert db.execute("SELECT count(*) FROM turn").fetchone()[0] == 0
