"""Conversations as ChatGPT and Claude export them. Knows their layout, not the archive around them."""

from __future__ import annotations

from collections.abc import Mapping as AnyMapping
from typing import Any

from engine.data.pairs.collecting import Collected
from engine.data.pairs.conversations import Turn, add_conversation, role_of, text_of_parts


def add_chatgpt(row: int, record: AnyMapping[str, Any], found: Collected) -> None:
    """A tree of messages: the branch that was on screen, without what was hidden or meant for a tool."""
    turns: list[Turn] = []
    nodes = record["mapping"]
    path = _path(nodes, record.get("current_node"))
    for name in path:
        message = nodes[name].get("message")
        if not isinstance(message, dict):
            continue
        author, content = message.get("author"), message.get("content")
        metadata = message.get("metadata")
        role = role_of(author.get("role", "")) if isinstance(author, dict) else ""
        hidden = isinstance(metadata, dict) and metadata.get("is_visually_hidden_from_conversation")
        text, missing = _content(content)
        if role == "system" or hidden:
            continue
        if role not in ("user", "assistant") or message.get("recipient", "all") != "all":
            if text.strip():
                found.skip(row, "A turn by or for a tool is left out.", text)
        elif str(message.get("weight", "1")) in ("0", "0.0"):
            found.skip(row, "A turn that was taken back (weight 0) is left out.", text)
        elif text.strip():
            turns.append(Turn(role, text))
        if missing:
            found.skip(row, "A part of a turn that is no text is left out.", missing)
    shown = set(path)
    if any(name not in shown and isinstance(node, dict) and node.get("message") for name, node in nodes.items()):
        found.skip(row, "Answers on other branches of the conversation are left out.", str(record.get("title") or ""))
    add_conversation(row, turns, found)


def _content(content: object) -> tuple[str, str]:
    if not isinstance(content, dict):
        return "", ""
    if content.get("content_type", "text") not in ("text", "multimodal_text"):
        return "", str(content.get("content_type"))
    return text_of_parts(content.get("parts", []))


def _path(nodes: AnyMapping[str, Any], tip: object) -> list[str]:
    """From the first message to the tip; where no tip is named, to the last message without an answer."""
    known = {name: node for name, node in nodes.items() if isinstance(node, dict)}
    if tip not in known:
        leaves = [name for name, node in known.items() if not node.get("children")]
        tip = leaves[-1] if leaves else next(iter(known), None)
    path: list[str] = []
    seen: set[object] = set()
    while isinstance(tip, str) and tip in known and tip not in seen:
        seen.add(tip)
        path.append(tip)
        tip = known[tip].get("parent")
    return path[::-1]


def add_claude(row: int, record: AnyMapping[str, Any], found: Collected) -> None:
    turns: list[Turn] = []
    for message in record["chat_messages"]:
        if not isinstance(message, dict):
            found.skip(row, "A turn without a role is left out.", str(message))
            continue
        text = message.get("text")
        if not isinstance(text, str) or not text.strip():
            text, missing = text_of_parts(message.get("content"))
            if missing:
                found.skip(row, "A part of a turn that is no text is left out.", missing)
        turns.append(Turn(role_of(message.get("sender", "")), text))
    add_conversation(row, turns, found)
