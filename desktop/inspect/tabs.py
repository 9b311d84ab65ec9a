"""Every tab of Look inside, in the order in which they stand. Knows their classes, not what they show."""

from __future__ import annotations

from collections.abc import Callable

from desktop.bridge import Bridge
from desktop.inspect.next_word import NextWordTab
from desktop.inspect.tab import Tab
from desktop.loader import ModelLoader
from desktop.theme import Look

MakeTab = Callable[[Look, Bridge, ModelLoader], Tab]

TABS: tuple[MakeTab, ...] = (NextWordTab,)
