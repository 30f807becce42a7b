"""Keys of another source in; those that a registry can be asked for at all out."""

from __future__ import annotations

import logging
import re
from collections.abc import Sequence

from vlekkeloos.connector import Connection
from vlekkeloos.errors import BadInput

log = logging.getLogger(__name__)


def askable(keys: Sequence[str] | None, what: str, written: str, connection: Connection) -> list[str]:
    """The keys that are written as the registry wants ``what``: for any other it refuses the whole question.

    Those left out end up as missing at the registry; how many there were goes to the log, never a key itself.
    Raises BadInput if there is nothing to get keys from.
    """
    if keys is None:
        raise BadInput(f"this is asked for by {what}", file=connection.name, advice="keys: says where from")
    fitting = [key for key in keys if re.fullmatch(written, key)]
    if len(fitting) < len(keys):
        left_out = len(keys) - len(fitting)
        log.warning("%s: %d of %d keys are no %s; not asked for", connection.name, left_out, len(keys), what)
    return fitting
