"""What compose.yaml and the Dockerfile say, and the same commands as processes of this machine."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path, PurePosixPath
from typing import Any

from msgspec import Struct
from ruamel.yaml import YAML

from tests.needs import ROOT

COMPOSE = ROOT / "compose.yaml"


class Mount(Struct, frozen=True):
    """A folder of the one volume, as a container sees it."""

    target: PurePosixPath
    subpath: PurePosixPath
    read_only: bool


class Container(Struct, frozen=True):
    """A service of compose.yaml, with what it has of the image."""

    name: str
    argv: tuple[str, ...]
    environment: dict[str, str]
    mounts: tuple[Mount, ...]
    service: dict[str, Any]

    def in_volume(self, path: str) -> PurePosixPath | None:
        """Where in the volume a path of the container lies; None outside of it."""
        for mount in self.mounts:
            if PurePosixPath(path).is_relative_to(mount.target):
                return mount.subpath / PurePosixPath(path).relative_to(mount.target)
        return None

    def on_host(self, text: str, volume: Path) -> str:
        """A word of a command line, its paths being those of a volume in a folder of this
        machine."""
        found = re.search(r"(?<![\w/:])/[\w/-]+$", text)
        place = self.in_volume(found[0]) if found else None
        return (
            text if found is None or place is None else text[: found.start()] + str(volume / place)
        )


def document() -> dict[str, Any]:
    """All of compose.yaml."""
    read: dict[str, Any] = YAML(typ="safe").load(COMPOSE.read_text(encoding="utf-8"))
    return read


def container(name: str) -> Container:
    """One service."""
    service = document()["services"][name]
    image = dockerfile()[-1]
    given = {key: str(value) for key, value in service.get("environment", {}).items()}
    volumes = [one for one in service["volumes"] if one["type"] == "volume"]
    return Container(
        name,
        (*json.loads(image["ENTRYPOINT"]), *service["command"]),
        _variables(image["ENV"]) | given,
        tuple(
            Mount(
                PurePosixPath(one["target"]),
                PurePosixPath(one.get("volume", {}).get("subpath", ".")),
                one.get("read_only", False),
            )
            for one in volumes
        ),
        service,
    )


def dockerfile() -> list[dict[str, str]]:
    """The stages of the Dockerfile: of each instruction all arguments, joined by line ends."""
    text = re.sub(r"\\\n", " ", (ROOT / "Dockerfile").read_text(encoding="utf-8"))
    stages: list[dict[str, str]] = [{}]
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        instruction, _, arguments = line.partition(" ")
        if instruction == "FROM":
            stages.append({})
        stage = stages[-1]
        stage[instruction] = "\n".join(filter(None, (stage.get(instruction), arguments.strip())))
    return stages


def _variables(arguments: str) -> dict[str, str]:
    return dict(one.split("=", 1) for one in shlex.split(arguments) if "=" in one)
