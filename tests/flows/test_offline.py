"""The promise on the status line: nothing leaves this computer."""

from __future__ import annotations

import socket
from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from desktop.app import App
from tests.flows.person import loaded, written
from tests.tiny import write_tiny_checkpoint


def test_loading_and_writing_opens_no_connection(
    qtbot: QtBot, tmp_path: Path, start: Callable[[Path], App], monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[object] = []

    class Refused(socket.socket):
        def connect(self, address: object) -> None:
            tried.append(address)
            raise OSError("the network is taken away")

    def no_lookup(*address: object, **options: object) -> None:
        tried.append(address)
        raise OSError("the network is taken away")

    monkeypatch.setattr(socket, "socket", Refused)
    monkeypatch.setattr(socket, "getaddrinfo", no_lookup)
    with pytest.raises(OSError, match="taken away"):  # the trap itself works
        socket.create_connection(("127.0.0.1", 9))
    tried.clear()
    app = start(tmp_path / "home")
    app.settings.set("generation.max_new_tokens", 8)
    app.window.use_model(str(write_tiny_checkpoint(tmp_path / "tiny")))
    loaded(qtbot, app)
    app.window.conversation.ask("Is anyone there?")
    assert written(qtbot, app)
    app.window.show_page("models")
    app.window.show_page("chat")
    assert tried == []
