"""compose.yaml and filled-in variables in; what Compose makes of them out."""

from __future__ import annotations

import base64
import json
import os
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from tests.docker.engines import ROOT

FOLDER = ROOT / "docker"
EXAMPLE = (FOLDER / ".env.example").read_text(encoding="utf-8")
VARIABLES = re.findall(r"^(\w+)=", EXAMPLE, re.MULTILINE)


def values() -> dict[str, str]:
    """A value for each variable of .env.example, of the kind that it asks for."""
    filled = {name: f"just-a-test-{name.lower()}-{'x' * 40}" for name in VARIABLES}
    return filled | {"AIRFLOW_FERNET_KEY": base64.urlsafe_b64encode(bytes(range(32))).decode()}


def compose_command() -> list[str] | None:
    """Compose as it is installed here (judging a file needs no engine), or None."""
    for command in (["docker", "compose"], ["docker-compose"]):
        if shutil.which(command[0]):
            asked = subprocess.run([*command, "version"], capture_output=True, check=False)
            if asked.returncode == 0:
                return command
    return None


def judge(command: list[str], folder: Path, variables: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """What Compose says of compose.yaml with these variables, in a copy of its folder."""
    docker = folder / "docker"
    shutil.rmtree(docker, ignore_errors=True)
    shutil.copytree(FOLDER, docker, ignore=shutil.ignore_patterns(".env", "connections.env"))
    shutil.copy(docker / "connections.env.example", docker / "connections.env")
    (docker / ".env").write_text("".join(f"{name}={value}\n" for name, value in variables.items()))
    environment = {key: value for key, value in os.environ.items() if key not in VARIABLES}
    return subprocess.run(
        [*command, "--file", "compose.yaml", "--profile", "sandbox", "config"],
        cwd=docker,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def read(text: str) -> dict[str, Any]:
    """A YAML text as plain dictionaries and lists."""
    return json.loads(json.dumps(YAML(typ="safe", pure=True).load(text)))
