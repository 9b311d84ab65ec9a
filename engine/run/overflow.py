"""What to leave out when a conversation is longer than the context: whole messages, never the instructions.

Knows neither template nor tokenizer: how many ids a conversation takes, it is told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from engine.errors import UserError
from engine.messages import Message, Overflow

Render = Callable[[Sequence[Message]], list[int]]


@dataclass(frozen=True, slots=True)
class Fitted:
    """The ids that the model reads, and how many messages are not among them."""

    ids: list[int]
    dropped: int
    most: int
    """How many ids the model can read and still write one."""

    def require(self) -> list[int]:
        """The ids; raises UserError when even the last message alone does not fit."""
        if len(self.ids) > self.most:
            raise UserError(
                f"The message is {len(self.ids)} tokens long, and the model reads at most {self.most}",
                "Shorten it, or choose a model with a longer context.",
            )
        return self.ids


def fit(
    messages: Sequence[Message], render: Render, *, context: int, reply: int, reserve: int, policy: Overflow
) -> Fitted:
    """Leave out as few messages as the policy allows.

    `reply` tokens are already written after the conversation; `reserve` more are kept free for the rest, at most a
    quarter of the context. With "stop" nothing is left out and nothing reserved: the chat ends where the context does.
    """
    most = context - 1 - reply
    ids = render(messages)
    wanted = most if policy == "stop" else context - reply - max(1, min(reserve, context // 4))
    if len(ids) <= wanted or policy == "stop":
        return Fitted(ids, 0, most)
    return _shortest(messages, _groups(messages, policy), render, wanted, most)


def _shortest(messages: Sequence[Message], groups: list[list[int]], render: Render, wanted: int, most: int) -> Fitted:
    """Drop groups from the first on, as few as suffice; found by halving, since rendering a long chat takes time."""

    def without(count: int) -> tuple[list[int], int]:
        gone = {index for group in groups[:count] for index in group}
        return render([message for n, message in enumerate(messages) if n not in gone]), len(gone)

    low, high = 0, len(groups)  # `low` does not fit; `high` fits, or there is no more to drop
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if len(without(middle)[0]) <= wanted else (middle, high)
    ids, dropped = without(high)
    return Fitted(ids, dropped, most)


def _groups(messages: Sequence[Message], policy: Overflow) -> list[list[int]]:
    """Indices to drop together, in the order of dropping: a question with its replies, so that turns still alternate.

    The instructions and the last question are in none. "drop_middle" drops the first question last.
    """
    last = max((n for n, message in enumerate(messages) if message.role == "user"), default=len(messages) - 1)
    groups: list[list[int]] = []
    for n, message in enumerate(messages[:last]):
        if message.role == "user" or (message.role == "assistant" and not groups):
            groups.append([n])
        elif message.role == "assistant":
            groups[-1].append(n)
    return [*groups[1:], *groups[:1]] if policy == "drop_middle" else groups
