"""The list of models: real rows, so that arrow keys and screen readers work. Knows what to show, not what it does."""

from __future__ import annotations

from PySide6.QtCore import QAbstractListModel, QModelIndex, QObject, QPersistentModelIndex, Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from desktop.models.row import IN_USE_ROLE, INFO_ROLE, RowDelegate
from desktop.models.wording import spoken
from desktop.theme import Look
from engine.messages import ModelInfo

Index = QModelIndex | QPersistentModelIndex


class ModelRows(QAbstractListModel):
    """One row a model. `in_use` is the name of the loaded one."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.models: tuple[ModelInfo, ...] = ()
        self.in_use = ""

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008
        return 0 if parent.isValid() else len(self.models)

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> object:
        info = self.models[index.row()]
        match role:
            case Qt.ItemDataRole.DisplayRole:
                return info.title
            case Qt.ItemDataRole.AccessibleTextRole:
                return spoken(info, info.name == self.in_use)
            case _ if role == INFO_ROLE:
                return info
            case _ if role == IN_USE_ROLE:
                return info.name == self.in_use
        return None

    def show(self, models: tuple[ModelInfo, ...]) -> None:
        self.beginResetModel()
        self.models = models
        self.endResetModel()

    def set_in_use(self, name: str) -> None:
        self.in_use = name
        if self.models:
            self.dataChanged.emit(self.index(0), self.index(len(self.models) - 1))


class ModelListView(QListView):
    """Keeps the selected model selected when the list is read again."""

    picked = Signal(object)  # ModelInfo or None
    activated_model = Signal(object)  # ModelInfo, by Enter or double click

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows = ModelRows(self)
        self.setModel(self.rows)
        self.setItemDelegate(RowDelegate(look, self))
        self.setAccessibleName("Models")
        self.setFrameShape(QListView.Shape.NoFrame)
        self.setMouseTracking(True)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.selectionModel().currentChanged.connect(lambda *_: self.picked.emit(self.current()))
        self.activated.connect(lambda index: self.activated_model.emit(index.data(INFO_ROLE)))
        look.changed.connect(self.doItemsLayout)

    def current(self) -> ModelInfo | None:
        return self.currentIndex().data(INFO_ROLE)

    def show_models(self, models: tuple[ModelInfo, ...]) -> None:
        before = self.current()
        self.rows.show(models)
        self.select(before.name if before else self.rows.in_use)
        self.picked.emit(self.current())

    def select(self, name: str) -> None:
        """Select this model, or the first where there is none of the name."""
        names = [info.name for info in self.rows.models]
        if names:
            self.setCurrentIndex(self.rows.index(names.index(name) if name in names else 0))
