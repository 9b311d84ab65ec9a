"""What the checks find, what they leave alone, and what is repaired."""

from __future__ import annotations

import random
import time
from collections.abc import Sequence

import pytest

from engine.data.pairs.alike import links
from engine.data.pairs.checks import Problem, check, fix_all
from engine.data.pairs.html_text import has_html, plain_text
from engine.data.pairs.pair import Pair, folded
from engine.messages import Message
from tests.engine.data.pairs.reading import finished

LONG = "It is a long answer that goes on for a while and says a good many things, as it should, "


def found(pairs: Sequence[Pair], **more: object) -> list[Problem]:
    problems = finished(check(pairs, **more))  # type: ignore[arg-type]
    for problem in problems:
        assert str(problem.row) in problem.message and problem.message.endswith(".") and problem.remedy.endswith(".")
        assert problem.row == (pairs[problem.index].row or problem.index + 1)
    return problems


def kinds(*pairs: Pair) -> list[tuple[int, str, tuple[int, ...], str]]:
    return [(problem.index, problem.kind, problem.others, problem.fix) for problem in found(pairs)]


def test_pairs_that_are_as_they_should_be_have_no_problem() -> None:
    assert kinds(Pair("Who?", "Me"), Pair("What is 3 + 4?", "7"), Pair("What is 3 + 5?", "8")) == []


def test_empty_sides() -> None:
    assert kinds(Pair("", "a"), Pair("q", " \n")) == [(0, "empty", (), "remove"), (1, "empty", (), "remove")]


def test_repetitions() -> None:
    pairs = [
        Pair("Who?", "Me", row=7),
        Pair("Why?", "So", row=8),
        Pair("Who?", "Me", row=9),
        Pair("who", "me.", row=10),
    ]
    assert kinds(*pairs) == [(2, "duplicate", (0,), "remove"), (3, "duplicate", (0,), "")]
    assert found(pairs)[0].message == "Row 9 repeats row 7."
    assert kinds(Pair("Who?", "Me"), Pair("Who?", "Me", system="Sing")) == []
    assert (
        kinds(Pair("Who?", "Me"), Pair("Who?", "Me", earlier=(Message("user", "a"), Message("assistant", "b")))) == []
    )


def test_contradictions() -> None:
    pairs = [
        Pair("Who is it?", "Me", row=2),
        Pair("Why?", "So", row=3),
        Pair("Who is it please", "You", row=4),
        Pair("Who is it", "He", row=5),
    ]
    assert kinds(*pairs) == [(0, "contradiction", (2, 3), "")]
    assert found(pairs)[0].message == "Rows 2, 4 and 5 answer almost the same question differently."
    assert kinds(Pair("Who?", "Me"), Pair("Who?", "You", earlier=(Message("assistant", "Not me"),))) == []


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("What is the capital of France?", "what is capital of france"),
        ("What's the capital of France?", "What is the capital of France"),
        ("How do I reset my password?", "How do I reset my pasword?"),
        ("How do I reset my passwords?", "How do I reset my password?"),
        ("How do I reset my password?", "How do I reset my passwrod?"),
        ("Wie setze ich das Passwort zurück?", "Wie setze ich Passwort zurück"),
        ("Please, where is it kept", "Where is it kept?"),
    ],
)
def test_almost_equal_questions_are_found(one: str, other: str) -> None:
    assert finished(links([folded(one), folded(other)])) == [(0, 1)]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("How do I turn it on?", "How do I turn it off?"),
        ("What is my name?", "What is your name?"),
        ("What is the capital of Austria?", "What is the capital of Australia?"),
        ("Convert 45 kilometres", "Convert 54 kilometres"),
        ("Is it open?", "Is it not open?"),
        ("Was it open?", "Is it open?"),
        ("What do cats eat?", "What do bats eat?"),
        ("日本の首都はどこ？", "中国の首都はどこ？"),
        ("What is vitamin C?", "What is vitamin D?"),
        ("Dog bites man", "Man bites dog"),
    ],
)
def test_other_questions_stay_others(one: str, other: str) -> None:
    assert finished(links([folded(one), folded(other)])) == []


def test_too_long_for_the_model() -> None:
    pairs = [Pair("q", "a b c"), Pair("q2", "a")]
    problems = found(pairs, tokens=lambda pair: len(pair.answer.split()) * 1000, context=2048)
    assert [(problem.index, problem.kind) for problem in problems] == [(0, "too_long")]
    assert "3,000" in problems[0].message and "2,048" in problems[0].message


def test_questions_that_are_held_out_too() -> None:
    pairs, held_out = (
        [Pair("Who?", "Me", row=2), Pair("Why?", "So", row=3)],
        [Pair("How?", "Thus"), Pair("who", "I", row=9)],
    )
    (problem,) = found(pairs, held_out=held_out)
    assert (problem.index, problem.kind, problem.others) == (0, "leak", (1,)) and "9" in problem.message


def test_answers_that_break_off() -> None:
    whole = [Pair(f"q{i}", LONG + "and then it ends.") for i in range(9)]
    assert [problem.index for problem in found([*whole, Pair("q", LONG + "and then it")])] == [9]
    assert found([*whole, Pair("q", "Red"), Pair("list", f"{LONG}:\n- red\n- blue"), Pair("o", LONG + "(see 7)")]) == []
    assert found([Pair(f"q{i}", LONG + f"and then it{' so' * i}") for i in range(9)]) == []  # so are all of them
    assert [problem.kind for problem in found([*whole, Pair("code", "```python\nx = 1\n")])] == ["empty", "no_end"]


def test_what_is_safe_is_repaired_and_the_rest_left_alone() -> None:
    pairs = [
        Pair("Who?", "Me", row=1), Pair("Who?", "Me", row=2), Pair("", "a", row=3), Pair("Why?", "<p>So</p>", row=4),
        Pair(" How? ", "Thus\n", row=5), Pair("Mail?", "me@here.org", row=6), Pair("who", "You", row=7),
    ]  # fmt: skip
    fixed = fix_all(pairs, found(pairs))
    assert fixed == [pairs[0], Pair("Why?", "So"), Pair("How?", "Thus"), pairs[5], pairs[6]]
    assert [pair.row for pair in fixed] == [1, 4, 5, 6, 7]
    assert [problem.kind for problem in found(fixed)] == ["contradiction", "private"]


# ---- HTML -----------------------------------------------------------------------
@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("<p>One</p><p>Two</p>", "One\n\nTwo"),
        ("a<br>b<BR/>c", "a\nb\nc"),
        ("<ul><li>x</li><li>y</li></ul>", "- x\n- y"),
        ("<a href='https://x.org/a?b=1&amp;c'>here</a>", "here (https://x.org/a?b=1&c)"),
        ('<a href="mailto:a@b.org">a@b.org</a>', "a@b.org"),
        ("fish &amp; chips&nbsp;&lt;3", "fish & chips <3"),
        ("<!-- no --><b>yes</b><script>no()</script>", "yes"),
        ("keep `<b>code</b>`, not <i>this</i>", "keep `<b>code</b>`, not this"),
        ("one\ntwo <b>three</b>\nfour", "one\ntwo three\nfour"),
        ("one\n  two<br>three", "one two\nthree"),
    ],
)
def test_html_becomes_what_a_person_would_read(text: str, plain: str) -> None:
    assert has_html(text) and plain_text(text) == plain and not has_html(plain)


@pytest.mark.parametrize(
    "text",
    [
        "a < b and b > c", "if a<b and c>d:", "I <3 you", "`<br>` breaks a line", "```html\n<p>x</p>\n```", "AT&T",
        "<name>", "x & y;", "List<String>",
    ],
)  # fmt: skip
def test_what_only_looks_like_html(text: str) -> None:
    assert not has_html(text)


# ---- how long it takes ----------------------------------------------------------
@pytest.mark.parametrize("alike", [False, True], ids=["all kinds of questions", "one question with many names"])
def test_a_hundred_thousand_rows(alike: bool) -> None:
    chance = random.Random(1)
    letters = "abcdefghijklmnopqrstuvwxyz"
    words = ["".join(chance.choices(letters, k=chance.randint(3, 9))) for _ in range(20_000)]
    pairs = [
        Pair(
            f"What is the capital of {chance.choice(words)}{i}?" if alike else " ".join(chance.choices(words, k=8)),
            " ".join(chance.choices(words, k=30)) + ".",
            row=i,
        )
        for i in range(1, 100_001)
    ]
    pairs[70_000] = pairs[3]
    began, longest = time.perf_counter(), 0.0
    work, last = check(pairs), time.perf_counter()
    while True:
        try:
            next(work)
        except StopIteration as end:
            problems = end.value
            break
        longest, last = max(longest, time.perf_counter() - last), time.perf_counter()
    took = time.perf_counter() - began
    print(f"\n100,000 rows in {took:.1f} s, the longest step {1000 * longest:.0f} ms")
    assert (70_000, "duplicate") in [(problem.index, problem.kind) for problem in problems]
    assert took < 60
