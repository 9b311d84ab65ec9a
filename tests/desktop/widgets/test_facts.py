"""Numbers under their names: in one row where there is room, else in rows of equal length."""

from __future__ import annotations

from PySide6.QtWidgets import QLayout
from pytestqt.qtbot import QtBot

from desktop.theme import Look
from desktop.widgets.facts import Facts

NAMED = tuple((name, f"Name of {name}", f"What {name} means") for name in "abcd")


def places(facts: Facts) -> list[tuple[int, int]]:
    grid = facts._grid
    found = [grid.getItemPosition(grid.indexOf(fact)) for fact in facts.facts.values()]
    return [(row, column) for row, column, *_ in found]  # pyright: ignore[reportGeneralTypeIssues]


def test_they_fold_into_rows_of_equal_length(look: Look, qtbot: QtBot) -> None:
    facts = Facts(look, NAMED)
    facts._grid.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)  # as inside a page: it does not hold a window
    qtbot.addWidget(facts)
    widest = facts.minimumSizeHint().width() + look.px(8)
    facts.resize(4 * widest, 80)
    facts.show()
    assert places(facts) == [(0, 0), (0, 1), (0, 2), (0, 3)]
    facts.resize(3 * widest, 80)
    assert places(facts) == [(0, 0), (0, 1), (1, 0), (1, 1)], "not three and one"
    facts.resize(widest, 300)
    assert places(facts) == [(row, 0) for row in range(4)]


def test_what_is_not_known_is_no_number(look: Look, qtbot: QtBot) -> None:
    facts = Facts(look, NAMED)
    qtbot.addWidget(facts)
    assert facts.facts["a"].value.text() == "–" and facts.facts["a"].accessibleName() == "Name of a: not known yet"
    facts.show_values(a="2%")
    assert facts.facts["a"].accessibleName() == "Name of a: 2%" and facts.facts["a"].toolTip() == "What a means"
