"""What a chat is called until a person names it. Knows text only."""

TITLE_LENGTH = 48
EMPTY_TITLE = "New chat"


def title_of(text: str) -> str:
    """A title for a chat, from its first question."""
    line = " ".join(text.split())
    if len(line) <= TITLE_LENGTH:
        return line or EMPTY_TITLE
    return line[:TITLE_LENGTH].rsplit(" ", 1)[0].rstrip(",.;:") + "…"
