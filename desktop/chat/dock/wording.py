"""What the dock says of a place: sentences, and rows for the bars. Knows numbers, no widget."""

from __future__ import annotations

import html
import math

from desktop.amounts import choices_between
from desktop.chat.dock.place import Place
from desktop.chat.facts import ordinal
from desktop.table import Table
from desktop.widgets.word_row import WordRow, percent
from desktop.wording import OTHERS, shown
from engine.messages import Chance, ChatChances, NextChances, XRayStage

LONGEST = 44
DRAFT = "Enter or a double click on a word writes it into your message. Model, before the sampler."
ON = "Enter or a double click on a word goes on from here with it; the old reply is kept."
BEFORE, AFTER = "Model, before the sampler: whole words.", "After the sampler: tokens that it may pick."
FROM_RECEIPT = "As {model} saw it when it wrote this reply: tokens, from its receipt."


def followed(place: Place) -> str:
    """The end of what stands before the place."""
    before = " ".join(place.before.split(" ")).replace("\n", " ↵ ")
    if not before.strip():
        return "At the beginning of your message" if place.kind == "draft" else "At the beginning of the reply"
    return f"After  {before}" if len(before) <= LONGEST else f"After  …{before[-LONGEST:]}"


def finding(place: Place, chances: ChatChances | None, *, after: bool) -> str:
    """Between how many the choice is, as rich text."""
    if chances is None:
        token = place.written
        return _strong(choices_between(token.entropy)) if token is not None else ""
    if after and chances.stages:
        return _strong(choices_between(chances.stages[-1].entropy))
    return _strong(choices_in(chances.words))


def choices_in(words: NextChances) -> str:
    """Of words the entropy is a lower bound, since nobody counts them all."""
    said = choices_between(words.entropy).replace("token", "word")
    return said.replace("about", "at least")


def _strong(said: str) -> str:
    return f"Choosing between <b>{html.escape(said)}</b>"


def noted(place: Place) -> str:
    """What the reply has here, and how it came to that."""
    if place.kind == "draft":
        return "What the model would expect you to write."
    token = place.written
    if token is None:
        return "The reply grows here." if place.kind == "writing" else "The reply ends here."
    rank = 1 + sum(one.logprob > token.logprob for one in token.alternatives if one.id != token.id)
    text = next((one.text for one in token.alternatives if one.id == token.id), "")
    listed = any(one.id == token.id for one in token.alternatives)
    choice = f"the {ordinal(rank)} choice" if listed else "none of the likeliest"
    seed = f", picked with seed {place.seed}" if place.seed is not None else ""
    word = f"“{shown(text).strip('“”')}”" if listed else "This token"
    return f"{word} was written: {choice}, {percent(token.probability)}{seed}."


def rows_before(place: Place, chances: ChatChances) -> list[WordRow]:
    """Whole words of the model. The one that the reply has here is marked, where it is among them."""
    ids = (place.written.id,) if place.written is not None else ()
    marked = next((n for n, one in enumerate(chances.words.items) if ids and one.ids[: len(ids)] == ids), None)
    rows = [
        WordRow(shown(one.text), one.probability, "written" if n == marked else "word")
        for n, one in enumerate(chances.words.items)
    ]
    return [*rows, WordRow(OTHERS, chances.words.unexplored, "others")]


def rows_after(place: Place, chances: ChatChances) -> list[WordRow]:
    """Tokens that are left after the last step of the sampler."""
    stage = chances.stages[-1]
    own = place.written.id if place.written is not None else -1
    rows = [WordRow(shown(one.text), one.probability, "written" if own in one.ids else "word") for one in stage.items]
    rest = max(0.0, 1.0 - math.fsum(one.probability for one in stage.items))
    return [*rows, WordRow(OTHERS, rest, "others")] if stage.candidates > len(rows) else rows


def table_of(chances: ChatChances) -> Table:
    """All numbers of a place, words and steps."""
    words = chances.words
    rows = [("next word, model", "", one.text, one.probability, _ids(one)) for one in words.items]
    rows.append(("next word, model", "", OTHERS, words.unexplored, ""))
    for place, stage in enumerate(chances.stages):
        part = "sampler, model" if place == 0 else "sampler, after this step"
        rows.append((part, stage.name, f"{stage.candidates} left", stage.mass_kept, ""))
        rows += [(part, stage.name, one.text, one.probability, _ids(one)) for one in stage.items]
    return Table("Next word", ("part", "step", "text", "probability", "tokens"), rows)


def _ids(chance: Chance) -> str:
    return " ".join(map(str, chance.ids))


def kept(stage: XRayStage) -> str:
    """What the sampler leaves of it all, in a sentence."""
    if not stage.items:
        return ""
    best = stage.items[0]
    stay = "1 candidate stays" if stage.candidates == 1 else f"{stage.candidates:,} candidates stay"
    return f"{stay}. “{shown(best.text).strip('“”')}” now has a {percent(best.probability)} chance."


def how(blocked: str, *, after: bool) -> str:
    """What can be done with a row, and what the numbers are."""
    return f"{AFTER if after else BEFORE} {f'{blocked}.' if blocked else ON}"
