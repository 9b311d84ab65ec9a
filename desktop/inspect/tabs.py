"""Every tab of Look inside, in the order in which they stand. Knows their classes, not what they show."""

from __future__ import annotations

from desktop.inspect.attention import AttentionTab
from desktop.inspect.compare import CompareTab
from desktop.inspect.layers import LayersTab
from desktop.inspect.next_word import NextWordTab
from desktop.inspect.parameters import ParametersTab
from desktop.inspect.probe import ProbeTab
from desktop.inspect.tab import Tab
from desktop.inspect.text import TextTab
from desktop.inspect.words import WordsTab

TABS: tuple[type[Tab], ...] = (
    NextWordTab,
    AttentionTab,
    LayersTab,
    WordsTab,
    CompareTab,
    ProbeTab,
    TextTab,
    ParametersTab,
)
