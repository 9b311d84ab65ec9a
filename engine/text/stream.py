"""Text out of ids as they come, never half a character. Knows no model and no stop strings."""

from __future__ import annotations

import codecs
from collections.abc import Iterable

from engine.text.tokenizer import Tokenizer


class StreamDecoder:
    """Joined, what `push` and `finish` return is the decoded text of all ids pushed."""

    def __init__(self, tokenizer: Tokenizer, earlier: Iterable[int] = ()) -> None:
        """`earlier` ids are already shown: half a character at their end is completed by the next ids."""
        self._tokenizer = tokenizer
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        for token_id in earlier:
            self.push(token_id)

    def push(self, token_id: int) -> str:
        """The text that is complete with this token; empty in the middle of a character."""
        return self._decoder.decode(self._tokenizer.token_bytes(token_id))

    def finish(self) -> str:
        """U+FFFD where the text ends in half a character, else nothing."""
        return self._decoder.decode(b"", final=True)
