"""Markdown in the transcript: what is shown, and where every character of the source went."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from PySide6.QtGui import QTextCursor, QTextDocument
from PySide6.QtWidgets import QApplication

from desktop.chat.blocks import CODE, KIND, Blocks
from desktop.chat.markdown import HIDDEN, MarkdownWriter, Places, shown
from desktop.theme import Look
from engine.paths import Paths
from engine.settings import SettingsStore

REPLY = """Here is **bold**, *slanted* and `code`.

1. first item
2. second with [a link](http://example.org/first)
   - nested 🙂 one

> quoted words

| a | b |
|---|---|
| 1 | two |

```python
def f(x):
    return x + 1  # a comment
```

After <b>html</b> &amp; ![a picture](http://x/y.png) and ![z](file:///etc/hostname) the end."""

_LOOKS: dict[str, Look] = {}  # one for all examples: making it parses fonts and icons


@pytest.fixture
def blocks(qapp: QApplication, paths: Paths) -> Blocks:
    return Blocks(Look(SettingsStore(paths.settings), qapp))


def written(blocks: Blocks, text: str) -> tuple[QTextDocument, Places]:
    document = QTextDocument()
    return document, MarkdownWriter(QTextCursor(document), blocks).write(text)


def shown_at(document: QTextDocument, places: Places, start: int, end: int) -> str:
    found = places.range(start, end)
    if found is None:
        return ""
    cursor = QTextCursor(document)
    cursor.setPosition(found[0])
    cursor.setPosition(found[1], QTextCursor.MoveMode.KeepAnchor)
    return cursor.selectedText()


def test_markup_is_not_shown_and_html_and_pictures_stay_text(blocks: Blocks) -> None:
    document, _ = written(blocks, REPLY)
    text = document.toPlainText()
    assert "Here is bold, slanted and code." in text
    assert "<b>html</b> & a picture and ![z](file:///etc/hostname) the end" in text
    assert "**" not in text and "```" not in text and "http" not in text


@pytest.mark.parametrize(
    "word",
    ["bold", "slanted", "code", "first item", "a link", "nested 🙂 one", "quoted", "two", "return x", "a comment"],
)
def test_a_word_of_the_source_is_found_where_it_is_shown(blocks: Blocks, word: str) -> None:
    document, places = written(blocks, REPLY)
    start = REPLY.index(word)
    assert shown_at(document, places, start, start + len(word)) == word


def test_tokens_of_markup_alone_have_no_place(blocks: Blocks) -> None:
    _, places = written(blocks, REPLY)
    start = REPLY.index("**bold")
    assert places.range(start, start + 2) is None


def test_code_keeps_its_lines_and_its_indentation(blocks: Blocks) -> None:
    document, _ = written(blocks, REPLY)
    lines, block = [], document.begin()
    while block.isValid():
        if block.blockFormat().intProperty(KIND) & CODE:
            lines.append(block.text())
        block = block.next()
    assert lines == ["def f(x):", "    return x + 1  # a comment"]


@settings(max_examples=150, deadline=None)
@given(text=st.text(alphabet=st.sampled_from(list("ab *_`#>-|[]()!\n\t1.&;<🙂é~\\")), max_size=60))
@example("- a\n\n      code\n")
@example("**")
@example("a\u2028b\x00c")
def test_no_text_breaks_it_and_places_only_go_forward(
    qapp: QApplication, tmp_path_factory: pytest.TempPathFactory, text: str
) -> None:
    if "look" not in _LOOKS:
        _LOOKS["look"] = Look(SettingsStore(tmp_path_factory.mktemp("look") / "settings.toml"), qapp)
    document, places = written(Blocks(_LOOKS["look"]), text)
    at = [p for p in places.at if p != HIDDEN]
    assert at == sorted(set(at))
    for number, position in enumerate(places.at):
        if position != HIDDEN and text[number] != "\n":
            assert shown_at(document, places, number, number + 1) == shown(text[number])
