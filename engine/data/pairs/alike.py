"""Which questions are almost the same: equal but for articles, or for one slip of the pen. Knows no answer.

“Turn it on” and “turn it off”, 3 and 4, my and your are different questions, however much they look alike; so no
share of common words decides, but what the difference is. Candidates come out of an index of the questions with one
word left out, so that 100,000 take seconds.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Generator, Iterable, Iterator, Sequence
from hashlib import blake2b
from itertools import combinations

from engine.data.pairs.pair import Pair, folded

_FILLERS = frozenset(
    (
        *("the", "a", "an", "is", "are", "am", "please", "der", "die", "das", "ein", "eine", "ist", "sind", "bitte"),
        *("le", "la", "les", "l", "un", "une", "est", "el", "los", "las", "una", "es", "son", "il", "lo", "gli", "uno"),
        *("è", "o", "os", "as", "um", "uma", "é", "het", "een", "de"),
    )
)
_MOST_WORDS = 64
_PAIRWISE = 24
_STEP = 1000
_IDEOGRAPHS = "\u2e80"
"""From here on a single character is a word, and one that differs is no slip."""

Links = Generator[tuple[int, int], None, list[tuple[int, int]]]


def asked(pair: Pair, *, with_system: bool = True) -> str:
    """What a pair asks, folded, with a mark for the turns before it: the same words after others ask something else."""
    before = [pair.system if with_system else "", *(turn.text for turn in pair.earlier)]
    question = folded(pair.question)
    if not any(before):
        return question
    mark = blake2b("\x1f".join(map(folded, before)).encode("utf-8", "replace"), digest_size=8).hexdigest()
    return f"0{mark} {question}"


def links(questions: Sequence[str]) -> Links:
    """Positions of folded questions that are almost the same, by twos. Equal ones are linked in a chain."""
    first: dict[str, int] = {}
    found: list[tuple[int, int]] = []
    cores: dict[tuple[str, ...], int] = {}
    gaps: dict[int, list[tuple[int, str]]] = defaultdict(list)
    for i, question in enumerate(questions):
        if i % _STEP == 0:
            yield i, len(questions)
        if question in first:
            found.append((first[question], i))
            continue
        first[question] = i
        core = _core(question)
        if not core:
            continue
        if core in cores:
            found.append((cores[core], i))
            continue
        cores[core] = i
        for key, word in _gaps(core):
            gaps[key].append((i, word))
    for step, bucket in enumerate(gaps.values()):
        if step % _STEP == 0:
            yield len(questions), len(questions)
        if len(bucket) > 1:
            found += [(a, b) for (a, x), (b, y) in _candidates(bucket) if is_slip(x, y)]
    return found


def _core(question: str) -> tuple[str, ...]:
    words = question.split()
    return tuple(word for word in words if word not in _FILLERS) or tuple(words)


def _gaps(core: tuple[str, ...]) -> Iterator[tuple[int, str]]:
    """The question without one of its longer words, and that word."""
    if len(core) > _MOST_WORDS:
        return
    before, heads = 0, []
    for word in core:
        heads.append(before)
        before = hash((before, word))
    after = 0
    for i in range(len(core) - 1, -1, -1):
        if len(core[i]) > 3 and core[i].isalpha() and core[i][0] < _IDEOGRAPHS:
            yield hash((heads[i], after, len(core))), core[i]
        after = hash((after, core[i]))


def _candidates(bucket: list[tuple[int, str]]) -> Iterable[tuple[tuple[int, str], tuple[int, str]]]:
    """Words worth comparing: all with all where they are few, else those that are alike without one letter."""
    if len(bucket) <= _PAIRWISE:
        return combinations(bucket, 2)
    alike: dict[str, list[tuple[int, str]]] = defaultdict(list)
    for entry in bucket:
        word = entry[1]
        for variant in {word, *(word[:i] + word[i + 1 :] for i in range(len(word)))}:
            alike[variant].append(entry)
    return (couple for group in alike.values() if len(group) > 1 for couple in combinations(group[:_PAIRWISE], 2))


def is_slip(a: str, b: str) -> bool:
    """Whether two words differ by what a hurried hand does: a letter lost, doubled, swapped, or a plural s."""
    if len(a) > len(b):
        a, b = b, a
    if a == b or a[0] != b[0]:
        return a == b
    if len(b) == len(a) + 1:
        return b == a + "s" or (len(a) > 4 and any(b[:i] + b[i + 1 :] == a for i in range(1, len(b) - 1)))
    if len(a) != len(b) or len(a) < 5:
        return False
    differ = [i for i in range(len(a)) if a[i] != b[i]]
    if len(differ) == 2 and differ[1] == differ[0] + 1:
        return a[differ[0]] == b[differ[1]] and a[differ[1]] == b[differ[0]]
    return len(differ) == 1 and len(a) > 5 and differ[0] < len(a) - 1


def grouped(count: int, linked: Iterable[tuple[int, int]]) -> list[list[int]]:
    """The positions 0 to `count`, those that are linked, however indirectly, together; in order."""
    parent = list(range(count))

    def root(i: int) -> int:
        while parent[i] != i:
            parent[i] = parent[parent[i]]
            i = parent[i]
        return i

    for a, b in linked:
        low, high = sorted((root(a), root(b)))
        parent[high] = low
    groups: dict[int, list[int]] = defaultdict(list)
    for i in range(count):
        groups[root(i)].append(i)
    return list(groups.values())
