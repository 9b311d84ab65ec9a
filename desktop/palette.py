"""A theme's colours as a palette, so that what no style sheet reaches matches too. Knows no theme by name."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtGui import QColor, QPalette

Role = QPalette.ColorRole
Group = QPalette.ColorGroup

ROLES: Mapping[QPalette.ColorRole, str] = {
    Role.Window: "surface",
    Role.WindowText: "ink",
    Role.Base: "surface",
    Role.AlternateBase: "panel",
    Role.Text: "ink",
    Role.Button: "surface",
    Role.ButtonText: "ink",
    Role.BrightText: "onaccent",
    Role.PlaceholderText: "ink3",
    Role.Highlight: "sel",
    Role.HighlightedText: "ink",
    Role.Accent: "accent",
    Role.Link: "accent",
    Role.LinkVisited: "accent",
    Role.ToolTipBase: "ink",
    Role.ToolTipText: "surface",
    Role.Light: "surface",
    Role.Midlight: "panel",
    Role.Mid: "line",
    Role.Dark: "line2",
    Role.Shadow: "line2",
}
DISABLED: Mapping[QPalette.ColorRole, str] = {
    Role.WindowText: "ink3",
    Role.Text: "ink3",
    Role.ButtonText: "ink3",
    Role.HighlightedText: "ink3",
    Role.Base: "sunken",
    Role.Button: "sunken",
    Role.Link: "ink3",
}


def palette(colors: Mapping[str, QColor]) -> QPalette:
    """Every role in every group."""
    result = QPalette()
    for group in (Group.Active, Group.Inactive, Group.Disabled):
        for role, token in ROLES.items():
            token = DISABLED.get(role, token) if group == Group.Disabled else token
            result.setColor(group, role, colors[token])
    return result
