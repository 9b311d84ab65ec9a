from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.data.corpus import markup
from engine.data.corpus.markup import markdown_text, page_text


def test_markdown_is_read_without_its_marks() -> None:
    text = "---\ntitle: x\n---\n# The *old* mill #\nUnder\n---\n> a **b** `c` 2*3*4\n\n```py\nrun()\n```\n![e](f)[g](http://h)"
    assert markdown_text(text) == "The old mill\nUnder\na b c 2*3*4\n\nrun()\ng"


def test_a_page_is_read_without_what_it_does_not_show() -> None:
    page = (
        '<?xml version="1.0"?><!DOCTYPE html><html><head><title>T</title></head><body><nav>Menu</nav><script>if (a<b)'
        '</script><!-- no --><h1>Mills</h1><p class="x">Fish &amp; <a href="http://x.y">mill</a></p><p>3 &lt; 4<br>'
        "<custom-tag>five</custom-tag></p><style>p {}</style></body></html>"
    )
    assert "".join(page_text(page)).split("\n") == ["Mills", "", "Fish & mill", "", "3 < 4", "five", "", ""]


@given(st.lists(st.sampled_from(["<p>One", "<p>Two words</p>", "<div>Three</div>", "<br>four"]), max_size=60))
def test_in_parts_a_page_says_the_same(parts: list[str]) -> None:
    page = "".join(parts)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(markup, "PART", 20)
        cut = "".join(page_text(page))
    assert cut.split() == "".join(page_text(page)).split()


@pytest.mark.parametrize("mark", ["[", "![", "*a", "**a", " ", " #", "<a ", "<!--", "<script>", "<p>a", "</"])
def test_hostile_marks_take_no_time(mark: str) -> None:
    begun = time.process_time()
    markdown_text(mark * 50_000 + "x")
    list(page_text(mark * 50_000 + "x"))
    assert time.process_time() - begun < 3
