"""Guard against PySide6 6.12 on Python 3.11, which loses references to None and True until the interpreter aborts."""

from __future__ import annotations

import sys

import pytest
from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot

ROUNDS, ALLOWED = 500, 50


class Sender(QObject):
    sent = Signal(int)


@pytest.mark.skipif(sys.version_info >= (3, 12), reason="None and True are immortal there (PEP 683)")
def test_calls_and_signals_keep_the_references_to_none_and_true(qtbot: QtBot) -> None:
    label, sender = QLabel(), Sender()
    qtbot.addWidget(label)
    before = sys.getrefcount(None), sys.getrefcount(True)
    for _ in range(ROUNDS):
        label.setText("x")
        sender.sent.emit(1)
    after = sys.getrefcount(None), sys.getrefcount(True)
    assert all(abs(now - then) < ALLOWED for now, then in zip(after, before, strict=True)), (before, after)
