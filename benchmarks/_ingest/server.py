"""A registry's pages on loopback: rendered before the first question, so that asking and reading is what takes time.

A process of its own. It prints its address once every page lies on disk, and ends when its standard input does.
A page is ``GET /records?page=N``. It says its total and its number, and the way to the next page twice: in the
JSON and in a Link header (RFC 8288), so that each contender finds the paging that suits it best.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import re
import sys
import tempfile
from typing import IO

from benchmarks._ingest.records import page

_ASKED = re.compile(rb"GET /records\?(?:[^ ]*&)?page=([0-9]+)")


class Pages:
    """All pages in one file that has no name."""

    def __init__(self, file: IO[bytes], seed: int, size: int, total: int) -> None:
        self.file, self.size = file, size
        self.places: list[tuple[int, int]] = []
        at = 0
        for number in range(1, max(1, -(-total // size)) + 1):
            text = page(seed, number, size, total)
            file.write(text)
            self.places.append((at, len(text)))
            at += len(text)
        file.flush()

    def answer(self, number: int) -> bytes:
        """The whole HTTP answer with that page, or 404."""
        if not 1 <= number <= len(self.places):
            return b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"
        at, length = self.places[number - 1]
        link = f'Link: </records?page={number + 1}&size={self.size}>; rel="next"\r\n'
        head = (
            "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
            f"{link if number < len(self.places) else ''}Content-Length: {length}\r\n\r\n"
        )
        return head.encode() + os.pread(self.file.fileno(), length, at)


async def _serve(pages: Pages, latency: float) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while asked := await reader.readuntil(b"\r\n\r\n"):
                if latency:
                    await asyncio.sleep(latency)
                found = _ASKED.match(asked)
                writer.write(pages.answer(int(found[1]) if found else 0))
                await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    host, port = server.sockets[0].getsockname()
    print(f"http://{host}:{port}", flush=True)
    await asyncio.to_thread(sys.stdin.read)
    server.close()


def main() -> None:
    """Serves until standard input ends."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--size", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--latency", type=float, default=0.0, help="seconds before each answer")
    wanted = parser.parse_args()
    with tempfile.TemporaryFile() as file:
        asyncio.run(_serve(Pages(file, wanted.seed, wanted.size, wanted.rows), wanted.latency))


if __name__ == "__main__":
    main()
