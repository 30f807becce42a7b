"""The rules as a Great Expectations suite, and GX's results as answers; a rule's name is its expectation's notes."""

from __future__ import annotations

from typing import Any

from benchmarks._validate.rules import (
    ADDRESS,
    BETWEEN,
    IDENTIFICATIE,
    IN_USE,
    KINDS,
    LENGTHS,
    MOSTLY,
    PADDED,
    PLACES,
    POSTCODE,
    STATUS,
    WHOLE,
)

#: What a run asks for; GX can do with less than its own default too.
FORM = {"result_format": "SUMMARY", "return_unexpected_index_query": False}


def suite(rows: int) -> Any:
    """The ExpectationSuite of the twenty."""
    import great_expectations.expectations as gxe
    from great_expectations import ExpectationSuite

    def between(name: str) -> dict[str, float]:
        low, high = BETWEEN[name]
        return {"min_value": low, "max_value": high}

    def lengths(name: str) -> dict[str, int]:
        low, high = LENGTHS[name]
        return {"min_value": low, "max_value": high}

    expectations = {
        "rows": gxe.ExpectTableRowCountToBeBetween(min_value=1, max_value=rows),
        "identificatie filled": gxe.ExpectColumnValuesToNotBeNull(column="identificatie"),
        "identificatie unique": gxe.ExpectColumnValuesToBeUnique(column="identificatie"),
        "identificatie form": gxe.ExpectColumnValuesToMatchRegex(column="identificatie", regex=IDENTIFICATIE),
        "status in set": gxe.ExpectColumnValuesToBeInSet(column="status", value_set=list(STATUS)),
        "soort in set": gxe.ExpectColumnValuesToBeInSet(
            column="soort", value_set=list(KINDS), mostly=MOSTLY["soort in set"]
        ),
        "huisnummer between": gxe.ExpectColumnValuesToBeBetween(column="huisnummer", **between("huisnummer between")),
        "huisletter length": gxe.ExpectColumnValueLengthsToBeBetween(
            column="huisletter", **lengths("huisletter length")
        ),
        "postcode form": gxe.ExpectColumnValuesToMatchRegex(column="postcode", regex=POSTCODE),
        "straat length": gxe.ExpectColumnValueLengthsToBeBetween(column="straat", **lengths("straat length")),
        "bouwjaar between": gxe.ExpectColumnValuesToBeBetween(column="bouwjaar", **between("bouwjaar between")),
        "oppervlakte between": gxe.ExpectColumnValuesToBeBetween(
            column="oppervlakte",
            **between("oppervlakte between"),
            row_condition=f'status == "{IN_USE}"',
            condition_parser="pandas",
        ),
        "eind after begin": gxe.ExpectColumnPairValuesAToBeGreaterThanB(
            column_A="eind", column_B="begin", or_equal=True, ignore_row_if="either_value_is_missing"
        ),
        "address unique": gxe.ExpectCompoundColumnsToBeUnique(column_list=list(ADDRESS)),
        "naam not padded": gxe.ExpectColumnValuesToNotMatchRegex(column="naam", regex=PADDED),
        "omschrijving filled": gxe.ExpectColumnValuesToNotBeNull(
            column="omschrijving", mostly=MOSTLY["omschrijving filled"]
        ),
        "waarde mean": gxe.ExpectColumnMeanToBeBetween(column="waarde", **between("waarde mean")),
        "x lowest": gxe.ExpectColumnMinToBeBetween(column="x", **between("x lowest")),
        "y highest": gxe.ExpectColumnMaxToBeBetween(column="y", **between("y highest")),
        "woonplaats values": gxe.ExpectColumnDistinctValuesToBeInSet(column="woonplaats", value_set=list(PLACES)),
    }
    for name, expectation in expectations.items():
        expectation.notes = name
    return ExpectationSuite(name="verblijfsobject", expectations=list(expectations.values()))


def told(result: Any) -> dict[str, Any]:
    """The answers in an ExpectationSuiteValidationResult, and the values that it observed."""
    results = {one.expectation_config.notes: one for one in result.results}
    return {
        "found": {
            name: [bool(one.success), int(not one.success) if name in WHOLE else one.result["unexpected_count"]]
            for name, one in results.items()
        },
        "observed": {
            name: float(f"{results[name].result['observed_value']:.9g}")
            for name in WHOLE
            if name != "woonplaats values"
        },
    }
