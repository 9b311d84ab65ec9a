"""Asks the system's own dialog for a model file or folder, without stopping the window. Knows no model."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QWidget

FILTERS = ("Models (*.gguf *.safetensors)", "All files (*)")


def choose(parent: QWidget, taken: Callable[[Path], object], *, folder: bool = False) -> QFileDialog:
    """`taken` is called with what the person chose, and not at all when they went back."""
    dialog = QFileDialog(parent, "Open a model folder" if folder else "Open a model file")
    dialog.setFileMode(QFileDialog.FileMode.Directory if folder else QFileDialog.FileMode.ExistingFile)
    if not folder:
        dialog.setNameFilters(FILTERS)
    dialog.fileSelected.connect(lambda name: taken(Path(name)))
    dialog.finished.connect(lambda _: dialog.deleteLater())
    dialog.open()
    return dialog
