"""`generate`: a continuation of a text, or a reply through the model's chat template."""

from __future__ import annotations

import argparse
import dataclasses

from engine.cli.flags import add_file, add_model, text_of
from engine.cli.loading import load
from engine.cli.output import Output
from engine.errors import UserError
from engine.messages import Event, Generate, Message, Piece, Progress, ReplyEnd, ReplyStarted, Result, Sampling, Tokens

NAME = "generate"
HELP = "go on writing a text, or reply to it"
EXAMPLE = 'python -m engine generate --model smollm2-135m --chat --prompt "What is the capital of France?"'
NUMBERS: tuple[tuple[str, type, str], ...] = (  # field of Sampling, its type, help
    ("temperature", float, "0 always takes the likeliest token"),
    ("top_k", int, "choose among this many likeliest tokens (0: all)"),
    ("top_p", float, "choose among the likeliest that reach this share together (1: all)"),
    ("min_p", float, "leave out what is less than this share as likely as the likeliest (0: nothing)"),
    ("repetition_penalty", float, "above 1 against repeating (1: off)"),
)


def add_flags(parser: argparse.ArgumentParser) -> None:
    add_model(parser)
    parser.add_argument("--prompt", metavar="T", help="the text, or - for stdin")
    add_file(parser)
    parser.add_argument("--chat", action="store_true", help="reply through the model's chat template")
    parser.add_argument("--system", metavar="S", help="instructions that come before the chat")
    parser.add_argument("--max-new-tokens", type=int, default=512, metavar="N", help="write at most N tokens (512)")
    for name, kind, text in NUMBERS:
        default = getattr(Sampling(), name)
        flag = "--" + name.replace("_", "-")
        parser.add_argument(flag, type=kind, default=default, metavar="X", help=f"{text} ({default})")
    parser.add_argument("--alternatives", type=int, default=0, metavar="K", help="show K alternatives a token (0)")


def run(args: argparse.Namespace, out: Output) -> dict[str, object]:
    text = text_of(args, args.prompt, "--prompt")
    if args.system is not None and not args.chat:
        raise UserError("--system is for a chat", "Add --chat.")
    session, loaded = load(args, out)
    if args.chat and loaded.template is None:
        raise UserError(
            f"{loaded.info.title} has no chat template: it goes on writing a text, and does not reply",
            "Leave out --chat, or choose a model that was taught to chat.",
        )
    command = _command(args, text)
    pieces: list[Piece] = []
    started, end = ReplyStarted(0, 0, 0, 0, 0), ReplyEnd("stop", 0.0, 0.0)
    for event in session.generate(command):
        _show(event, out, args.alternatives)
        if isinstance(event, Tokens):
            pieces += event.pieces
        elif isinstance(event, ReplyStarted):
            started = event
        elif isinstance(event, Result) and isinstance(event.value, ReplyEnd):
            end = event.value
    out.text("")
    read = command.messages
    for card in started.cards:
        from engine.run.leaning import leaning_on

        read = leaning_on(card, read)
        out.text(f"(from pair {card.lesson}: {card.question})")
    out.note(f"{len(pieces)} tokens, {end.tokens_per_second:.1f} tokens/s, seed {started.seed}")
    return {
        "text": "".join(piece.text for piece in pieces),
        "token_ids": [piece.id for piece in pieces],
        "prompt_ids": loaded.ids(read, raw=command.raw),
        "finish_reason": end.reason,
        "seed": started.seed,
        "cards": [dataclasses.asdict(card) for card in started.cards],
        "prompt_tokens_per_second": round(end.prompt_tokens_per_second, 2),
        "tokens_per_second": round(end.tokens_per_second, 2),
    }


def _command(args: argparse.Namespace, text: str) -> Generate:
    messages = [Message("system", args.system)] if args.system else []
    sampling = dataclasses.replace(Sampling(seed=args.seed), **{name: getattr(args, name) for name, _, _ in NUMBERS})
    return Generate(
        0,
        (*messages, Message("user", text)),
        sampling,
        max_new_tokens=args.max_new_tokens,
        alternatives=args.alternatives,
        overflow="stop",
        raw=not args.chat,
    )


def _show(event: Event, out: Output, alternatives: int) -> None:
    if isinstance(event, Progress):
        out.progress(event.done, event.total, event.note)
    if not isinstance(event, Tokens):
        return
    for piece in event.pieces:
        out.text(piece.text, end="")
        more = {} if not alternatives else {"alternatives": [a._asdict() for a in piece.alternatives]}
        out.event("token", id=piece.id, text=piece.text, logprob=piece.logprob, entropy_nats=piece.entropy, **more)
