"""A card that is nothing but a name is meant by whoever says the name."""

from __future__ import annotations

from engine.run.named import Named

ENGLISH = ["I like the Foundation trilogy.", "He wrote about a trip to the moon."]
CARDS = ["asimov", "Jules Verne", "leo tolstoy", "Who wrote Solaris?", "water", "tolstoy museum yasnaya polyana"]


def test_a_name_is_heard_in_any_sentence() -> None:
    named = Named(CARDS, ENGLISH)
    assert named.shares("Which books by Asimov are worth it?").tolist() == [1, 0, 0, 0, 0, 0]
    assert named.shares("do you like VERNE's novels?").argmax() == 1


def test_a_name_that_two_cards_say_counts_half() -> None:
    assert Named(CARDS, ENGLISH).shares("Tell me about Tolstoy.").tolist() == [0, 0, 0.5, 0, 0, 0]


def test_longer_cards_and_ordinary_words_are_no_names() -> None:
    assert not Named(CARDS, ENGLISH).shares("Solaris, yasnaya polyana and the water").any()
    assert not Named(CARDS, ENGLISH).shares("").any()
    assert not Named(["", "?"]).shares("anything").any()


def test_in_a_language_that_is_not_known_nothing_is_a_name() -> None:
    german = ["Wie geht's?", "wer bist du", "Erzähl einen Witz"]
    assert not Named(german, ["Danke, mir geht es gut.", "Ich bin ein Programm."]).shares("Wie alt bist du?").any()
