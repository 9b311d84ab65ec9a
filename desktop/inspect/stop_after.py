"""How the model would go on if it stopped after a layer: a slider and the reply. Knows no table."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from desktop.bridge import Bridge
from desktop.inspect.place import told
from desktop.notices import announce
from desktop.task import Task
from desktop.theme import Look
from desktop.widgets.button import Button
from desktop.widgets.label import Label
from desktop.widgets.slider_with_number import SliderWithNumber
from engine.messages import Failed, Lens, ReplyAtLayer

WRITE, STOP = "Write on", "Stop"
INVITE = "Move the slider to see how the text would go on if the model stopped after that layer."


class StopAfter(QWidget):
    """Asks only when the slider is moved or the button is pressed: a reply takes a dozen passes through the model."""

    def __init__(self, look: Look, bridge: Bridge, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look, self._bridge = look, bridge
        self._text, self._lens, self._layers = "", "plain", 0
        self.slider = SliderWithNumber(look, "Stop after layer", minimum=1, maximum=2, value=2)
        self.label = Label(look, "Stop after", "small", "ink2")
        self.button = Button(look, WRITE, size="small")
        self.reply = Label(look, INVITE, "small", "ink2", wrap=True)
        self._row = QHBoxLayout()
        self._row.addWidget(self.label)
        self._row.addWidget(self.slider, 1)
        self._row.addWidget(self.button)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addLayout(self._row)
        self._column.addWidget(self.reply)
        self._task = Task(bridge, self)
        self._task.done.connect(self._done)
        self._task.failed.connect(self._failed)
        self._task.stopped.connect(lambda: self._rest(INVITE))
        self.button.clicked.connect(self._press)
        self.slider.changed.connect(self._ask)
        look.changed.connect(self._restyle)
        self._restyle()

    def show_text(self, text: str, lens: Lens, layers: int) -> None:
        """What a reply would follow; the one before is no longer true."""
        if layers != self._layers:
            self._layers = layers
            self._replace_slider(layers)
        if (text, lens) != (self._text, self._lens):
            self._text, self._lens = text, lens
            self.drop()
            self.reply.setText(INVITE)

    def drop(self) -> None:
        if self._task.running:
            self._task.drop()
            self._rest(INVITE)

    def _replace_slider(self, layers: int) -> None:
        """The range of one is given when it is made."""
        old = self.slider
        self.slider = SliderWithNumber(self._look, "Stop after layer", minimum=1, maximum=layers, value=layers)
        self._row.replaceWidget(old, self.slider)
        old.hide()
        old.deleteLater()
        self.slider.changed.connect(self._ask)
        QWidget.setTabOrder(self.slider, self.button)

    @Slot()
    def _press(self) -> None:
        if self._task.running:
            self._task.cancel()
        else:
            self._ask()

    @Slot()
    def _ask(self) -> None:
        layer = int(self.slider.value())
        self.button.setText(STOP)
        self.reply.setText(f"Writing as it would after layer {layer}")
        self._task.start(ReplyAtLayer, text=self._text, layer=layer, lens=self._lens)

    @Slot(object)
    def _done(self, reply: object) -> None:
        text = " ".join(str(reply).split()) or "(nothing)"
        layer = int(self.slider.value())
        where = "The reply of the whole model" if layer == self._layers else f"The reply at layer {layer}"
        by = "" if layer == self._layers else f", with the {self._lens} lens"
        self._rest(f"{where}{by}, likeliest token by token: “{text}…”")
        announce(self, self.reply.text())

    @Slot(object)
    def _failed(self, failed: Failed) -> None:
        self._rest(told(failed))

    def _rest(self, said: str) -> None:
        self.button.setText(WRITE)
        self.reply.setText(said)

    @Slot()
    def _restyle(self) -> None:
        self._row.setSpacing(self._look.px(12))
        self._column.setSpacing(self._look.px(4))
