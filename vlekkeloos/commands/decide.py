"""The commands with which a person decides: ``decide`` and ``causes``."""

from __future__ import annotations

import dataclasses
import getpass
import json
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

import click

from vlekkeloos import check as checking
from vlekkeloos import pipeline
from vlekkeloos.commands.options import TOLD, exchanges_option, json_option, lake_option
from vlekkeloos.decide import About, Decided, Language, Touched, Verdict, causes, texts
from vlekkeloos.errors import Held
from vlekkeloos.lake import Lake
from vlekkeloos.run import Run, last_run

language_option = click.option("--language", type=click.Choice(["nl", "en"]), default="nl", show_default=True)


class Until(click.ParamType[Any]):
    """A date, or ``never``."""

    name = "date|never"

    def convert(
        self, value: Any, param: click.Parameter | None, ctx: click.Context | None
    ) -> date | Literal["never"]:
        """The date in ISO 8601."""
        if value == "never":
            return "never"
        try:
            return datetime.strptime(value, "%Y-%m-%d").date()
        except ValueError:
            self.fail("a date as 2027-01-31, or never", param, ctx)


def _last(exchange: str, exchanges: Path, lake: str) -> Run:
    """The exchange's last run: what is decided about is what it left."""
    contract, home = checking.find(exchanges, exchange), Lake(lake)
    run_id, as_of = last_run(home, exchange)
    return Run(contract, home, run_id, as_of)


def _printed(told: Any) -> None:
    click.get_current_context().meta[TOLD] = True
    click.echo(json.dumps(told, ensure_ascii=False, indent=2, default=str))


@click.command()
@click.argument("exchange")
@click.option("--id", "id", help="The discrepancy whose id is or begins so.")
@click.option("--key", help="The discrepancy of this key.")
@click.option("--field", help="… of this field; without --key: every question about it.")
@click.option("--left-source", help="… with this source on the left, where more than two are compared.")
@click.option("--right-source", help="… with this source on the right.")
@click.option("--kind", help="Every question of this kind, e.g. differs, missing_left.")
@click.option("--cause", help="Every question with this cause; see `vlekkeloos causes`.")
@click.option("--where", help="Every question of which this SQL is true, e.g. \"left\" = 'x'.")
@click.option("--settled", is_flag=True, help="Also what a rule settled.")
@click.option("--choose", type=click.Choice(["left", "right", "accept", "onderzoek"]), help="What is decided.")
@click.option("--value", help="Neither side is right: this value is.")
@click.option("--reason", help="Why.")
@click.option("--until", type=Until(), help="Its last day, or never; accept needs one of them.")
@click.option("--who", default=getpass.getuser, help="Who decides this (default: you).")
@click.option("--yes", is_flag=True, help="Decide about many at once; without it they are only shown.")
@click.option("--list", "as_list", is_flag=True, help="Only print the questions.")
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Write the questions to this .xlsx file."
)
@click.option(
    "--file", type=click.Path(path_type=Path, dir_okay=False),
    help="Take over what is filled in in this .xlsx or .csv file.",
)  # fmt: skip
@language_option
@json_option
@lake_option
@exchanges_option
def decide(
    exchange: str, exchanges: Path, lake: str, choose: str | None, value: str | None, reason: str | None,
    until: date | Literal["never"] | None, who: str, yes: bool, as_list: bool, out: Path | None, file: Path | None,
    language: Language, as_json: bool, **about: Any,
) -> None:  # fmt: skip
    """Decide about discrepancies: one, many alike, or those in an Excel file."""
    asked = About(**about)
    deciding = choose is not None or value is not None
    if sum((deciding, as_list, out is not None, file is not None)) != 1:
        raise click.UsageError("one of --choose, --value, --list, --out and --file")
    if choose is not None and value is not None:
        raise click.UsageError("either --choose or --value")
    if deciding and asked.empty:
        raise click.UsageError("which is meant? --id, --key, --field, --kind, --cause or --where")
    if file is not None and asked != About():
        raise click.UsageError("--file says itself which discrepancies are meant")
    if deciding and not (reason and reason.strip()):
        raise click.UsageError("a decision needs a --reason")
    run = _last(exchange, exchanges, lake)
    if as_list:
        _list(run, asked, language, as_json)
    elif out is not None:
        _ask(run, asked, out, language, as_json)
    elif file is not None:
        _told(pipeline.answer(run, file, who), as_json)
    else:
        verdict = Verdict(choose or "value", reason or "", who, value, until)
        if not (asked.single or yes):
            _preview(pipeline.touched(run, asked), language, as_json)
        _told(pipeline.decide(run, asked, verdict), as_json)


def _list(run: Run, asked: About, language: Language, as_json: bool) -> None:
    rows = pipeline.questions(run, asked)
    if as_json:
        _printed(list(rows))
        return
    for row in rows:
        click.echo(f"{row['id'][:8]}  {_line(row, language)}")


def _ask(run: Run, asked: About, out: Path, language: Language, as_json: bool) -> None:
    if out.exists():
        # it may hold what a person filled in
        raise click.BadParameter(f"{out} is there already: name another, or remove it first", param_hint="--out")
    try:
        count = pipeline.ask(run, asked, out, language)
    except OSError as error:
        raise click.BadParameter(f"{out} can't be written: {error.strerror}", param_hint="--out") from None
    _printed({"file": str(out), "questions": count}) if as_json else click.echo(f"{out}: {count} questions")


def _preview(found: Touched, language: Language, as_json: bool) -> None:
    """Shows what would be decided about. Raises Held: a person has to say yes."""
    if as_json:
        _printed(dataclasses.asdict(found))
    else:
        for field, kind, count in found.groups:
            whole = texts.text(language, "whole")
            click.echo(f"{count:>9}  {field or whole}: {texts.kind(language, kind)}")
        for row in found.first:
            click.echo(f"           {_line(row, language)}")
        if found.count > len(found.first):
            click.echo("           …")
    raise Held(f"{found.count} discrepancies would be decided about; --yes does it")


def _line(row: dict[str, Any], language: Language) -> str:
    field = row["field"] or texts.text(language, "whole")
    values = f": {_shown(row['left'])} | {_shown(row['right'])}" if row["field"] else ""
    return (
        f"{row['key']}  {field}, {row['left_source']} | {row['right_source']},"
        f" {texts.kind(language, row['kind'])}{values}"
    )


def _shown(value: str | None) -> str:
    return "\N{EN DASH}" if value is None else value


def _told(done: Decided, as_json: bool) -> None:
    if as_json:
        _printed(
            {"batch": done.batch, "meant": done.meant, "decided": done.new, "decisions": str(done.decisions or "")}
        )
        return
    click.echo(f"{done.new} decided, {done.meant - done.new} said so already; applied by the next run")


@click.command("causes")
@click.argument("exchange")
@language_option
@json_option
@lake_option
@exchanges_option
def list_causes(exchange: str, exchanges: Path, lake: str, language: Language, as_json: bool) -> None:
    """List the causes that discrepancies have in common, the largest first."""
    found, single = pipeline.causes(_last(exchange, exchanges, lake))
    if as_json:
        said = [
            {**dataclasses.asdict(cause), "nl": causes.sentence(cause, "nl"), "en": causes.sentence(cause, "en")}
            for cause in found
        ]
        _printed({"causes": said, "single": single})
        return
    for cause in found:
        line = texts.text(
            language, "cause", id=cause.id, count=texts.number(cause.count, language),
            share=texts.plain(f"{cause.share * 100:.1f}", language), open=texts.number(cause.open, language),
            sentence=causes.sentence(cause, language), examples=", ".join(cause.examples),
        )  # fmt: skip
        click.echo(line)
    click.echo(texts.text(language, "single", count=texts.number(single, language)))
