"""Attention and streams worked out anew are those of Transformers, for every family and for the real models."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.formats.checkpoint import open_checkpoint
from engine.formats.hf_write import Card, write_folder
from engine.model.attention_map import attention_map
from engine.model.transformer import Transformer
from engine.run.streams import read_streams
from tests.engine.formats.real_models import packaged
from tests.engine.formats.test_transformers_parity import FAMILIES, IDS, loaded, reference, with_tokenizer
from tests.tiny import CONFIGS, write_tiny_checkpoint

os.environ["HF_HUB_OFFLINE"] = "1"
transformers = pytest.importorskip("transformers")
pytestmark = pytest.mark.filterwarnings("ignore")
TEXT = "The lighthouse keeper counted the waves until the fog came back, and then he counted the stars."


def streams_of(model: Transformer, ids: torch.Tensor, last: int | None = None) -> torch.Tensor:
    reading = read_streams(model, ids[0].tolist(), last or ids.shape[1])
    while True:
        try:
            next(reading)
        except StopIteration as finished:
            return finished.value


def assert_same_insides(ours: Transformer, theirs: Any, ids: torch.Tensor, *, long_streams: bool = False) -> None:
    """Every hidden state and every attention weight, within 1e-4.

    With `long_streams` 1e-4 of a stream's typical number where that is above 1: Gemma's reach 100,000, where
    neighbouring float32 numbers are 0.008 apart, and Transformers is as far from itself in float64.
    """
    theirs.set_attn_implementation("eager")
    with torch.inference_mode():
        expected = theirs(ids, output_attentions=True, output_hidden_states=True)
        streams = streams_of(ours, ids)
        assert len(streams) == len(expected.hidden_states) == ours.config.layers + 1
        normed = [*streams[:-1], ours.norm(streams[-1])]  # theirs is normed already
        for stream, hidden in zip(normed, expected.hidden_states, strict=True):
            unit = max(1.0, float(hidden.square().mean().sqrt())) if long_streams else 1.0
            torch.testing.assert_close(stream, hidden[0], atol=1e-4 * unit, rtol=1e-4)
        for layer, weights in enumerate(expected.attentions):
            found = attention_map(ours, layer, streams[layer][None])
            torch.testing.assert_close(found, weights, atol=1e-4, rtol=0)
            torch.testing.assert_close(found.sum(-1), torch.ones_like(found[..., 0]), atol=1e-5, rtol=0)


@pytest.mark.parametrize("family", FAMILIES)
def test_every_family_looks_as_in_transformers(family: str, tmp_path: Path) -> None:
    theirs = reference(family)
    theirs.save_pretrained(tmp_path)
    assert_same_insides(loaded(with_tokenizer(tmp_path)), theirs, IDS)


@pytest.mark.parametrize("architecture", CONFIGS)
def test_every_tiny_model_of_ours_looks_as_in_transformers(architecture: str, tmp_path: Path) -> None:
    folder = write_tiny_checkpoint(tmp_path / "tiny", architecture)
    theirs = transformers.AutoModelForCausalLM.from_pretrained(folder).eval()
    assert_same_insides(loaded(folder), theirs, IDS)


@pytest.mark.parametrize("name", ["smollm2-135m", "gemma-3-270m"])
def test_a_real_model_looks_as_in_transformers(name: str, tmp_path: Path) -> None:
    ours = packaged(name)
    list(write_folder(ours.checkpoint, tmp_path, Card(name, name, "chat")))
    theirs = transformers.AutoModelForCausalLM.from_pretrained(tmp_path, dtype=torch.float32).eval()
    ids = torch.tensor([ours.ids(TEXT)])
    assert_same_insides(ours.model, theirs, ids, long_streams=name.startswith("gemma"))


@pytest.mark.parametrize("architecture", ["mistral", "gemma3"])
def test_a_windowed_layer_looks_no_further_than_its_window(architecture: str, tmp_path: Path) -> None:
    folder = write_tiny_checkpoint(tmp_path / "tiny", architecture)
    model, config = loaded(folder), open_checkpoint(folder).config
    ids = IDS[:, :40]
    with torch.inference_mode():
        streams = streams_of(model, ids)
        for layer in range(config.layers):
            looks = attention_map(model, layer, streams[layer][None])[0] > 0
            furthest = max(row - int(seen.nonzero()[0, -1]) for head in looks for row, seen in enumerate(head))
            assert furthest == (config.window_of(layer) or 40) - 1


@pytest.mark.parametrize("architecture", CONFIGS)
def test_a_map_of_one_token_is_one(architecture: str, tmp_path: Path) -> None:
    model = loaded(write_tiny_checkpoint(tmp_path / "tiny", architecture))
    with torch.inference_mode():
        streams = streams_of(model, IDS[:, :1])
        assert torch.equal(attention_map(model, 0, streams[0][None]), torch.ones(1, model.config.heads, 1, 1))


def test_the_last_streams_of_a_long_text_are_those_of_the_whole(tmp_path: Path) -> None:
    model = loaded(write_tiny_checkpoint(tmp_path / "tiny", "gemma3"))
    ids = torch.cat((IDS, IDS), 1)
    whole = streams_of(model, ids)
    for last in (1, 60, 150):
        torch.testing.assert_close(streams_of(model, ids, last), whole[:, -last:])
