"""How the facts of a model are said: sizes, verdicts, where it came from. Knows no widget and no colour."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from desktop.amounts import SPACE, amount
from engine.messages import Fit, ModelInfo, Progress, Verdict

FAMILIES: Mapping[str, str] = {"llama": "Llama", "qwen2": "Qwen 2", "qwen3": "Qwen 3", "gemma3": "Gemma 3"}
STAGES: Mapping[str, str] = {"base": "Base", "chat": "Chat", "taught": "Taught", "preferred": "Preferred"}
SOURCES: Mapping[str, str] = {
    "library": "Your library",
    "package": "A Python package",
    "file": "A file",
    "shipped": "Nextword itself",
}


@dataclass(frozen=True, slots=True)
class Verdicts:
    """A verdict in a word, with the icon and the colour token that repeat it."""

    word: str
    icon: str
    color: str


VERDICTS: Mapping[Verdict, Verdicts] = {
    "fits": Verdicts("Fits", "circle-check", "ok"),
    "tight": Verdicts("Tight", "circle-alert", "warn"),
    "too big": Verdicts("Too big", "x", "bad"),
}


def count(parameters: int) -> str:
    """A number of parameters: "135 M", "6.8 M", "3.1 B"."""
    if parameters >= 10**9:
        return f"{parameters / 10**9:.1f}{SPACE}B"
    millions = parameters / 10**6
    return f"{millions:.0f}{SPACE}M" if millions >= 10 else f"{millions:.{1 if millions >= 1 else 2}f}{SPACE}M"


def need(fit: Fit) -> str:
    """The numbers that a verdict comes from; an estimate, and called one."""
    if fit.verdict == "too big":
        return f"needs about {amount(fit.needed)}, {amount(fit.free)} are free"
    return f"chat takes about {amount(fit.needed)}"


def kind(info: ModelInfo) -> str:
    """What stage a model is in, and from which it came."""
    stage = STAGES.get(info.stage, info.stage.capitalize())
    if not info.parent:
        return stage
    return f"{stage} from {info.parent}" if info.stage == "taught" else f"{stage}, taught from {info.parent}"


def origin(info: ModelInfo) -> str:
    """One line under the name: the stage, and whether it has been used before."""
    return kind(info) if info.ready else f"{kind(info)}, made ready on first use"


def family(info: ModelInfo) -> str:
    return FAMILIES.get(info.architecture, info.architecture)


def tokenizer(info: ModelInfo) -> str:
    name = "SentencePiece" if info.tokenizer == "sentencepiece" else info.tokenizer
    return f"{name}, {info.vocabulary:,} tokens"


def in_short(info: ModelInfo) -> str:
    return f"{count(info.parameters)} parameters, {amount(info.bytes)}"


def facts(info: ModelInfo) -> list[tuple[str, str]]:
    """What the details list, in order."""
    return [
        ("Size", f"{count(info.parameters)} parameters"),
        ("On disk", amount(info.bytes)),
        ("Family", family(info)),
        ("Tokenizer", tokenizer(info).removesuffix(" tokens")),
        ("Context", f"{info.context:,} tokens"),
        ("Chat template", "Yes" if info.has_template else "None, continues text"),
        ("Licence", info.licence or "Not stated"),
        ("Source", SOURCES[info.source]),
    ]


def spoken(info: ModelInfo, in_use: bool) -> str:
    """One row as a screen reader says it."""
    if info.problem:
        return f"{info.title}, cannot be opened. {info.problem}"
    parts = [info.title, kind(info), in_short(info), VERDICTS[info.fit.verdict].word, need(info.fit)]
    return ", ".join(["in use", *parts] if in_use else parts)


def progress(step: Progress) -> str:
    """How far a long job is: "62 MB of 98 MB"."""
    return f"{amount(step.done)} of {amount(step.total)}"
