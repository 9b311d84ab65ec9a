"""Two dialogs of a chat: its instructions, and how the next token is picked. They save as one changes them.

Know the conversation's options, not how they are used.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QDialog, QGridLayout, QHBoxLayout, QPlainTextEdit, QVBoxLayout, QWidget

from desktop.amounts import counted
from desktop.chat.conversation import Conversation
from desktop.chat.options import CARDS, PRESETS
from desktop.theme import Look
from desktop.widgets.button import Button
from desktop.widgets.label import Label
from desktop.widgets.segmented import Segmented
from desktop.widgets.slider_with_number import SliderWithNumber
from desktop.widgets.switch import Switch
from engine.settings import DECLARED

ROWS = ("temperature", "top_k", "top_p", "min_p", "repetition_penalty", "max_new_tokens")
OWN = "Own values"
USE_PAIRS = "Use your pairs"


class InstructionsDialog(QDialog):
    """What the model is told before the first message: the system prompt of this chat."""

    def __init__(self, look: Look, talk: Conversation, parent: QWidget) -> None:
        super().__init__(parent)
        self._talk = talk
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Instructions for this chat")
        px = look.px
        self.setMinimumWidth(px(520))
        self._field = QPlainTextEdit(talk.options.instructions(talk.chat))
        self._field.setProperty("kind", "field")
        self._field.setAccessibleName("Instructions")
        self._field.setTabChangesFocus(True)
        self._field.setPlaceholderText("You answer in short, plain sentences.")
        self._field.setMinimumHeight(px(140))
        save = Button(look, "Save instructions", primary=True)
        usual = Button(look, "Use the default ones", kind="ghost")
        cancel = Button(look, "Cancel")
        save.clicked.connect(self._save)
        usual.clicked.connect(lambda: self._set(None))
        cancel.clicked.connect(self.reject)
        if talk.chat is None or talk.chat.instructions is None:
            usual.disable("This chat uses the default instructions")
        foot = QHBoxLayout()
        foot.addWidget(usual)
        foot.addStretch(1)
        foot.addWidget(cancel)
        foot.addWidget(save)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(20), px(24), px(16))
        column.setSpacing(px(12))
        hint = "Read before the first message, at every reply (system prompt). Earlier replies stay as they are."
        column.addWidget(Label(look, hint, "small", "ink2", wrap=True))
        column.addWidget(self._field, 1)
        column.addLayout(foot)

    def _save(self) -> None:
        self._set(self._field.toPlainText().strip())

    def _set(self, text: str | None) -> None:
        self._talk.set_instructions(text)
        self.accept()


class SamplingDialog(QDialog):
    """The values of this chat; those that were not changed follow the settings."""

    def __init__(self, look: Look, talk: Conversation, parent: QWidget) -> None:
        super().__init__(parent)
        self._look, self._talk = look, talk
        self._sliders: dict[str, SliderWithNumber] = {}
        self._cards = Switch(look, USE_PAIRS)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("How the next word is picked")
        px = look.px
        self.setMinimumWidth(px(560))
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(20), px(24), px(16))
        column.setSpacing(px(12))
        choices = [(name, name) for name in (*PRESETS, OWN)]
        self._presets = Segmented(look, choices, "Preset", value=self._preset)
        self._presets.chosen.connect(self._take_preset)
        column.addWidget(self._presets)
        column.addLayout(self._rows())
        column.addLayout(self._seed_row())
        if talk.model is not None and talk.model.cards:
            column.addLayout(self._cards_row(talk.model.cards))
        column.addStretch(1)
        column.addLayout(self._foot())

    @property
    def _values(self) -> Mapping[str, float | int | str | bool]:
        return self._talk.options.of(self._talk.chat).values

    @property
    def _preset(self) -> str:
        return self._talk.options.of(self._talk.chat).preset

    def _rows(self) -> QGridLayout:
        grid = QGridLayout()
        grid.setVerticalSpacing(self._look.px(10))
        grid.setHorizontalSpacing(self._look.px(16))
        grid.setColumnStretch(1, 1)
        for number, key in enumerate(ROWS):
            declared = DECLARED[f"generation.{key}"]
            names = QVBoxLayout()
            names.setSpacing(0)
            names.addWidget(Label(self._look, declared.label, "body_medium"))
            names.addWidget(Label(self._look, declared.help, "small", "ink3"))
            slider = SliderWithNumber(
                self._look,
                declared.label,
                minimum=declared.minimum or 0,
                maximum=declared.maximum or 1,
                step=declared.step or 1,
                value=float(self._values[key]),
            )
            slider.changed.connect(lambda value, k=key: self._set(k, value))
            self._sliders[key] = slider
            grid.addLayout(names, number, 0)
            grid.addWidget(slider, number, 1)
        return grid

    def _seed_row(self) -> QHBoxLayout:
        look, declared = self._look, DECLARED["generation.seed_fixed"]
        self._seed = SliderWithNumber(
            look, "Fixed seed", minimum=0, maximum=2**31 - 1, value=float(self._values["seed"])
        )
        self._seed.slider.hide()
        self._seed.changed.connect(lambda value: self._set("seed", int(value)))
        kind = Segmented(look, declared.choices, declared.label, value=self._values["seed_fixed"])
        kind.chosen.connect(self._fix_seed)
        self._seed.setEnabled(bool(self._values["seed_fixed"]))
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(Label(look, declared.label, "body_medium"))
        names.addWidget(Label(look, declared.help, "small", "ink3"))
        row = QHBoxLayout()
        row.setSpacing(look.px(12))
        row.addLayout(names)
        row.addStretch(1)
        row.addWidget(kind)
        row.addWidget(self._seed)
        return row

    def _cards_row(self, cards: int) -> QHBoxLayout:
        """Only a taught model has pairs to lean on."""
        about = f"the model may read the one of its {counted(cards, 'pair')} that fits a question"
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addWidget(Label(self._look, USE_PAIRS, "body_medium"))
        names.addWidget(Label(self._look, about, "small", "ink3"))
        self._cards.setChecked(bool(self._values[CARDS]))
        self._cards.toggled.connect(lambda on: self._set(CARDS, on))
        row = QHBoxLayout()
        row.addLayout(names)
        row.addStretch(1)
        row.addWidget(self._cards)
        return row

    def _foot(self) -> QHBoxLayout:
        self._usual = Button(self._look, "Use the defaults", "rotate-ccw", kind="ghost")
        self._usual.clicked.connect(self._reset)
        done = Button(self._look, "Done", primary=True)
        done.clicked.connect(self.accept)
        row = QHBoxLayout()
        row.addWidget(self._usual)
        row.addStretch(1)
        row.addWidget(Label(self._look, "For this chat, from the next reply on", "small", "ink3"))
        row.addWidget(done)
        self._show_usual()
        return row

    def _fix_seed(self, fixed: object) -> None:
        started = self._talk.writer.started
        if fixed and not self._values["seed"] and started is not None:  # the seed one has just seen
            self._set("seed", started.seed)
            self._seed.set_value(started.seed)
        self._seed.setEnabled(bool(fixed))
        self._set("seed_fixed", bool(fixed))

    def _take_preset(self, name: object) -> None:
        for key, value in PRESETS.get(str(name), {}).items():
            self._sliders[key].set_value(value)
            self._set(key, value)

    def _set(self, key: str, value: object) -> None:
        chat = self._talk.chat
        own = json.loads(chat.sampling) if chat and chat.sampling else {}
        kind = type(self._values[key])
        self._talk.set_sampling(json.dumps({**own, key: kind(value)}))  # type: ignore[call-arg]
        self._presets.set_value(self._preset)
        self._show_usual()

    def _reset(self) -> None:
        self._talk.set_sampling(None)
        for key, slider in self._sliders.items():
            slider.set_value(float(self._values[key]))
        with QSignalBlocker(self._cards):
            self._cards.setChecked(bool(self._values[CARDS]))
        self._presets.set_value(self._preset)
        self._show_usual()

    def _show_usual(self) -> None:
        if self._talk.chat is None or self._talk.chat.sampling is None:
            self._usual.disable("This chat uses the defaults of the settings")
        else:
            self._usual.enable()
