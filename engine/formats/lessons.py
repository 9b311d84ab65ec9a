"""`pairs.jsonl`: the pairs that a model was taught, beside its weights, one JSON object a line. Knows no table."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from engine.errors import UserError
from engine.formats.fields import Fields, read_text
from engine.formats.tensor_writer import write_file
from engine.messages import Lesson, Message

PAIRS = "pairs.jsonl"
LARGEST = 256 << 20
ROLES = ("system", "user", "assistant")


def read_lessons(folder: Path) -> tuple[Lesson, ...]:
    """Nothing where there is no such file. UserError when it is damaged."""
    if not (folder / PAIRS).is_file():
        return ()
    lines = read_text(folder / PAIRS, LARGEST).split("\n")  # a text may hold what else Python calls a line's end
    return tuple(_lesson(line, number) for number, line in enumerate(lines, 1) if line.strip())


def write_lessons(folder: Path, lessons: Sequence[Lesson]) -> list[Path]:
    """Returns what was written: nothing where there are none."""
    if not lessons:
        return []
    write_file(folder / PAIRS, "".join(_line(lesson) for lesson in lessons).encode("utf-8", "replace"))
    return [folder / PAIRS]


def _line(lesson: Lesson) -> str:
    earlier = [{"role": message.role, "text": message.text} for message in lesson.earlier]
    values = {"id": lesson.id, "question": lesson.question, "answer": lesson.answer, "system": lesson.system}
    return json.dumps(values | {"earlier": earlier}, ensure_ascii=False) + "\n"


def _lesson(line: str, number: int) -> Lesson:
    try:
        values = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise _damaged(number) from error
    if not isinstance(values, dict):
        raise _damaged(number)
    fields = Fields(values, f"{PAIRS}, line {number},")
    earlier = tuple(_message(turn, number) for turn in fields.array("earlier"))
    return Lesson(
        fields.integer("id"), fields.text("question"), fields.text("answer"), fields.text("system", ""), earlier
    )


def _message(turn: object, number: int) -> Message:
    match turn:
        case {"role": "system" | "user" | "assistant" as role, "text": str(text)}:
            return Message(role, text)
    raise _damaged(number)


def _damaged(number: int) -> UserError:
    return UserError(f"{PAIRS} is damaged in line {number}", "Teach the pairs again, or restore the file.")
