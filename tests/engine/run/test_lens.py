"""The lens: what each layer would say, plain as in Transformers; trained closer to the output than plain."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import torch

from engine.errors import UserError
from engine.messages import (
    AskLens,
    AttentionMaps,
    LensState,
    LensTable,
    LoadModel,
    Message,
    Parameters,
    ReadAttention,
    ReadLayers,
    ReadParameters,
    ReplyAtLayer,
    TrainLens,
    UnloadModel,
)
from engine.paths import Paths
from engine.run import kept_lens, lens, lens_training
from engine.run.lens import Maps, lens_logits
from engine.run.lens_training import Learner, fitted, measured, windows
from engine.run.loaded import Loaded
from engine.run.session import Session
from engine.run.streams import read_on
from tests.engine.formats.test_transformers_parity import FAMILIES, IDS, loaded, reference, with_tokenizer
from tests.engine.run.inside import answer, events, finish
from tests.engine.run.taught import folder_of, session_with
from tests.tiny import CONFIGS

os.environ["HF_HUB_OFFLINE"] = "1"
TEXT = "The cat sat on the mat."


@pytest.fixture(params=CONFIGS)
def session(request: pytest.FixtureRequest, paths: Paths, tmp_path: Path) -> Session:
    return session_with(paths, folder_of(tmp_path, request.param))[0]


@pytest.fixture
def llama(paths: Paths, tmp_path: Path) -> Session:
    return session_with(paths, folder_of(tmp_path))[0]


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """A lens that is trained in a second."""
    monkeypatch.setattr(lens_training, "SWEEPS", 6)


def reading(loaded: Loaded, text: str = TEXT) -> list[int]:
    return loaded.ids((Message("user", text),), raw=True)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("family", FAMILIES)
def test_the_plain_lens_is_the_norm_and_head_of_transformers(family: str, tmp_path: Path) -> None:
    theirs = reference(family)
    theirs.save_pretrained(tmp_path)
    ours = loaded(with_tokenizer(tmp_path))
    with torch.inference_mode():
        expected = theirs(IDS, output_hidden_states=True)
        streams = read_on(ours, IDS[0].tolist())
        for row, hidden in enumerate(expected.hidden_states[:-1]):
            wanted = theirs.lm_head(theirs.model.norm(hidden))[0]
            torch.testing.assert_close(lens_logits(ours, streams[row], row, None), wanted, atol=1e-4, rtol=1e-4)
        last = lens_logits(ours, streams[-1], ours.config.layers, None)
        torch.testing.assert_close(last, expected.logits[0], atol=1e-4, rtol=1e-4)


def test_the_last_row_is_the_output(session: Session) -> None:
    found = answer(session, ReadLayers(1, TEXT, top=4), LensTable)
    inside = session.require()
    ids = reading(inside)
    assert found.lens == "plain" and found.cut == 0 and "".join(found.pieces) == f"<s> {TEXT}"
    assert len(found.rows) == inside.model.config.layers + 1
    assert all(len(row) == len(ids) and len(cell.items) == 4 for row in found.rows for cell in row)
    with torch.inference_mode():
        logprobs = inside.model(torch.tensor([ids]))[0].log_softmax(-1)
    for cell, wanted in zip(found.rows[-1], logprobs, strict=True):
        best = wanted.topk(4)
        assert [item.ids[0] for item in cell.items] == best.indices.tolist()
        assert [item.probability for item in cell.items] == pytest.approx(best.values.exp().tolist(), abs=1e-5)
        assert cell.entropy == pytest.approx(float(torch.special.entr(wanted.exp()).sum()), abs=1e-4)


def test_a_long_text_is_read_but_only_its_end_has_columns(llama: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lens, "COLUMNS", 7)
    text = f"{TEXT} " * 60
    ids = reading(llama.require(), text)
    assert len(ids) > 256
    found = answer(llama, ReadLayers(1, text), LensTable)
    assert (len(found.pieces), found.cut) == (7, len(ids) - 7)
    with torch.inference_mode():
        best = llama.require().model(torch.tensor([ids]))[0, -7:].argmax(-1).tolist()
    assert [cell.items[0].ids[0] for cell in found.rows[-1]] == best
    monkeypatch.setattr(lens, "READ", 50)
    assert answer(llama, ReadLayers(1, text), LensTable).cut == len(ids) - 7


def test_the_reply_at_the_last_layer_is_the_models_own(session: Session) -> None:
    inside = session.require()
    layers, ids = inside.model.config.layers, reading(inside)
    with torch.inference_mode():
        for _ in range(9):
            following = int(inside.model(torch.tensor([ids]))[0, -1].argmax())
            if following in inside.ends:
                break
            ids.append(following)
    said = answer(session, ReplyAtLayer(1, TEXT, layers, tokens=9), str)
    assert (
        said.encode()
        == b"".join(map(inside.tokenizer.token_bytes, ids[len(reading(inside)) :])).decode(errors="replace").encode()
    )


def test_the_reply_at_a_layer_is_greedy_in_its_row(llama: Session) -> None:
    inside = llama.require()
    ids = reading(inside)
    wanted: list[int] = []
    for _ in range(6):
        with torch.inference_mode():
            wanted.append(
                int(lens_logits(inside.model, read_on(inside.model, [*ids, *wanted])[1], 1, None)[-1].argmax())
            )
        if wanted[-1] in inside.ends:
            wanted.pop()
            break
    said = answer(llama, ReplyAtLayer(1, TEXT, 1, tokens=6), str)
    assert said == b"".join(map(inside.tokenizer.token_bytes, wanted)).decode(errors="replace")


def test_a_trained_lens_is_closer_to_the_output(session: Session, quick: None) -> None:
    assert answer(session, AskLens(1), LensState) == LensState(False)
    with pytest.raises(UserError, match="no trained lens"):
        list(events(session, ReadLayers(1, TEXT, "trained")))
    state = answer(session, TrainLens(2), LensState)
    assert state == answer(session, AskLens(3), LensState) and state.trained
    layers = session.require().model.config.layers
    assert len(state.divergence) == len(state.plain_divergence) == layers
    assert all(ours < plain for ours, plain in zip(state.divergence, state.plain_divergence, strict=True))
    plain, trained = (answer(session, ReadLayers(4, TEXT, which), LensTable) for which in ("plain", "trained"))
    assert trained.lens == "trained" and trained.rows[-1] == plain.rows[-1] and trained.rows[:-1] != plain.rows[:-1]
    assert isinstance(answer(session, ReplyAtLayer(5, TEXT, layers - 1, "trained"), str), str)


def test_steps_bring_it_closer_than_the_first_fit(llama: Session) -> None:
    """On what it learns from: so small a model has nothing more to say about other text."""
    inside = llama.require()
    seen, _ = windows(inside.tokenizer, inside.start)
    maps = finish(fitted(inside.model, seen[:4]))
    before, plain = finish(measured(inside.model, seen[:1], maps))
    learner = Learner(inside.model, maps)
    for _ in range(40):
        for _ in learner.sweep(seen[0], 1e-3):
            continue
    after, _ = finish(measured(inside.model, seen[:1], learner.maps))
    assert all(a < b < p for a, b, p in zip(after, before, plain, strict=True))


def test_a_layer_that_got_worse_has_its_first_map_again(llama: Session) -> None:
    inside = llama.require()
    seen, _ = windows(inside.tokenizer, inside.start)
    first = finish(fitted(inside.model, seen[:4]))
    learner = Learner(inside.model, first)
    for _ in learner.sweep(seen[0], 1.0):  # so large a step spoils everything
        continue
    assert not torch.equal(learner.maps.turn, first.turn)
    for _ in learner.judge(seen[-1]):
        continue
    assert torch.equal(learner.maps.turn, first.turn) and torch.equal(learner.maps.shift, first.shift)


def test_maps_that_change_nothing_give_the_plain_lens(llama: Session) -> None:
    model = llama.require().model
    layers, hidden = model.config.layers, model.config.hidden_size
    nothing = Maps(torch.zeros(layers, hidden, hidden), torch.zeros(layers, hidden))
    _, held = windows(llama.require().tokenizer, llama.require().start)
    with_maps, plain = finish(measured(model, held[:1], nothing))
    assert with_maps == pytest.approx(plain, abs=1e-9)


def test_no_held_out_text_is_learned_from(llama: Session) -> None:
    inside = llama.require()
    seen, held = windows(inside.tokenizer, inside.start)
    texts = ["".join(inside.tokenizer.token_bytes(i).decode(errors="ignore") for i in ids) for ids in (*seen,)]
    learned = "".join(texts)
    for ids in held:
        middle = b"".join(map(inside.tokenizer.token_bytes, ids[20:60])).decode(errors="ignore")
        assert len(middle) > 30 and middle not in learned
    assert len(seen) > 20 and len(held) == lens_training.HELD_OUT


def test_a_sample_stands_for_the_whole_vocabulary(llama: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    """With half of the vocabulary the logarithm of the sum stays what it is, but for chance."""
    monkeypatch.setattr(lens_training, "LIKELIEST", 2)
    monkeypatch.setattr(lens_training, "SAMPLED", 150)
    model = llama.require().model
    stream = read_on(model, IDS[0, :4].tolist())[-1]
    hidden = model.config.hidden_size
    learner = Learner(model, Maps(torch.zeros(2, hidden, hidden), torch.zeros(2, hidden)))
    with torch.no_grad():
        exact = lens_logits(model, stream, 2, None).logsumexp(-1)
        sampled = torch.stack([learner.logits(stream, *learner.some(stream)).logsumexp(-1) for _ in range(200)])
    torch.testing.assert_close(sampled.exp().mean(0), exact.exp(), rtol=0.05, atol=0)


def test_a_lens_is_kept_for_its_own_model_only(llama: Session, paths: Paths, tmp_path: Path, quick: None) -> None:
    answer(llama, TrainLens(1), LensState)
    (file,) = paths.cache.glob("lens-*.safetensors")
    assert llama.require().info.sha256[:32] in file.name
    again, _ = session_with(paths, folder_of(tmp_path / "other"))
    assert answer(again, AskLens(2), LensState).trained  # the same weights in another place
    other, _ = session_with(paths, folder_of(tmp_path, "qwen3"))
    assert answer(other, AskLens(2), LensState) == LensState(False)
    for damaged in (file.read_bytes()[:1000], b"", b"\0" * 64):
        file.write_bytes(damaged)
        assert answer(llama, AskLens(3), LensState) == LensState(False)


def test_a_lens_that_cannot_be_kept_says_so(
    llama: Session, paths: Paths, monkeypatch: pytest.MonkeyPatch, quick: None
) -> None:
    def full(path: Path, data: bytes) -> None:
        raise PermissionError(13, "no", str(path))

    monkeypatch.setattr(kept_lens, "write_file", full)
    with pytest.raises(UserError, match="cache folder may not be written to"):
        list(events(llama, TrainLens(1)))
    assert not list(paths.cache.glob("lens-*"))


def test_exchanging_the_model_ends_the_training(llama: Session, tmp_path: Path, quick: None) -> None:
    training = events(llama, TrainLens(1))
    next(training)
    list(llama.load(LoadModel(2, str(folder_of(tmp_path, "qwen2")), threads=1)))
    with pytest.raises(UserError, match="exchanged"):
        next(training)


@pytest.mark.parametrize(
    ("command", "says"),
    [
        (ReadLayers(1, ""), "text is empty"),
        (ReadLayers(1, TEXT, top=0), "0 words"),
        (ReplyAtLayer(1, "", 1), "text is empty"),
        (ReplyAtLayer(1, TEXT, 3), "no layer 3: this model has 2"),
        (ReplyAtLayer(1, TEXT, -1), "no layer -1"),
        (ReplyAtLayer(1, TEXT, 1, tokens=0), "0 tokens"),
        (ReplyAtLayer(1, TEXT, 1, "trained"), "no trained lens"),
    ],
)
def test_what_cannot_be_is_a_sentence_and_a_hint(llama: Session, command: ReadLayers | ReplyAtLayer, says: str) -> None:
    with pytest.raises(UserError, match=says) as refused:
        list(events(llama, command))
    assert refused.value.hint


@pytest.mark.parametrize("command", [ReadLayers(1, TEXT), AskLens(1), TrainLens(1), ReplyAtLayer(1, TEXT, 1)])
def test_without_a_model_each_says_so(llama: Session, command: ReadLayers | AskLens | TrainLens | ReplyAtLayer) -> None:
    list(llama.unload(UnloadModel(9)))
    with pytest.raises(UserError, match="No model is loaded"):
        list(events(llama, command))


def test_everything_works_in_bfloat16_too(paths: Paths, tmp_path: Path, quick: None) -> None:
    session, _ = session_with(paths, folder_of(tmp_path, "gemma3"))
    list(session.load(LoadModel(1, str(tmp_path / "tiny-gemma3"), precision="bfloat16", threads=1)))
    assert session.require().model.dtype == torch.bfloat16
    state = answer(session, TrainLens(2), LensState)
    assert sum(state.divergence) < sum(state.plain_divergence)
    found = answer(session, ReadLayers(3, TEXT, "trained"), LensTable)
    assert all(0 <= item.probability <= 1 for row in found.rows for cell in row for item in cell.items)
    maps = answer(session, ReadAttention(4, TEXT), AttentionMaps)
    tokens = len(maps.pieces)
    weights = torch.frombuffer(bytearray(maps.weights), dtype=torch.float32).view(-1, tokens, tokens)
    torch.testing.assert_close(weights.sum(-1), torch.ones(len(weights), tokens))
    assert {row.dtype for row in answer(session, ReadParameters(5), Parameters).rows} == {"bfloat16", "float32"}
