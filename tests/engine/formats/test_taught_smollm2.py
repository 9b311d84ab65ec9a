"""The first model with an adapter, exported every way there is: each opens elsewhere and says the same."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import torch

from engine.formats import packages
from engine.formats.checkpoint import open_checkpoint
from engine.formats.exporting import export
from engine.formats.library import Library
from engine.paths import Paths
from tests.engine.formats.taught import finished, model_of, random_adapter

os.environ["HF_HUB_OFFLINE"] = "1"
pytestmark = pytest.mark.filterwarnings("ignore")
NAME, ASK = "smollm2-135m", [{"role": "user", "content": "What is the capital of France?"}]
TEXTS = ("The capital of France is Paris. It's 12345 km\n\n  away: naïve 日本 🦥", "DON'T stop\r\n\tnow ½")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Library:
    """With SmolLM2 and a random adapter “mine” on top of it."""
    if packages.find_package(NAME) is None:
        pytest.skip("the Python package that carries SmolLM2 is not installed")
    library = Library(Paths.under(tmp_path_factory.mktemp("home")))
    finished(library.ready(NAME))
    base = library.find(NAME)
    adapter = random_adapter(model_of(base), 8)
    with torch.no_grad():
        for delta in adapter.deltas.values():
            delta.up.mul_(0.05)  # changed, but still a model that writes words
    library.save_adapter("mine", adapter, base)
    return library


@pytest.fixture(scope="module")
def ids(library: Library) -> torch.Tensor:
    return torch.tensor([library.find(NAME).tokenizer().encode(TEXTS[0])])


@pytest.fixture(scope="module")
def expected(library: Library, ids: torch.Tensor) -> torch.Tensor:
    with torch.inference_mode():
        found, plain = (model_of(library.find(name))(ids) for name in ("mine", NAME))
    assert (found - plain).abs().max() > 0.5
    return found


def same(model: Any, ids: torch.Tensor, expected: torch.Tensor) -> None:
    with torch.inference_mode():
        logits = model(ids)
    torch.testing.assert_close(getattr(logits, "logits", logits), expected, atol=1e-4, rtol=1e-4)
    assert torch.equal(getattr(logits, "logits", logits).argmax(-1), expected.argmax(-1))


def same_texts(tokenizer: Any, library: Library) -> None:
    ours = library.find(NAME).tokenizer()
    for text in TEXTS:
        assert tokenizer(text, add_special_tokens=False).input_ids == ours.encode(text)
    prompt = tokenizer.apply_chat_template(ASK, tokenize=False, add_generation_prompt=True)
    assert prompt.endswith("<|im_start|>user\nWhat is the capital of France?<|im_end|>\n<|im_start|>assistant\n")


def test_as_a_folder(library: Library, ids: torch.Tensor, expected: torch.Tensor, tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    folder = finished(export(library, "mine", tmp_path / "out", "hf"))
    theirs = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    same(theirs, ids, expected)
    assert theirs.generation_config.eos_token_id == 2
    same_texts(transformers.AutoTokenizer.from_pretrained(folder), library)


def test_as_an_adapter(library: Library, ids: torch.Tensor, expected: torch.Tensor, tmp_path: Path) -> None:
    peft, transformers = pytest.importorskip("peft"), pytest.importorskip("transformers")
    folder = finished(export(library, "mine", tmp_path / "out", "peft"))
    base = transformers.AutoModelForCausalLM.from_pretrained(library.models / NAME, dtype=torch.float32)
    same(peft.PeftModel.from_pretrained(base, folder).eval(), ids, expected)


def test_as_a_gguf_file(library: Library, ids: torch.Tensor, expected: torch.Tensor, tmp_path: Path) -> None:
    transformers = pytest.importorskip("transformers")
    path = finished(export(library, "mine", tmp_path / "out", "gguf", "float32"))
    opened, base = open_checkpoint(path), library.find(NAME)
    same(model_of(opened), ids, expected)
    assert (opened.config, opened.token_ids, opened.template) == (base.config, base.token_ids, base.template)
    assert [opened.tokenizer().encode(text) for text in TEXTS] == [base.tokenizer().encode(text) for text in TEXTS]
    theirs = transformers.AutoModelForCausalLM.from_pretrained(path.parent, gguf_file=path.name, dtype=torch.float32)
    same(theirs.eval(), ids, expected)
    packed = finished(export(library, "mine", tmp_path / "out", "gguf", "int8"))
    with torch.inference_mode():
        rounded = model_of(open_checkpoint(packed))(ids).log_softmax(-1)
    loss = torch.nn.functional.kl_div(rounded, expected.log_softmax(-1), reduction="none", log_target=True).sum(-1)
    assert loss.mean() < 0.01 and packed.stat().st_size < path.stat().st_size / 3.5
