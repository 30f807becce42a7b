"""One suggested expectation, in GX's own form."""

from __future__ import annotations

from typing import Any, Literal

Severity = Literal["critical", "warning", "info"]
#: With type, kwargs, severity and notes, as a suite's file has them.
Suggested = dict[str, Any]


def expectation(kind: str, severity: Severity, notes: str, **kwargs: Any) -> Suggested:
    """The expectation ``expect_<kind>``."""
    return {"type": f"expect_{kind}", "kwargs": kwargs, "severity": severity, "notes": notes}
