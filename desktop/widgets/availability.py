"""A control that cannot be used now says why, to the eye and to a screen reader. Knows no particular control."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

USUAL_TIP = "usual_tip"


def disable(widget: QWidget, reason: str) -> None:
    """`reason` is a sentence: "Waits until the current run ends."."""
    if widget.property(USUAL_TIP) is None:
        widget.setProperty(USUAL_TIP, widget.toolTip())
    widget.setEnabled(False)
    widget.setToolTip(reason)
    widget.setAccessibleDescription(reason)


def enable(widget: QWidget) -> None:
    usual = widget.property(USUAL_TIP)
    widget.setEnabled(True)
    if usual is not None:
        widget.setToolTip(usual)
        widget.setAccessibleDescription("")
        widget.setProperty(USUAL_TIP, None)
