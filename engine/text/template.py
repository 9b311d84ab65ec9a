"""Conversations to ids: the only place that knows how turns are marked. Knows no model and no message types.

What a person typed never becomes a control token: see `_guarded`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Protocol

from jinja2.exceptions import TemplateError

from engine.errors import UserError
from engine.text.sandbox import MAX_SOURCE, Sandbox
from engine.text.tokenizer import Tokenizer, encodable

WORK = 2_000_000
WORK_PER_CHARACTER = 50
"""What a template may do for each character of the conversation; the longest known ones do a tenth of it."""

Marks = Callable[[str], str]


class Turn(Protocol):
    @property
    def role(self) -> str: ...
    @property
    def text(self) -> str: ...


class ChatTemplate:
    """A model's Jinja template, compiled. Raises UserError when it cannot be read.

    `variables` are what it may print beside the messages: `bos_token`, `eos_token`.
    """

    def __init__(self, source: str, variables: Mapping[str, str] = MappingProxyType({})) -> None:
        self._source = source
        self._variables = dict(variables)
        self._sandbox = Sandbox()
        if len(source) > MAX_SOURCE:
            raise _unreadable("it is too long")
        try:
            self._template = self._sandbox.from_string(source)
        except Exception as error:  # a stranger's program: whatever it raises is its own fault
            raise _unreadable(_reason(error)) from error

    def render(
        self,
        messages: Sequence[Turn],
        tokenizer: Tokenizer,
        *,
        add_generation_prompt: bool = True,
        now: datetime | None = None,
    ) -> list[int]:
        """The ids that the model reads; `now` is for templates that print the date."""
        controls = tokenizer.control_tokens()
        turns = [(turn.role, encodable(turn.text)) for turn in messages]
        when = now or datetime.now()
        text, unmark = self._guarded(turns, controls, lambda marked: self._text(marked, add_generation_prompt, when))
        return _encode(text, controls, unmark, tokenizer)

    def _guarded(
        self, turns: list[tuple[str, str]], controls: Mapping[str, int], render: Callable[[list[tuple[str, str]]], str]
    ) -> tuple[str, Marks]:
        """The rendered text, in which a control token's spelling never comes from a message, and what takes marks off.

        Spellings inside a message are broken by a mark. A template may still assemble one out of a message, by
        taking parts away; so it is rendered once more with all characters of all spellings replaced by marks, and
        where that gives other control tokens, that rendering counts.
        """
        fresh = _fresh_characters([self._source, *(text for _, text in turns)])
        spelling = _spelling(controls)
        mark = next(fresh)
        broken = [(role, spelling.sub(lambda m: m[0][0] + mark + m[0][1:], text)) for role, text in turns]
        text = self._with_system(broken, render)
        letters = {c for name in controls for c in name if name.isspace() or not c.isspace()}
        table = {ord(c): next(fresh) for c in sorted(letters)}
        opaque = self._with_system([(role, text.translate(table)) for role, text in turns], render)
        if spelling.findall(text) == spelling.findall(opaque):
            return text, lambda part: part.replace(mark, "")
        back = {ord(replacement): character for character, replacement in table.items()}
        return opaque, lambda part: part.translate(back)

    def _with_system(self, turns: list[tuple[str, str]], render: Callable[[list[tuple[str, str]]], str]) -> str:
        """A template that refuses or leaves out instructions gets them in front of the first question (as Gemma's)."""
        if not turns or turns[0][0] != "system" or not turns[0][1].strip():
            return render(turns)
        try:
            text = render(turns)
        except UserError as refusal:
            try:
                return render(_system_first(turns))
            except UserError:
                raise refusal from None
        return text if turns[0][1].strip() in text else render(_system_first(turns))

    def _text(self, turns: list[tuple[str, str]], add_generation_prompt: bool, now: datetime) -> str:
        self._sandbox.begin(WORK + WORK_PER_CHARACTER * sum(len(text) for _, text in turns), now)
        messages = [{"role": role, "content": text} for role, text in turns]
        limit = WORK + len(self._source) + 4 * sum(len(text) for _, text in turns)
        parts: list[str] = []
        try:
            for part in self._template.generate(
                messages=messages,
                tools=None,
                documents=None,
                add_generation_prompt=add_generation_prompt,
                **self._variables,
            ):
                parts.append(part)
                limit -= len(part)
                if limit < 0:
                    raise TemplateError("it writes without end")
        except Exception as error:  # a stranger's program: whatever it raises is its own fault
            raise UserError(
                f"The chat template of this model does not take this conversation: {_reason(error)}",
                "Change the conversation, or choose another model.",
            ) from error
        return "".join(parts)


def plain(messages: Iterable[Turn], tokenizer: Tokenizer) -> list[int]:
    """For models without a template: the texts, a line break between them, so that the model goes on writing."""
    return tokenizer.encode("\n".join(message.text for message in messages))


def _encode(text: str, controls: Mapping[str, int], unmark: Marks, tokenizer: Tokenizer) -> list[int]:
    ids: list[int] = []
    at = 0
    for found in [*_spelling(controls).finditer(text), None]:
        segment = unmark(text[at : found.start() if found else len(text)])
        if segment:
            ids += tokenizer.encode(segment, start=at == 0)
        if found:
            ids.append(controls[found[0]])
            at = found.end()
    return ids


def _spelling(controls: Mapping[str, int]) -> re.Pattern[str]:
    longest_first = sorted((name for name in controls if name), key=len, reverse=True)
    return re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")


def _fresh_characters(texts: Iterable[str]) -> Iterator[str]:
    """Characters that stand for nothing and occur in none of the texts; from the end of Unicode downwards."""
    used = {c for text in texts for c in text if c >= "\ue000"}
    return (chr(point) for point in range(0x10FFFD, 0xDFFF, -1) if chr(point) not in used)


def _system_first(turns: list[tuple[str, str]]) -> list[tuple[str, str]]:
    (_, system), rest = turns[0], turns[1:]
    at = next((n for n, (role, _) in enumerate(rest) if role == "user"), None)
    if at is None:
        return [("user", system), *rest]
    return [*rest[:at], ("user", f"{system}\n\n{rest[at][1]}"), *rest[at + 1 :]]


def _unreadable(reason: str) -> UserError:
    return UserError(f"The chat template of this model cannot be read: {reason}", "Choose another model.")


def _reason(error: Exception) -> str:
    """The template's own sentence where it has one."""
    if isinstance(error, RecursionError):
        return "it calls itself without end"
    if isinstance(error, MemoryError):
        return "it needs all memory"
    return (str(error) or type(error).__name__)[:300]
