"""The model in memory with its tokenizer and template: what turns messages into ids and back.

Knows one model; how it got here is the session's.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from engine.errors import UserError
from engine.formats.checkpoint import Checkpoint
from engine.messages import CountTokens, Generate, Lesson, LoadedModel, Message, TokenCount
from engine.model.lora import Adapter
from engine.model.step.packed import Packed
from engine.model.transformer import Transformer
from engine.run.drafts import Drafts
from engine.run.generate import Order
from engine.run.kernels import Kernels
from engine.run.overflow import Fitted, fit
from engine.run.prefix import Prefix
from engine.run.quick import Quick
from engine.text.template import ChatTemplate, plain
from engine.text.tokenizer import Tokenizer, encodable

REMEMBERED = 1000
"""Lessons whose answers are guessed from."""


@dataclass(slots=True)
class Loaded:
    """One model, and what it has read last."""

    info: LoadedModel
    tokenizer: Tokenizer
    template: ChatTemplate | None
    start: list[int]
    """What a plain text begins with: the start token, or nothing."""
    ends: frozenset[int]
    model: Transformer
    checkpoint: Checkpoint
    """The base on disk, below the adapters."""
    adapters: list[Adapter] = field(default_factory=list)
    """On top of the base, in the order of `info.adapters`. Whoever changes them or their numbers calls `forget`."""
    lessons: tuple[Lesson, ...] = ()
    """The pairs it was taught, which it can put in front of itself."""
    packed: Packed | None = None
    """Its weights as the compiled step reads them."""
    kernels: Kernels | None = None
    prefix: Prefix = field(init=False)
    """With all adapters."""
    _cardless: Prefix = field(init=False)
    _drafts: Drafts | None = field(default=None, init=False)

    def __post_init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        """What was read last, since the model would read it otherwise now."""
        self._drafts, speaking = None, self.speaking(card=False)
        self.prefix = self._cardless = Prefix(self.model, self._quick())
        if speaking != self.adapters:
            self._cardless = Prefix(self.model, self._quick(), speaking)

    def _quick(self) -> Quick | None:
        if self.packed is None or self.kernels is None:
            return None
        return Quick(self.model, self.packed, self.info.threads, self.kernels)

    def speaking(self, *, card: bool) -> list[Adapter]:
        """The adapters that a turn of a chat is read with: what was taught to answer from cards is on behind one only,
        so that everything else is answered as it was before teaching."""
        return [one for one in self.adapters if card or not one.for_cards]

    @property
    def nbytes(self) -> int:
        """Of its weights in memory."""
        return self.model.nbytes + (self.packed.nbytes if self.packed is not None and self.model.resting else 0)

    def prefix_for(self, *, card: bool) -> Prefix:
        """Of a turn of a chat, with or without a card."""
        return self.prefix if card else self._cardless

    def warm(self) -> None:
        """See `Prefix.warm`."""
        for prefix in dict.fromkeys((self.prefix, self._cardless)):
            prefix.warm()

    def ids(self, messages: Sequence[Message], *, raw: bool = False) -> list[int]:
        """What the model reads before it replies: through its template, or plain where it has none."""
        if self.template is not None and not raw:
            return self.template.render(messages, self.tokenizer)
        return [*self.start, *plain(messages, self.tokenizer)]

    @property
    def drafts(self) -> Drafts:
        """From the answers that it was taught."""
        if self._drafts is None:
            self._drafts = Drafts(map(self.closed, (lesson.answer for lesson in self.lessons[:REMEMBERED])))
        return self._drafts

    def closed(self, reply: str) -> list[int]:
        """A reply, and the token that ends it."""
        return [*self.tokenizer.encode(encodable(reply)), *sorted(self.ends)[:1]]

    def order(self, command: Generate, new_seed: Callable[[], int]) -> Order:
        """Raises UserError when there is nothing to answer, or it is too long."""
        if not command.messages or not any(m.text.strip() for m in command.messages if m.role != "system"):
            raise UserError("There is nothing to answer: the message is empty", "Write something first.")
        reply = list(command.reply_ids)
        while reply and reply[-1] in self.ends:  # what comes after the end of a turn is no longer the reply
            reply.pop()
        fitted = fit(
            command.messages,
            lambda messages: self.ids(messages, raw=command.raw),
            context=self.info.context,
            reply=len(reply),
            reserve=command.max_new_tokens,
            policy=command.overflow,
        )
        seed = command.sampling.seed
        return Order(
            prompt=fitted.require(),
            reply=reply,
            sampling=command.sampling,
            seed=new_seed() if seed is None else seed,
            max_new_tokens=command.max_new_tokens,
            context=self.info.context,
            ends=self.ends,
            stop=command.stop,
            forced=command.forced,
            alternatives=command.alternatives,
            dropped=fitted.dropped,
        )

    def count(self, command: CountTokens) -> TokenCount:
        """How full the context is. What does not fit is counted, not refused."""
        if not command.messages:
            return TokenCount(0, self.info.context, 0)
        fitted: Fitted = fit(
            command.messages,
            self.ids,
            context=self.info.context,
            reply=0,
            reserve=command.reserve,
            policy=command.overflow,
        )
        return TokenCount(len(fitted.ids), self.info.context, fitted.dropped)


def equip(
    checkpoint: Checkpoint,
    model: Transformer,
    info: LoadedModel,
    tokenizer: Tokenizer,
    adapters: Sequence[Adapter] = (),
    lessons: tuple[Lesson, ...] = (),
    packed: Packed | None = None,
    kernels: Kernels | None = None,
) -> Loaded:
    """Put a loaded model together with what its folder says about texts."""
    ids = checkpoint.token_ids
    variables = {name: tokenizer.piece(token) for name, token in _named(checkpoint).items()}
    template = None if checkpoint.template is None else ChatTemplate(checkpoint.template, variables)
    start = [ids.bos] if ids.add_bos and ids.bos is not None else []
    return Loaded(
        info,
        tokenizer,
        template,
        start,
        frozenset(ids.eos),
        model,
        checkpoint,
        list(adapters),
        lessons,
        packed,
        kernels,
    )


def _named(checkpoint: Checkpoint) -> dict[str, int]:
    """The tokens that templates know by name."""
    ids = checkpoint.token_ids
    found = {"bos_token": ids.bos, "eos_token": ids.eos[0] if ids.eos else None}
    found |= {"pad_token": ids.pad, "unk_token": ids.unk}
    return {name: token for name, token in found.items() if token is not None}
