"""What was not taken of the text, where it stood and why, as a table. Knows the report."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QHBoxLayout, QVBoxLayout, QWidget

from desktop.amounts import amount
from desktop.theme import Look
from desktop.widgets.button import Button
from desktop.widgets.cells import Cells
from desktop.widgets.label import Label
from desktop.widgets.scrim import Scrim
from engine.messages import CorpusReport

SIZE = (720, 460)


class LeftOutDialog(QDialog):
    def __init__(self, look: Look, report: CorpusReport, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("What was left out")
        px = look.px
        self.resize(px(SIZE[0]), px(SIZE[1]))
        self.table = Cells(look, "What was left out", (3, 4, 0))
        rows = [(one.where, one.reason, amount(one.bytes)) for one in report.left_out]
        self.table.show_rows(("Where", "Why", "Size"), rows)
        whole = report.bytes + report.left_out_bytes
        part = f"{100 * report.left_out_bytes / whole:.1f}%" if whole else "0%"
        said = (
            f"{amount(report.left_out_bytes)} of {amount(whole)} ({part}) were not taken. Your files stay as they are."
        )
        more = "" if sum(one.bytes for one in report.left_out) >= report.left_out_bytes else " Not all of it is listed."
        close = Button(look, "Close")
        close.clicked.connect(self.accept)
        foot = QHBoxLayout()
        foot.addWidget(Label(look, said + more, "small", "ink2", wrap=True), 1)
        foot.addWidget(close)
        column = QVBoxLayout(self)
        column.setContentsMargins(px(24), px(20), px(24), px(20))
        column.setSpacing(px(12))
        column.addWidget(Label(look, "What was left out, and why", "section"))
        column.addWidget(self.table, 1)
        column.addLayout(foot)
        scrim = Scrim(look, parent.window())
        self.finished.connect(lambda _: scrim.deleteLater())
        self.table.setFocus()
