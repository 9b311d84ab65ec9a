"""The real models give what Transformers gave on the very same files: ids, log-probabilities, greedy texts."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.formats.checkpoint import open_checkpoint
from engine.text.tokenizer import decode
from tests.engine.formats.real_models import Loaded, load, packaged

EXPECTED = {"smollm2-135m": "expected/smollm2.json", "gemma-3-270m": "expected/gemma3.json"}
Shared = Callable[[str], Path]


@pytest.fixture(params=EXPECTED)
def both(request: pytest.FixtureRequest, shared: Shared) -> tuple[Loaded, dict[str, Any]]:
    """A model, and what is expected of it."""
    return packaged(request.param), json.loads(shared(EXPECTED[request.param]).read_text("utf-8"))


def test_the_next_token_is_as_likely(both: tuple[Loaded, dict[str, Any]]) -> None:
    loaded, expected = both
    for entry in expected["next"]:
        ids = loaded.ids(entry["text"])
        assert ids == entry["token_ids"], entry["text"]
        logprobs = loaded.logprobs(ids)[-1]
        wanted = torch.tensor(entry["top_logprob"])
        torch.testing.assert_close(logprobs[entry["top_ids"]], wanted, atol=2e-3, rtol=0)
        torch.testing.assert_close(logprobs.topk(len(wanted)).values, wanted, atol=2e-3, rtol=0)
        assert -(logprobs.exp() * logprobs).sum().item() == pytest.approx(entry["entropy_nats"], abs=5e-3)


def test_a_text_scores_the_same(both: tuple[Loaded, dict[str, Any]]) -> None:
    loaded, expected = both
    for entry in expected["score"]:
        ids = loaded.ids(entry["text"])
        assert ids == entry["token_ids"]
        found = loaded.logprobs(ids)[:-1].gather(1, torch.tensor(ids[1:])[:, None])[:, 0]
        torch.testing.assert_close(found, torch.tensor(entry["logprob"]), atol=2e-3, rtol=0)


def test_greedy_writing_goes_on_the_same(both: tuple[Loaded, dict[str, Any]]) -> None:
    loaded, expected = both
    for entry in expected["greedy"]:
        wanted = entry["continuation_ids"]
        assert loaded.greedy(loaded.ids(entry["text"]), len(wanted)) == wanted, entry["text"]


def test_the_reply_in_a_chat_is_the_same(shared: Shared) -> None:
    loaded = packaged("smollm2-135m")
    chat = json.loads(shared(EXPECTED["smollm2-135m"]).read_text("utf-8"))["chat"]
    ids, rest = [], chat["prompt"]
    for literal in ("<|im_start|>", "<|im_end|>\n<|im_start|>", "<|im_end|>\n<|im_start|>"):
        before, _, rest = rest.partition(literal)
        controls = loaded.tokenizer.control_tokens()
        ids += loaded.tokenizer.encode(before)
        ends = [controls["<|im_end|>"], *loaded.tokenizer.encode("\n")] if literal.startswith("<|im_end|>") else []
        ids += [*ends, controls["<|im_start|>"]]
    reply = loaded.greedy([*ids, *loaded.tokenizer.encode(rest)], len(chat["reply_ids"]))
    assert reply == chat["reply_ids"]
    assert decode(loaded.tokenizer, reply) == chat["reply"]
    assert "Paris" in chat["reply"]


def test_the_tiny_real_checkpoint_tells_its_story(shared: Shared) -> None:
    expected = json.loads(shared("data/peer_expected/stories260K_transformers.json").read_text("utf-8"))
    loaded = load(open_checkpoint(shared("data/checkpoints/stories260K/hf")))
    story = expected["greedy_from_bos_200"]["ids"]
    assert loaded.greedy([1], len(story) - 1) == story[1:]
    for entry in expected["prompts"]:
        assert loaded.ids(entry["prompt"]) == entry["ids"]
        logprobs = loaded.logprobs(entry["ids"])[-1]
        for candidate in entry["top10"]:
            assert logprobs[candidate["id"]].exp().item() == pytest.approx(candidate["p"], abs=2e-4)
            assert loaded.tokenizer.piece(candidate["id"]) == candidate["piece"]
    text = expected["perplexity"]
    ids = loaded.ids(text["text"])
    found = -loaded.logprobs(ids)[:-1].gather(1, torch.tensor(ids[1:])[:, None])[:, 0]
    torch.testing.assert_close(found, torch.tensor(text["per_token_nll"]), atol=2e-4, rtol=1e-3)
