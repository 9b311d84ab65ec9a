"""One picture of a run to keep: how the loss fell, and what it wrote on the way. Knows a record, paints anywhere."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen, QPolygonF

from desktop.plot import ticks
from desktop.theme import Look
from desktop.train.record import Record
from desktop.train.sample_list import one_line
from desktop.widgets.hatching import hatch
from desktop.widgets.word_row import percent
from engine.messages import WatchedPrompt

WIDTH, HEIGHT = 1000, 720
EDGE, CHART_TOP, CHART_HEIGHT = 32, 92, 250
LEFT_OF_CHART, RIGHT_OF_CHART = 40, 110
SAMPLES_TOP, ROW, STEP_WIDTH, WORDS_WIDTH = 420, 28, 56, 220
MOST_SAMPLES, MOST_WORDS = 8, 5
LEFT, RIGHT = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
SAME_SEED = "Same seed at every step, so only the training differs. Made with Nextword."


@dataclass(frozen=True, slots=True)
class Kept:
    """What the picture is of."""

    record: Record
    prompt: str
    chosen: WatchedPrompt | None
    facts: str
    """A line under the title."""


def size() -> QSize:
    return QSize(WIDTH, HEIGHT)


def paint(painter: QPainter, look: Look, kept: Kept) -> None:
    """In the colours of the theme, at a size of its own, so that it is the same from every window."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.fillRect(QRectF(0, 0, WIDTH, HEIGHT), look.color("surface"))
    _text(painter, look, QRectF(EDGE, 24, WIDTH - 2 * EDGE, 30), kept.record.title, "page_title", "ink")
    _text(painter, look, QRectF(EDGE, 54, WIDTH - 2 * EDGE, 20), kept.facts, "small", "ink2")
    _chart(painter, look, kept)
    if kept.chosen is not None:
        _samples(painter, look, kept)
        _words(painter, look, kept.chosen)
    _text(painter, look, QRectF(EDGE, HEIGHT - 38, WIDTH - 2 * EDGE, 20), SAME_SEED, "caption", "ink3")


def _text(
    painter: QPainter, look: Look, box: QRectF, text: str, role: str, color: str, side: Qt.AlignmentFlag = LEFT
) -> None:
    font = look.font(role)
    font.setPixelSize(max(round(font.pixelSize() / (look.px(100) / 100)), 1))  # the text size is for the screen
    painter.setFont(font)
    painter.setPen(look.color(color))
    shown = QFontMetricsF(font).elidedText(text, Qt.TextElideMode.ElideRight, box.width())
    painter.drawText(box, side | Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, shown)


# ---- the loss ------------------------------------------------------------------------
def _chart(painter: QPainter, look: Look, kept: Kept) -> None:
    record = kept.record
    training = list(zip(record.training.xs, record.training.ys, strict=True))
    held_out = [(float(row.step), row.held_out) for row in record.measured if row.held_out is not None]
    losses = [loss for _, loss in (*training, *held_out)]
    if not losses or record.step is None:
        return
    low, high, last = max(min(losses) * 0.9, 0.0), max(losses) * 1.05, float(record.step.steps)
    area = QRectF(EDGE + LEFT_OF_CHART, CHART_TOP, WIDTH - 2 * EDGE - LEFT_OF_CHART - RIGHT_OF_CHART, CHART_HEIGHT)

    def at(step: float, loss: float) -> QPointF:
        rise = (loss - low) / max(high - low, 1e-9)
        return QPointF(area.left() + step / last * area.width(), area.bottom() - rise * area.height())

    _axes(painter, look, at, [loss for loss in ticks(high, 4, low) if loss >= low], ticks(last, 5))
    _line(painter, [at(*point) for point in training], look.color("k1"), 1.6, ())
    _line(painter, [at(*point) for point in held_out], look.color("k2"), 1.8, (5, 3))
    _name(painter, look, at(*training[-1]), f"training {training[-1][1]:.2f}", "k1", 9)
    if held_out:
        _name(painter, look, at(*held_out[-1]), f"held out {held_out[-1][1]:.2f}", "k2", -9)
    if kept.chosen is not None:
        x = at(kept.chosen.step, low).x()
        painter.setPen(QPen(look.color("accent"), 1.6))
        painter.drawLine(QLineF(x, area.top(), x, area.bottom()))


def _axes(
    painter: QPainter, look: Look, at: Callable[[float, float], QPointF], losses: list[float], steps: list[float]
) -> None:
    floor = losses[0] if losses else 0.0
    for loss in losses:
        painter.setPen(QPen(look.color("line"), 1))
        painter.drawLine(QLineF(at(0, loss), QPointF(WIDTH - EDGE - RIGHT_OF_CHART, at(0, loss).y())))
        box = QRectF(EDGE, at(0, loss).y() - 9, LEFT_OF_CHART - 8, 18)
        _text(painter, look, box, f"{loss:g}", "caption", "ink3", RIGHT)
    for step in steps:
        below = QRectF(at(step, floor).x() - 50, CHART_TOP + CHART_HEIGHT + 6, 100, 18)
        _text(painter, look, below, f"{step:,.0f}", "caption", "ink3", Qt.AlignmentFlag.AlignHCenter)


def _name(painter: QPainter, look: Look, place: QPointF, text: str, color: str, below: float) -> None:
    _text(painter, look, QRectF(place.x() + 8, place.y() - 9 + below, RIGHT_OF_CHART, 18), text, "caption", color)


def _line(painter: QPainter, points: list[QPointF], color: QColor, width: float, dashes: tuple[float, ...]) -> None:
    pen = QPen(color, width)
    pen.setJoinStyle(Qt.PenJoinStyle.BevelJoin)
    if dashes:
        pen.setDashPattern([length / width for length in dashes])
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolyline(QPolygonF(points))


# ---- what it wrote -------------------------------------------------------------------
def _samples(painter: QPainter, look: Look, kept: Kept) -> None:
    width = WIDTH - 2 * EDGE - WORDS_WIDTH - 24
    title = QRectF(EDGE, SAMPLES_TOP - 34, width, 20)
    _text(painter, look, title, f"“{kept.prompt}”", "heading", "ink")
    for place, one in enumerate(picked(kept.record.by_prompt.get(kept.prompt, []), kept.chosen)):
        top = SAMPLES_TOP + place * ROW
        chosen = one == kept.chosen
        if chosen:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color("sel"))
            painter.drawRoundedRect(QRectF(EDGE - 8, top, width + 16, ROW), 6, 6)
        number = QRectF(EDGE, top, STEP_WIDTH - 12, ROW)
        _text(painter, look, number, f"{one.step:,}", "small", "accent" if chosen else "ink3", RIGHT)
        text = QRectF(EDGE + STEP_WIDTH, top, width - STEP_WIDTH, ROW)
        _text(painter, look, text, one_line(one.text), "body_medium" if chosen else "body", "ink" if chosen else "ink2")


def picked(rows: list[WatchedPrompt], chosen: WatchedPrompt | None) -> list[WatchedPrompt]:
    """The first, the last, the chosen one, and others evenly between; their steps are spaced by the logarithm."""
    if len(rows) <= MOST_SAMPLES:
        return rows
    places = {round(number * (len(rows) - 1) / (MOST_SAMPLES - 1)) for number in range(MOST_SAMPLES)}
    if chosen in rows and rows.index(chosen) not in places:
        there = rows.index(chosen)
        inner = places - {0, len(rows) - 1}
        places.discard(min(inner, key=lambda place: abs(place - there)))
        places.add(there)
    return [rows[place] for place in sorted(places)]


def _words(painter: QPainter, look: Look, one: WatchedPrompt) -> None:
    left = WIDTH - EDGE - WORDS_WIDTH
    title = QRectF(left, SAMPLES_TOP - 34, WORDS_WIDTH, 20)
    _text(painter, look, title, f"Next token at step {one.step:,}", "caption_strong", "ink2")
    largest = max((chance for _, chance in one.words), default=1.0)
    for place, (text, chance) in enumerate(one.words[:MOST_WORDS]):
        top = SAMPLES_TOP + place * ROW
        role, color = ("heading", "accent") if place == 0 else ("body", "bar")
        _text(painter, look, QRectF(left, top, 76, ROW), text.strip() or "␣", role, "ink")
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(look.color(color))
        painter.drawRoundedRect(QRectF(left + 84, top + 9, max(80 * chance / max(largest, 1e-9), 2), 10), 2, 2)
        _text(painter, look, QRectF(left + 168, top, WORDS_WIDTH - 168, ROW), percent(chance), "small", "ink2", RIGHT)
    others = max(1.0 - sum(chance for _, chance in one.words[:MOST_WORDS]), 0.0)
    top = SAMPLES_TOP + min(len(one.words), MOST_WORDS) * ROW
    _text(painter, look, QRectF(left, top, 140, ROW), "<others>", "body", "ink2")
    _text(painter, look, QRectF(left + 168, top, WORDS_WIDTH - 168, ROW), percent(others), "small", "ink2", RIGHT)
    bar = QRectF(left + 84, top + 9, max(min(80 * others / max(largest, 1e-9), 80), 2), 10)
    hatch(painter, bar, look.color("bar"), look.color("bar"), 2)
    below = QRectF(left, top + ROW, WORDS_WIDTH, ROW)
    _text(painter, look, below, "Model, before the sampler", "caption", "ink3")
