"""How words and pieces are shown where spaces and signs would be lost. Knows no widget."""

from __future__ import annotations

VISIBLE = {" ": "␣", "\n": "↵", "\t": "⇥", "\r": "␍"}


def shown(text: str) -> str:
    """A word without the space before it; signs in quotes; what cannot be seen as a mark; nothing as "the end"."""
    if not text:
        return "the end"
    word = text.strip(" ")
    if not word.strip():
        return "".join(VISIBLE.get(letter, letter) for letter in word or text)
    word = "".join(VISIBLE.get(letter, letter) if letter != " " else letter for letter in word)
    return word if any(letter.isalnum() for letter in word) else f"“{word}”"
