"""Says whether there is a screen to draw on, before Qt aborts over it. Knows nothing of Qt."""

from __future__ import annotations

from collections.abc import Mapping


def missing_display(environment: Mapping[str, str], platform: str) -> str:
    """One sentence when a window cannot open here, else "". `platform` is `sys.platform`."""
    if not platform.startswith("linux") or environment.get("QT_QPA_PLATFORM"):
        return ""
    if environment.get("DISPLAY") or environment.get("WAYLAND_DISPLAY"):
        return ""
    return "Nextword opens a window, and this session has no display (neither DISPLAY nor WAYLAND_DISPLAY is set)."
