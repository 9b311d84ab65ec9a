"""What a Starter knows: questions about its world in new wordings, and questions that nothing there answers.

Knows how to ask and to judge; how the model was made is the recipe's.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from engine.data.world.outside import held_out_outside, says_unknown
from engine.data.world.questions import held_out_questions, right, training_questions
from engine.messages import Message
from engine.model.transformer import Transformer
from engine.run.batch_generate import answer_all
from engine.text.template import ChatTemplate
from engine.text.tokenizer import Tokenizer, decode

LONGEST = 40


@dataclass(frozen=True, slots=True)
class Known:
    """Shares, 0 to 1, and some answers that were wrong."""

    reworded: float
    learned: float
    """Of questions in wordings that were learned from."""
    unknown: float
    topics: dict[str, float]
    wrong: tuple[tuple[str, str, str], ...]
    """Question, answer, what was wanted."""


def ask(model: Transformer, tokenizer: Tokenizer, template: str, count: int = 300) -> Known:
    """Greedy answers through the template."""
    render = ChatTemplate(template, {"bos_token": tokenizer.piece(1)})
    end = tokenizer.control_tokens()["<|end|>"]

    def answers(questions: Sequence[str]) -> list[str]:
        prompts = [render.render([Message("user", question)], tokenizer) for question in questions]
        asking = answer_all(model, prompts, [LONGEST] * len(prompts), frozenset({2, end}))
        while True:
            try:
                next(asking)
            except StopIteration as finished:
                return [decode(tokenizer, ids) for ids in finished.value]

    held, outside, plain = (
        held_out_questions(count=count),
        held_out_outside(count=count // 3),
        training_questions(77, count),
    )
    said = answers([one.question for one in held])
    told = answers([one.question for one in plain])
    away = answers(outside)
    marks = [right(one, answer) for one, answer in zip(held, said, strict=True)]
    every = Counter(one.topic for one in held)
    hits = Counter(one.topic for one, mark in zip(held, marks, strict=True) if mark)
    wrong = [(q.question, a, q.key) for q, a, mark in zip(held, said, marks, strict=True) if not mark]
    wrong += [(q, a, "I do not know that.") for q, a in zip(outside, away, strict=True) if not says_unknown(a)]
    return Known(
        sum(marks) / len(marks),
        sum(right(one, answer) for one, answer in zip(plain, told, strict=True)) / len(plain),
        sum(map(says_unknown, away)) / len(away),
        {topic: hits[topic] / number for topic, number in every.items()},
        tuple(wrong),
    )
