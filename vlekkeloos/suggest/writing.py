"""A suggested suite in; the file that a person edits, out."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from typing import Any, Literal

from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap, CommentedSeq

Format = Literal["yaml", "json"]
#: Characters in a line.
WIDTH = 118
#: Arguments of up to this many characters stand on one line.
SHORT = 100


def written(suite: Mapping[str, Any], form: Format) -> str:
    """The text of the suite's file, as GX and ``vlekkeloos.suite`` read it."""
    if form == "json":
        return json.dumps(suite, ensure_ascii=False, indent=2) + "\n"
    yaml = YAML()
    yaml.width = WIDTH
    yaml.indent(mapping=2, sequence=4, offset=2)
    out = io.StringIO()
    yaml.dump({**suite, "expectations": _spaced(suite["expectations"])}, out)
    return out.getvalue()


def _spaced(expectations: list[dict[str, Any]]) -> CommentedSeq:
    """An empty line wherever the next column begins."""
    made = CommentedSeq()
    before = None
    for number, one in enumerate(expectations):
        line = CommentedMap(one)
        line["kwargs"] = CommentedMap(one["kwargs"])
        if len(str(one["kwargs"])) < SHORT:
            line["kwargs"].fa.set_flow_style()
        made.append(line)
        about = one["kwargs"].get("column")
        if number and (about is None or about != before):
            made.yaml_set_comment_before_after_key(number, before="\n")
        before = about
    return made
