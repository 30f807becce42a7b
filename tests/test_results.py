"""A suite's result as files, and back as GX's own objects, with which GX's own actions work."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import great_expectations as gx
import great_expectations.expectations as gxe
import pytest
from great_expectations.checkpoint import UpdateDataDocsAction
from great_expectations.checkpoint.actions import ActionContext, ValidationAction
from great_expectations.checkpoint.checkpoint import CheckpointResult
from great_expectations.core import ExpectationSuiteValidationResult
from great_expectations.render.renderer import EmailRenderer, MicrosoftTeamsRenderer, SlackRenderer

from tests.report.validated import TABLE, judged, suite
from vlekkeloos import results

AT = datetime(2026, 11, 24, 4, 0, tzinfo=UTC)
#: As a suite's result would be kept of persons; and the worst case, with everything that GX can tell.
FORMS = (
    {"result_format": "SUMMARY", "exclude_unexpected_values": True, "return_unexpected_index_query": False},
    {
        "result_format": "COMPLETE",
        "unexpected_index_column_names": ["identificatie"],
        "include_unexpected_rows": True,
    },
)


class TellSomeone(ValidationAction):
    """An action as a user writes one: it tells which sources failed, and where the site is that was updated."""

    type: Literal["tell_someone"] = "tell_someone"

    def run(self, checkpoint_result: CheckpointResult, action_context: ActionContext | None = None) -> dict[str, Any]:
        failed = [result.asset_name for result in checkpoint_result.run_results.values() if not result.success]
        severity = self._get_max_severity_failure_from_checkpoint_result(checkpoint_result)
        pages = self._get_data_docs_pages_from_prior_action(action_context) or {}
        return {
            "failed": failed,
            "severity": severity,
            "pages": [page for site in pages.values() for page in site.values()],
        }


def written(folder: Path, result: Any = None, said: Any = None, *, personal: bool = False) -> tuple[Any, Any]:
    said = said or suite()
    results.write(result or judged(said), said, folder, personal=personal)
    return results.read(folder)


def test_what_is_read_back_is_what_gx_made(tmp_path: Path) -> None:
    said = suite()
    result = judged(said)
    read, back = written(tmp_path, result, said)
    assert isinstance(read, ExpectationSuiteValidationResult)
    assert read == result
    assert read.suite_name == "adressen"
    assert read.to_json_dict() == result.to_json_dict()
    assert back == said


def test_the_files_are_json_that_anything_reads(tmp_path: Path) -> None:
    # of a standard deviation GX says with numpy's own booleans whether it is as expected
    said = suite(expectations=[gxe.ExpectColumnStdevToBeBetween(column="huisnummer", min_value=1, max_value=2)])
    written(tmp_path, said=said)
    told = json.loads((tmp_path / results.RESULT).read_text(encoding="utf-8"))
    assert told["results"][0]["success"] is False
    assert json.loads((tmp_path / results.SUITE).read_text(encoding="utf-8"))["name"] == "adressen"


@pytest.mark.parametrize("form", FORMS)
def test_of_persons_no_value_of_a_record_is_kept(tmp_path: Path, form: dict[str, Any]) -> None:
    said = suite()
    read, _ = written(tmp_path, judged(said, result_format=form), said, personal=True)
    text = (tmp_path / results.RESULT).read_text(encoding="utf-8")
    values = {str(value) for column in TABLE.columns[1:] for value in column.to_pylist() if value is not None}
    # what the suite's author wrote is no value out of a record
    assert [value for value in values - {"1", "2", "1382AA", "1382AB"} if value in text] == []
    counts = {one.expectation_config.type: one.result for one in read.results}
    assert counts["expect_column_values_to_match_regex"]["unexpected_count"] == 2
    assert counts["expect_table_row_count_to_be_between"] == {"observed_value": 4}
    assert counts["expect_column_max_to_be_between"] == {}
    assert all("unexpected_list" not in word for result in counts.values() for word in result)


def test_an_expectation_that_gx_does_not_know_here_is_left_out_of_the_suite_only(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    written(tmp_path)
    for file, place in ((results.RESULT, "results"), (results.SUITE, "expectations")):
        tree = json.loads((tmp_path / file).read_text(encoding="utf-8"))
        one = tree[place][0]
        one.get("expectation_config", one)["type"] = "expect_something_of_my_own"
        (tmp_path / file).write_text(json.dumps(tree), encoding="utf-8")
    with caplog.at_level(logging.WARNING):
        read, back = results.read(tmp_path)
    assert read.results[0].expectation_config.type == "expect_something_of_my_own"
    assert len(back.expectations) == len(read.results) - 1
    assert caplog.records == []


def checked(tmp_path: Path) -> tuple[Any, Any]:
    """A checkpoint result of two sources, and an ephemeral context that has the suites and results."""
    said = {"gemeente": suite(), "bag": suite("bag", [gxe.ExpectTableRowCountToEqual(value=4)])}
    for source in said:
        (tmp_path / source).mkdir()
    kept = {source: written(tmp_path / source, said=one) for source, one in said.items()}
    made = results.checkpoint_result(
        "adressen", "20261124T040000Z-1f3a", {source: result for source, (result, _) in kept.items()}, AT
    )
    context = gx.get_context(mode="ephemeral")  # the newest is the one that actions work in
    for _, one in kept.values():
        context.suites.add(one)
    for key, result in made.run_results.items():
        context.validation_results_store.set(key, result)
    return made, context


def test_a_checkpoint_result_says_of_each_source_what_came_of_it(tmp_path: Path) -> None:
    made, _ = checked(tmp_path)
    assert isinstance(made, CheckpointResult)
    assert made.name == "adressen"
    assert made.success is False
    assert {result.asset_name: result.success for result in made.run_results.values()} == {
        "gemeente": False,
        "bag": True,
    }
    assert {key.run_id.run_name for key in made.run_results} == {"20261124T040000Z-1f3a"}
    assert json.loads(made.describe())["statistics"]["successful_validations"] == 1


def test_gx_actions_run_on_it(tmp_path: Path) -> None:
    made, context = checked(tmp_path)
    site = tmp_path / "site"
    backend = {"class_name": "TupleFilesystemStoreBackend", "base_directory": str(site)}
    context.add_data_docs_site("ours", {"class_name": "SiteBuilder", "store_backend": backend})
    told, so_far = {}, ActionContext()
    for action in (UpdateDataDocsAction(name="docs", site_names=["ours"]), TellSomeone(name="tell")):
        told[action.name] = action.run(checkpoint_result=made, action_context=so_far)
        so_far.update(action=action, action_result=told[action.name])
    assert told["tell"]["failed"] == ["gemeente"]
    assert told["tell"]["severity"] == "critical"
    assert len(told["tell"]["pages"]) == 2
    assert sorted(page.stem for page in site.rglob("validations/**/*.html")) == ["bag", "gemeente"]


def test_gx_renderers_of_messages_read_it(tmp_path: Path) -> None:
    made, _ = checked(tmp_path)
    subject, body = EmailRenderer().render(made)
    assert "adressen: False" in subject
    assert "20261124T040000Z-1f3a" in body
    for result in made.run_results.values():
        assert "gemeente" in json.dumps(SlackRenderer().render(result)) or result.success
    assert "adressen" in json.dumps(MicrosoftTeamsRenderer().render(made))
