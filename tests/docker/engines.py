"""A Dockerfile and a base in, an image out, and commands run in it: by Docker, or by buildah where no engine runs.

Both read the machine's own pip settings (index, certificate) and hand them over as build secrets, so that the image
is built the same way behind a proxy as on a laptop, and nothing of it stays in a layer.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

ROOT = Path(__file__).resolve().parents[2]
SUITE = "bookworm"
IMAGE = "localhost/vlekkeloos:test"
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "vlekkeloos" / "images"


class Engine(Protocol):
    """What builds the image and runs commands in it."""

    def build(self, secrets: list[str]) -> None:
        """Builds IMAGE from docker/Dockerfile; raises CalledProcessError with the build's output if it fails."""

    def run(self, *command: str, user: str | None = None) -> subprocess.CompletedProcess[str]:
        """Runs a command in a new container of IMAGE, as the image's own user unless told otherwise."""

    def inspect(self) -> dict[str, Any]:
        """The image's configuration (User, Cmd, Env) and, under "History", how its layers were made."""


@dataclass(frozen=True)
class Docker:
    """Docker with a running engine; the base comes from its public registry."""

    def build(self, secrets: list[str]) -> None:
        _call("docker", "build", "--tag", IMAGE, "--file", "docker/Dockerfile", *secrets, ".")

    def run(self, *command: str, user: str | None = None) -> subprocess.CompletedProcess[str]:
        as_user = ["--user", user] if user else []
        return _try("docker", "run", "--rm", *as_user, IMAGE, *command)

    def inspect(self) -> dict[str, Any]:
        config: dict[str, Any] = json.loads(_call("docker", "image", "inspect", IMAGE))[0]["Config"]
        return config | {"History": _call("docker", "history", "--no-trunc", IMAGE)}


@dataclass(frozen=True)
class Buildah:
    """Buildah in a chroot, which needs no engine; the base is a bare Debian made by debootstrap. Needs root."""

    storage: tuple[str, ...]

    def build(self, secrets: list[str]) -> None:
        base = self._base()
        # `--format docker` keeps what OCI's format has no place for; `--layers` makes a second build short.
        options = ["--isolation", "chroot", "--network", "host", "--format", "docker", "--layers", *secrets]
        options += ["--build-arg", f"BASE={base}", "--tag", IMAGE, "--file", "docker/Dockerfile"]
        self._buildah("build", *options, ".")

    def run(self, *command: str, user: str | None = None) -> subprocess.CompletedProcess[str]:
        container = self._buildah("from", IMAGE).strip()
        as_user = ["--user", user] if user else []
        options = ["--isolation", "chroot", "--network", "host", *as_user]
        try:
            return _try("buildah", *self.storage, "run", *options, container, "--", *command)
        finally:
            self._buildah("rm", container)

    def inspect(self) -> dict[str, Any]:
        found = json.loads(self._buildah("inspect", "--type", "image", IMAGE))
        config: dict[str, Any] = found["Docker"]["config"]
        return config | {"History": json.dumps(found["History"])}

    def _base(self) -> str:
        base = f"localhost/debian:{SUITE}"
        if base.removeprefix("localhost/") in self._buildah("images", "--format", "{{.Name}}:{{.Tag}}"):
            return base
        root = CACHE / SUITE
        shutil.rmtree(root, ignore_errors=True)  # what a broken-off run left
        _call("debootstrap", "--variant=minbase", SUITE, str(root), _debian_mirror())
        container = self._buildah("from", "scratch").strip()
        self._buildah("add", "--quiet", container, str(root), "/")
        self._buildah("commit", "--quiet", "--rm", container, base)
        shutil.rmtree(root)
        return base

    def _buildah(self, *arguments: str) -> str:
        return _call("buildah", *self.storage, *arguments)


def find() -> Engine | str:
    """The engine of this machine, or why there is none."""
    if shutil.which("docker") and _try("docker", "info").returncode == 0:
        return Docker()
    missing = [tool for tool in ("buildah", "debootstrap") if not shutil.which(tool)]
    if missing:
        return f"no Docker engine runs here, and without it {' and '.join(missing)} must be installed"
    if os.geteuid() != 0:
        return "no Docker engine runs here, and debootstrap and buildah's chroot need root"
    return Buildah(_storage())


def build_secrets(folder: Path) -> list[str]:
    """The options that give a build this machine's pip settings; the files for it are written into ``folder``."""
    settings = _pip_settings()
    certificate = settings.pop("cert", None) or os.environ.get("SSL_CERT_FILE")
    options = []
    if certificate and Path(certificate).is_file():
        settings["cert"] = "/run/secrets/ca"
        options += ["--secret", f"id=ca,src={certificate}"]
    file = folder / "pip.conf"
    file.touch(mode=0o600)
    file.write_text("[global]\n" + "".join(f"{key} = {value}\n" for key, value in settings.items()))
    return [*options, "--secret", f"id=pip,src={file}"]


def _pip_settings() -> dict[str, str]:
    """The settings of pip, from its files and its environment, that mean something on another file system."""
    kept = {}
    for line in _call(sys.executable, "-m", "pip", "config", "list").splitlines():
        name, _, value = line.partition("=")
        key, value = name.rpartition(".")[2], value.strip("'\"")
        if key in {"index-url", "extra-index-url", "proxy", "trusted-host", "default-timeout", "cert"}:
            kept[key] = " ".join(part for part in value.split() if not part.startswith("file:"))
    return {key: value for key, value in kept.items() if value}


def _debian_mirror() -> str:
    """The mirror that this machine's own apt takes Debian from."""
    options = ["--format", "$(REPO_URI)", "Created-By: Packages", "Origin: Debian", f"Codename: {SUITE}"]
    found = _try("apt-get", "indextargets", *options).stdout.split() if shutil.which("apt-get") else []
    return found[0] if found else "http://deb.debian.org/debian"


def _storage() -> tuple[str, ...]:
    """Where buildah keeps its layers: overlays where the kernel can stack them here, else whole copies."""
    CACHE.mkdir(parents=True, exist_ok=True)

    def options(driver: str) -> tuple[str, ...]:
        place = CACHE / driver
        return "--root", f"{place}/root", "--runroot", f"{place}/run", "--storage-driver", driver

    overlay = options("overlay")
    return overlay if _try("buildah", *overlay, "info").returncode == 0 else options("vfs")


def _try(*command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def _call(*command: str) -> str:
    done = _try(*command)
    assert done.returncode == 0, f"{' '.join(command[:6])} … failed:\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    return done.stdout
