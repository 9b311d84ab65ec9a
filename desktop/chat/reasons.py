"""Why a reply can't be changed or continued now, and what stands in the row under it. Knows wording, not widgets."""

from __future__ import annotations

from desktop.chat.actions import WAIT, RowState
from desktop.chat.conversation import Conversation
from desktop.chat.facts import fact_of, progress_of, receipt_of
from engine.data.chats import StoredMessage

CANNOT_GO_ON = {
    "": "",
    "model": "It was written by another model than the one in use",
    "edited": "You wrote this version, so there is nothing to go on from",
    "writing": WAIT,
}


def why_not_on(talk: Conversation, message: StoredMessage) -> str:
    """Why a reply can't go on from one of its tokens; empty when it can."""
    return CANNOT_GO_ON[talk.can_go_on(message)]


def why_not_taught(talk: Conversation, message: StoredMessage) -> str:
    """Why a reply can't be corrected and taught now; empty when it can."""
    if talk.writer.message is not None:
        return WAIT
    if talk.correcting.running:
        return "Waits until the correction before it is taught"
    if not any(m.id == message.parent for m in talk.messages):
        return "There is no question above it"
    return "" if talk.model is not None else "No model is loaded that could learn it"


def row_state(talk: Conversation, message: StoredMessage) -> RowState:
    """What the row under a message shows now."""
    blocked = WAIT if talk.writer.message is not None else ""
    if message.role == "user":
        return RowState("", blocked=blocked)
    turn = talk.receipts.turn(message.id)
    writing = progress_of(talk.writer) if talk.writer.message == message.id else ""
    return RowState(
        fact_of(message, turn),
        receipt_of(turn),
        writing,
        blocked,
        why_not_on(talk, message),
        why_not_taught(talk, message),
        turn.cards if turn else (),
    )
