"""``vlekkeloos terugmelden``: a person looks at the drafts, and lets them be sent or not."""

from __future__ import annotations

import getpass
import json
from collections.abc import Callable
from typing import Any

import click

from vlekkeloos.feed_back import judging
from vlekkeloos.run import Run

#: What of a draft a person judges by.
SHOWN = ("key", "field", "kind", "registered", "believed", "believed_by", "first_seen", "runs_seen", "explanation")


def command(last_run: Callable[..., Run], stage_options: Callable[[Callable[..., Any]], Any]) -> click.Command:
    """The command. ``last_run`` gives the run that the options of ``stage_options`` mean."""

    @click.command()
    @click.argument("exchange")
    @click.option(
        "--list", "listed", is_flag=True, help="Only list the drafts (what is done anyway, if nothing is said)."
    )
    @click.option("--key", help="The drafts about the record with this key …")
    @click.option("--field", help="… and of those the one about this field.")
    @click.option("--all", "everything", is_flag=True, help="Every draft that waits.")
    @click.option("--approve", is_flag=True, help="Let them be sent, by the next run.")
    @click.option("--reject", is_flag=True, help="Don't send them, nor draft them again while the values stay.")
    @click.option("--explanation", help="Why the registry is doubted, instead of what was drafted.")
    @click.option("--reason", help="Why they are not sent.")
    @click.option("--who", default=getpass.getuser, help="Who decides this (default: you).")
    @click.option("--yes", is_flag=True, help="Do it, also if it is more than one.")
    @stage_options
    def terugmelden(
        exchange: str,
        listed: bool,
        key: str | None,
        field: str | None,
        everything: bool,
        approve: bool,
        reject: bool,
        explanation: str | None,
        reason: str | None,
        who: str,
        yes: bool,
        **options: Any,
    ) -> None:
        """List the drafts of terugmeldingen, approve them, or reject them."""
        _meant(listed, approve, reject, bool(key) or everything, bool(explanation), bool(reason))
        if field and not key:
            raise click.UsageError("--field is one of the record with --key")
        run = last_run(exchange, options, new=False)
        chosen = judging.drafts(run, key, field)
        judged = approve or reject
        if not judged or (len(chosen) > 1 and not yes):
            _show(chosen, options["as_json"])
            if judged:
                raise click.UsageError(
                    f"these are {len(chosen)}; add --yes to {'approve' if approve else 'reject'} them"
                )
            return
        if approve:
            judging.approve(run, chosen, explanation, who)
        else:
            judging.reject(run, chosen, reason or "", who)
        told = {"approved" if approve else "rejected": len(chosen)}
        click.echo(json.dumps(told) if options["as_json"] else f"{exchange}: {next(iter(told))} {len(chosen)}")

    return terugmelden


def _meant(listed: bool, approve: bool, reject: bool, chosen: bool, explanation: bool, reason: bool) -> None:
    """Raises UsageError for options that don't go together."""
    if listed + approve + reject > 1:
        raise click.UsageError("one of --list, --approve and --reject")
    if (approve or reject) and not chosen:
        raise click.UsageError("which: --key, with --field or without, or --all")
    if explanation and not approve:
        raise click.UsageError("--explanation is what the registry is told: with --approve")
    if reason is not reject:
        raise click.UsageError("--reason goes with --reject, and --reject with --reason")


def _show(rows: list[dict[str, Any]], as_json: bool) -> None:
    shown = [{name: row[name] for name in SHOWN} for row in rows]
    if as_json:
        click.echo(json.dumps(shown, ensure_ascii=False, indent=2, default=str))
        return
    for row in shown:
        click.echo(f"{row['key']} {row['field'] or row['kind']}: {row['explanation']}")
    click.echo(f"{len(shown)} drafts wait for a person")
