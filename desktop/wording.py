"""How words and pieces are shown where spaces and signs would be lost. Knows no widget."""

from __future__ import annotations

OTHERS = "<others>"
"""The row of all that is not listed."""
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


def continued(text: str, words: str, started: str) -> str:
    """The text with these words after it; a word that completes what stands at its end takes the place of that."""
    if started and words.startswith(started) and text.endswith(started):
        return text[: -len(started)] + words
    if text.endswith(" ") and words.startswith(" "):
        return text + words[1:]
    return text + words
