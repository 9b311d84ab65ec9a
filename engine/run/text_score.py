"""How likely every token of a text is, with the characters that it stands for. Knows one loaded model."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from engine.messages import TextScore, TextToken
from engine.run.loaded import Loaded
from engine.run.prefix import Prefix
from engine.run.score import score
from engine.text.tokenizer import Tokenizer, decode


def score_text(loaded: Loaded, text: str) -> Generator[tuple[int, int], None, TextScore]:
    """Yields (done, total) in tokens. What the model has read for a chat stays as it is. UserError for no text."""
    spans, head = loaded.tokenizer.encode_with_offsets(text), len(loaded.start)
    ids = [token_id for token_id, _, _ in spans]
    whole = [*loaded.start, *ids] if ids else []
    found = yield from score(whole, Prefix(loaded.model), loaded.tokenizer, loaded.info.context, head)
    tokens = tuple(
        TextToken(token_id, one.piece, start, end, one.logprob, one.rank, one.entropy)
        for (token_id, start, end), one in zip(spans, found.tokens[head:], strict=True)
    )
    known = gives_back(loaded.tokenizer, ids, text)
    return TextScore(tokens, found.perplexity, found.bits_per_byte, found.windows, known)


def gives_back(tokenizer: Tokenizer, ids: Sequence[int], text: str) -> bool:
    """Whether these tokens, which the text was cut into, spell it."""
    return decode(tokenizer, ids, start=True) == text
