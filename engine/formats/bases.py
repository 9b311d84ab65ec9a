"""Which model an adapter belongs on: by its name, by the hash of its weights, or by what it fits.

Knows opened models and adapters, not where they are kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from engine.errors import UserError
from engine.formats.adapters import OpenedAdapter, check_fits
from engine.formats.naming import slug
from engine.formats.opened import Checkpoint


def find_base(
    opened: OpenedAdapter, named: Callable[[str], Checkpoint | None], models: Callable[[], Iterable[Checkpoint]]
) -> Checkpoint:
    """`named` opens a model by its name or path, `models` all of them. UserError that names the base it wants."""
    base = named(opened.base) if opened.base else None
    if base is not None and _same(base, opened):
        check_fits(opened, base.config)
        return base
    if opened.base_sha256:
        return _by_hash(opened, base, models())
    return _by_fit(opened, models())


def _same(base: Checkpoint, opened: OpenedAdapter) -> bool:
    """A package that was not converted yet has no hash, and nor has what strangers made."""
    return not base.sha256 or not opened.base_sha256 or base.sha256 == opened.base_sha256


def _by_hash(opened: OpenedAdapter, namesake: Checkpoint | None, models: Iterable[Checkpoint]) -> Checkpoint:
    for model in models:
        if model.sha256 == opened.base_sha256:
            check_fits(opened, model.config)
            return model
    if namesake is not None:
        raise UserError(
            f"“{opened.base[:80]}” is not the model any more that “{opened.name[:80]}” was taught on",
            "Bring the former model back, or teach this one anew.",
        )
    raise _gone(opened)


def _by_fit(opened: OpenedAdapter, models: Iterable[Checkpoint]) -> Checkpoint:
    fitting = [model for model in models if _fits(opened, model)]
    spelled = slug(opened.base.replace("\\", "/").rstrip("/").rpartition("/")[2])
    called = [model for model in fitting if spelled in (model.name, slug(model.title))]
    found: Sequence[Checkpoint] = called or fitting
    if len(found) == 1:
        return found[0]
    if not found:
        raise _gone(opened)
    raise UserError(
        f"This adapter fits {len(found)} models, and does not say which it was made for: "
        + ", ".join(sorted(model.name for model in found)[:5]),
        "Write the right name into its adapter_config.json, as base_model_name_or_path.",
    )


def _fits(opened: OpenedAdapter, model: Checkpoint) -> bool:
    try:
        check_fits(opened, model.config)
    except UserError:
        return False
    return True


def _gone(opened: OpenedAdapter) -> UserError:
    base = opened.base or "a model that it does not name"
    return UserError(
        f"“{opened.name[:80]}” is an adapter on top of “{base[:80]}”, which is not in the library",
        "Import that model first, or bring it back.",
    )
