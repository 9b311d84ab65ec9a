"""What can be said of the built application without building it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.smoke.run_frozen import FATAL, STAGES, problems

ROOT = Path(__file__).resolve().parents[2]
SPEC = ast.parse((ROOT / "build.spec").read_text("utf-8"))
GOOD = [f"{stage} something" for stage in STAGES]


def constant(name: str) -> list[str]:
    node = next(n for n in SPEC.body if isinstance(n, ast.Assign) and ast.unparse(n.targets[0]) == name)
    return list(ast.literal_eval(node.value))


def imported() -> set[str]:
    """Every module that engine or desktop imports, and every name it may be a module of."""
    names = set()
    for top in ("engine", "desktop"):
        for path in (ROOT / top).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Import):
                    names |= {alias.name for alias in node.names}
                elif isinstance(node, ast.ImportFrom) and node.module:
                    names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def test_nothing_that_is_imported_is_left_out_of_the_application() -> None:
    names = imported()
    assert "torch" in names, "this test sees the imports"
    left_out = [x for x in constant("EXCLUDES") for name in names if name == x or name.startswith(f"{x}.")]
    assert left_out == []


def test_nothing_is_packed_with_upx() -> None:
    calls = [n for n in ast.walk(SPEC) if isinstance(n, ast.Call) and ast.unparse(n.func) in ("EXE", "COLLECT")]
    upx = [ast.literal_eval(k.value) for call in calls for k in call.keywords if k.arg == "upx"]
    assert upx == [False, False]


def test_a_good_run_is_a_sign_of_life() -> None:
    assert problems(0, GOOD) == []


@pytest.mark.parametrize(
    ("code", "lines"),
    [(1, GOOD), (-6, GOOD), (0, GOOD[:-1]), *((0, [*GOOD, f"here: {marker}"]) for marker in FATAL)],
)
def test_a_bad_run_is_none(code: int, lines: list[str]) -> None:
    assert problems(code, lines)
