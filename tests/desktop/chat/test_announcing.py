"""What a screen reader hears of a reply."""

from __future__ import annotations

from desktop.chat.announcing import SentenceReader


def test_sentences_are_said_when_they_are_complete_and_the_rest_at_the_end() -> None:
    said: list[str] = []
    reader = SentenceReader(said.append)
    for text in ("The sky", " is blue. It", " was 3.5 degrees", "\nToday", " it"):
        reader.read(text)
    assert said == ["The sky is blue.", "It was 3.5 degrees"]
    reader.finish()
    assert said[-1] == "Today it"
    reader.finish()
    assert len(said) == 3
