"""The sandbox's partner, listening for as long as a test needs it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from vlekkeloos.sandbox import Sandbox
from vlekkeloos.sandbox.partner import Server


@contextmanager
def serving(town: Sandbox) -> Iterator[str]:
    """The URL of the partner of this sandbox."""
    with Server(town.partner_folder, town.partner_token) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server.url
        finally:
            server.shutdown()
            thread.join()
