"""A registry's address in, nothing out: every page fetched in turn and read as JSON, the least that anyone does."""

from __future__ import annotations

import sys

import requests

from benchmarks._contender import told


def main(url: str, size: str, _: str) -> None:
    """Reads page after page over one connection."""

    def read() -> None:
        with requests.Session() as session:
            following: str | None = f"/records?page=1&size={size}"
            while following:
                following = session.get(url + following).json()["next"]

    told(read)


if __name__ == "__main__":
    main(*sys.argv[1:])
