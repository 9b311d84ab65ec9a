"""The conversation tree on a real database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.data.chats import KEPT_AFTER_DELETE_S, Chats
from engine.data.schema import MIGRATIONS
from engine.data.store import Connection, DamagedStore, open_store, put_aside
from engine.errors import UserError


class Clock:
    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        self.now += 1
        return self.now


@pytest.fixture
def db(tmp_path: Path) -> Iterator[Connection]:
    connection = open_store(tmp_path / "chats.sqlite3", MIGRATIONS)
    yield connection
    connection.close()


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def chats(db: Connection, clock: Clock) -> Chats:
    return Chats(db, clock)


def texts(chats: Chats, chat: int) -> list[str]:
    return [m.text for m in chats.path(chat)]


def test_a_reply_written_again_is_a_sibling_and_both_can_be_shown(chats: Chats) -> None:
    chat = chats.create()
    question = chats.add(chat, None, "user", "hi")
    first = chats.add(chat, question, "assistant", "one")
    follow = chats.add(chat, first, "user", "more")
    second = chats.add(chat, question, "assistant", "two")
    assert texts(chats, chat) == ["hi", "two"]
    assert [(m.nth, m.siblings) for m in chats.path(chat)] == [(1, 1), (2, 2)]
    assert chats.show_sibling(second, -1) == follow
    assert texts(chats, chat) == ["hi", "one", "more"]
    assert chats.show_sibling(first, -1) == follow, "before the first version there is none"


def test_an_edited_first_question_is_a_sibling_too(chats: Chats) -> None:
    chat = chats.create()
    chats.add(chat, None, "user", "hi")
    chats.add(chat, None, "user", "hello")
    other = chats.create()
    chats.add(other, None, "user", "elsewhere")
    message = chats.path(chat)[0]
    assert (message.text, message.nth, message.siblings) == ("hello", 2, 2)


def test_pinned_chats_come_first_then_the_newest(chats: Chats) -> None:
    old, pinned, new = chats.create("old"), chats.create("pinned"), chats.create("new")
    chats.pin(pinned, True)
    assert [c.id for c in chats.list()] == [pinned, new, old]
    chats.add(old, None, "user", "again")
    assert [c.id for c in chats.list()] == [pinned, old, new]


def test_a_deleted_chat_comes_back_until_thirty_days_are_over(chats: Chats, clock: Clock) -> None:
    chat = chats.create("kept")
    chats.delete(chat)
    assert chats.list() == [] and chats.get(chat) is None
    chats.recover()
    chats.restore(chat)
    assert [c.title for c in chats.list()] == ["kept"]
    chats.delete(chat)
    clock.now += KEPT_AFTER_DELETE_S + 10
    chats.recover()
    chats.restore(chat)
    assert chats.list() == []


def test_what_was_being_written_when_the_app_died_counts_as_stopped(tmp_path: Path) -> None:
    path = tmp_path / "chats.sqlite3"
    db = open_store(path, MIGRATIONS)
    chats = Chats(db)
    chat = chats.create()
    chats.add(chat, None, "assistant", "half a sen", "writing")
    again = open_store(path, MIGRATIONS)  # the first connection is left open, as a killed process leaves it
    assert Chats(again).recover() == 1
    assert [(m.text, m.state) for m in Chats(again).path(chat)] == [("half a sen", "stopped")]
    db.close()
    again.close()


def test_search_finds_titles_and_bodies_by_the_beginnings_of_words(chats: Chats) -> None:
    rivers, poems = chats.create("Why rivers freeze"), chats.create("Poems")
    chats.add(poems, None, "user", "About the Élbe river, please")
    assert {c for c, _ in chats.search("river")} == {rivers, poems}
    assert [c for c, _ in chats.search("elbe riv")] == [poems]
    assert chats.search("nothing of this") == []
    chats.delete(poems)
    assert [c for c, _ in chats.search("river")] == [rivers]


@settings(max_examples=60, deadline=None)
@given(words=st.text(max_size=30))
def test_no_search_text_breaks_the_search(words: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    db = open_store(tmp_path_factory.mktemp("s") / "c.sqlite3", MIGRATIONS)
    chats = Chats(db)
    chats.add(chats.create(), None, "user", "some text")
    chats.search(words)
    db.close()


def test_a_draft_is_kept_until_the_question_is_sent(chats: Chats) -> None:
    chat = chats.create()
    chats.set_draft(chat, "half a thou")
    assert chats.list()[0].draft == "half a thou"
    chats.add(chat, None, "user", "half a thought")
    assert chats.list()[0].draft == ""


def test_a_file_that_is_no_database_is_left_alone_and_named(tmp_path: Path) -> None:
    path = tmp_path / "chats.sqlite3"
    path.write_bytes(b"this is not a database at all" * 100)
    before = path.read_bytes()
    with pytest.raises(DamagedStore, match="can't be opened"):
        open_store(path, MIGRATIONS)
    assert path.read_bytes() == before
    aside = put_aside(path, "today")
    assert aside.read_bytes() == before and not path.exists()
    open_store(path, MIGRATIONS).close()


def test_a_store_that_is_only_locked_is_not_called_damaged(tmp_path: Path) -> None:
    path = tmp_path / "chats.sqlite3"
    path.mkdir()  # SQLite can't open it now, which says nothing about its content
    with pytest.raises(UserError) as caught:
        open_store(path, MIGRATIONS)
    assert not isinstance(caught.value, DamagedStore)


def test_a_database_of_a_later_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "chats.sqlite3"
    db = open_store(path, MIGRATIONS)
    db.execute("PRAGMA user_version = 99")
    db.close()
    with pytest.raises(UserError, match="later version"):
        open_store(path, MIGRATIONS)


def test_a_migration_keeps_a_copy_and_all_rows(tmp_path: Path) -> None:
    path = tmp_path / "chats.sqlite3"
    db = open_store(path, MIGRATIONS)
    Chats(db).create("before")
    db.close()
    db = open_store(path, (*MIGRATIONS, "ALTER TABLE chat ADD COLUMN colour TEXT"))
    assert [c.title for c in Chats(db).list()] == ["before"]
    db.close()
    assert (tmp_path / f"chats.sqlite3.version-{len(MIGRATIONS)}").exists()


def test_a_failing_migration_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "chats.sqlite3"
    open_store(path, MIGRATIONS).close()
    with pytest.raises(UserError):
        open_store(
            path, (*MIGRATIONS, "ALTER TABLE chat ADD COLUMN colour TEXT;\nALTER TABLE nowhere ADD COLUMN x TEXT")
        )
    db = open_store(path, MIGRATIONS)
    assert "colour" not in [row[1] for row in db.execute("PRAGMA table_info(chat)")]
    db.close()
