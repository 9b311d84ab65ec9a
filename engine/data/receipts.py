"""How a reply came to be: the turn (model, settings, seed) and every token with its alternatives, kept as written.

Knows no tokenizer: the text of an alternative is stored once per model, the token's own text is a span of the message.
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from itertools import chain

from engine.data.chats import State
from engine.data.store import Connection, Row, saving, transaction
from engine.messages import Alternative, CardUsed, FinishReason, Piece

_SPANS = "SELECT position, start, end, logprob FROM token WHERE message = ? AND position >= ? ORDER BY position"
_KEPT = "SELECT position, id, alternatives FROM token WHERE message = ? AND position >= ? ORDER BY position"
_ALTERNATIVE = struct.Struct("<if")  # token id, log-probability


@dataclass(frozen=True, slots=True)
class Turn:
    """What a reply was written with. `sampling` is JSON; `reason` is empty while it is written. Seconds of writing."""

    model: str
    model_sha256: str
    device: str
    precision: str
    sampling: str
    instructions: str = ""
    seed: int | None = None
    prompt_tokens: int | None = None
    dropped: int = 0
    reason: FinishReason | str = ""
    seconds: float = 0.0
    cards: tuple[CardUsed, ...] = ()
    """The taught pairs that it leans on, with the words they had then."""


@dataclass(frozen=True, slots=True)
class Span:
    """The characters `start` to `end` of a message that one token wrote, and its log-probability in nats."""

    position: int
    start: int
    end: int
    logprob: float

    @property
    def probability(self) -> float:
        return math.exp(self.logprob)


@dataclass(frozen=True, slots=True)
class Token:
    """One token of a reply: `start` and `end` are offsets in the message's characters; nats, before the sampler."""

    position: int
    id: int
    start: int
    end: int
    logprob: float
    entropy: float
    alternatives: tuple[Alternative, ...]

    @property
    def probability(self) -> float:
        return math.exp(self.logprob)


class Receipts:
    """The receipts of all replies."""

    def __init__(self, db: Connection) -> None:
        self._db = db
        self._known: dict[str, set[int]] = {}

    def begin(self, message: int, turn: Turn) -> None:
        """Open the receipt of a reply that is about to be written."""
        with saving():
            self._db.execute(
                "INSERT INTO turn (message, model, model_sha256, device, precision, sampling, instructions) "
                "VALUES (?, ?, ?, ?, ?, ?, ?)",
                (message, turn.model, turn.model_sha256, turn.device, turn.precision, turn.sampling, turn.instructions),
            )

    def started(
        self, message: int, seed: int, prompt_tokens: int, dropped: int, cards: Sequence[CardUsed] = ()
    ) -> None:
        with saving():
            self._db.execute(
                "UPDATE turn SET seed = ?, prompt_tokens = ?, dropped = ?, cards = ? WHERE message = ?",
                (seed, prompt_tokens, dropped, json.dumps([asdict(card) for card in cards]), message),
            )

    def append(
        self,
        message: int,
        sha256: str,
        pieces: Sequence[Piece],
        position: int,
        offset: int,
        *,
        alternatives: bool = True,
    ) -> int:
        """Write the newest pieces, the first at `position` and at character `offset`; returns the offset after them.

        Text and tokens go in together, so that a crash leaves a message whose receipt fits it.
        """
        rows = []
        for number, piece in enumerate(pieces, position):
            end = offset + len(piece.text)
            packed = _packed(piece.alternatives) if alternatives else b""
            rows.append((message, number, piece.id, offset, end, piece.logprob, piece.entropy, packed))
            offset = end
        with saving(), transaction(self._db):
            if alternatives:
                self._db.executemany("INSERT OR IGNORE INTO piece VALUES (?, ?, ?)", self._new_pieces(sha256, pieces))
            self._db.executemany("INSERT INTO token VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)
            text = "".join(piece.text for piece in pieces).replace("\0", "\ufffd")  # NUL ends a string for SQLite
            self._db.execute("UPDATE message SET text = text || ? WHERE id = ?", (text, message))
        return offset

    def _new_pieces(self, sha256: str, pieces: Sequence[Piece]) -> list[tuple[str, int, str]]:
        known = self._known.setdefault(sha256, set())
        fresh = {a.id: a.text for piece in pieces for a in piece.alternatives if a.id not in known}
        known.update(fresh)
        return [(sha256, token_id, text) for token_id, text in fresh.items()]

    def end(self, message: int, state: State, reason: FinishReason | str, seconds: float) -> None:
        """Close the receipt: the reply is complete, stopped or failed."""
        with saving(), transaction(self._db):
            self._db.execute(
                "UPDATE turn SET reason = ?, seconds = seconds + ? WHERE message = ?", (reason, seconds, message)
            )
            self._db.execute("UPDATE message SET state = ? WHERE id = ?", (state, message))

    def reopen(self, message: int) -> None:
        """The reply goes on: more tokens will follow."""
        with saving(), transaction(self._db):
            self._db.execute(
                "INSERT INTO message_text(message_text, rowid, text) "
                "SELECT 'delete', id, text FROM message WHERE id = ?",
                (message,),
            )
            self._db.execute("UPDATE message SET state = 'writing' WHERE id = ?", (message,))
            self._db.execute(
                "DELETE FROM token WHERE message = ? AND start = end "
                "AND position = (SELECT max(position) FROM token WHERE message = ?)",
                (message, message),
            )

    def turn(self, message: int) -> Turn | None:
        row = self._db.execute("SELECT * FROM turn WHERE message = ?", (message,)).fetchone()
        if row is None:
            return None
        columns = {key: row[key] for key in row.keys() if key != "message"}  # noqa: SIM118
        return Turn(**{**columns, "cards": _cards(columns["cards"])})

    def cards(self, message: int) -> tuple[CardUsed, ...]:
        """The taught pairs that a reply leans on; none for most."""
        row = self._db.execute("SELECT cards FROM turn WHERE message = ?", (message,)).fetchone()
        return () if row is None else _cards(row[0])

    def spans(self, message: int, since: int = 0) -> list[Span]:
        """Where each token of a reply stands and how sure it was: what colouring needs, without the alternatives.

        Only those from the position `since` on.
        """
        return [Span(*row) for row in self._db.execute(_SPANS, (message, since))]

    def rivals(self, message: int, since: int = 0) -> list[tuple[int, float]]:
        """Position and log-probability of the likeliest token that was not written; none where they were not kept."""
        rows = self._db.execute(_KEPT, (message, since))
        best = (
            (position, max((nats for other, nats in _ALTERNATIVE.iter_unpack(packed) if other != own), default=None))
            for position, own, packed in rows
        )
        return [(position, nats) for position, nats in best if nats is not None]

    def ids(self, message: int) -> tuple[int, ...]:
        """The token ids of a reply, so that it can go on."""
        rows = self._db.execute("SELECT id FROM token WHERE message = ? ORDER BY position", (message,))
        return tuple(row[0] for row in rows)

    def token(self, message: int, position: int) -> Token | None:
        """One token with everything that is known of it."""
        row = self._db.execute(
            "SELECT k.*, t.model_sha256 FROM token k JOIN turn t USING (message) "
            "WHERE k.message = ? AND k.position = ?",
            (message, position),
        ).fetchone()
        return None if row is None else self._token(row)

    def _token(self, row: Row) -> Token:
        packed = list(_ALTERNATIVE.iter_unpack(row["alternatives"]))
        marks = ", ".join("?" * len(packed))
        texts = dict(
            self._db.execute(
                f"SELECT id, text FROM piece WHERE model_sha256 = ? AND id IN ({marks})",
                (row["model_sha256"], *(token_id for token_id, _ in packed)),
            ).fetchall()
        )
        alternatives = tuple(Alternative(token_id, texts.get(token_id, ""), logprob) for token_id, logprob in packed)
        return Token(row["position"], row["id"], row["start"], row["end"], row["logprob"], row["entropy"], alternatives)

    def copy(self, source: int, target: int, tokens: int) -> int:
        """Give a new branch the first tokens of another reply, text and all; returns its length in characters."""
        with saving(), transaction(self._db):
            self._db.execute(
                "INSERT INTO token SELECT ?, position, id, start, end, logprob, entropy, alternatives FROM token "
                "WHERE message = ? AND position < ?",
                (target, source, tokens),
            )
            self._db.execute(
                "UPDATE message SET text = (SELECT substr(s.text, 1, "
                "coalesce((SELECT max(end) FROM token WHERE message = ?), 0)) "
                "FROM message s WHERE s.id = ?) WHERE id = ?",
                (target, source, target),
            )
        return int(self._db.execute("SELECT length(text) FROM message WHERE id = ?", (target,)).fetchone()[0])


def _packed(alternatives: Sequence[Alternative]) -> bytes:
    numbers = chain.from_iterable((one.id, one.logprob) for one in alternatives)
    return struct.pack("<" + "if" * len(alternatives), *numbers)


def _cards(encoded: str) -> tuple[CardUsed, ...]:
    return tuple(CardUsed(**card) for card in json.loads(encoded))
