"""All tests, in two runs side by side: those that mostly wait for processes of their own, and all others.

On two cores the first ones take as long as a third of the others, and while they wait a core is idle. Knows no test.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile

PYTEST = (sys.executable, "-m", "pytest")
APART = "processes"
"""The mark of those that wait."""


def main() -> int:
    """The first exit status that is not 0."""
    nice = ["nice"] if shutil.which("nice") else []  # the others watch the clock
    with tempfile.TemporaryFile() as said:
        waiting = subprocess.Popen(
            [*nice, *PYTEST, "-p", "no:cacheprovider", "-m", APART], stdout=said, stderr=subprocess.STDOUT
        )
        try:
            status = subprocess.run([*PYTEST, "-m", f"not {APART}"], check=False).returncode
            apart = waiting.wait()
        finally:
            waiting.kill()
        said.seek(0)
        sys.stdout.write(f"\nBeside them:\n{said.read().decode(errors='replace')}")
    return status or apart


if __name__ == "__main__":
    sys.exit(main())
