"""Probes and answers equal reading each sentence alone; intervals are those of a bootstrap."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from engine.errors import UserError
from engine.messages import Candidate, CompareAnswers, Probe, ProbeResult
from engine.paths import Paths
from engine.run import continuing
from engine.run.continuing import joined
from engine.run.loaded import Loaded
from engine.run.probing import intervals, summary
from engine.run.session import Session
from tests.engine.run.staged import answer, events_of, load, staged

TEMPLATES = ("The ___ said that", "I met the ___ yesterday, and ", "(A ____ is “")
FILLERS = ("nurse", "cat of Lily", "引擎 👋", "model")
CHOICES = ("he", " she said")


@pytest.fixture
def session(paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Session]:
    yield from staged(paths, tmp_path, monkeypatch)


def slow(loaded: Loaded, text: str, word: str) -> float:
    """Token by token over the whole sentence, less the sentence without the word."""
    ids = [*loaded.start, *loaded.tokenizer.encode(joined(text, word))]
    before = len([*loaded.start, *loaded.tokenizer.encode(text.rstrip())])
    with torch.inference_mode():
        logprobs = loaded.model(torch.tensor([ids]))[0].log_softmax(-1)
    return sum(float(logprobs[n - 1, ids[n]]) for n in range(before, len(ids)))


@pytest.mark.parametrize("name", ["mine", "qwen", "bytes"])
def test_log_odds_are_those_of_each_sentence_read_alone(session: Session, name: str) -> None:
    load(session, name)
    loaded = session.require()
    found = answer(session, Probe(2, TEMPLATES, FILLERS, CHOICES), ProbeResult)
    assert [row.filler for row in found.rows] == list(FILLERS) and found.templates == 3
    texts = [template.replace("____", "___") for template in TEMPLATES]
    for row in found.rows:
        each = [
            slow(loaded, text.replace("___", row.filler), "he")
            - slow(loaded, text.replace("___", row.filler), "she said")
            for text in texts
        ]
        assert row.each == pytest.approx(each, abs=2e-3)
        assert row.log_odds == pytest.approx(sum(each) / 3, abs=2e-3) and row.low <= row.log_odds <= row.high
    assert found.baseline == pytest.approx(sum(row.log_odds for row in found.rows) / len(FILLERS))
    assert found == answer(session, Probe(2, TEMPLATES, FILLERS, CHOICES), ProbeResult)


def test_choices_the_other_way_round_turn_the_sign(session: Session) -> None:
    there = answer(session, Probe(2, TEMPLATES, FILLERS, CHOICES), ProbeResult)
    back = answer(session, Probe(2, TEMPLATES, FILLERS, (CHOICES[1], CHOICES[0])), ProbeResult)
    assert [row.log_odds for row in back.rows] == pytest.approx([-row.log_odds for row in there.rows], abs=1e-4)
    assert back.shifted == there.shifted


def test_one_template_says_nothing_about_others(session: Session) -> None:
    found = answer(session, Probe(2, TEMPLATES[:1], FILLERS, CHOICES), ProbeResult)
    assert found.templates == 1 and found.shifted == 0
    assert all(row.low == row.log_odds == row.high for row in found.rows)


def test_intervals_are_percentiles_of_resampled_means() -> None:
    few = torch.tensor([[1.0, 5.0]], dtype=torch.float64)  # means 1, 3 and 5, of which 1 and 5 in a quarter each
    assert [float(end) for end in intervals(few)] == [1.0, 5.0]
    many = torch.randn(3, 400, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    low, high = intervals(many)
    error = many.std(1) / math.sqrt(400)
    torch.testing.assert_close(high - low, 2 * 1.96 * error, atol=0.02, rtol=0)
    torch.testing.assert_close((high + low) / 2, many.mean(1), atol=0.02, rtol=0)
    assert torch.equal(low, intervals(many)[0])


def test_rows_are_shifted_whose_interval_leaves_out_the_mean_of_all() -> None:
    odds = torch.tensor([[1.0, 1.1, 0.9, 1.0], [-1.0, -1.1, -0.9, -1.0], [-2.0, 2.0, -1.0, 1.0]], dtype=torch.float64)
    found = summary(("a", "b"), ["x", "y", "z"], odds)
    assert found.baseline == pytest.approx(0.0) and found.shifted == 2


@pytest.mark.parametrize(
    ("templates", "fillers", "choices", "message"),
    [
        ((), FILLERS, CHOICES, "no sentence"),
        (("The nurse said",), FILLERS, CHOICES, "“The nurse said” has no place"),
        (("The ___ and the ___ said",), FILLERS, CHOICES, "has 2 places"),
        (TEMPLATES, (), CHOICES, "no word to put in"),
        (TEMPLATES, ("nurse", " "), CHOICES, "no word to put in"),
        (TEMPLATES, FILLERS, ("he", " he "), "are “he”"),
        (TEMPLATES, FILLERS, ("he", ""), "empty"),
        (("word " * 300 + "___",), FILLERS, CHOICES, "tokens long"),
    ],
)
def test_bad_probes_are_refused_in_a_sentence(
    session: Session, templates: tuple[str, ...], fillers: tuple[str, ...], choices: tuple[str, str], message: str
) -> None:
    with pytest.raises(UserError, match=message):
        events_of(session, Probe(2, templates, fillers, choices))


@pytest.mark.parametrize("name", ["mine", "bytes"])
def test_answers_have_their_log_probability_and_a_share(session: Session, name: str) -> None:
    load(session, name)
    text, answers = "The review is: ", ("positive", "negative", "very good, and long too")
    found = answer(session, CompareAnswers(2, text, answers), tuple)
    slowly = [slow(session.require(), text, word) for word in answers]
    assert [one.logprob for one in found] == pytest.approx(slowly, abs=2e-3)
    assert [one.text for one in found] == list(answers) and all(isinstance(one, Candidate) for one in found)
    odds = [math.exp(number) for number in slowly]
    assert [one.share for one in found] == pytest.approx([one / sum(odds) for one in odds], rel=5e-3)
    assert sum(one.share for one in found) == pytest.approx(1.0, abs=1e-9)


def test_answers_that_cannot_be_compared_are_refused(session: Session) -> None:
    for text, answers, message in (
        (" ", ("a", "b"), "nothing before"),
        ("It is", ("a",), "Fewer than two"),
        ("It is", ("a", "b", " a"), "Fewer than two"),
        ("It is", ("a", " "), "nothing to read"),
    ):
        with pytest.raises(UserError, match=message):
            events_of(session, CompareAnswers(2, text, answers))


def test_a_word_gets_a_space_where_one_belongs() -> None:
    for text, word, whole in (
        ("The nurse said that", "he", "The nurse said that he"),
        ("The nurse said that  ", " he ", "The nurse said that he"),
        ("Answer:\n", "yes", "Answer:\nyes"),
        ("He said (", "yes", "He said (yes"),
        ('He said "', "yes", 'He said "yes'),
        ('He said "no"', "twice", 'He said "no" twice'),
        ("Stop", ", or go", "Stop, or go"),
        ("答えは", "はい", "答えははい"),
        ("It means", "日本", "It means 日本"),
    ):
        assert joined(text, word) == whole


def test_targets_begin_earlier_where_a_token_spans_the_end_of_the_text(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(continuing, "joined", lambda text, word: text + word)
    load(session, "bytes")
    loaded = session.require()
    hello, hella = continuing.after(loaded, "x hell", ("o", "a"))
    assert hello.targets == tuple(loaded.tokenizer.encode("hello"))
    assert hella.targets == tuple(loaded.tokenizer.encode("hella")) and len(hella.targets) == 2
    with pytest.raises(UserError, match="“hell” is too short"):
        continuing.after(loaded, "hell", ("o", "a"))
