"""Trains the Starter: `python tools/train_starter.py --corpora DIR --work DIR [--tokens N]`; run again, it goes on.

Base stage, taught stage, what they know, and both written to `resources/starter`. What each is made of: `starter/`.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import shutil
import time
from itertools import islice
from pathlib import Path

import numpy as np
import torch
from starter.asking import ask
from starter.measured import bits_by_kind, result_of, samples
from starter.recipe import CORPORA, LESSONS, SEED, SETTINGS, TEMPLATE, part_of_books, sources
from starter.teaching import Taught, steps_of, stream_of

from engine.data.batches import Windows
from engine.data.corpus.corpus import Corpus
from engine.data.corpus.reading import read_corpus
from engine.data.world.conversations import conversations
from engine.formats.card import Card
from engine.formats.checkpoint import load_model
from engine.formats.hf_write import write_folder
from engine.formats.opened import Checkpoint
from engine.heap import keep_memory
from engine.messages import FinishNow, Pretrain, PretrainOutcome, TrainSteps, Watched
from engine.model.transformer import Transformer
from engine.paths import Paths
from engine.run.made_here import END, START, checkpoint_of
from engine.run.pretrain_folder import VOCABULARY
from engine.run.probing_speed import faster
from engine.run.session import Session
from engine.text.sentencepiece import SentencePieceTokenizer

TITLE, NAME = "Starter run", "starter-run"
"""Not as the shipped model is called, whose name is taken."""
LICENCE = ""
REPLAYED = 12
"""One in so many documents of the pre-training text is read again in the taught stage, so that it is not forgotten."""
FINISH = "finish"
"""A file of this name in the work folder lets the base stage end early and well."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--corpora", type=Path, required=True, help="the folder of the corpora")
    parser.add_argument("--work", type=Path, required=True, help="a folder for checkpoints, outside of this one")
    parser.add_argument("--tokens", type=int, default=12_000_000, help="that the base stage reads")
    parser.add_argument("--threads", type=int, default=2)
    args = parser.parse_args()
    keep_memory()
    torch.set_num_threads(args.threads)
    args.work.mkdir(parents=True, exist_ok=True)
    pretrain(args)
    teach(args)


def pretrain(args: argparse.Namespace) -> None:
    """The base stage into the library below `work`, where it is not there yet."""
    paths = Paths.under(args.work)
    if (paths.models / NAME).is_dir():
        return
    resume = (paths.data / "pretraining" / NAME / "run.json").is_file()
    texts = sources(args.corpora, part_of_books(args.corpora, args.work))
    command = Pretrain(1, TITLE, texts, dataclasses.replace(SETTINGS, tokens=args.tokens), resume)
    handlers, finishing = Session(paths).handlers(), False
    for event in handlers[Pretrain](command):
        if (args.work / FINISH).is_file() and isinstance(event, TrainSteps) and not finishing:
            finishing = True
            list(handlers[FinishNow](FinishNow(2)))
        match event:
            case TrainSteps(rows=rows):
                _print(rows[-1])
            case Watched(watched=watched):
                for one in watched:
                    print(f"    {one.prompt} … {one.text!r}", flush=True)
        if isinstance(getattr(event, "value", None), PretrainOutcome):
            print(event, flush=True)


def teach(args: argparse.Namespace) -> None:
    """The taught stage on the base, what both know, and both into `resources/starter`."""
    session, vocabulary = (
        Session(Paths.under(args.work)),
        (args.work / "data/pretraining" / NAME / VOCABULARY).read_bytes(),
    )
    base = session.library.find(NAME)
    model, tokenizer = _loaded(base), SentencePieceTokenizer(vocabulary)
    text = corpus(args)
    read = {"bits_per_byte": bits_by_kind(model, tokenizer, text, args.corpora), "samples": samples(model, tokenizer)}
    print(json.dumps(read, indent=1))
    stream = stream_of(conversations(SEED, LESSONS.conversations), tokenizer)
    some = islice(text.learning(), 0, None, REPLAYED)
    again = np.array([i for one in some for i in (START, *tokenizer.encode(one), END)], np.uint16)
    for parameter in model.parameters():
        parameter.requires_grad_(True)
    loop = Taught(model, stream, Windows(again, model.config.context, SEED), _faster(model)).loop()
    for step, loss in steps_of(loop, args.work / "taught.safetensors"):
        if step % 20 == 0 or step == loop.steps:
            print(f"{time.strftime('%H:%M:%S')} taught step {step} of {loop.steps}: {loss:.3f}", flush=True)
    known = ask(model, tokenizer, TEMPLATE)
    print(f"in new wordings {known.reworded:.1%}, in learned ones {known.learned:.1%}, not known {known.unknown:.1%}")
    print(json.dumps(known.topics, indent=1))
    for question, answer, wanted in known.wrong:
        print(f"  {question} -> {answer!r}, wanted {wanted!r}")
    write(session, base, read, model, vocabulary, known, loop.step)


def _loaded(checkpoint: Checkpoint) -> Transformer:
    return result_of(load_model(checkpoint, "cpu", torch.float32))


def _faster(model: Transformer) -> torch.dtype:
    return getattr(torch, result_of(faster(model.config))[0])


def corpus(args: argparse.Namespace) -> Corpus:
    """The pre-training text."""
    reading = read_corpus(sources(args.corpora, part_of_books(args.corpora, args.work)), Paths.under(args.work).cache)
    return result_of(reading)


def write(session, base, read, model, vocabulary, known, steps) -> None:  # noqa: ANN001
    """Both stages in bfloat16, with a card each."""
    root = Path(__file__).resolve().parent.parent / "resources" / "starter"
    run = json.loads((session.library.models / NAME / "nextword.json").read_text())["notes"]
    run["results"] |= {f"bits_per_byte_{kind.replace(' ', '_')}": bits for kind, bits in read["bits_per_byte"].items()}
    run["samples"] = read["samples"]
    sources_of = {"texts": [*run["sources"]], "licences": CORPORA}
    stages = {
        "base": (base, Card("starter-base", "Starter, base", "base", LICENCE, notes={**run, **sources_of})),
        "taught": (
            checkpoint_of(model, vocabulary, "starter", "Starter", template=TEMPLATE, stage="taught"),
            Card(
                "starter", "Starter", "taught", LICENCE, {"name": "starter-base"},
                notes={"settings": dataclasses.asdict(LESSONS), "results": {
                    "steps": steps, "answers_right_in_new_wordings": known.reworded,
                    "answers_right_in_learned_wordings": known.learned, "says_it_does_not_know": known.unknown,
                    "by_topic": known.topics,
                }},
            ),
        ),
    }  # fmt: skip
    for name, (checkpoint, card) in stages.items():
        shutil.rmtree(root / name, ignore_errors=True)
        (root / name).mkdir(parents=True)
        for _ in write_folder(checkpoint, root / name, card, torch.bfloat16):
            continue
    print(f"written to {root}")


def _print(row) -> None:  # noqa: ANN001
    if row.bits is not None or row.step % 20 == 0:
        bits = f", {row.bits:.3f} bits a byte" if row.bits else ""
        print(
            f"{time.strftime('%H:%M:%S')} step {row.step} of {row.steps}: {row.loss:.3f}{bits}, "
            f"{row.tokens_per_second:.0f} tokens/s, {row.seconds_left / 60:.0f} min left",
            flush=True,
        )


if __name__ == "__main__":
    main()
