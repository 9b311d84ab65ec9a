"""Sizes and type roles in logical pixels at a text size of 100 %. `Look` scales them; knows no widget."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

GUTTER = 24
RAIL = 76
CHAT_LIST = 232
CHAT_HEADER = 48
STATUS_BAR = 26
ICON_BUTTON = 28
LIST_ROW = 32
SETTINGS_ROW = 54
READING_WIDTH = 720
BUBBLE_WIDTH = 440
POPOVER = 416


@dataclass(frozen=True, slots=True)
class TypeRole:
    """Size and line height in pixels, weight as in CSS, letter spacing in parts of the size."""

    size: int
    line: int
    weight: int = 400
    spacing: float = 0.0
    mono: bool = False


TYPE: Mapping[str, TypeRole] = {
    "hero": TypeRole(28, 36, 600, -0.02),
    "lesson_title": TypeRole(24, 32, 600, -0.014),
    "page_title": TypeRole(20, 28, 600, -0.014),
    "finding": TypeRole(17, 24),
    "section": TypeRole(15, 22, 600, -0.008),
    "reading": TypeRole(15, 26, spacing=-0.006),
    "bubble": TypeRole(15, 24, spacing=-0.006),
    "composer": TypeRole(15, 22, spacing=-0.006),
    "text": TypeRole(16, 28, spacing=-0.006),
    "body": TypeRole(13, 20),
    "body_medium": TypeRole(13, 20, 500),
    "heading": TypeRole(13, 20, 600),
    "small": TypeRole(12, 18),
    "small_medium": TypeRole(12, 18, 500),
    "caption": TypeRole(11, 16),
    "caption_strong": TypeRole(11, 16, 600),
    "token": TypeRole(12, 20, mono=True),
}
