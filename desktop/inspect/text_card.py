"""The card with the text: the box itself, the sentence below it, and the way to a file. Knows a score, no engine."""

from __future__ import annotations

import html

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from desktop.inspect.scored import between, choices, most_surprising, warnings, words_of
from desktop.inspect.text_box import TextBox
from desktop.theme import Look
from desktop.widgets.button import Button
from engine.messages import Failed, TextScore

BETWEEN = "Like choosing between"


class TextCard(QFrame):
    """The sentence is the page's: what the score says, and then what the tab that is seen adds."""

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self._parts = ("", "", "")
        self._said = ""
        self.setProperty("area", "card")
        self.box = TextBox(look)
        self.finding = QLabel()
        self.finding.setTextFormat(Qt.TextFormat.RichText)
        self.finding.setWordWrap(True)
        self.open_button = Button(look, "Open a text", "folder-open", kind="ghost", size="small")
        self.open_button.setToolTip("Open a text file, or drop one anywhere on this page")
        foot = QHBoxLayout()
        foot.addWidget(self.finding, 1)
        foot.addWidget(self.open_button, 0, Qt.AlignmentFlag.AlignTop)
        self._foot = foot
        self._column = QVBoxLayout(self)
        self._column.addWidget(self.box)
        self._column.addLayout(foot)
        look.changed.connect(self._restyle)
        self._restyle()

    def show_score(self, score: TextScore | None) -> None:
        """None where there is no text, no model or no answer yet."""
        self.box.show_tokens(score.tokens if score else ())
        self._parts = ("", "", "")
        if score is not None:
            words = words_of(self.box.text(), score.tokens)
            count = choices(words)
            strong = f"{BETWEEN} {between(count)}" if count is not None else ""
            self._parts = (strong, most_surprising(words), warnings(score))
        self._show()

    def say(self, sentence: str) -> None:
        """What the tab that is seen adds; it takes the place of the most surprising words."""
        self._said = sentence
        self._show()

    def say_problem(self, failed: Failed) -> None:
        self._parts = ("", f"{failed.message}. {failed.hint}".strip(), "")
        self._show()

    def _show(self) -> None:
        strong, rest, note = self._parts
        said = self._said.removeprefix(f"{strong} at each step.").strip() if strong else self._said
        if said.startswith(BETWEEN):  # the tab says it of more than one model
            strong = ""
        sentences = " ".join(filter(None, (said or rest, note)))
        plain = f"{strong} at each step. {sentences}" if strong else sentences
        ink = self._look.color("ink").name()
        begin = f'<span style="font-weight:500; color:{ink}">{html.escape(strong)}</span> at each step. '
        self.finding.setText((begin if strong else "") + html.escape(sentences))
        self.finding.setAccessibleName(plain)

    @Slot()
    def _restyle(self) -> None:
        look, px = self._look, self._look.px
        self._column.setContentsMargins(px(16), px(12), px(10), px(8))
        self._column.setSpacing(px(2))
        self.finding.setFont(look.font("small"))
        self.finding.setStyleSheet(f"color: {look.color('ink2').name()};")
        self._show()
