"""Real files of questions and answers, and real broken ones: how many pairs each gives, or the sentence it ends in."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from engine.data.pairs.checks import check, fix_all
from engine.data.pairs.decoding import decode
from engine.data.pairs.reading import PairFile, read_pairs
from engine.errors import UserError
from engine.messages import Message
from tests.engine.data.pairs.reading import finished

Shared = Callable[[str], Path]


def read(path: Path) -> PairFile:
    return finished(read_pairs(path))


@pytest.mark.parametrize(
    ("name", "format", "pairs", "skipped"),
    [
        ("alpaca_en_demo_llamafactory.json", "alpaca", 999, 0),
        ("alpaca_format_rasbt_instruction-data.json", "alpaca", 1100, 0),
        ("alpaca_litgpt_fixture.json", "alpaca", 23, 0),
        ("alpaca_tiny_torchtune.json", "alpaca", 100, 0),
        ("career_advisor_faq.xlsx", "xlsx", 1211, 0),
        ("chat_tiny_torchtune.json", "sharegpt", 2, 0),
        ("chatterbot_humor.corpus.json", "json", 52, 0),
        ("dolly_litgpt_fixture.json", "dolly", 12, 0),
        ("gc_infobase_faq_bilingual.csv", "csv", 26, 0),
        ("gc_infobase_results_questions.yaml", "yaml", 10, 0),
        ("gsm8k_test.jsonl", "jsonl", 1319, 0),
        ("identity_llamafactory.json", "alpaca", 91, 0),
        ("intents_pytorch_chatbot.json", "intents", 71, 0),
        ("meteo_school_faq_ja.csv", "csv", 11, 0),
        ("ms_chitchat_professional.en-us.qna", "qna", 9796, 0),
        ("ms_personalitychat_friendly.tsv", "tsv", 165, 0),
        ("ms_smartLightFAQ.tsv", "tsv", 22, 0),
        ("openai_toy_chat_first3.jsonl", "openai", 6, 0),
        ("opentriviaqa_brain-teasers.txt", "trivia", 207, 0),
        ("opentriviaqa_for-kids.txt", "trivia", 759, 0),
        ("prompt_completion_mlx_wwdc25.jsonl", "prompt-completion", 1800, 0),
        ("self_instruct_seed_tasks.jsonl", "self-instruct", 175, 0),
        ("sharegpt_fastchat_dummy_conversation.json", "sharegpt", 1000, 0),
        ("squad_xquad.en.json", "squad", 1190, 0),
        ("unsloth_canary_alpaca.jsonl", "alpaca", 16, 0),
        ("unsloth_canary_qa.jsonl", "jsonl", 6, 0),
        ("chatterbot_corpus/english/conversations.yml", "yaml", 106, 0),
        ("chatterbot_corpus/english/trivia.yml", "yaml", 260, 1),
        ("chatterbot_corpus/spanish/psicologia.yml", "yaml", 172, 0),
    ],
)
def test_real_files(shared: Shared, name: str, format: str, pairs: int, skipped: int) -> None:
    file = read(shared(f"data/qa/{name}"))
    assert (file.format, len(file.pairs), len(file.skipped)) == (format, pairs, skipped)
    assert all(pair.question and pair.answer for pair in file.pairs)


def test_no_record_of_a_real_file_is_lost(shared: Shared) -> None:
    """Counted without our readers."""
    for name in ("alpaca_en_demo_llamafactory.json", "identity_llamafactory.json", "dolly_litgpt_fixture.json"):
        assert len(read(shared(f"data/qa/{name}")).pairs) == len(json.loads(shared(f"data/qa/{name}").read_bytes()))
    conversations = json.loads(shared("data/qa/sharegpt_fastchat_dummy_conversation.json").read_bytes())
    answers = [turn["value"] for one in conversations for turn in one["conversations"] if turn["from"] == "gpt"]
    assert len(answers) == len(read(shared("data/qa/sharegpt_fastchat_dummy_conversation.json")).pairs)
    trivia = shared("data/qa/opentriviaqa_for-kids.txt").read_text(encoding="utf-8", errors="replace")
    assert trivia.count("\n#Q ") == len(read(shared("data/qa/opentriviaqa_for-kids.txt")).pairs)


def test_every_corpus_of_chatterbot(shared: Shared) -> None:
    files = sorted(shared("data/qa/chatterbot_corpus").rglob("*.yml"))
    assert len(files) > 40 and all(read(file).format == "yaml" for file in files)


def test_a_conversation_keeps_what_was_said_before(shared: Shared) -> None:
    file = read(shared("data/qa/openai_toy_chat_first3.jsonl"))
    assert file.pairs[2].earlier == (
        Message("user", "I lost my tennis match today."), Message("assistant", "It's ok, it happens to everyone."),
    )  # fmt: skip
    assert file.pairs[0].system == "You are a happy assistant that puts a positive spin on everything."


def test_html_of_a_real_file_is_repaired(shared: Shared) -> None:
    pairs = read(shared("data/qa/gc_infobase_faq_bilingual.csv")).pairs
    problems = finished(check(pairs))
    assert len([problem for problem in problems if problem.kind == "html"]) == 8
    assert finished(check(fix_all(pairs, problems))) == []


def test_line_breaks_of_a_real_file_are_line_breaks(shared: Shared) -> None:
    pairs = read(shared("data/qa/ms_smartLightFAQ.tsv")).pairs
    assert "\\n" not in "".join(pair.answer for pair in pairs) and "off and on.\n2.  Check" in pairs[0].answer


@pytest.mark.parametrize("kind", ["csv-spectrum", "encodings", "frictionless", "safetensors", "blns.json"])
def test_every_malformed_file_gives_pairs_or_a_sentence(shared: Shared, kind: str) -> None:
    root = shared(f"data/malformed/{kind}")
    for path in [root] if root.is_file() else sorted(p for p in root.rglob("*") if p.is_file()):
        try:
            file = read(path)
        except UserError as error:
            assert error.hint and "\n" not in error.message, path
            continue
        assert kind != "safetensors" or path.suffix == ".json", path
        assert file.pairs and all(skipped.reason for skipped in file.skipped), path


@pytest.mark.parametrize(
    "name", ["newlines", "newlines_crlf", "quotes_and_newlines", "comma_in_quotes", "escaped_quotes", "json", "utf8"]
)
def test_cells_equal_those_of_the_reference(shared: Shared, name: str) -> None:
    table = read(shared(f"data/malformed/csv-spectrum/csvs/{name}.csv"))
    expected = json.loads(shared(f"data/malformed/csv-spectrum/json/{name}.json").read_bytes())
    rows = [[value.replace("\r\n", "\n") for value in row.values()] for row in expected]
    assert [list(row) for row in table.sample] == rows


@pytest.mark.parametrize(
    ("name", "encoding", "beginning"),
    [
        ("arabic-1", "cp1256", "بالموازاة"),
        ("chinese", "big5", "維基大典"), ("french-1", "cp1252", "JEAN-BAPTISTE"),
        ("greek", "cp1253", "Η ελληνική"), ("hebrew-2", "cp1255", "אין כמעט"), ("korean", "cp949", "역사적"),
        ("russian", "mac_cyrillic", "В гимназии"), ("turkish", "cp1254", "İstanbul,"),
        ("english.bom", "utf-8-sig", "1\n00:00"),
    ],
)  # fmt: skip
def test_real_text_in_older_encodings(shared: Shared, name: str, encoding: str, beginning: str) -> None:
    text, found = decode(shared(f"data/malformed/encodings/sample-{name}.txt").read_bytes())
    assert found == encoding and text.replace("\r\n", "\n").startswith(beginning)
