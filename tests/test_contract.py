"""The contract: what is refused, and where the error points."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.builder import Exchange, contract
from vlekkeloos import check
from vlekkeloos.contract import model, read, schema
from vlekkeloos.errors import ContractError


def faults(file: Path) -> list[tuple[int, str, str]]:
    with pytest.raises(ContractError) as refused:
        check.judged(file)
    return [(fault.line, fault.path, fault.expected) for fault in refused.value.faults]


def test_a_typo_is_refused_with_file_line_path_and_what_was_expected(exchange: Exchange) -> None:
    file = exchange.home / "contract.yaml"
    text = file.read_text(encoding="utf-8").replace("authentic: true", "autentic: true")
    file.write_text(text, encoding="utf-8")
    with pytest.raises(ContractError) as refused:
        read(file)
    line = next(number for number, said in enumerate(text.splitlines(), 1) if "autentic" in said)
    assert f"{file}:{line}: sources.bag.autentic: no such word here" in str(refused.value)


def test_every_fault_is_told_not_only_the_first(exchange: Exchange) -> None:
    text = contract(classification="geheim")
    text["sources"]["bag"].pop("key")
    text["reconcile"]["hold_above"] = "150%"
    exchange.write(text)
    assert {path for _, path, _ in faults(exchange.home / "contract.yaml")} == {
        "classification",
        "sources.bag.key",
        "reconcile.hold_above",
    }


def test_a_connector_that_is_not_on_the_shelf_is_refused_naming_those_that_are(exchange: Exchange) -> None:
    text = contract()
    text["sources"]["bag"]["connector"] = "bag_extrakt"
    exchange.write(text)
    ((_, path, expected),) = faults(exchange.home / "contract.yaml")
    assert path == "sources.bag"
    assert "'bag_extract'" in expected


def test_the_words_of_a_connector_are_checked_too(exchange: Exchange) -> None:
    text = contract()
    text["sources"]["bag"] = {"connector": "bag_extract", "url": "x.zip", "object": "kasteel", "key": "identificatie"}
    exchange.write(text)
    assert "sources.bag.object" in [path for _, path, _ in faults(exchange.home / "contract.yaml")]


@pytest.mark.parametrize(
    ("broken", "path"),
    [
        ({"sources": {}}, "sources"),
        ({"schedule": "every day"}, "schedule"),
        ({"classification": "persoonsgegevens"}, "purpose"),
        ({"feed_back": {"after": "soon"}}, "feed_back.after"),
        ({"feed_back": {"connector": "postduif"}}, "feed_back"),
        ({"feed_back": {"connection": "terugmelding"}}, "feed_back.connection"),
        ({"feed_back": {"connector": "bag_terugmelding", "object": "pand"}}, "feed_back.punt"),
        ({"feed_back": {"connector": "bag_terugmelding", "object": "pand", "punt": [1, 2]}}, "feed_back"),
    ],
)
def test_a_part_that_is_wrong_is_named(exchange: Exchange, broken: dict[str, Any], path: str) -> None:
    exchange.write(contract(**broken))
    assert path in [found for _, found, _ in faults(exchange.home / "contract.yaml")]


REPORT = {"connector": "bag_terugmelding", "object": "pand", "punt": [1.0, 2.0], "connection": "kadaster"}
PERSONS = {"classification": "persoonsgegevens", "purpose": {"processing_activity": "x", "legal_basis": "y"}}


@pytest.mark.parametrize(
    ("broken", "path"),
    [
        (PERSONS, "feed_back.connector"),
        ({**PERSONS, "feed_back": REPORT | {"approve": "never"}}, "feed_back.approve"),
        ({"reconcile": contract()["reconcile"] | {"key": ["postcode"]}}, "feed_back.connector"),
    ],
)
def test_what_may_not_be_reported_to_a_registry_is_named(
    exchange: Exchange, broken: dict[str, Any], path: str
) -> None:
    """What Kadaster is told is public, and it knows its records by their own keys."""
    exchange.write(contract(**{"feed_back": REPORT, **broken}))
    assert path in [found for _, found, _ in faults(exchange.home / "contract.yaml")]


@pytest.mark.parametrize(
    ("change", "path"),
    [
        ({"left": "gemente"}, "reconcile.left"),
        ({"settle": "kadaster"}, "reconcile.settle"),
        ({"fields": {"x": {"keep": "gemeente", "tolerance": 1.0}}}, "reconcile.fields.x.keep"),
        ({"fields": {"x": {"normalise": "upper"}}}, "reconcile.fields.x.normalise.0"),
    ],
)
def test_a_rule_that_cannot_be_meant_is_named(exchange: Exchange, change: dict[str, Any], path: str) -> None:
    text = contract()
    text["reconcile"] |= change
    exchange.write(text)
    assert path in [found for _, found, _ in faults(exchange.home / "contract.yaml")]


def test_what_was_normalised_may_differ_by_a_tolerance(exchange: Exchange) -> None:
    text = contract()
    text["reconcile"]["fields"] = {"x": {"normalise": {"sql": "replace(value, ',', '.')"}, "tolerance": 0.5}}
    exchange.write(text)
    assert check.judged(exchange.home / "contract.yaml")


@pytest.mark.parametrize("other", ["gemeente", "kadaster"])
def test_a_suite_refers_to_another_source_of_the_contract(exchange: Exchange, other: str) -> None:
    text = contract()
    text["validate"]["gemeente"]["refers_to"] = ["bag", other]
    exchange.write(text)
    with pytest.raises(ContractError, match=r"validate.gemeente.refers_to.1: another source.* bag"):
        check.judged(exchange.home / "contract.yaml")


def test_a_suite_refers_to_no_source_that_is_pulled_by_what_it_judges(exchange: Exchange) -> None:
    text = contract()
    text["sources"]["bag"] |= {"connector": "bag_api", "object": "nummeraanduiding", "keys": "gemeente.id"}
    text["validate"]["gemeente"]["refers_to"] = ["bag"]
    exchange.write(text)
    with pytest.raises(
        ContractError, match=r"validate.gemeente.refers_to.0: .*can be pulled before gemeente is judged"
    ):
        check.judged(exchange.home / "contract.yaml")


def test_keys_and_references_make_no_circle(exchange: Exchange) -> None:
    text = contract()
    keyed = {"connector": "bag_api", "object": "nummeraanduiding", "connection": "bag", "key": "identificatie"}
    text["sources"] |= {"derde": {**keyed, "keys": "gemeente.id"}, "vierde": {**keyed, "keys": "bag.id"}}
    text["validate"]["gemeente"]["refers_to"] = ["vierde"]
    text["validate"]["bag"]["refers_to"] = ["derde"]
    exchange.write(text)
    with pytest.raises(ContractError, match=r"validate.gemeente.refers_to.0: another source, one that can be pulled"):
        check.judged(exchange.home / "contract.yaml")


def test_personal_data_need_a_purpose_for_each_partner(exchange: Exchange) -> None:
    purpose = {"processing_activity": "https://register.example/7", "legal_basis": "Wet BRP, artikel 3.2"}
    exchange.write(contract(classification="persoonsgegevens", purpose=purpose))
    assert [path for _, path, _ in faults(exchange.home / "contract.yaml")] == ["publish.0.purpose"]


def test_a_secret_in_a_url_is_refused_and_not_repeated(exchange: Exchange) -> None:
    text = contract()
    text["sources"]["gemeente"]["url"] = "https://piet:geheim@registers.example/a.parquet"
    exchange.write(text)
    ((_, path, expected),) = faults(exchange.home / "contract.yaml")
    assert path == "sources.gemeente.url"
    assert "geheim" not in expected


def test_a_where_that_is_more_than_a_condition_is_refused(exchange: Exchange) -> None:
    text = contract()
    text["publish"][0]["where"] = "TRUE); DROP TABLE agreed; --"
    exchange.write(text)
    assert "publish.0.where" in [path for _, path, _ in faults(exchange.home / "contract.yaml")]


def test_yaml_that_cannot_be_read_is_refused_with_its_line(exchange: Exchange) -> None:
    file = exchange.home / "contract.yaml"
    file.write_text("exchange: demo\ntitle: [open\n", encoding="utf-8")
    ((line, _, _),) = faults(file)
    assert line >= 2


def test_a_key_written_twice_is_refused(exchange: Exchange) -> None:
    file = exchange.home / "contract.yaml"
    file.write_text(file.read_text(encoding="utf-8") + "title: Nog een\n", encoding="utf-8")
    assert "duplicate key" in faults(file)[0][2]


def test_a_suite_that_is_not_there_is_named_with_the_places_looked_in(exchange: Exchange) -> None:
    (exchange.home / "demo.json").unlink()
    found = faults(exchange.home / "contract.yaml")
    assert [path for _, path, _ in found] == ["validate.gemeente.suite", "validate.bag.suite"]
    assert "demo.json" in found[0][2]


@pytest.mark.parametrize(
    "written",
    [
        "name: demo\nexpectations: []\n",
        "\"name\": demo\n'expectations': []\n",
        "{name: demo, expectations: []}\n",
        "# exchange: of demo\nname: demo\nmeta:\n  note: |\n    exchange: x\nexpectations: []\n",
    ],
)
def test_a_suite_in_yaml_lies_beside_its_contract(exchange: Exchange, written: str) -> None:
    (exchange.home / "demo.json").unlink()
    (exchange.home / "demo.yaml").write_text(written, encoding="utf-8")
    ((file, found),) = check.every(exchange.exchanges)
    assert file.name == "contract.yaml"
    assert not isinstance(found, ContractError)


@pytest.mark.parametrize("wrong", ["expectations: [\n", "exchange: x\nexpectations: []\n", "- expectations\n"])
def test_what_is_no_suite_is_judged_as_a_contract(exchange: Exchange, wrong: str) -> None:
    file = exchange.home / "tweede.yaml"
    file.write_text(wrong, encoding="utf-8")
    assert isinstance(dict(check.every(exchange.exchanges))[file], ContractError)


def test_two_contracts_of_one_name_are_refused(exchange: Exchange) -> None:
    (exchange.home / "tweede.yaml").write_text((exchange.home / "contract.yaml").read_text(encoding="utf-8"))
    results = [result for _, result in check.every(exchange.exchanges)]
    assert sum(isinstance(result, ContractError) for result in results) == 1


def test_the_schema_accepts_what_the_model_accepts_and_refuses_a_typo() -> None:
    validator = jsonschema.Draft202012Validator(schema())
    right = contract(feed_back={"after": "2 runs"})
    model().model_validate(right)
    validator.validate(right)
    with pytest.raises(jsonschema.ValidationError):
        validator.validate(contract(clasification="openbaar"))


def test_the_contracts_of_this_project_are_in_order() -> None:
    here = Path(__file__).resolve().parents[1] / "exchanges"
    for file, result in check.every(here):
        assert not isinstance(result, ContractError), f"{file}: {result}"
