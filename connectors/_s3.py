"""A bucket of an object store that speaks S3 in, the bytes of its objects out.

The connection is Airflow's of type ``aws``: the access key and its secret as login and password, and in its
extra ``region_name``, ``endpoint_url`` and ``aws_session_token``. Without a key the ones of the environment or the
machine's own role are used, as any AWS client does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import PurePosixPath
from urllib.parse import unquote, urlsplit

from pyarrow import fs

from vlekkeloos.connector import Connection
from vlekkeloos.errors import BadInput, RegistryFailed, RegistryRefused

#: Each piece is a request of its own.
CHUNK = 8 << 20

#: Seconds to wait for a connection, and for an answer.
CONNECT, ANSWER = 10, 120

#: Answers that will be the same next time.
REFUSALS = ("ACCESS_DENIED", "INVALID_ACCESS_KEY_ID", "SIGNATURE_DOES_NOT_MATCH", "NO_SUCH_BUCKET")

_SAID = re.compile(r"AWS Error ([A-Z_]+)")


@contextmanager
def opened(connection: Connection) -> Iterator[Bucket]:
    """The bucket that the connection's URL names: ``s3://bucket/prefix``. Raises BadInput if it names none."""
    yield Bucket(connection)


class Bucket:
    """The objects below one prefix of a bucket."""

    def __init__(self, connection: Connection) -> None:
        parts, extra = urlsplit(connection.url), connection.extra
        if not parts.netloc:
            raise BadInput("the connection names no bucket", file=connection.name, advice="give path in its extra")
        self.root = f"{parts.netloc}{unquote(parts.path)}".rstrip("/")
        endpoint = urlsplit(str(extra.get("endpoint_url") or ""))
        self.server = f"{endpoint.netloc} " if endpoint.netloc else ""
        self.store = fs.S3FileSystem(
            access_key=connection.login or extra.get("aws_access_key_id"),
            secret_key=connection.password or extra.get("aws_secret_access_key"),
            session_token=extra.get("aws_session_token"),
            region=extra.get("region_name"),
            endpoint_override=endpoint.netloc + endpoint.path.rstrip("/") or None,
            scheme=endpoint.scheme or "https",
            connect_timeout=CONNECT,
            request_timeout=ANSWER,
        )

    def place(self, path: str) -> str:
        """The object's address: the server, if it is not AWS's own, and the bucket and key."""
        return f"{self.server}s3://{self._key(path)}"

    def names(self, folder: str) -> list[str]:
        """The objects directly below a prefix, without it."""
        with self._faults(folder):
            try:
                found = self.store.get_file_info(fs.FileSelector(self._key(folder)))
            except FileNotFoundError:
                # nothing lies below it, though the bucket is there
                return []
        return [PurePosixPath(info.path).name for info in found if info.type == fs.FileType.File]

    def fetch(self, path: str, write: Callable[[bytes], object]) -> None:
        """The object's bytes. They come in pieces; that all are of one version of it, its ETag tells."""
        with self._faults(path):
            with self.store.open_input_stream(self._key(path)) as stream:
                version, done = stream.metadata(), 0
                while chunk := stream.read(CHUNK):
                    write(chunk)
                    done += len(chunk)
            with self.store.open_input_stream(self._key(path)) as stream:
                now = stream.metadata()
        if now["ETag"] != version["ETag"] or done != int(version["Content-Length"]):
            raise RegistryFailed(f"{self.place(path)} was changed while it was fetched")

    def _key(self, path: str) -> str:
        return f"{self.root}/{path}" if path else self.root

    @contextmanager
    def _faults(self, path: str) -> Iterator[None]:
        try:
            yield
        except FileNotFoundError:
            raise RegistryFailed(f"there is no file {self.place(path)}") from None
        except OSError as error:
            # the whole text has the store's own words, which may quote what was sent
            said = _SAID.search(str(error))
            code = said[1] if said else type(error).__name__
            failed = RegistryRefused if code in REFUSALS else RegistryFailed
            raise failed(f"{self.place(path)} could not be fetched: {code}") from None
