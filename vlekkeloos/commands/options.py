"""The options that more commands take, and what they tell the group of all commands."""

from __future__ import annotations

from pathlib import Path

import click

#: Set in the context once a command printed its JSON: no second document follows for its error.
TOLD = "vlekkeloos.told"

exchanges_option = click.option(
    "--exchanges",
    type=click.Path(path_type=Path),
    default=Path("exchanges"),
    envvar="VLEKKELOOS_EXCHANGES",
    show_default=True,
    help="The folder with the contracts.",
)
lake_option = click.option(
    "--lake",
    default="lake",
    envvar="VLEKKELOOS_LAKE",
    show_default=True,
    help="The lake: a folder or an object store's URL.",
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print the summary as JSON.")
