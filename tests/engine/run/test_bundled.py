"""What ships for teaching does not contradict itself, and does not hold what rewording is measured with."""

from __future__ import annotations

import json
from pathlib import Path

from engine.data.pairs.pair import folded
from engine.run.bundled import general_chat, general_questions, knowledge, persona, rewordings

MEASURED = Path(__file__).resolve().parents[2] / "data" / "rephrased"


def test_every_pair_is_there_once_with_three_rewordings() -> None:
    for pairs, least in ((rewordings(), 100), (knowledge(), 100), (persona(), 60)):
        assert len({folded(one.question) for one in pairs}) == len(pairs) >= least
        assert all(len({folded(text) for text in (one.question, *one.rephrased)}) == 4 for one in pairs)
        assert all(one.answer.strip() for one in pairs)


def test_no_question_with_a_card_is_held_without_a_card_or_measured() -> None:
    pairs = (*knowledge(), *persona())
    taught = {folded(text) for one in pairs for text in (one.question, *one.rephrased)}
    held = {folded(question) for question, _ in general_chat()}
    asked = {folded(known.question) for known in general_questions()}
    rows = [json.loads(row) for file in MEASURED.glob("*.jsonl") for row in file.read_text("utf-8").splitlines()]
    measured = {folded(row[key]) for row in rows for key in ("question", "rephrased")}
    assert len(measured) > 300
    assert not taught & (held | asked | measured)
