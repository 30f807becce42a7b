"""The command line: one grammar, kept stable, for people, scripts and DAGs.

Progress goes to stderr, the summary (or ``--json``) to stdout. Exit status 0 done, 1 held by a threshold or a
person's approval, 2 bad input or contract, 3 a registry or partner failed; 70 a fault in Vlekkeloos itself.
"""

from __future__ import annotations

import contextlib
import getpass
import json
import logging
import os
import sys
import traceback
from collections.abc import Callable, Iterator
from datetime import date, datetime
from functools import partial
from pathlib import Path
from typing import Any, Literal

import click
import duckdb
import pyarrow as pa

from vlekkeloos import check as checking
from vlekkeloos import contract as contracts
from vlekkeloos import pipeline, reference
from vlekkeloos import source as sources
from vlekkeloos.commands import decide as deciding
from vlekkeloos.commands.options import TOLD, exchanges_option, json_option, lake_option
from vlekkeloos.errors import ContractError, Held, NotFound, VlekkeloosError
from vlekkeloos.feed_back.commands import command as terugmelden
from vlekkeloos.lake import Lake, Ref
from vlekkeloos.reconcile import ledger as ledgers
from vlekkeloos.reconcile.states import STATES
from vlekkeloos.report.texts import Language
from vlekkeloos.run import Run, checked_run_id, last_run, new_run_id, today
from vlekkeloos.tabular import CsvFile, JsonFile, ParquetFile, Writer

BATCH = 50_000
SHOWN: dict[str, Callable[[Any, Any], Writer]] = {"csv": CsvFile, "json": JsonFile, "parquet": ParquetFile}


#: The exit status of a fault in Vlekkeloos itself (EX_SOFTWARE of sysexits.h): none of those that mean something.
UNFORESEEN = 70


def _unforeseen(error: Exception) -> str:
    """Where an error that nobody foresaw arose, without its text: that may quote a record, and this is a log."""
    if os.environ.get("VLEKKELOOS_SHOW_ERRORS"):
        return "".join(traceback.format_exception(error))
    where = "".join(traceback.format_tb(error.__traceback__))
    return (
        f"{where}vlekkeloos: {type(error).__name__}: a fault in Vlekkeloos itself. Its text is left out, for it may"
        " quote a record; VLEKKELOOS_SHOW_ERRORS=1 shows it."
    )


class Commands(click.Group):
    """The group of all commands: turns what Vlekkeloos refuses into a message and an exit status."""

    def invoke(self, ctx: click.Context) -> Any:
        """Runs the command."""
        try:
            return super().invoke(ctx)
        except VlekkeloosError as error:
            click.echo(f"vlekkeloos: {error}", err=True)
            if "--json" in sys.argv and TOLD not in ctx.meta:
                click.echo(json.dumps({"error": str(error), "exit_status": error.exit_status}, indent=2))
            ctx.exit(error.exit_status)
        except BrokenPipeError:
            # who reads has seen enough, e.g. `| head`; Python's own flush at exit would fail once more
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            ctx.exit(0)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            click.echo(_unforeseen(error), err=True)
            ctx.exit(UNFORESEEN)


@click.group(
    cls=Commands, context_settings={"help_option_names": ["-h", "--help"], "auto_envvar_prefix": "VLEKKELOOS"}
)
@click.version_option(package_name="vlekkeloos")
def main() -> None:
    """Data exchange between municipalities, national registries and their partners."""
    # Airflow is a library here, asked for connections only: it is not to set up its database, or this log
    os.environ.setdefault("_AIRFLOW__AS_LIBRARY", "1")
    logging.basicConfig(
        level=logging.WARNING, stream=sys.stderr, format="%(asctime)s %(message)s", datefmt="%H:%M:%S"
    )
    logging.getLogger("vlekkeloos").setLevel(logging.INFO)


run_id_option = click.option("--run-id", help="The run to start or to go on with.")
DATE = click.DateTime(["%Y-%m-%d"])
as_of_option = click.option("--as-of", type=DATE, help="Compare the state that held on this date (default: today).")
format_option = click.option(
    "--format", "kind", type=click.Choice(["csv", "json", "parquet"]), default="csv", show_default=True
)


main.add_command(deciding.decide)
main.add_command(deciding.list_causes)


def stage_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """The options that every stage command takes."""
    for option in (json_option, as_of_option, run_id_option, lake_option, exchanges_option):
        command = option(command)
    return command


def _run(exchange: str, options: dict[str, Any], *, new: bool) -> Run:
    """The run that the options mean: a named one, a new one, or the exchange's last."""
    contract = checking.find(options["exchanges"], exchange)
    lake = Lake(options["lake"])
    as_of: date | None = options["as_of"].date() if options["as_of"] else None
    if options["run_id"]:
        run_id = checked_run_id(options["run_id"])
        before = Run(contract, lake, run_id, date.min).records()
        if not before and not new:
            raise NotFound(f"exchange {exchange!r} has no run {run_id!r}")
        begun = next((row.as_of for row in before), None)
        if as_of and begun and as_of != begun:
            raise click.BadParameter(f"run {run_id} is of {begun}; start a new run", param_hint="--as-of")
        as_of = as_of or begun
    elif new:
        run_id = new_run_id()
    else:
        run_id, begun = last_run(lake, exchange)
        if as_of and as_of != begun:
            raise click.BadParameter(f"the last run, {run_id}, is of {begun}; start a new run", param_hint="--as-of")
        as_of = begun
    return Run(contract, lake, run_id, as_of or today())


def _told(run: Run, as_json: bool) -> None:
    """Prints what the run has done so far."""
    summary = pipeline.summary(run)
    click.get_current_context().meta[TOLD] = True
    if as_json:
        click.echo(json.dumps(summary, ensure_ascii=False, indent=2))
        return
    click.echo(f"{run.exchange}, run {run.run_id}, as of {run.as_of}")
    for stage in summary["stages"]:
        counts = ", ".join(f"{k} {v}" for k, v in stage["details"].items() if isinstance(v, int | float | bool))
        click.echo(f"  {stage['stage']:<9} {stage['subject']:<22} {stage['status']:<7} {counts}")
    for name, place in summary["places"].items():
        click.echo(f"{name}: {place}")


def _stage(
    work: Callable[[Run, str], Any], exchange: str, subjects: Callable[[Run], list[str]], new: bool, **options: Any
) -> None:
    """Runs one stage for each of its subjects; every subject is tried before the first failure is raised."""
    run = _run(exchange, options, new=new)
    failures: list[VlekkeloosError] = []
    for subject in subjects(run):
        try:
            work(run, subject)
        except VlekkeloosError as error:
            failures.append(error)
    _told(run, options["as_json"])
    if failures:
        raise failures[0]


@main.command()
@exchanges_option
@json_option
def check(exchanges: Path, as_json: bool) -> None:
    """Judge every contract without running it."""
    results = list(checking.every(exchanges))
    wrong = [error for _, error in results if isinstance(error, ContractError)]
    if as_json:
        click.echo(json.dumps([_checked(file, result) for file, result in results], indent=2))
    for file, result in results:
        if isinstance(result, ContractError):
            click.echo(str(result), err=True)
        elif not as_json:
            click.echo(f"{file}: {result.exchange}: in order")
    if not results:
        raise NotFound(f"there is no contract in {exchanges}")
    if wrong:
        sys.exit(ContractError.exit_status)


def _checked(file: Path, result: Any) -> dict[str, Any]:
    faults = result.faults if isinstance(result, ContractError) else []
    return {
        "file": str(file),
        "exchange": None if faults else result.exchange,
        "faults": [{"line": f.line, "path": f.path, "expected": f.expected} for f in faults],
    }


@main.command()
@click.option("--markdown", is_flag=True, help="As a page for people.")
def schema(markdown: bool) -> None:
    """Print the contract's JSON Schema, for editors."""
    found = contracts.schema()
    text = reference.page(found) if markdown else json.dumps(found, ensure_ascii=False, indent=2)
    click.echo(text.rstrip())


@main.command()
@click.option("--markdown", is_flag=True, help="As a page for people.")
def expectations(markdown: bool) -> None:
    """List the expectations that a suite may use, and who judges by them."""
    from vlekkeloos import suite
    from vlekkeloos.scan import reference as found

    suite.know_expectations()
    if markdown:
        click.echo(found.page().rstrip())
        return
    for one in found.known():
        click.echo(f"{one.expectation_type:<60} {'scan' if found.translated(one) else 'great_expectations'}")


@main.command()
@click.argument("exchange")
@stage_options
def run(exchange: str, **options: Any) -> None:
    """Run the whole path of an exchange."""
    this = _run(exchange, options, new=True)
    try:
        pipeline.run_all(this)
    finally:
        _told(this, options["as_json"])


@main.command()
@click.argument("exchange")
@click.option("--source", help="Only this source.")
@stage_options
def pull(exchange: str, source: str | None, **options: Any) -> None:
    """Pull the sources of an exchange into raw."""
    _stage(pipeline.pull, exchange, lambda r: [source] if source else list(r.contract.sources), new=True, **options)


@main.command()
@click.argument("exchange", metavar="EXCHANGE|SOURCE")
@click.option("--source", help="Only this source.")
@click.option("--suite", "named", help="Only try this suite, a file or a name, on SOURCE: exchange/source.")
@stage_options
def validate(exchange: str, source: str | None, named: str | None, **options: Any) -> None:
    """Judge what was pulled: accepted or quarantine. With --suite, try a suite on a source and write nothing."""
    if named is not None:
        _try(exchange, named, source=source, **options)
        return
    _stage(
        pipeline.validate, exchange, lambda r: [source] if source else list(r.contract.sources), new=False, **options
    )


def _try(name: str, named: str, *, lake: str, exchanges: Path, as_json: bool, **options: Any) -> None:
    from vlekkeloos import trial

    for option in (option for option, given in options.items() if given):
        raise click.UsageError(f"--{option.replace('_', '-')} is about a run; --suite tries a suite without one")
    home = Lake(lake)
    found = sources.find(home, exchanges, name)
    folder = found.contract.folder if found.contract else exchanges / found.exchange
    result = trial.tried(home, found, trial.find(named, folder))
    click.echo(json.dumps(result.result.to_json_dict(), ensure_ascii=False, indent=2) if as_json else result.text)
    click.get_current_context().meta[TOLD] = True
    if result.broken:
        raise Held(f"not met of what is critical: {len(result.broken)} of {len(result.result.results)} expectations")


@main.command()
@click.argument("source")
@click.option("--format", "form", type=click.Choice(["yaml", "json"]), help="Default: by --out's ending, else yaml.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), help="The new file (default: print it).")
@lake_option
@exchanges_option
def suggest(source: str, form: Literal["yaml", "json"] | None, out: Path | None, lake: str, exchanges: Path) -> None:
    """Write a first suite for a pulled SOURCE: exchange/source, or source if only one is named so."""
    from vlekkeloos.suggest import suggest as suggested
    from vlekkeloos.suggest import writing

    with _refused(out):
        if out is not None and out.exists():
            raise click.BadParameter(f"{out} is there already: name another, or remove it first", param_hint="--out")
    home = Lake(lake)
    found = sources.find(home, exchanges, source)
    made = suggested(home, found, out.stem if out else found.name)
    text = writing.written(made, form or ("json" if out and out.suffix == ".json" else "yaml"))
    if out is None:
        click.echo(text, nl=False)
        return
    with _refused(out):
        out.write_text(text, encoding="utf-8")
    click.echo(f"{out}: {len(made['expectations'])} expectations, by {found.raw}")


@contextlib.contextmanager
def _refused(out: Path | None) -> Iterator[None]:
    """What the file system says against --out is bad input."""
    try:
        yield
    except OSError as error:
        raise click.BadParameter(f"{out} can't be written: {error.strerror}", param_hint="--out") from None


@main.command()
@click.argument("exchange")
@stage_options
def reconcile(exchange: str, **options: Any) -> None:
    """Compare the accepted records of both sides."""
    _stage(lambda r, _: pipeline.reconcile(r), exchange, lambda _: [""], new=False, **options)


@main.command("feed-back")
@click.argument("exchange")
@stage_options
def feed_back(exchange: str, **options: Any) -> None:
    """Draft terugmeldingen of the discrepancies that stayed, send what is approved, ask what became of it."""
    _stage(lambda r, _: pipeline.feed_back(r), exchange, lambda _: [""], new=False, **options)


main.add_command(terugmelden(_run, stage_options))


@main.command()
@click.argument("exchange")
@click.option("--partner", help="Only this partner.")
@stage_options
def publish(exchange: str, partner: str | None, **options: Any) -> None:
    """Release the agreed records to the partners."""
    _stage(
        pipeline.publish,
        exchange,
        lambda r: [partner] if partner else [each.partner for each in r.contract.publish],
        new=False,
        **options,
    )


@main.command()
@click.argument("exchange")
@click.option("--source", help="Release a quarantined record of this source, from the next run on.")
@click.option("--key", help="… the one with this key.")
@click.option("--row", type=int, help="… and this row, if more have that key.")
@click.option("--reason", required=True, help="Why the run may go on, or the record may pass.")
@click.option("--who", default=getpass.getuser, help="Who decides this (default: you).")
@stage_options
def release(
    exchange: str, source: str | None, key: str | None, row: int | None, reason: str, who: str, **options: Any
) -> None:
    """Let a held run go on, and go on with it; or let a quarantined record pass."""
    this = _run(exchange, options, new=False)
    if not (source is None and key is None and row is None):
        if not (source and key):
            raise click.UsageError("a record is named by --source and --key")
        rules = pipeline.waive(this, source, key, reason, who, row)
        told = {"source": source, "waived": rules, "from": "the next run"}
        click.echo(
            json.dumps(told, indent=2)
            if options["as_json"]
            else f"{source}: passes from the next run on, though it breaks {', '.join(rules)}"
        )
        return
    this.approve(reason, who)
    try:
        pipeline.run_all(this)
    finally:
        _told(this, options["as_json"])


@main.command()
@click.argument("exchange")
@click.option("--language", type=click.Choice(["nl", "en"]), default="nl", show_default=True)
@stage_options
def report(exchange: str, language: Language, **options: Any) -> None:
    """Write the report of a run: HTML, CSV and Excel."""
    from vlekkeloos import report as reports

    places = reports.write(_run(exchange, options, new=False), language=language)
    if options["as_json"]:
        click.echo(json.dumps(places, indent=2))
    else:
        for name, place in places.items():
            click.echo(f"{name}: {place}")


@main.command()
@click.argument("exchange")
@click.argument("key")
@click.option("--since", type=DATE, help="Only what happened from this day on.")
@click.option("--language", type=click.Choice(["nl", "en"]), default="nl", show_default=True)
@json_option
@lake_option
@exchanges_option
def explain(
    exchange: str, key: str, since: datetime | None, language: Language, as_json: bool, lake: str, exchanges: Path
) -> None:
    """Tell one record's story: what each source said when, who or what decided, where it went."""
    from vlekkeloos import explain as stories

    found = stories.story(Lake(lake), checking.find(exchanges, exchange), key, since.date() if since else None)
    if as_json:
        click.echo(json.dumps(found.as_json(), ensure_ascii=False, indent=2))
        return
    for line in stories.told(found, language):
        click.echo(line)


@main.command()
@click.argument("table")
@click.option("--version", type=click.IntRange(0), help="A past version (default: the newest).")
@click.option("--where", help="An SQL condition on the rows.")
@format_option
@lake_option
def show(table: str, version: int | None, where: str | None, kind: str, lake: str) -> None:
    """Print a table of the lake, e.g. discrepancies/adressen."""
    home = Lake(lake)
    ref = home.find(table)
    ref = ref if version is None else Ref(ref.table, version)
    with home.query(shown=ref) as query:
        try:
            rows = (query.table("shown").filter(where) if where else query.table("shown")).to_arrow_reader(BATCH)
        except duckdb.Error as error:
            raise click.BadParameter(str(error).splitlines()[0], param_hint="--where") from None
        _print(rows, kind)


def _print(rows: pa.RecordBatchReader, kind: str) -> None:
    with SHOWN[kind](sys.stdout.buffer, rows.schema) as writer:
        for batch in rows:
            writer.write(batch)


@main.command()
@click.argument("exchange")
@click.option("--about", type=DATE, help="How things were on this date (default: at the last run).")
@click.option("--known-on", type=DATE, help="… by what was known on this one (default: today).")
@click.option("--state", type=click.Choice(STATES), help="Only the discrepancies in this state.")
@format_option
@lake_option
def ledger(
    exchange: str, about: datetime | None, known_on: datetime | None, state: str | None, kind: str, lake: str
) -> None:
    """Print every discrepancy there ever was, as it is now or as it was known."""
    home = Lake(lake)
    with home.query(ledger=home.find(f"ledger/{exchange}")) as query:
        rows = query.sql(ledgers.known(about and about.date(), known_on and known_on.date()))
        _print((rows.filter(f"state = '{state}'") if state else rows).to_arrow_reader(BATCH), kind)


@main.command()
@exchanges_option
def pools(exchanges: Path) -> None:
    """Print the Airflow pools that cap the calls to each registry, for `airflow pools import`."""
    found = {
        pipeline.pool(source): {
            "slots": 4,
            "description": f"calls at once to {pipeline.pool(source)}",
            "include_deferred": True,
        }
        for _, contract in checking.every(exchanges)
        if not isinstance(contract, ContractError)
        for source in pipeline.registries(contract)
    }
    click.echo(json.dumps(found, indent=2))


@main.command()
@click.option("--dir", "folder", type=click.Path(path_type=Path), default=Path(".local/sandbox"), show_default=True)
@click.option("--addresses", type=int, default=25_000, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True)
@click.option("--errors", type=int, help="How many errors to plant (default: one in fifty addresses).")
@click.option("--database", help="SQLAlchemy URL of the municipal registry (default: a SQLite file).")
@click.option("--objects", multiple=True, help="Only these BAG object types (default: all).")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where the partner's endpoint listens.")
@click.option("--port", type=int, default=0, help="Its port (default: a free one).")
@click.option("--no-serve", is_flag=True, help="Only make the municipality.")
@click.option("--registries", is_flag=True, help="Play every registry on loopback too, for all the exchanges.")
@exchanges_option
def sandbox(
    folder: Path, host: str, port: int, no_serve: bool, registries: bool, exchanges: Path, **arguments: Any
) -> None:
    """Make a fictional municipality with known errors, and play its partner until interrupted."""
    from vlekkeloos import sandbox as sandboxes

    made = sandboxes.make(folder, **{**arguments, "objects": arguments["objects"] or None})
    click.echo(f"BAG delivery:  {made.bag_delivery}")
    click.echo(f"planted:       {made.truth}")
    if no_serve:
        return

    def ready(url: str) -> None:
        click.echo(f"partner:       {url}")
        click.echo(f"connections:   {made.folder / sandboxes.CONNECTIONS}")

    with contextlib.ExitStack() as stack:
        connections = None
        if registries:
            from vlekkeloos.sandbox import everything
            from vlekkeloos.sandbox import registries as played

            town = played.Town(arguments["seed"], arguments["addresses"])
            served = stack.enter_context(played.serve_process(town, kept=made.folder))
            click.echo(f"registries:    {served.url}")
            connections = partial(everything.environment, made, town, registries_url=served.url, exchanges=exchanges)
        sandboxes.serve(made, host=host, port=port, ready=ready, connections=connections)
