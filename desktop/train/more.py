"""Everything else a run can be told: each value is the one that fits, or one that a person sets. Knows settings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QVBoxLayout, QWidget

from desktop.field_row import Field, FieldRow
from desktop.theme import Look
from desktop.train.preparation import Preparation
from desktop.widgets.button import Button
from desktop.widgets.label import ElidedLabel, Label
from desktop.widgets.segmented import Segmented
from desktop.widgets.text_field import TextField

FIELDS = (
    Field("layers", "Layers", "how often a text is worked over", 1, 64, 1, 0, 8),
    Field("width", "Width", "numbers for each token, in steps of 64", 64, 2_048, 64, 0, 256),
    Field("context", "Context", "tokens that it sees at once", 32, 4_096, 32, 0, 256),
    Field("batch", "Tokens of a step", "read before the weights are changed (batch)", 256, 1_048_576, 256, 0, 8_192),
    Field("learning_rate", "Learning rate", "how far each step goes", 0.0001, 0.1, 0.0001, 0.0, 0.01),
    Field("seed", "Seed", "the same one gives the same run", 0, 2_147_483_647, 1, 0, 0),
)
KINDS = (("bpe", "BPE"), ("unigram", "Unigram"))
PRECISIONS = (("auto", "Automatic"), ("float32", "float32"), ("bfloat16", "bf16"))
PROMPTS_HELP = "One beginning a line. Left empty, beginnings are taken from the text kept for testing."
KIND_HELP = "BPE joins what stands together often; Unigram keeps what explains the text best. GGUF files need BPE"
MEASURE_HELP = "Measured on the part of your text that is kept for testing."
LINES = 3


class More(QWidget):
    def __init__(self, look: Look, preparation: Preparation, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look, self._preparation = look, preparation
        self.rows = {field.key: FieldRow(look, field, self._keeper(field)) for field in FIELDS}
        self.kind = Segmented(look, KINDS, "How pieces are found")
        self.kind.setToolTip(KIND_HELP)
        self.precision = Segmented(look, PRECISIONS, "Precision")
        self.prompts = TextField("Beginnings to watch, one a line")
        self.measure_file = ElidedLabel(look, MEASURE_HELP, "small", "ink2")
        self.choose_button = Button(look, "Use a file of its own", kind="link", size="small")
        self.own_button = Button(look, "Use a part of the text again", kind="link", size="small")
        self._lay_out()
        self._wire()
        self._restyle()
        self._show()

    def _lay_out(self) -> None:
        look = self._look
        self._column = QVBoxLayout(self)
        self._add("How pieces are found", self.kind)
        for row in self.rows.values():
            self._column.addWidget(row)
        self._add("Precision", self.precision)
        self._column.addWidget(Label(look, "Beginnings to watch", "small_medium"))
        self._column.addWidget(Label(look, PROMPTS_HELP, "caption", "ink3", wrap=True))
        self._column.addWidget(self.prompts)
        self._column.addWidget(Label(look, "Measured on", "small_medium"))
        self._column.addWidget(self.measure_file)
        buttons = QHBoxLayout()
        buttons.addWidget(self.choose_button)
        buttons.addWidget(self.own_button)
        buttons.addStretch(1)
        self._column.addLayout(buttons)

    def _add(self, title: str, segments: Segmented) -> None:
        row = QHBoxLayout()
        row.addWidget(segments)
        row.addStretch(1)
        self._column.addWidget(Label(self._look, title, "small_medium"))
        self._column.addLayout(row)

    def _wire(self) -> None:
        preparation = self._preparation
        self.kind.chosen.connect(lambda kind: preparation.set(kind=kind))
        self.precision.chosen.connect(lambda precision: preparation.set(precision=precision))
        self.prompts.settled.connect(lambda text: preparation.set(prompts=lines_of(text)))
        self.choose_button.clicked.connect(self._choose_file)
        self.own_button.clicked.connect(lambda: preparation.set(validation=None))
        preparation.changed.connect(self._show)
        self._look.changed.connect(self._restyle)

    def _keeper(self, field: Field) -> Callable[[float], None]:
        whole = field.step == round(field.step)
        return lambda value: self._preparation.set(**{field.key: round(value) if whole else value})

    @Slot()
    def _choose_file(self) -> None:
        dialog = QFileDialog(self, "A text to measure on", str(Path.home()), "Texts (*.txt *.md);;All files (*)")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(lambda name: self._preparation.set(validation=Path(name)))
        dialog.finished.connect(lambda _: dialog.deleteLater())
        dialog.open()

    @Slot()
    def _show(self) -> None:
        settings, size = self._preparation.settings, self._preparation.size
        for field in FIELDS:
            value, fitting = getattr(settings, field.key), getattr(size, field.key, None) or None
            row = self.rows[field.key]
            row.show_value(value, fitting)
            row.number.setVisible(value != field.unset or fitting is not None)  # what is not known is not said
        self.kind.set_value(settings.kind)
        self.precision.set_value(settings.precision)
        if lines_of(self.prompts.toPlainText()) != settings.prompts:
            self.prompts.show_text("\n".join(settings.prompts))
        own = settings.validation
        self.measure_file.setText(MEASURE_HELP if own is None else f"{own.name}, a file of its own")
        self.own_button.setVisible(own is not None)

    @Slot()
    def _restyle(self) -> None:
        px = self._look.px
        self._column.setContentsMargins(0, px(4), 0, 0)
        self._column.setSpacing(px(8))
        self.prompts.setFixedHeight(LINES * self._look.line("body") + px(12))


def lines_of(text: str) -> tuple[str, ...]:
    """Each beginning once; spaces at its end would be tokens of their own."""
    return tuple(dict.fromkeys(line.strip() for line in text.splitlines() if line.strip()))
