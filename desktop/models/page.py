"""The Models page: the list, the details of one, and the way in for new ones. Puts the parts together."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QStackedWidget, QVBoxLayout, QWidget

from desktop.bridge import Bridge
from desktop.models import wording
from desktop.models.adding import AddingCard
from desktop.models.check import CheckLine
from desktop.models.choosing import choose
from desktop.models.details import Details
from desktop.models.library import ModelLibrary
from desktop.models.model_list import ModelListView
from desktop.models.terms import agree
from desktop.notices import Notices
from desktop.theme import Look
from desktop.widgets.area import area, hairline
from desktop.widgets.button import Button
from desktop.widgets.dropping import Dropping
from desktop.widgets.label import Label
from engine.messages import Failed, LoadedModel, ModelInfo

DETAILS_WIDTH = 328


class ModelsPage(QWidget):
    """`removing` comes before a model is deleted, so that whoever has it loaded can let go."""

    use = Signal(str)
    removing = Signal(str)
    renamed = Signal(str, object)  # old name, ModelInfo

    def __init__(self, look: Look, bridge: Bridge, notices: Notices, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look, self._notices = look, notices
        self._library = ModelLibrary(bridge, self)
        self._wanted = ""  # the model to select when the list comes
        self.list = ModelListView(look)
        self.details = Details(look, CheckLine(look, bridge))
        self.adding = AddingCard(look, bridge)
        self.summary = Label(look, "", "small", "ink2")
        self.open_file = Button(look, "Open a file", "folder-open")
        self.open_folder = Button(look, "Open a folder", "folder")
        self._stack = QStackedWidget()
        self._lay_out()
        self.setFocusProxy(self.list)
        self._wire()
        look.changed.connect(self._restyle)
        self._restyle()

    def refresh(self) -> None:
        """Read the library again."""
        self._library.refresh()

    def select(self, name: str) -> None:
        """This one, once the library is read again."""
        self._wanted = name

    def set_in_use(self, loaded: LoadedModel | None) -> None:
        self.list.rows.set_in_use(loaded.name if loaded else "")
        self._show_details(self.list.current())

    # ---- layout ------------------------------------------------------------------------------
    def _lay_out(self) -> None:
        self._head = QHBoxLayout()
        self._head.addWidget(Label(self._look, "Models", "page_title"))
        self._head.addWidget(self.summary)
        self._head.addStretch(1)
        self._head.addWidget(self.open_folder)
        self._head.addWidget(self.open_file)
        self._left = QVBoxLayout()
        self._left.addWidget(self.adding)
        self._left.addWidget(self._stack, 1)
        self._stack.addWidget(self.list)
        self._stack.addWidget(self._empty())
        self._scroll = QScrollArea()
        self._scroll.setWidgetResizable(True)
        self._scroll.setFrameShape(QScrollArea.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        panel = area("panel")
        inside = QVBoxLayout(panel)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.addWidget(self.details)
        self._scroll.setWidget(panel)
        body = QHBoxLayout()
        body.setSpacing(0)
        body.addLayout(self._left, 1)
        self._edge = hairline(vertical=True)
        body.addWidget(self._edge)
        body.addWidget(self._scroll)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(self._head)
        column.addWidget(hairline())
        column.addLayout(body, 1)
        self.setProperty("area", "surface")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)

    def _empty(self) -> QWidget:
        empty = QWidget()
        column = QVBoxLayout(empty)
        column.addStretch(1)
        column.addWidget(Label(self._look, "Your models will be listed here", "page_title"))
        said = "Open a model file or folder, or drop one on this page. Nextword reads GGUF and Safetensors."
        column.addWidget(Label(self._look, said, "body", "ink2", wrap=True))
        column.addStretch(2)
        return empty

    @Slot()
    def _restyle(self) -> None:
        px = self._look.px
        self._head.setContentsMargins(px(24), px(12), px(20), px(12))
        self._head.setSpacing(px(10))
        self._left.setContentsMargins(px(24), px(16), px(24), 0)
        self._left.setSpacing(px(12))
        self._scroll.setFixedWidth(px(DETAILS_WIDTH))

    # ---- wiring ------------------------------------------------------------------------------
    def _wire(self) -> None:
        self.open_file.clicked.connect(self._choose_file)
        self.open_folder.clicked.connect(lambda: choose(self, lambda path: self.adding.add([path]), folder=True))
        self.adding.other_wanted.connect(self._choose_file)
        self.adding.added.connect(self._added)
        Dropping(self._look, self).dropped.connect(self.adding.add)
        self.list.picked.connect(self._show_details)
        self.list.activated_model.connect(self._use)
        self.details.use.connect(self._use)
        self.details.delete.connect(self._delete)
        self.details.renamed.connect(lambda info, name: self._library.rename(info.name, name))
        self.details.damage.another_wanted.connect(self._choose_file)
        self._library.changed.connect(self._listed)
        self._library.removed.connect(self._offer_undo)
        self._library.renamed.connect(self._renamed)
        self._library.restored.connect(self._restored)
        self._library.failed.connect(self._failed)
        for key, act in (("Del", lambda: self.details.delete_button.click()), ("F2", self.details.edit_name)):
            QShortcut(QKeySequence(key), self.list, act, context=Qt.ShortcutContext.WidgetShortcut)

    @Slot()
    def _choose_file(self) -> None:
        choose(self, lambda path: self.adding.add([path]))

    @Slot()
    def _listed(self) -> None:
        models = self._library.models
        size = sum(info.bytes for info in models)
        number = f"{len(models)} model{'' if len(models) == 1 else 's'}"
        self.summary.setText(f"{number}, {wording.amount(size)} on disk" if models else "")
        self._stack.setCurrentIndex(0 if models else 1)
        for part in (self._edge, self._scroll):
            part.setVisible(bool(models))
        self.list.show_models(models)
        if self._wanted:
            self.list.select(self._wanted)
            self._wanted = ""

    @Slot(object)
    def _show_details(self, info: ModelInfo | None) -> None:
        in_use = info is not None and info.name == self.list.rows.in_use
        library = self._library
        self.details.show_model(info, in_use=in_use, total=library.memory_total, free=library.memory_free)

    @Slot(object)
    def _use(self, info: ModelInfo) -> None:
        if not info.problem:
            agree(self._look, info, self, lambda: self.use.emit(info.name))

    @Slot(object)
    def _delete(self, info: ModelInfo) -> None:
        self.removing.emit(info.name)
        self._library.remove(info)

    @Slot(object)
    def _offer_undo(self, info: ModelInfo) -> None:
        self._notices.info(f"{info.title} was deleted.", ("Undo", lambda: self._library.restore(info.name)))

    @Slot(object)
    def _added(self, info: ModelInfo) -> None:
        self._notices.info(f"{info.title} is in the library.")
        self._wanted = info.name
        self.refresh()

    @Slot(str, object)
    def _renamed(self, old: str, info: ModelInfo) -> None:
        self._wanted = info.name
        self.renamed.emit(old, info)

    @Slot(object)
    def _restored(self, info: ModelInfo | None) -> None:
        self._wanted = info.name if info else ""

    @Slot(object)
    def _failed(self, failed: Failed) -> None:
        self._notices.error(failed.message, failed.hint, failed.report)
