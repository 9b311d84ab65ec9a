"""What asking, editing, branching and waiting do to the tree of a chat."""

from __future__ import annotations

from collections.abc import Callable

from engine.messages import Failed, Message
from tests.desktop.chat.conftest import Desk, piece


def test_a_question_gets_its_reply_with_the_receipt(desk: Desk) -> None:
    desk.talk.ask("What is up?")
    assert desk.engine.asked.messages == (Message("user", "What is up?"),)
    desk.engine.reply(piece(5, "The"), piece(6, " sky"), piece(2, ""))
    assert desk.texts() == ["What is up?", "The sky"]
    reply = desk.talk.messages[-1]
    turn = desk.talk.receipts.turn(reply.id)
    assert reply.state == "done" and turn is not None
    assert (turn.seed, turn.reason, turn.model, turn.prompt_tokens) == (5, "stop", "tiny", 20)
    assert desk.talk.receipts.ids(reply.id) == (5, 6, 2)
    assert desk.talk.chat is not None and desk.talk.chat.title == "What is up?"


def test_instructions_come_first_and_failed_replies_are_not_read_again(desk: Desk) -> None:
    desk.talk.set_instructions("Be brief.")
    desk.talk.ask("one")
    desk.engine.say(Failed(desk.engine.asked.job, "No", "Try again"))
    desk.engine.bridge.flush()
    assert desk.talk.messages[-1].state == "failed"
    desk.talk.ask("two")
    assert desk.engine.asked.messages == (
        Message("system", "Be brief."),
        Message("user", "one"),
        Message("user", "two"),
    )


def test_what_is_asked_meanwhile_waits_and_goes_out_afterwards(desk: Desk) -> None:
    desk.talk.ask("one")
    desk.engine.write(piece(5, "first"))
    desk.talk.ask("two")
    assert desk.talk.waiting == "two" and len(desk.texts()) == 2
    desk.engine.end()
    assert desk.talk.waiting == "" and desk.texts() == ["one", "first", "two", ""]


def test_a_waiting_question_becomes_the_draft_when_another_chat_is_opened(desk: Desk) -> None:
    desk.talk.ask("one")
    desk.talk.ask("two")
    chat = desk.talk.chat
    assert chat is not None
    desk.talk.open(None)
    assert desk.talk.waiting == ""
    reopened = desk.chats.get(chat.id)
    assert reopened is not None and reopened.draft == "two"


def test_a_second_waiting_question_joins_the_first_and_neither_displaces_the_draft(desk: Desk) -> None:
    desk.talk.ask("one")
    desk.talk.ask("two")
    desk.talk.ask("three")
    assert desk.talk.waiting == "two\n\nthree"
    chat = desk.talk.chat
    assert chat is not None
    desk.chats.set_draft(chat.id, "four")
    desk.talk.shelve()
    kept = desk.chats.get(chat.id)
    assert desk.talk.waiting == "" and kept is not None and kept.draft == "two\n\nthree\n\nfour"


def test_writing_again_keeps_the_old_version(desk: Desk) -> None:
    desk.talk.ask("one")
    desk.engine.reply(piece(5, "first"))
    desk.talk.write_again(desk.talk.messages[-1])
    desk.engine.reply(piece(6, "second"))
    last = desk.talk.messages[-1]
    assert (last.text, last.nth, last.siblings) == ("second", 2, 2)
    desk.talk.show_version(last, -1)
    assert desk.texts() == ["one", "first"]


def test_an_edited_question_starts_a_branch_of_its_own(desk: Desk) -> None:
    desk.talk.ask("one")
    desk.engine.reply(piece(5, "first"))
    desk.talk.edit_question(desk.talk.messages[0], "other")
    desk.engine.reply(piece(6, "second"))
    assert desk.texts() == ["other", "second"]
    desk.talk.show_version(desk.talk.messages[0], -1)
    assert desk.texts() == ["one", "first"]


def test_an_edited_reply_has_no_receipt_and_cannot_go_on(desk: Desk) -> None:
    desk.talk.ask("one")
    desk.engine.reply(piece(5, "first"))
    desk.talk.edit_reply(desk.talk.messages[-1], "better")
    assert desk.texts() == ["one", "better"]
    assert desk.talk.can_go_on(desk.talk.messages[-1]) == "edited"


def test_continuing_sends_the_tokens_so_far_and_appends_to_the_same_message(desk: Desk) -> None:
    desk.talk.ask("one")
    desk.engine.reply(piece(5, "first"), piece(2, ""))
    reply = desk.talk.messages[-1]
    desk.talk.go_on(reply)
    assert desk.engine.asked.reply_ids == (5,), "the end mark is taken off"
    desk.engine.reply(piece(6, " more"))
    assert desk.texts() == ["one", "first more"] and desk.talk.messages[-1].id == reply.id
    spans = desk.talk.receipts.spans(reply.id)
    assert [(s.position, s.start, s.end) for s in spans] == [(0, 0, 5), (1, 5, 10)]


def test_continuing_from_another_token_makes_a_version_with_the_same_beginning(desk: Desk) -> None:
    desk.talk.ask("one")
    desk.engine.reply(piece(5, "The"), piece(6, " sky"), piece(7, " is"))
    desk.talk.branch(desk.talk.messages[-1], 1, (99,))
    asked = desk.engine.asked
    assert (asked.reply_ids, asked.forced) == ((5,), (99,))
    desk.engine.reply(piece(99, " other"), piece(8, " end"))
    assert desk.texts() == ["one", "The other end"]
    assert desk.talk.receipts.ids(desk.talk.messages[-1].id) == (5, 99, 8)
    assert desk.talk.messages[-1].siblings == 2


def test_a_question_before_the_model_is_there_is_answered_when_it_comes(make_desk: Callable[[], Desk]) -> None:
    desk = make_desk()
    desk.engine.loads = False
    desk.loader.load("tiny")
    desk.talk.ask("early")
    assert desk.texts() == ["early"]
    desk.engine.loads = True
    desk.load()
    desk.engine.reply(piece(5, "here"))
    assert desk.texts() == ["early", "here"]


def test_without_any_model_the_question_is_kept_and_a_sentence_says_what_to_do(make_desk: Callable[[], Desk]) -> None:
    desk = make_desk()
    said: list[Failed] = []
    desk.talk.failed.connect(said.append)
    desk.talk.ask("anyone?")
    assert desk.texts() == ["anyone?"] and said[0].hint.startswith("Choose one")


def test_a_reply_goes_on_in_its_own_chat_while_another_is_open(desk: Desk) -> None:
    desk.talk.ask("one")
    desk.engine.write(piece(5, "fir"))
    first = desk.talk.chat
    assert first is not None
    desk.talk.open(None)
    desk.engine.write(piece(6, "st"))
    desk.engine.end()
    assert desk.texts() == []
    desk.talk.open(first.id)
    assert desk.texts() == ["one", "first"]


def test_deleting_the_chat_stops_its_reply_and_undo_brings_both_back(desk: Desk) -> None:
    desk.talk.ask("one")
    desk.engine.write(piece(5, "first"))
    chat = desk.talk.chat
    assert chat is not None
    desk.talk.delete(chat.id)
    desk.engine.bridge.flush()
    assert desk.talk.chat is None and desk.talk.writer.message is None
    desk.talk.restore(chat.id)
    assert desk.texts() == ["one", "first"] and desk.talk.messages[-1].state == "stopped"
