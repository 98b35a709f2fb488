"""What code in a kernel can read of the processes that it comes from: no credential of a server.

The files of the same account are another matter; the pages say so.
"""

import json
import subprocess
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest

from intheloop.cli.local_runtime import credential_input, runtime_command
from intheloop.folder import read_secret
from tests.command_line import WAIT_S, CommandLine, serving
from tests.test_cli import run_cells, written

pytestmark = pytest.mark.timeout(180)
FOREIGN = "itl_credential-of-another-server"
# Of the kernel and of the runtime: environment, arguments, and what is left of the standard input.
LOOK = """
import os
from pathlib import Path
for pid in ("self", os.getppid()):
    of = Path(f"/proc/{pid}")
    said = of.joinpath("environ").read_bytes() + of.joinpath("cmdline").read_bytes()
    Path(f"of-{'kernel' if pid == 'self' else 'runtime'}").write_bytes(said)
Path("left").write_bytes(Path(f"/proc/{os.getppid()}/fd/0").read_bytes())
"""


@pytest.fixture
def home(tmp_path: Path) -> CommandLine:
    return CommandLine(tmp_path / "data", tmp_path)


def look(home: CommandLine, notebook_id: str) -> None:
    """Have the notebook's kernel look around, to the end."""
    following = home.start("log", notebook_id, "--follow")
    run_cells(home, notebook_id)
    assert following.stdout is not None
    while "finished execution" not in following.stdout.readline():
        pass
    following.terminate()
    following.communicate(timeout=WAIT_S)


def check(home: CommandLine, *secrets: str | None) -> None:
    """What the kernel found holds none of these, and nothing named as our settings are."""
    of_runtime = (home.here / "of-runtime").read_bytes()
    of_kernel = (home.here / "of-kernel").read_bytes()
    assert b"intheloop_agents.runtime" in of_runtime, "the kernel's parent is the runtime"
    assert b"PATH=" in of_runtime
    assert b"PATH=" in of_kernel
    for found in (of_runtime, of_kernel):
        assert b"INTHELOOP_" not in found
        for secret in secrets:
            assert secret
            assert secret.encode() not in found
    assert (home.here / "left").read_bytes() == b""


def test_a_kernel_of_the_local_runtime_finds_no_credential(home: CommandLine) -> None:
    with_more = CommandLine(home.data, home.here, {"INTHELOOP_TOKEN": FOREIGN})
    with serving(with_more):
        notebook_id = home.ok("import", str(written(home.here / "n.ipynb", LOOK))).strip()
        look(home, notebook_id)
    check(home, FOREIGN, read_secret(home.data, "runtime"), read_secret(home.data, "command-line"))


@contextmanager
def runtime_of(home: CommandLine, notebook_id: str, *arguments: str, token: str) -> Generator[None]:
    """`intheloop runtime` inside the block, with a credential of the environment."""
    url = json.loads(home.ok("status", "--json"))["url"]
    variables = {"INTHELOOP_URL": url, "INTHELOOP_TOKEN": token}
    elsewhere = CommandLine(home.data / "none", home.here, variables)
    with elsewhere.start("runtime", "--notebook", notebook_id, *arguments) as runtime:
        yield
        runtime.terminate()
        _, said = runtime.communicate(timeout=WAIT_S)
        assert runtime.returncode == 0, said


@pytest.mark.slow
def test_a_kernel_of_a_runtime_elsewhere_finds_no_credential(home: CommandLine) -> None:
    with serving(home, "--no-runtime"):
        notebook_id = home.ok("import", str(written(home.here / "n.ipynb", LOOK))).strip()
        token = home.ok("token", "create", "--kind", "runtime", "--label", "afar").strip()
        with runtime_of(home, notebook_id, token=token):
            look(home, notebook_id)
    check(home, token, read_secret(home.data, "command-line"))


def test_a_runtime_without_a_credential_says_how_it_is_started() -> None:
    with credential_input("") as stdin:
        ended = subprocess.run(
            runtime_command("--url", "http://127.0.0.1:1"),
            stdin=stdin,
            capture_output=True,
            text=True,
            timeout=WAIT_S,
            check=False,
        )
    assert ended.returncode == 2
    assert "Use `intheloop runtime`" in ended.stderr
