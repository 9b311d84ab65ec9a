"""Shows the terms a model comes with, and has them accepted before its first use. Knows no engine."""

from __future__ import annotations

import re
from collections.abc import Callable

from PySide6.QtCore import QSize, QUrl
from PySide6.QtWidgets import QDialog, QHBoxLayout, QTextBrowser, QVBoxLayout, QWidget

from desktop.theme import Look
from desktop.widgets.button import Button
from desktop.widgets.label import Label
from engine.messages import ModelInfo

LARGEST = 2_000_000
"""Characters; terms are some hundred thousand at most, and what is longer is not read."""


class Terms(QDialog):
    """Accepted by its button alone. Opens no connection: pictures and style sheets of the text are not loaded."""

    def __init__(self, look: Look, info: ModelInfo, text: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"Terms of {info.title}")
        self.text = _Offline()
        self.text.setAccessibleName("The terms")
        self.text.setOpenLinks(False)
        if text.lstrip()[:1] == "<":
            self.text.setHtml(body_of(text))
        else:
            self.text.setPlainText(text)
        self.accept_button = Button(look, "Accept and use", primary=True)
        self.accept_button.clicked.connect(self.accept)
        leave = Button(look, "Not now")
        leave.clicked.connect(self.reject)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(leave)
        row.addWidget(self.accept_button)
        column = QVBoxLayout(self)
        edge = look.px(20)
        column.setContentsMargins(edge, edge, edge, edge)
        column.setSpacing(look.px(12))
        column.addWidget(Label(look, f"{info.title} comes with terms", "section"))
        said = "Its makers ask that you agree to these terms before you use it. Nextword asks once."
        column.addWidget(Label(look, said, "body", "ink2", wrap=True))
        column.addWidget(self.text, 1)
        column.addLayout(row)
        self.resize(QSize(look.px(720), look.px(560)))
        self.text.setFocus()


def body_of(page: str) -> str:
    """The article of a saved web page from its title on, without menus and pictures; else all of it."""
    article = re.search(r"<article\b.*?</article>", page, re.DOTALL | re.IGNORECASE)
    text = article[0] if article else page
    text = text[max(text.find("<h1"), 0) :]
    return re.sub(r"<(script|style|nav|svg)\b.*?</\1>|<img\b[^>]*>", "", text, flags=re.DOTALL | re.IGNORECASE)


class _Offline(QTextBrowser):
    def loadResource(self, kind: int, name: QUrl | str) -> None:
        return None


def asks_for_terms(info: ModelInfo) -> bool:
    """True before the first use of a model whose makers set terms of their own."""
    return not info.ready and (info.terms is not None or "terms" in info.licence.lower())


def agree(look: Look, info: ModelInfo, parent: QWidget, agreed: Callable[[], object]) -> Terms | None:
    """Call `agreed` at once where no terms are asked for, else after they are accepted."""
    if not asks_for_terms(info):
        agreed()
        return None
    dialog = Terms(look, info, _text_of(info), parent)
    dialog.accepted.connect(agreed)
    dialog.finished.connect(lambda _: dialog.deleteLater())
    dialog.open()
    return dialog


def _text_of(info: ModelInfo) -> str:
    missing = f"The package did not bring their text. They are known as: {info.licence}. Its makers publish them."
    if info.terms is None:
        return missing
    try:
        return info.terms.read_text("utf-8", errors="replace")[:LARGEST]
    except OSError:
        return missing
