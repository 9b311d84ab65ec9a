"""`python -m engine VERB …`: the engine without a window."""

import sys

from engine.cli.main import main

__all__ = ["main"]

if __name__ == "__main__":
    sys.exit(main())
