"""A connection's ``extra`` in, its words checked out: how one is let in at a registry, and within what limits.

Every word is told in docs/reference/connections.md; a test holds that page against this class.
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vlekkeloos.connector import Connection
from vlekkeloos.errors import BadInput


class Words(BaseModel):
    """The words that the ``extra`` of a connection over HTTP may have; all of them may be left out."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    auth: Literal["api_key", "basic", "bearer", "oauth2", "zgw", "none"] | None = Field(
        None, description="how one is let in, where it isn't the way that the registry's own contract says"
    )
    header: str | None = Field(None, description="api_key: the header that takes the key")
    token_url: str | None = Field(
        None, pattern="^https?://", description="oauth2: where a token is asked, an absolute URL"
    )
    scope: str | None = Field(None, description="oauth2: the scopes to ask for, with a space between them")
    user_id: str | None = Field(None, description="zgw: who asks, as the case system's audit trail will name them")
    user_representation: str | None = Field(None, description="zgw: the same, readable")
    cert: str | None = Field(None, description="path to the client's certificate chain (PEM), e.g. of PKIoverheid")
    key: str | None = Field(None, description="path to its key (PEM); left out: the key is in the file of cert")
    key_password: str | None = Field(None, repr=False, description="the password of that key, if it has one")
    verify: str | None = Field(
        None, description="path to the certificates (PEM) that the registry's own must lead to; checking stays on"
    )
    headers: dict[str, str] = Field(
        default_factory=dict, repr=False, description="more headers for each request, e.g. a registry's doelbinding"
    )
    rate: str | None = Field(
        None,
        pattern=r"^([1-9]\d*/(\d+|\d*\.\d+)|none)$",
        description="at most so many requests in so many seconds, e.g. 10/1, over all tasks together; none: no limit",
    )
    at_once: int | None = Field(None, ge=1, le=64, description="how many requests are under way at a time")


def words(connection: Connection) -> Words:
    """What the connection's ``extra`` says. Raises BadInput, naming connection and word but never a value."""
    try:
        return Words.model_validate(dict(connection.extra))
    except ValidationError as error:
        # raised below, outside: the refusal may not carry pydantic's error, which has the value
        fault = error.errors(include_input=False, include_url=False, include_context=False)[0]
    place = ".".join(str(step) for step in fault["loc"])
    raise BadInput(
        fault["msg"],
        file=f"connection {connection.name}",
        field=f"extra.{place}",
        advice="the words are in docs/reference/connections.md",
    )


def sendable(connection: Connection, what: str, value: str) -> str:
    """The value, if it can stand in a header. Raises BadInput if not, before a library would quote it."""
    if not (value.isascii() and value.isprintable()):
        rule = "it has a line break or another character that can't stand in a header"
        raise BadInput(rule, file=f"connection {connection.name}", field=what)
    return value
