"""Opens the window: `python -m desktop`, and where the frozen program begins. Knows nothing of what is in it."""

from __future__ import annotations

import multiprocessing
import os
import sys

from desktop.display import missing_display


def main() -> int:
    multiprocessing.freeze_support()
    problem = missing_display(os.environ, sys.platform)
    if problem:
        print(problem, file=sys.stderr)  # noqa: T201
        return 1
    if sys.platform == "win32":
        import torch  # noqa: F401  # after Qt it fails to load its libraries there
    from desktop import app  # Qt is loaded only once there is somewhere to draw

    return app.main()


if __name__ == "__main__":
    sys.exit(main())
