"""The terms of a model: what is shown, what is not fetched, when they are asked for."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QTextBrowser
from pytestqt.qtbot import QtBot

from desktop.models.terms import Terms, asks_for_terms, body_of
from desktop.theme import Look
from engine.messages import ModelInfo
from tests.desktop.models.scripted import model

PAGE = (
    "<html><nav>Menu</nav><article>Breadcrumbs<h1>Terms of use</h1><script>alert(1)</script>"
    "<p>Be good.</p><img src='file:///etc/passwd'></article><footer>Foot</footer></html>"
)


def test_of_a_saved_web_page_only_the_article_is_shown() -> None:
    assert body_of(PAGE) == "<h1>Terms of use</h1><p>Be good.</p></article>"
    assert body_of("<p>Be good.</p>") == "<p>Be good.</p>"


def test_nothing_is_loaded_and_no_link_is_followed(qtbot: QtBot, look: Look, tmp_path: Path) -> None:
    style = tmp_path / "style.css"
    style.write_text("p { font-size: 99px }")
    dialog = Terms(look, model(), "<p>Be good.</p>")
    qtbot.addWidget(dialog)
    assert dialog.text.toPlainText().strip() == "Be good."
    kind = QTextDocument.ResourceType.StyleSheetResource
    assert QTextBrowser().loadResource(kind, QUrl.fromLocalFile(style)), "Qt itself would read it"
    assert not dialog.text.loadResource(kind, QUrl.fromLocalFile(style))
    assert not dialog.text.openLinks()


@pytest.mark.parametrize(
    ("info", "asked"),
    [
        (model(), False),
        (model(ready=False), False),
        (model(ready=False, terms=Path("/terms")), True),
        (model(ready=False, licence="Gemma terms of use"), True),
        (model(ready=True, licence="Gemma terms of use"), False),
    ],
)
def test_terms_are_asked_for_once_and_only_where_there_are_some(info: ModelInfo, asked: bool) -> None:
    assert asks_for_terms(info) is asked
