from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from engine.text.stops import StopStrings

SHORT = st.text("ab\n", max_size=4)


def run(pieces: list[str], stops: list[str]) -> tuple[list[tuple[int, str]], bool]:
    gate = StopStrings[int](stops)
    out: list[tuple[int, str]] = []
    for n, piece in enumerate(pieces):
        out += gate.push(n, piece)
        if gate.stopped:
            break
    return out + gate.finish(), gate.stopped


def first_completed(text: str, stops: list[str]) -> int | None:
    """Where to cut, character by character, as a person would read it."""
    for end in range(len(text) + 1):
        starts = [end - len(stop) for stop in stops if stop and text[:end].endswith(stop)]
        if starts:
            return min(starts)
    return None


@given(pieces=st.lists(SHORT), stops=st.lists(SHORT, max_size=3))
def test_the_text_is_cut_at_the_same_place_however_it_is_split(pieces: list[str], stops: list[str]) -> None:
    text = "".join(pieces)
    at = first_completed(text, stops)
    out, stopped = run(pieces, stops)
    assert "".join(part for _, part in out) == text[:at]
    assert stopped == (at is not None)
    assert [n for n, _ in out] == list(range(len(out)))
    assert all(part == pieces[n] for n, part in out[:-1])


def test_without_a_stop_string_nothing_waits_and_nothing_is_lost() -> None:
    gate = StopStrings[int]([])
    assert [gate.push(n, t) for n, t in enumerate(["a", "", "b"])] == [[(0, "a")], [(1, "")], [(2, "b")]]


def test_what_might_become_a_stop_string_waits() -> None:
    gate = StopStrings[str](["\nUser:"])
    assert gate.push("x", "Hi") == [("x", "Hi")]
    assert gate.push("y", ".\nUs") == []
    assert gate.push("z", "ed") == [("y", ".\nUs"), ("z", "ed")]
    assert gate.push("w", "up\nUser: more") == [("w", "up")] and gate.stopped
