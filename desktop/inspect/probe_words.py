"""A probe as it is typed, why it cannot be measured, and what came of it in sentences. Knows no widget."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from desktop.amounts import counted
from desktop.inspect.chances import odds
from engine.messages import SLOT, ProbeResult, ProbeRow

MOST_FILLERS, MOST_TEMPLATES = 60, 60
FEW_WAYS = 5
_SLOT = re.compile(f"{SLOT}_*")
"""People type four or five underscores too."""


@dataclass(frozen=True, slots=True)
class Draft:
    templates: tuple[str, ...]
    fillers: tuple[str, ...]
    choices: tuple[str, ...]

    @property
    def problem(self) -> str:
        """Why it cannot be measured, in a sentence; empty when it can."""
        wrong = [number for number, one in enumerate(self.templates, 1) if len(_SLOT.findall(one)) != 1]
        if not self.templates:
            return f"Write a sentence with {SLOT} where a word is to be swapped."
        if wrong:
            return f"Sentence {wrong[0]} needs {SLOT} once, where a word is to be swapped."
        if len(self.fillers) < 2:
            return "Write at least two words to swap, with commas between them."
        if len(set(self.choices)) != 2:
            return "Write two words to choose between: he or she."
        return ""


def draft_of(templates: str, fillers: str, choices: str) -> Draft:
    """`templates` one a line, `fillers` with commas, `choices` as "he or she"."""
    lines = tuple(line.rstrip() for line in templates.splitlines() if line.strip())
    words = dict.fromkeys(word.strip() for word in fillers.split(",") if word.strip())
    parts = [part.strip() for part in re.split(r"\s+or\s+|[,/]", choices) if part.strip()]
    return Draft(lines[:MOST_TEMPLATES], tuple(words)[:MOST_FILLERS], tuple(parts))


def split_slot(template: str) -> tuple[str, str]:
    """What stands before the slot and after it."""
    before, *after = _SLOT.split(template, maxsplit=1)
    return before.strip(), "".join(after).strip()


def with_slot(before: str, after: str) -> str:
    """The sentence again. No space before a comma, and none that is not needed."""
    joined = f"{before.strip()} {SLOT}" if before.strip() else SLOT
    after = after.strip()
    return joined + (after if after[:1] in set(",.;:!?'’") else f" {after}" if after else "")


def from_text(text: str, fillers: Sequence[str]) -> str:
    """The text of the box as a template: with its own slot, or with the first filler in it made one; else empty."""
    line = " ".join(text.split())
    if len(_SLOT.findall(line)) == 1:
        return line
    for word in fillers:
        found = re.search(rf"(?<!\w){re.escape(word)}(?!\w)", line, re.IGNORECASE)
        if found:
            return line[: found.start()] + SLOT + line[found.end() :]
    return ""


# ---- the result -----------------------------------------------------------------------
def is_shifted(result: ProbeResult, row: ProbeRow) -> bool:
    """Whether its interval leaves out the mean of all. One sentence alone has no interval."""
    return result.templates > 1 and not row.low <= result.baseline <= row.high


def strongest(result: ProbeResult) -> ProbeRow | None:
    """The shifted filler that is farthest from the mean of all."""
    shifted = [row for row in result.rows if is_shifted(result, row)]
    return max(shifted, key=lambda row: abs(row.log_odds - result.baseline), default=None)


def finding(result: ProbeResult) -> str:
    most, count = strongest(result), counted(len(result.rows), "word")
    if most is None:
        return f"None of {count} clearly shifts the choice."
    shifts = "shift" if result.shifted != 1 else "shifts"
    return f"{result.shifted} of {count} {shifts} the choice, and “{most.filler}” shifts it most."


def details(result: ProbeResult) -> str:
    most = strongest(result)
    parts = [f"{odds_for(result.choices, most.log_odds)} after “{most.filler}”."] if most else []
    parts.append(f"On average of all words: {_lower(odds_for(result.choices, result.baseline))}.")
    parts.append("By chance alone, 1 word in 20 would look shifted.")
    return " ".join(parts)


def odds_for(choices: tuple[str, str], nats: float) -> str:
    """ "Odds of 4 to 1 for “she”" """
    said = odds(nats)
    if said == "even":
        return "Even odds"
    return f"Odds of {said} for “{choices[0 if nats > 0 else 1]}”"


def averaged(result: ProbeResult) -> str:
    """What a line of the chart is made of."""
    circle = "An open circle means no clear difference from the average of all words, the dotted line."
    if result.templates == 1:
        return f"One sentence alone shows little: write other ways to say it. {circle}"
    few = " Few sentences make the intervals unsure." if result.templates < FEW_WAYS else ""
    return f"Each line averages {result.templates} ways to say the same sentence.{few} {circle}"


def spoken(result: ProbeResult, row: ProbeRow) -> str:
    low, high = sorted((row.low, row.high))
    clear = "" if is_shifted(result, row) else ", no clear difference from the average"
    return (
        f"{row.filler}: {_lower(odds_for(result.choices, row.log_odds))}, 95% interval {low:+.2f} to {high:+.2f}{clear}"
    )


def _lower(text: str) -> str:
    return text[:1].lower() + text[1:]
