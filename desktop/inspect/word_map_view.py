"""A flat map of words that can be moved and zoomed, with the asked word among its neighbours. Knows points, no engine.

Arrow keys go from word to word, Enter asks for one; + and - zoom, 0 shows all, Shift with an arrow moves the map.
"""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal, Slot
from PySide6.QtGui import QFontMetrics, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from desktop.inspect.pieces import quoted, shown
from desktop.inspect.word_map_layout import Box, next_point, place_labels
from desktop.notices import announce
from desktop.theme import Look
from engine.messages import MapPoint

STEP, NEAREST, FURTHEST = 1.35, 40.0, 1.0
LINES = 5
"""How many of the nearest are tied to the asked word."""
FILLED = 0.88
AROUND, CLOSE_UP = 0.7, 5.0
"""The neighbours first fill this part of the map, as long as that is not too near."""
MOVES = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, -1),
    Qt.Key.Key_Down: (0, 1),
}
DRAG_STARTS = 4


class WordMapView(QWidget):
    """`chosen` comes with the place of a point among those that were given."""

    chosen = Signal(int)

    def __init__(self, look: Look, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._look = look
        self.points: list[MapPoint] = []
        self.asked = -1
        self.near: list[int] = []
        self.current = -1
        self.zoom = 1.0
        self._middle = (0.0, 0.0)
        self._labels: dict[int, Box] = {}
        self._pressed: QPointF | None = None
        self._dragged = False
        self.setAccessibleName("Map of words")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        look.changed.connect(self._restyle)
        self._restyle()

    # ---- what is shown -----------------------------------------------------------------
    def show_points(self, points: Sequence[MapPoint], asked: int, near: Sequence[int]) -> None:
        """`near` are places of the neighbours, the nearest first."""
        self.points, self.asked, self.near = list(points), asked, list(near)
        self.current = asked
        self._look_at_neighbours()
        names = ", ".join(shown(self.points[place].text) for place in self.near[:LINES])
        word = quoted(self.points[asked].text) if asked >= 0 else "no word"
        self.setAccessibleDescription(f"{len(points)} words, {word} among its neighbours: {names}")
        self._arrange()

    def zoom_by(self, factor: float, around: QPointF | None = None) -> None:
        """In or out around a place of the widget, or around the current word."""
        before = self.zoom
        self.zoom = min(max(self.zoom * factor, FURTHEST), NEAREST)
        if around is None:
            around = self._spot(self.current) if self.current >= 0 else QPointF(self.rect().center())
        scale, center = self._scale() / self.zoom, self.rect().center()
        for axis, offset in ((0, around.x() - center.x()), (1, around.y() - center.y())):
            shift = offset / (scale * before) - offset / (scale * self.zoom)
            self._middle = (
                (self._middle[0] + shift, self._middle[1]) if axis == 0 else (self._middle[0], self._middle[1] + shift)
            )
        self._arrange()

    def show_all(self) -> None:
        self.zoom, self._middle = 1.0, (0.0, 0.0)
        self._arrange()

    def _look_at_neighbours(self) -> None:
        """So near that the word and its neighbours fill what is seen."""
        self.zoom, self._middle = 1.0, (0.0, 0.0)
        if self.asked < 0 or not self.near:
            return
        seen = [self.points[place] for place in (self.asked, *self.near)]
        (left, right), (top, bottom) = ((min(axis), max(axis)) for axis in ([p.x for p in seen], [p.y for p in seen]))
        self._middle = ((left + right) / 2, (top + bottom) / 2)
        across, down = self.width() / max(right - left, 1e-6), self.height() / max(bottom - top, 1e-6)
        self.zoom = min(max(AROUND * min(across, down) / self._scale(), FURTHEST), CLOSE_UP)

    def move_by(self, right: float, down: float) -> None:
        """Pixels by which what is seen moves."""
        scale = self._scale()
        self._middle = (self._middle[0] - right / scale, self._middle[1] - down / scale)
        self.update()

    # ---- where things are --------------------------------------------------------------
    def _scale(self) -> float:
        """Pixels for a unit of the map, alike in both directions: else distances would be bent once more."""
        return max(min(self.width(), self.height()) / 2 * FILLED, 1.0) * self.zoom

    def _origin(self) -> QPointF:
        scale = self._scale()
        return QPointF(self.width() / 2 - self._middle[0] * scale, self.height() / 2 - self._middle[1] * scale)

    def _spot(self, place: int) -> QPointF:
        point, scale = self.points[place], self._scale()
        return QPointF(point.x * scale, point.y * scale) + self._origin()

    def _arrange(self) -> None:
        """Labels are placed for a zoom, whatever part is seen, so that they stand still while the map is moved."""
        scale, px = self._scale(), self._look.px
        spots = [(point.x * scale, point.y * scale) for point in self.points]
        fonts = {role: QFontMetrics(self._look.font(role)) for role in ("heading", "body", "small")}
        sizes = []
        for place, point in enumerate(self.points):
            metrics = fonts[self._role(place)]
            sizes.append((float(metrics.horizontalAdvance(shown(point.text))), float(metrics.height())))
        first = [place for place in (self.asked, *self.near[:LINES]) if place >= 0]
        rest = dict.fromkeys([*self.near[LINES:], *range(len(self.points))])
        self._labels = place_labels(spots, sizes, first, [place for place in rest if place not in first], px(8))
        self.update()

    def _role(self, place: int) -> str:
        return "heading" if place == self.asked else "body" if place in self.near else "small"

    def _at(self, where: QPointF) -> int:
        """The point or label under the mouse, or -1."""
        origin = self._origin()
        for place, box in self._labels.items():
            if QRectF(*box).translated(origin).contains(where):
                return place
        reach = self._look.px(12)
        near = min(range(len(self.points)), key=lambda place: self._far(place, where), default=-1)
        return near if near >= 0 and self._far(near, where) <= reach else -1

    def _far(self, place: int, where: QPointF) -> float:
        return (self._spot(place) - where).manhattanLength()

    # ---- mouse and keys ----------------------------------------------------------------
    def wheelEvent(self, event: QWheelEvent) -> None:
        turned = event.angleDelta().y() / 120
        if turned:
            self.zoom_by(STEP**turned, event.position())
        event.accept()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        if event.button() == Qt.MouseButton.LeftButton:
            self._pressed, self._dragged = event.position(), False

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._pressed is not None and event.buttons() & Qt.MouseButton.LeftButton:
            moved = event.position() - self._pressed
            if self._dragged or moved.manhattanLength() > DRAG_STARTS:
                self._dragged, self._pressed = True, event.position()
                self.setCursor(Qt.CursorShape.ClosedHandCursor)
                self.move_by(moved.x(), moved.y())
            return
        place = self._at(event.position())
        self.setCursor(Qt.CursorShape.PointingHandCursor if place >= 0 else Qt.CursorShape.OpenHandCursor)
        hidden = place >= 0 and place not in self._labels
        QToolTip.showText(event.globalPosition().toPoint(), shown(self.points[place].text) if hidden else "", self)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        place = self._at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and not self._dragged and place >= 0:
            self.current = place
            self.chosen.emit(place)
        self._pressed = None
        self.setCursor(Qt.CursorShape.OpenHandCursor)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        key, text = Qt.Key(event.key()), event.text()
        if key in MOVES and event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            right, down = MOVES[key]
            self.move_by(-right * self.width() / 8, -down * self.height() / 8)
        elif key in MOVES:
            self._go(*MOVES[key])
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space) and self.current >= 0:
            self.chosen.emit(self.current)
        elif text in ("+", "="):
            self.zoom_by(STEP)
        elif text in ("-", "_"):
            self.zoom_by(1 / STEP)
        elif text == "0" or key == Qt.Key.Key_Home:
            self.show_all()
        else:
            super().keyPressEvent(event)

    def _go(self, right: int, down: int) -> None:
        if not self.points:
            return
        spots = [(point.x, point.y) for point in self.points]
        self.current = next_point(spots, max(self.current, 0), right, down)
        spot, edge = self._spot(self.current), self._look.px(24)
        if not QRectF(self.rect()).adjusted(edge, edge, -edge, -edge).contains(spot):
            middle = QPointF(self.rect().center())
            self.move_by(middle.x() - spot.x(), middle.y() - spot.y())
        announce(self, shown(self.points[self.current].text))
        self.update()

    # ---- drawing -----------------------------------------------------------------------
    def paintEvent(self, event: QPaintEvent) -> None:
        look, px = self._look, self._look.px
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5)
        painter.setBrush(look.color("panel"))
        focused = self.hasFocus()
        painter.setPen(QPen(look.color("accent" if focused else "line"), 2 if focused else 1))
        painter.drawRoundedRect(edge, px(10), px(10))
        painter.setClipRect(self.rect().adjusted(2, 2, -2, -2))
        if self.asked >= 0:
            painter.setPen(QPen(look.color("line2"), 1))
            for place in self.near[:LINES]:
                painter.drawLine(self._spot(self.asked), self._spot(place))
        self._draw_dots(painter)
        self._draw_labels(painter)
        painter.end()

    def _draw_dots(self, painter: QPainter) -> None:
        look, px = self._look, self._look.px
        near = set(self.near)
        for place in range(len(self.points)):
            color = "accent" if place == self.asked else "k1" if place in near else "bar"
            radius = px(6) if place == self.asked else px(7) / 2
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(look.color(color))
            painter.drawEllipse(self._spot(place), radius, radius)
            if place == self.current and self.hasFocus():
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.setPen(QPen(look.color("accent"), 2))
                painter.drawEllipse(self._spot(place), radius + px(3), radius + px(3))

    def _draw_labels(self, painter: QPainter) -> None:
        look, origin, seen = self._look, self._origin(), QRectF(self.rect())
        near, first, ground = {self.asked, *self.near}, {self.asked, *self.near[:LINES]}, look.color("panel")
        ground.setAlphaF(0.8)
        for role in ("small", "body", "heading"):
            painter.setFont(look.font(role))
            for place, box in self._labels.items():
                area = QRectF(*box).translated(origin)
                if self._role(place) == role and seen.intersects(area):
                    if place in first:  # may lie on other points
                        painter.fillRect(area, ground)
                    painter.setPen(look.color("ink" if place in near else "ink2"))
                    painter.drawText(area, Qt.AlignmentFlag.AlignCenter, shown(self.points[place].text))

    # ---- size --------------------------------------------------------------------------
    def sizeHint(self) -> QSize:
        return QSize(self._look.px(480), self._look.px(260))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._arrange()

    @Slot()
    def _restyle(self) -> None:
        self.setMinimumSize(self._look.px(280), self._look.px(220))
        self._arrange()
