"""What PyInstaller asks for, by the entry point ``pyinstaller40``: where the hook for scopeguard is.

It is a package of its own because PyInstaller imports it in every build, and scopeguard only where a program has it.
"""

from pathlib import Path


def hook_dirs() -> list[str]:
    """The folder of ``hook-scopeguard.py``."""
    return [str(Path(__file__).parent)]
