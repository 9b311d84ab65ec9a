"""Finds the system libraries that Qt's window plugin misses, and installs them where it may.

Knows Debian's package names. Knows nothing of the rest of the set-up.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path

PACKAGE_OF = {
    "libEGL.so.1": "libegl1",
    "libGL.so.1": "libgl1",
    "libGLX.so.0": "libglx0",
    "libOpenGL.so.0": "libopengl0",
    "libX11-xcb.so.1": "libx11-xcb1",
    "libX11.so.6": "libx11-6",
    "libdbus-1.so.3": "libdbus-1-3",
    "libfontconfig.so.1": "libfontconfig1",
    "libfreetype.so.6": "libfreetype6",
    "libglib-2.0.so.0": "libglib2.0-0",
    "libgthread-2.0.so.0": "libglib2.0-0",
    "libwayland-client.so.0": "libwayland-client0",
    "libwayland-cursor.so.0": "libwayland-cursor0",
    "libwayland-egl.so.1": "libwayland-egl1",
    "libxcb-cursor.so.0": "libxcb-cursor0",
    "libxcb-glx.so.0": "libxcb-glx0",
    "libxcb-icccm.so.4": "libxcb-icccm4",
    "libxcb-image.so.0": "libxcb-image0",
    "libxcb-keysyms.so.1": "libxcb-keysyms1",
    "libxcb-randr.so.0": "libxcb-randr0",
    "libxcb-render-util.so.0": "libxcb-render-util0",
    "libxcb-render.so.0": "libxcb-render0",
    "libxcb-shape.so.0": "libxcb-shape0",
    "libxcb-shm.so.0": "libxcb-shm0",
    "libxcb-sync.so.1": "libxcb-sync1",
    "libxcb-util.so.1": "libxcb-util1",
    "libxcb-xfixes.so.0": "libxcb-xfixes0",
    "libxcb-xkb.so.1": "libxcb-xkb1",
    "libxcb.so.1": "libxcb1",
    "libxkbcommon-x11.so.0": "libxkbcommon-x11-0",
    "libxkbcommon.so.0": "libxkbcommon0",
    "libz.so.1": "zlib1g",
    "libzstd.so.1": "libzstd1",
}
EVERYWHERE = ("QtCore.abi3.so", "QtGui.abi3.so", "QtWidgets.abi3.so", "Qt/plugins/platforms/libqxcb.so",
              "Qt/plugins/xcbglintegrations/*.so")  # fmt: skip
WAYLAND_ONLY = ("Qt/plugins/platforms/libqwayland.so", "Qt/plugins/wayland-shell-integration/libxdg-shell.so")


def missing(site_packages: Path) -> list[str]:
    """The file names of the libraries that Qt cannot find, sorted; empty off Linux or without Qt."""
    ldd = shutil.which("ldd")
    if not sys.platform.startswith("linux") or ldd is None:
        return []
    wayland = "WAYLAND_DISPLAY" in os.environ and "DISPLAY" not in os.environ
    patterns = EVERYWHERE + (WAYLAND_ONLY if wayland else ())
    files = [str(f) for pattern in patterns for f in sorted((site_packages / "PySide6").glob(pattern))]
    if not files:
        return []
    listing = subprocess.run([ldd, *files], capture_output=True, text=True, check=False).stdout
    return sorted(set(re.findall(r"^\s*(\S+) => not found", listing, re.MULTILINE)))


def packages(libraries: Iterable[str]) -> list[str]:
    """The Debian packages that hold these libraries; the library's own name where it is not known."""
    return sorted({PACKAGE_OF.get(library, library) for library in libraries})


def install(names: list[str]) -> bool:
    """Install Debian packages; False where this system or this person's rights do not allow it."""
    apt = shutil.which("apt-get")
    if apt is None or os.geteuid() != 0:
        return False
    quiet = {"env": {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}, "stdout": subprocess.DEVNULL}
    command = [apt, "install", "-y", "-q", "--no-install-recommends", *names]
    if subprocess.run(command, stderr=subprocess.DEVNULL, check=False, **quiet).returncode == 0:
        return True
    subprocess.run([apt, "update", "-q"], check=False, **quiet)  # a fresh machine has no package lists yet
    return subprocess.run(command, check=False, **quiet).returncode == 0
