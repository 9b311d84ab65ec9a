"""Jinja for templates that strangers wrote: what a template may use, and how much it may work.

Knows no chat. The custom names are Transformers' (utils/chat_template_utils.py), for which templates are written.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Mapping, Sized
from datetime import datetime
from typing import Any

from jinja2 import nodes
from jinja2.exceptions import SecurityError, TemplateError
from jinja2.ext import Extension, loopcontrols
from jinja2.parser import Parser
from jinja2.runtime import Undefined
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.visitor import NodeTransformer

MAX_SOURCE = 1_000_000
STEP = 50
"""What one turn of a loop or one call costs, in characters."""

_FILTERS = """abs capitalize count d default dictsort escape e first float forceescape int items last length list lower
    map max min reject rejectattr reverse round safe select selectattr sort title trim unique upper"""
FILTERS = frozenset(_FILTERS.split())
_STRING_METHODS = """capitalize casefold count endswith find index isalnum isalpha isascii isdecimal isdigit islower
    isnumeric isspace istitle isupper join lower lstrip partition removeprefix removesuffix replace rfind rindex
    rpartition rsplit rstrip split splitlines startswith strip swapcase title upper"""
STRING_METHODS = frozenset(_STRING_METHODS.split())


class TooMuchWork(TemplateError):
    """The template made or looked at more than any chat needs."""


class GenerationTag(Extension):
    """`{% generation %}` marks what the model itself writes; for training only, so here it is its content."""

    tags = {"generation"}  # noqa: RUF012

    def parse(self, parser: Parser) -> list[nodes.Node]:
        next(parser.stream)
        return parser.parse_statements(("name:endgeneration",), drop_needle=True)


class Sandbox(ImmutableSandboxedEnvironment):
    """Every loop, call, sum, join and output is charged against a budget, before it is done where it may be large."""

    intercepted_binops = frozenset(["+", "*", "**", "%", "-", "/", "//"])

    def __init__(self) -> None:
        super().__init__(
            trim_blocks=True, lstrip_blocks=True, extensions=[loopcontrols, GenerationTag], optimized=False
        )
        self.left = MAX_SOURCE  # constants are evaluated while the template is compiled
        self.now = datetime.min
        own: dict[str, Callable[..., Any]] = {
            "tojson": self._tojson,
            "join": self._join,
            "replace": self._replace,
            "indent": self._indent,
            "string": self.text_of,
        }
        self.filters = {name: self._charged(f) for name, f in self.filters.items() if name in FILTERS} | own
        for name in ("lipsum", "cycler", "joiner"):
            del self.globals[name]
        self.globals |= {"raise_exception": _refuse, "strftime_now": self._strftime}
        self.finalize = self.text_of

    def begin(self, work: int, now: datetime) -> None:
        """A new budget for one rendering: characters made plus elements looked at."""
        self.left, self.now = work, now

    def spend(self, amount: int = STEP) -> str:
        self.left -= amount
        if self.left < 0:
            raise TooMuchWork("it works without end")
        return ""

    def text_of(self, value: Any) -> Any:
        """As Python prints it, once that is known to be no endless text. Undefined values stay as they are."""
        if not isinstance(value, Undefined):
            self._spend_on(value)
            return value if isinstance(value, str) else str(value)
        return value

    def joined(self, *parts: Any) -> str:
        """What `a ~ b` becomes."""
        return "".join(str(self.text_of(part)) for part in parts)

    # ---- what Jinja asks ----
    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        return _Charged().visit(super()._parse(source, name, filename))

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        if isinstance(obj, str):
            return attr in STRING_METHODS
        return super().is_safe_attribute(obj, attr, value)

    def call(self, context: Any, obj: Any, /, *args: Any, **kwargs: Any) -> Any:  # pyright: ignore[reportIncompatibleMethodOverride]
        self.spend()
        owner, name = getattr(obj, "__self__", None), getattr(obj, "__name__", "")
        if isinstance(owner, str) and name == "replace":
            return self._replace(owner, *args)
        if isinstance(owner, str) and name == "join":
            return self._join(*args, d=owner)
        if isinstance(owner, str):
            self.spend(len(owner))
        return super().call(context, obj, *args, **kwargs)

    def call_binop(self, context: Any, operator: str, left: Any, right: Any) -> Any:
        if operator == "**" or (operator == "%" and isinstance(left, str)):
            raise SecurityError(f"the operator {operator} is not allowed here")
        if operator == "*":
            self.spend(_size(left) * max(_number(right), 1) + _size(right) * max(_number(left), 1))
        self.spend(STEP + _size(left) + _size(right))
        result = super().call_binop(context, operator, left, right)
        if isinstance(result, int) and result.bit_length() > 256:
            raise TooMuchWork("it works with endless numbers")
        return result

    # ---- filters ----
    def _charged(self, plain: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(plain)  # keeps Jinja's mark of whether it wants the context
        def charged(*args: Any, **kwargs: Any) -> Any:
            self.spend(STEP + sum(map(_size, args)))
            return plain(*args, **kwargs)

        return charged

    def _tojson(
        self,
        value: Any,
        ensure_ascii: bool = False,
        indent: int | None = None,
        separators: tuple[str, str] | None = None,
        sort_keys: bool = False,
    ) -> str:
        self._spend_on(value)
        if indent is not None and not 0 <= indent <= 16:
            raise TooMuchWork("it indents without end")
        return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)

    def _join(self, value: Iterable[Any], d: str = "", attribute: str | int | None = None) -> str:
        items = list(value) if attribute is None else [self.getitem(item, attribute) for item in value]
        self.spend(len(d) * len(items))
        return d.join(str(self.text_of(item)) for item in items)

    def _replace(self, value: Any, old: str, new: str, count: int = -1) -> str:
        text = str(self.text_of(value))
        times = text.count(old) if count is None or count < 0 else min(text.count(old), count)
        self.spend(len(text) + times * len(new))
        return text.replace(old, new, times)

    def _indent(self, value: str, width: int | str = 4, first: bool = False, blank: bool = False) -> str:
        pad = width if isinstance(width, str) else " " * min(width, 64)
        lines = str(self.text_of(value)).split("\n")
        self.spend(len(pad) * len(lines))
        padded = [pad + line if line or blank else line for line in lines]
        return "\n".join(padded if first else [lines[0], *padded[1:]])

    def _strftime(self, form: str) -> str:
        if len(form) > 100 or any(c.isdigit() for c in form):
            raise SecurityError("the form of the date is not allowed here")
        return self.now.strftime(form)

    def _spend_on(self, value: Any) -> None:
        """Charge all that is inside, however often it is shared: printing it would go through all of that."""
        if isinstance(value, Mapping):
            for key, inner in value.items():
                self._spend_on(key)
                self._spend_on(inner)
        elif isinstance(value, (list, tuple, set, frozenset)):
            for inner in value:
                self._spend_on(inner)
        self.spend(1 + _size(value))


class _Charged(NodeTransformer):
    """Puts a charge into all that can be done again, and makes `~` a call: things that Jinja asks nobody about."""

    def visit_Repeated(self, node: Any) -> nodes.Node:
        self.generic_visit(node)
        constant = sum(len(data.data) for data in node.find_all(nodes.TemplateData))
        constant += sum(_size(const.value) for const in node.find_all(nodes.Const))
        amount = nodes.Const(STEP + constant, lineno=node.lineno)
        call = nodes.Call(nodes.EnvironmentAttribute("spend"), [amount], [], None, None, lineno=node.lineno)
        node.body.insert(0, nodes.ExprStmt(call, lineno=node.lineno))
        return node

    visit_For = visit_Macro = visit_CallBlock = visit_Block = visit_Repeated

    def visit_Concat(self, node: nodes.Concat) -> nodes.Call:
        self.generic_visit(node)
        return nodes.Call(nodes.EnvironmentAttribute("joined"), node.nodes, [], None, None, lineno=node.lineno)


def _refuse(message: str) -> None:
    raise TemplateError(message)


def _size(value: Any) -> int:
    return len(value) if isinstance(value, Sized) and not isinstance(value, range) else 0


def _number(value: Any) -> int:
    return value if isinstance(value, int) else 0
