"""A model that was trained here, in other people's programs: the same logits, the same tokens."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch
import transformers

from engine.formats.checkpoint import load_model
from engine.messages import ExportModel, Pretrain
from engine.run.session import Session
from tests.engine.run.pretrained import SMALL, session_in, write_stories

TEXTS = (
    "Anna likes the cat near the river.", "  two spaces first", "One\ntwo\n\nthree", "12 dogs, 345 cats", "a 😀 b",
    " Ben", "naïve café — “quoted”", "\n", "x" * 50,
)  # fmt: skip


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> tuple[Session, Path]:
    root = tmp_path_factory.mktemp("opens")
    session = session_in(root / "home")
    list(session.handlers()[Pretrain](Pretrain(1, "Little", write_stories(root / "stories"), SMALL)))
    return session, root / "home" / "data" / "models" / "little"


def ours(session: Session, ids: list[int]) -> torch.Tensor:
    loading = load_model(session.library.find("little"), "cpu", torch.float32)
    while True:
        try:
            next(loading)
        except StopIteration as finished:
            with torch.inference_mode():
                return finished.value(torch.tensor([ids]))[0]


def test_transformers_gives_the_same_logits_and_tokens(made: tuple[Session, Path]) -> None:
    session, folder = made
    tokenizer = session.library.find("little").tokenizer()
    theirs = transformers.AutoTokenizer.from_pretrained(folder)
    for text in TEXTS:
        assert theirs(text, add_special_tokens=False).input_ids == tokenizer.encode(text), text
        assert theirs(text).input_ids == [1, *tokenizer.encode(text)], text
        assert theirs.decode(tokenizer.encode(text)) == text
    ids = [1, *tokenizer.encode(TEXTS[0])]
    model = transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()
    assert type(model).__name__ == "Qwen3ForCausalLM"
    with torch.inference_mode():
        torch.testing.assert_close(model(torch.tensor([ids])).logits[0], ours(session, ids), atol=1e-4, rtol=1e-4)


def test_its_gguf_is_the_same_model(made: tuple[Session, Path], tmp_path: Path) -> None:
    session, _ = made
    list(session.handlers()[ExportModel](ExportModel(2, "little", tmp_path / "little.gguf", "gguf")))
    (file,) = tmp_path.rglob("*.gguf")
    again = session.library.find(str(file))
    tokenizer, before = again.tokenizer(), session.library.find("little").tokenizer()
    for text in TEXTS:
        assert tokenizer.encode(text) == before.encode(text), text
    assert again.config.architecture == "qwen3" and again.token_ids.add_bos
