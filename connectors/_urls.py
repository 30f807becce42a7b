"""URLs in, what may be shown of them and where they lead out."""

from __future__ import annotations

import re
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit


def place(url: str) -> str:
    """Host and path of a URL: what a message may show. Its credentials and its query stay out."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname}{port}{parts.path}"


def shown(url: str) -> str:
    """The path of a URL as a message may show it: without what looks like a BSN or an RSIN."""
    return re.sub(r"(?<!\d)\d{9}(?!\d)", "…", unquote(urlsplit(url).path))


def joined(base: str, path: str) -> str:
    """The URL of a path below a base that ends in a slash; a path that is a whole URL is that.

    Not as urljoin has it: what climbs in a path stays in it, for ``is_below`` to see.
    """
    if re.match(r"[a-z][a-z0-9+.-]*://", path, re.I):
        return path
    return base + path.lstrip("/") if path else base.rstrip("/")


def is_loopback(host: str) -> bool:
    """True for this machine itself."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def is_below(base: str, url: str) -> bool:
    """True if a URL is on the same server as the base and below its path, as that server will read it."""
    try:
        (here, steps), (there, further) = _address(base), _address(url)
    except ValueError:
        # no URL at all, e.g. one whose port is no number
        return False
    return here == there and steps == further[: len(steps)] and not {".", ".."} & set(further)


def _address(url: str) -> tuple[tuple[str | int | None, ...], list[str]]:
    parts = urlsplit(url)
    port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    steps = unquote(parts.path).replace("\\", "/").split("/")
    return (parts.scheme, parts.hostname, parts.username, port), [step for step in steps if step]
