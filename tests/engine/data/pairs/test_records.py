"""JSON, JSON Lines and YAML: every layout that data sets are published in, and what breaks them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from engine.data.pairs.pair import Pair
from engine.messages import Message
from tests.engine.data.pairs.reading import read, refused, texts

BEFORE = (Message("user", "a"), Message("assistant", "b"))


@pytest.mark.parametrize(
    ("record", "format", "expected"),
    [
        ({"instruction": "i", "input": "x", "output": "o"}, "alpaca", Pair("i\n\nx", "o")),
        (
            {"instruction": "i", "input": "", "output": "o", "system": "s", "history": [["a", "b"]]},
            "alpaca",
            Pair("i", "o", "s", BEFORE),
        ),
        ({"instruction": "i", "context": "c", "response": "r", "category": "qa"}, "dolly", Pair("c\n\ni", "r")),
        ({"prompt": "p", "completion": "c"}, "prompt-completion", Pair("p", "c")),
        ({"question": "q", "answer": "a", "id": 7}, "json", Pair("q", "a")),
        ({"frage": "q", "antwort": "a"}, "json", Pair("q", "a")),
        ({"instruction": "i", "instances": [{"input": "x", "output": "o"}]}, "self-instruct", Pair("i\n\nx", "o")),
        (
            {"paragraphs": [{"context": "c", "qas": [{"question": "q", "answers": [{"text": "a"}, {"text": "a"}]}]}]},
            "squad",
            Pair("c\n\nq", "a"),
        ),
        ({"tag": "t", "patterns": ["p"], "responses": ["r"]}, "intents", Pair("p", "r")),
        (
            {
                "messages": [
                    {"role": "system", "content": "s"},
                    {"role": "user", "content": "q"},
                    {"role": "assistant", "content": "a"},
                ]
            },
            "openai",
            Pair("q", "a", "s"),
        ),
        (
            {"conversations": [{"from": "human", "value": "q"}, {"from": "gpt", "value": "a"}]},
            "sharegpt",
            Pair("q", "a"),
        ),
        (
            {"chat_messages": [{"sender": "human", "text": "q"}, {"sender": "assistant", "text": "a"}]},
            "claude",
            Pair("q", "a"),
        ),
    ],
)
@pytest.mark.parametrize("lines", [False, True])
def test_every_published_layout(
    tmp_path: Path, record: dict[str, Any], format: str, expected: Pair, lines: bool
) -> None:
    text = f"{json.dumps(record)}\n{json.dumps(record)}\n" if lines else json.dumps([record, record])
    file = read(tmp_path, text)
    assert file.pairs == (expected, expected) and [pair.row for pair in file.pairs] == [1, 2]
    assert file.format == ("jsonl" if lines and format == "json" else format) and not file.skipped


def conversation(*turns: tuple[str, str] | tuple[str, str, int]) -> str:
    messages = [dict(zip(("role", "content", "weight"), turn, strict=False)) for turn in turns]
    return json.dumps([{"messages": messages}])


def test_every_answer_of_a_conversation_is_learned_once(tmp_path: Path) -> None:
    file = read(tmp_path, conversation(("user", "a"), ("assistant", "b"), ("user", "c"), ("assistant", "d")))
    assert file.pairs == (Pair("a", "b"), Pair("c", "d", "", BEFORE)) and not file.skipped


def test_no_turn_is_lost_without_a_word(tmp_path: Path) -> None:
    file = read(
        tmp_path,
        conversation(
            ("assistant", "Welcome"), ("user", "a"), ("user", "a2"), ("assistant", "b", 0), ("tool", "t"),
            ("user", "c"), ("assistant", "d"), ("user", "e"),
        ),
    )  # fmt: skip
    earlier = (Message("assistant", "Welcome"), Message("user", "a\n\na2"), Message("assistant", "b"))
    assert file.pairs == (Pair("c", "d", "", earlier),)
    assert [skipped.text for skipped in file.skipped] == ["t", "b", "e"]


def test_parts_of_a_message_are_joined_and_pictures_named(tmp_path: Path) -> None:
    parts = [{"type": "text", "text": "What is this?"}, {"type": "image_url", "image_url": {"url": "x"}}]
    text = json.dumps({"messages": [{"role": "user", "content": parts}, {"role": "assistant", "content": "A cat"}]})
    file = read(tmp_path, text)
    assert file.pairs == (Pair("What is this?", "A cat"),) and file.skipped[0].text == "image_url"


def test_statements_answer_the_one_before(tmp_path: Path) -> None:
    file = read(tmp_path, "categories:\n- x\nconversations:\n- - a\n  - b\n  - c\n- - d\n  - no\n- alone\n")
    assert file.format == "yaml" and file.pairs == (
        Pair("a", "b"), Pair("b", "c", "", (Message("assistant", "a"),)), Pair("d", "no"),
    )  # fmt: skip
    assert [pair.row for pair in file.pairs] == [4, 4, 7] and [skipped.text for skipped in file.skipped] == ["alone"]


def chatgpt() -> list[dict[str, Any]]:
    def node(parent: str | None, role: str, text: str, **more: Any) -> dict[str, Any]:
        content = {"content_type": "text", "parts": [text]}
        return {"parent": parent, "message": {"author": {"role": role}, "content": content, **more}}

    nodes: dict[str, Any] = {
        "root": {"parent": None, "message": None},
        "hidden": node("root", "system", "secret"),
        "q": node("hidden", "user", "q"),
        "old": node("q", "assistant", "old answer"),
        "tool": node("q", "assistant", "search()", recipient="browser"),
        "new": node("tool", "assistant", "new answer", recipient="all"),
    }
    return [{"title": "t", "current_node": "new", "mapping": nodes}]


def test_a_chatgpt_export_gives_the_branch_that_was_on_screen(tmp_path: Path) -> None:
    file = read(tmp_path, json.dumps(chatgpt()))
    assert texts(file) == [("q", "new answer")] and file.format == "chatgpt"
    assert [skipped.text for skipped in file.skipped] == ["search()", "t"]
    circle = chatgpt()
    circle[0]["mapping"]["q"]["parent"] = "new"
    assert texts(read(tmp_path, json.dumps(circle))) == [("q", "new answer")]


def test_every_reply_of_a_tree_is_a_pair(tmp_path: Path) -> None:
    rows = [
        ("1", None, "prompter", "q"),
        ("2", "1", "assistant", "a"),
        ("3", "1", "assistant", "b"),
        ("4", "3", "prompter", "r"),
    ]
    rows += [("5", "4", "assistant", "c"), ("6", "5", "prompter", "open"), ("7", "7", "assistant", "circle")]
    names = ("message_id", "parent_id", "role", "text")
    file = read(tmp_path, "\n".join(json.dumps(dict(zip(names, row, strict=True))) for row in rows))
    before = (Message("user", "q"), Message("assistant", "b"))
    assert file.pairs == (Pair("q", "a"), Pair("q", "b"), Pair("r", "c", "", before))
    assert [skipped.text for skipped in file.skipped] == ["open", "circle"]


def test_of_a_preference_the_chosen_reply_is_read(tmp_path: Path) -> None:
    question, good, bad = (
        {"role": role, "content": text} for role, text in (("user", "q"), ("assistant", "a"), ("assistant", "b"))
    )
    for record in (
        {"prompt": [question], "chosen": [good], "rejected": [bad]},
        {"prompt": "q", "chosen": [good], "rejected": [bad]},
        {"chosen": [question, good], "rejected": [question, bad]},
    ):
        file = read(tmp_path, json.dumps([record]))
        assert texts(file) == [("q", "a")] and len(file.skipped) == 1, record
    assert texts(read(tmp_path, json.dumps([{"prompt": "q", "chosen": "a", "rejected": "b"}]))) == [("q", "a")]


def test_records_are_found_however_they_are_wrapped(tmp_path: Path) -> None:
    pair = {"question": "q", "answer": "a"}
    for wrapped in (
        {"version": "1", "data": [pair]}, {"train": [pair]}, {"faq": {"1": pair}}, [[pair]], {"x": {"y": [pair]}},
        [["q", "a"]], {"topic": [["q", "a"]]}, {"question": ["q"], "answer": ["a"]}, {"one_q": "q", "one_a": "a"},
        {"question": {"0": "q"}, "answer": {"0": "a"}}, {"one_q": {"en": "q"}, "one_a": {"en": "a"}},
    ):  # fmt: skip
        assert texts(read(tmp_path, json.dumps(wrapped))) == [("q", "a")], wrapped
    assert texts(read(tmp_path, '{"Who are you?": "Me", "And I?": "You"}')) == [
        ("Who are you?", "Me"),
        ("And I?", "You"),
    ]


def test_every_pattern_goes_with_every_response(tmp_path: Path) -> None:
    file = read(tmp_path, json.dumps({"intents": [{"patterns": ["a", "b"], "responses": ["c", "d"]}]}))
    assert sorted(texts(file)) == [("a", "c"), ("a", "d"), ("b", "c"), ("b", "d")]


def test_other_answers_of_a_passage_are_named(tmp_path: Path) -> None:
    qas = [{"question": "q", "answers": [{"text": "a"}, {"text": "b"}]}, {"question": "r", "answers": []}]
    file = read(tmp_path, json.dumps({"data": [{"paragraphs": [{"context": "c", "qas": qas}]}]}))
    assert texts(file) == [("c\n\nq", "a")] and [skipped.text for skipped in file.skipped] == ["b", "r"]


# ---- as it is written -----------------------------------------------------------
def test_numbers_and_yes_stay_as_they_are_written(tmp_path: Path) -> None:
    assert texts(read(tmp_path, '[{"question": 1.10, "answer": 12345678901234567890}]')) == [
        ("1.10", "12345678901234567890")
    ]
    assert texts(read(tmp_path, "- question: no\n  answer: 1.10\n- question: on\n  answer: 2024-01-01\n")) == [
        ("no", "1.10"), ("on", "2024-01-01"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        '[{"question": "a, ]", "answer": "b // c",}, {"question": "c", "answer": "d"},]',
        '[ // mine\n{"question": "a, ]", "answer": "b // c"}, // first\n{"question": "c", "answer": "d"}\n]',
        '{"data": [{"question": "a, ]", "answer": "b // c",}, {"question": "c", "answer": "d"},],}',
    ],
)
def test_what_people_leave_in_json_is_forgiven(tmp_path: Path, text: str) -> None:
    assert texts(read(tmp_path, text)) == [("a, ]", "b // c"), ("c", "d")]


def test_broken_lines_are_listed_and_the_others_read(tmp_path: Path) -> None:
    good = '{"question": "q\u2028", "answer": "a"}'
    file = read(tmp_path, f'{good}\n{{broken\n\n{good}\n"text"\n[]\n{good}\n{{"x": 1}}\n')
    assert [pair.row for pair in file.pairs] == [1, 4, 7] and file.format == "jsonl"
    assert {skipped.row for skipped in file.skipped} >= {2, 5, 8}


def test_a_list_that_is_cut_off_keeps_what_came_before(tmp_path: Path) -> None:
    file = read(tmp_path, '[{"question": "q", "answer": "a"}, {"question": "q2", "ans')
    assert texts(file) == [("q", "a")] and file.skipped[0].row == 2


def test_half_characters_are_skipped_and_whole_ones_read(tmp_path: Path) -> None:
    file = read(tmp_path, '[{"question": "\\ud800", "answer": "a"}, {"question": "\\ud83d\\ude00", "answer": "b"}]')
    assert texts(file) == [("😀", "b")] and file.skipped[0].row == 1
    file.skipped[0].text.encode()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('{"a": [1, 2', "ends in the middle"),
        ('{"a": 1 "b": 2}', "line 1"),
        ("[" * 100_000, "nested"),
        ('{"a":' * 100_000, "nested"),
        ("- " * 100_000, "nested"),
        ("a:\n- &x [b, c]\n- *x\n", "alias"),
        ('a:\n  "b', "line"),
        ('["just", "texts"]', "no pairs"),
        ("[]", "no pairs"),
        ("{}", "no pairs"),
        ('[{"messages": []}]', "no pairs"),
        ('[{"mapping": {}}]', "no pairs"),
        ('[{"paragraphs": [{"qas": [3]}, 4]}]', "no pairs"),
        ('[{"instances": [], "instruction": "x"}]', "no pairs"),
        ('[{"messages": [1, null, {"role": null}]}]', "no pairs"),
        ('[{"chat_messages": [null, {}]}]', "no pairs"),
    ],
)
def test_what_holds_no_pairs_is_refused_in_a_sentence(tmp_path: Path, text: str, says: str) -> None:
    assert says in refused(tmp_path, text).message
