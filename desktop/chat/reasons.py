"""Why a reply can't be changed or continued now, and what stands in the row under it. Knows wording, not widgets."""

from __future__ import annotations

from desktop.chat.actions import WAIT, RowState
from desktop.chat.certainty import Certainty, certainty_of, has_strip
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


def why_not_weighed(talk: Conversation, message: StoredMessage) -> str:
    """Why it can't be measured what mattered for a reply; empty when it can."""
    if talk.model is None:
        return "No model is loaded that could measure it"
    if not message.text.strip():
        return "There is no text to measure by"
    return "" if any(m.id == message.parent for m in talk.messages) else "There is no question above it"


def certainty(talk: Conversation, message: StoredMessage) -> Certainty | None:
    """How sure each token of a reply was; None where no strip shows it."""
    spans = talk.receipts.spans(message.id)
    return certainty_of(spans, talk.receipts.rivals(message.id)) if has_strip(message, spans) else None


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
        why_not_weighed(talk, message),
        turn.cards if turn else (),
        certainty(talk, message),
    )
