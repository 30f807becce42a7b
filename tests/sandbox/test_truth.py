"""The truth file against a comparison of the two registries that knows nothing of how errors were planted."""

from __future__ import annotations

import re
from pathlib import Path

import pandas as pd
import pyogrio
import pytest
import sqlalchemy as sa

from vlekkeloos.errors import BadInput
from vlekkeloos.sandbox import Sandbox
from vlekkeloos.sandbox.mistakes import BREAKS, DIFFERS, make_plan

from .zips import unpacked

FIELDS = [
    "huisnummer",
    "huisletter",
    "huisnummertoevoeging",
    "postcode",
    "status",
    "typeAdresseerbaarObject",
    "ligtAan",
]
POSTCODE = re.compile(r"[1-9]\d{3}(?!SA|SD|SS)[A-Z]{2}")
AS_OF = pd.Timestamp("2026-06-01")

Line = tuple[str, str, str, str, str]


def test_the_truth_is_exactly_what_a_naive_comparison_finds(sandbox: Sandbox, tmp_path: Path) -> None:
    truth = _truth(sandbox)
    found = _compared(_municipal(sandbox), _valid_now(_bag(sandbox, tmp_path)))
    assert sorted(found) == sorted(
        truth[["key", "field", "kind", "left", "right"]].itertuples(index=False, name=None)
    )


def test_a_comparison_that_ignores_history_finds_more(sandbox: Sandbox, tmp_path: Path) -> None:
    first = _bag(sandbox, tmp_path).sort_values("voorkomenIdentificatie").drop_duplicates("identificatie")
    found = set(_compared(_municipal(sandbox), first))
    assert len(found - set(_compared(_municipal(sandbox), _valid_now(_bag(sandbox, tmp_path / "again"))))) > 100


def test_a_comparison_that_does_not_normalise_postcodes_finds_more(sandbox: Sandbox) -> None:
    written_otherwise = _municipal(sandbox)["postcode"].str.contains(r"^\d{4} [a-z]{2}$")
    assert written_otherwise.sum() == sandbox.counts["registry"]["postcodes_written_otherwise"] == 120


def test_every_cause_of_error_is_planted(sandbox: Sandbox) -> None:
    others = {"duplicate", "not_registered", "unknown_to_bag", "bag_postcode_form"}
    assert set(_truth(sandbox)["error"]) == set(DIFFERS) | set(BREAKS) | others


def test_no_key_has_more_than_one_kind_of_error(sandbox: Sandbox) -> None:
    assert (_truth(sandbox).groupby("key")["kind"].nunique() == 1).all()


def test_the_sandbox_counts_its_errors_by_kind(sandbox: Sandbox) -> None:
    assert sandbox.counts["truth"] == _truth(sandbox)["kind"].value_counts().to_dict()
    assert sum(sandbox.counts["truth"].values()) == 240


def test_quarantine_stays_below_the_thresholds_that_hold_a_run(sandbox: Sandbox) -> None:
    municipal = _municipal(sandbox)
    assert 0 < _broken(municipal).sum() < 0.01 * len(municipal)
    assert sandbox.counts["truth"]["quarantined_right"] == 1


@pytest.mark.parametrize(
    ("addresses", "errors"), [(1, 0), (1, 1), (7, 7), (50, 1), (1_000, 1_000), (40_000, 3), (300, 13)]
)
def test_exactly_as_many_errors_are_planted_as_were_asked_for(addresses: int, errors: int) -> None:
    from vlekkeloos.sandbox.addresses import generate

    plan = make_plan(9, addresses, errors)
    outcomes = [plan.apply(address) for address in generate(9, plan.total)]
    assert sum(len(outcome.truth) for outcome in outcomes) == errors
    assert sum(outcome.bag is not None for outcome in outcomes) == addresses


def test_more_errors_than_addresses_are_refused() -> None:
    with pytest.raises(BadInput, match="more errors than it has addresses"):
        make_plan(1, 10, 11)


def _truth(sandbox: Sandbox) -> pd.DataFrame:
    return pd.read_csv(sandbox.truth, dtype=str, keep_default_na=False)


def _municipal(sandbox: Sandbox) -> pd.DataFrame:
    with sa.create_engine(sandbox.database_url).connect() as database:
        return pd.read_sql_query("SELECT * FROM adressen", database)


def _bag(sandbox: Sandbox, folder: Path) -> pd.DataFrame:
    """All voorkomens of nummeraanduidingen, the inactive ones too."""
    tables = []
    for name, content in unpacked(sandbox.bag_delivery).items():
        if "/9998NUM0" in name or "/9998IANUM0" in name:
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(content)
            tables.append(pyogrio.read_arrow(file)[1].to_pandas())
    names = {"huisnummerToevoeging": "huisnummertoevoeging", "openbareruimteRef": "ligtAan"}
    whole = pd.concat(tables, ignore_index=True).rename(columns=names)
    # GDAL writes the domain before an identificatie, as NL.IMBAG.Nummeraanduiding.9998200000000001
    return whole.assign(**{name: whole[name].str[-16:] for name in ("identificatie", "ligtAan")})


def _valid_now(voorkomens: pd.DataFrame) -> pd.DataFrame:
    begin, end = (pd.to_datetime(voorkomens[name]) for name in ("beginGeldigheid", "eindGeldigheid"))
    valid = voorkomens[(begin <= AS_OF) & (end.isna() | (end > AS_OF)) & voorkomens["tijdstipInactief"].isna()]
    assert valid["identificatie"].is_unique
    return valid


def _broken(table: pd.DataFrame) -> pd.Series:
    plain = table["postcode"].str.replace(" ", "").str.upper()
    form = plain.map(lambda postcode: POSTCODE.fullmatch(postcode) is None)
    return form | (table["huisnummer"] < 1) | table["identificatie"].duplicated(keep=False)


def _compared(municipal: pd.DataFrame, bag: pd.DataFrame) -> list[Line]:
    """Every difference by looping over the keys, as slow and plain as can be."""
    sides = []
    for table in (municipal, bag):
        plain = table.assign(postcode=table["postcode"].str.replace(" ", "").str.upper())
        broken = _broken(plain)
        fields = plain[FIELDS].astype(object).where(plain[FIELDS].notna(), "").astype(str)
        good = dict(zip(plain["identificatie"][~broken], fields[~broken].to_dict("records"), strict=True))
        sides.append((good, set(plain["identificatie"][broken])))
    (left, bad_left), (right, bad_right) = sides
    found: list[Line] = []
    for key in set(left) | set(right) | bad_left | bad_right:
        if key in bad_left or key in bad_right:
            found.append((key, "", "quarantined_left" if key in bad_left else "quarantined_right", "", ""))
        elif key not in left or key not in right:
            found.append((key, "", "missing_left" if key not in left else "missing_right", "", ""))
        else:
            for name in FIELDS:
                if left[key][name] != right[key][name]:
                    found.append((key, name, "differs", left[key][name], right[key][name]))
    return found
