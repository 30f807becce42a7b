"""A URL of a file on a web server in, its bytes out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import requests

from connectors import http
from vlekkeloos.connector import Connection
from vlekkeloos.errors import BadInput, RegistryFailed

CHUNK = 1 << 20


@contextmanager
def opened(connection: Connection) -> Iterator[Web]:
    """The web server; each file is asked for by itself."""
    yield Web(connection)


class Web:
    """One file on a web server: HTTP has no word for what lies in a folder."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection

    def place(self, path: str) -> str:
        """The URL without its query."""
        return http.place(self.connection.url)

    def names(self, folder: str) -> list[str]:
        """Raises BadInput."""
        rule = "a web server does not tell which files lie in a folder"
        raise BadInput(rule, file=self.place(folder), advice="name one file in the URL, without files:")

    def fetch(self, path: str, write: Callable[[bytes], object]) -> None:
        """The file at the URL. Raises RegistryFailed."""
        connection, place = self.connection, self.place(path)
        auth = http.proof(http.Basic() if connection.login else http.Nobody(), connection)
        # the digest has to be that of the file as stored: no compression on the way
        headers = {"Accept-Encoding": "identity"}
        # whoever sends a secret sends it to this server only
        bare = connection.login is None and connection.password is None and not connection.extra.get("headers")
        try:
            with (
                http.session(connection) as session,
                session.get(
                    connection.url,
                    stream=True,
                    timeout=http.TIMEOUT,
                    auth=auth,
                    headers=headers,
                    allow_redirects=bare,
                ) as answer,
            ):
                if answer.status_code != requests.codes.ok:
                    raise RegistryFailed(f"{place} answered with HTTP {answer.status_code}")
                for chunk in answer.iter_content(CHUNK):
                    write(chunk)
        except requests.RequestException as error:
            # the exception's own text holds the whole URL, with whatever secret is in its query
            raise RegistryFailed(f"{place} could not be fetched: {type(error).__name__}") from None
