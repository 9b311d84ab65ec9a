from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import UserError
from engine.messages import Message, Overflow, Role
from engine.run.overflow import Fitted, fit

CHAT = [Message("system", "s" * 5)] + [Message(("user", "assistant")[n % 2], str(n) * 10) for n in range(7)]


def render(messages: Sequence[Message]) -> list[int]:
    return [ord(c) for m in messages for c in m.text]


def text(fitted: Fitted) -> str:
    return "".join(map(chr, fitted.ids))


def fitted(
    policy: Overflow, context: int, messages: Sequence[Message] = CHAT, reserve: int = 1, reply: int = 0
) -> Fitted:
    return fit(messages, render, context=context, reply=reply, reserve=reserve, policy=policy)


@pytest.mark.parametrize("policy", ["stop", "drop_oldest", "drop_middle"])
def test_what_fits_is_left_whole(policy: Overflow) -> None:
    assert fitted(policy, 76).ids == render(CHAT) and fitted(policy, 76).dropped == 0


def test_the_oldest_questions_go_with_their_answers_and_the_instructions_stay() -> None:
    assert text(fitted("drop_oldest", 75)) == "s" * 5 + "".join(str(n) * 10 for n in range(2, 7))
    assert fitted("drop_oldest", 75).dropped == 2
    assert text(fitted("drop_oldest", 17)) == "sssss" + "6" * 10


def test_the_middle_goes_before_the_first_question() -> None:
    assert text(fitted("drop_middle", 75)) == "s" * 5 + "".join(str(n) * 10 for n in (0, 1, 4, 5, 6))
    assert text(fitted("drop_middle", 40)) == "s" * 5 + "".join(str(n) * 10 for n in (0, 1, 6))
    assert text(fitted("drop_middle", 20)) == "s" * 5 + "6" * 10


def test_stop_leaves_nothing_out_and_names_both_numbers() -> None:
    with pytest.raises(UserError, match=r"75 tokens.* 69"):
        fitted("stop", 70).require()


def test_a_message_too_long_by_itself_is_refused_with_both_numbers() -> None:
    for policy in ("drop_oldest", "drop_middle"):
        with pytest.raises(UserError, match=r"15 tokens.* 14"):
            fitted(policy, 15).require()
        assert len(fitted(policy, 16).require()) == 15


def test_room_is_kept_for_the_reply_but_never_more_than_a_quarter() -> None:
    assert fitted("drop_oldest", 80, reserve=10).dropped == 2
    assert fitted("drop_oldest", 100, reserve=10_000).dropped == 0
    assert fitted("drop_oldest", 98, reserve=10_000).dropped == 2
    assert fitted("drop_oldest", 100, reserve=1, reply=25).dropped == 2


ROLES: list[Role] = ["system", "user", "assistant"]
MESSAGES = st.lists(st.builds(Message, st.sampled_from(ROLES), st.text("ab", max_size=9)), max_size=9)


@given(messages=MESSAGES, context=st.integers(2, 60), reserve=st.integers(0, 30))
def test_it_drops_whole_messages_in_order_and_only_when_needed(
    messages: list[Message], context: int, reserve: int
) -> None:
    for policy in ("drop_oldest", "drop_middle"):
        got = fit(messages, render, context=context, reply=0, reserve=reserve, policy=policy)
        wanted = context - max(1, min(reserve, context // 4))
        assert got.dropped == 0 or len(render(messages)) > wanted
        assert got.dropped < max(len(messages), 1)
        instructions = [ord(c) for m in messages if m.role == "system" for c in m.text]
        assert len(got.ids) >= len(instructions)


def test_a_long_chat_is_rendered_a_few_times_only() -> None:
    calls = 0

    def counted(messages: Sequence[Message]) -> list[int]:
        nonlocal calls
        calls += 1
        return render(messages)

    chat = [Message(("user", "assistant")[n % 2], "x" * 10) for n in range(1001)]
    assert len(fit(chat, counted, context=200, reply=0, reserve=1, policy="drop_oldest").ids) == 190
    assert calls < 15
