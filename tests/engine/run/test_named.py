"""A card that is nothing but a name is meant by whoever says the name."""

from __future__ import annotations

from engine.run.named import Named

CARDS = ["asimov", "Jules Verne", "leo tolstoy", "Who wrote Solaris?", "weather", "tolstoy museum yasnaya polyana"]


def test_a_name_is_heard_in_any_sentence() -> None:
    named = Named(CARDS)
    assert named.shares("Which books by Asimov are worth it?").tolist() == [1, 0, 0, 0, 0, 0]
    assert named.shares("do you like VERNE's novels?").argmax() == 1


def test_a_name_that_two_cards_say_counts_half() -> None:
    assert Named(CARDS).shares("Tell me about Tolstoy.").tolist() == [0, 0, 0.5, 0, 0, 0]


def test_longer_cards_and_ordinary_words_are_no_names() -> None:
    assert not Named(CARDS).shares("Solaris, yasnaya polyana and the weather").any()
    assert not Named(CARDS).shares("").any()
    assert not Named(["", "?"]).shares("anything").any()
