"""Nothing in, an HTTP session out that waits and tries again as servers ask it to."""

from __future__ import annotations

from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

#: Seconds to wait for a connection, and for each next piece of an answer.
TIMEOUT = (10.0, 120.0)

#: Answers that say "not now": too many requests, or a gateway whose server is away for the moment.
TRY_AGAIN = (429, 502, 503, 504)

#: How often a request is tried again, and the seconds before the first time.
RETRIES, BACKOFF = 4, 0.5


def session() -> requests.Session:
    """A session whose GET and PUT are tried again on lost connections and on the answers in TRY_AGAIN.

    Waits BACKOFF x 1, 2, 4 … seconds between tries, or as long as Retry-After says (RFC 9110, 10.2.3) up
    to five minutes; a longer wait is left to the scheduler's next run.
    """
    retry = Retry(
        total=RETRIES,
        backoff_factor=BACKOFF,
        status_forcelist=TRY_AGAIN,
        allowed_methods={"GET", "PUT"},
        respect_retry_after_header=True,
        retry_after_max=300,
        raise_on_status=False,
    )
    made = requests.Session()
    made.mount("https://", HTTPAdapter(max_retries=retry))
    made.mount("http://", HTTPAdapter(max_retries=retry))
    return made


def place(url: str) -> str:
    """Host and path of a URL: what a message may show. Its credentials and its query stay out."""
    parts = urlsplit(url)
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{parts.hostname}{port}{parts.path}"
