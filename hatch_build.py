"""Builds the page into the package, so that whoever installs it needs no Node of their own.

An editable install leaves that to `make web`, which keeps it quick and tells when a build fails.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class PageHook(BuildHookInterface[Any]):
    """Runs the build before the files are gathered."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Build unless what is there is newer than its sources. A failure fails the install."""
        if version == "editable":
            return
        script = Path(self.root) / "app" / "web" / "build_page.py"
        subprocess.run([sys.executable, str(script)], check=True)
