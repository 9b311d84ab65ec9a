"""The page of what a model runs on. Asks the engine what there is; knows no device by itself."""

from __future__ import annotations

from desktop.bridge import Bridge
from desktop.forms import Form
from desktop.settings.page import SettingsPage
from desktop.theme import Look
from engine.messages import Event, Failed, ListModels, ModelList, Result
from engine.settings import SettingsStore

KEYS = ("hardware.device", "hardware.precision", "hardware.threads", "hardware.context")
GIGABYTE = 1e9


def hardware_page(look: Look, settings: SettingsStore, bridge: Bridge | None) -> SettingsPage:
    page = SettingsPage(look, "Hardware", note="These count when a model is loaded again")
    if bridge is not None:
        text = page.add_well("cpu", "ink2", "This computer", "Looking at what there is…")
        alive = [True]
        page.destroyed.connect(lambda: alive.clear())

        def hear(event: Event) -> None:
            if alive and isinstance(event, Result) and isinstance(event.value, ModelList):
                text.setText(sentence(event.value))
            elif alive and isinstance(event, Failed):
                text.setText(f"{event.message}. {event.hint}")

        bridge.start(ListModels, hear)
    page.add_form(Form(look, settings, KEYS))
    return page


def sentence(found: ModelList) -> str:
    """ "CPU, 2 threads. 16.0 GB memory, 9.4 GB free." """
    total, free = (f"{number / GIGABYTE:.1f}\u00a0GB" for number in (found.memory_total, found.memory_free))
    return f"{found.computer}. {total} memory, {free} free."
