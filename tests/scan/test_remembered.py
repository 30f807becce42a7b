"""GX's configuration of an expectation is remembered while it is judged, and no longer."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import great_expectations.expectations as gxe

from vlekkeloos.scan.remembered import remembered


def test_it_is_made_once_inside() -> None:
    expectation = gxe.ExpectColumnValuesToNotBeNull(column="a")
    with remembered():
        configuration = expectation.configuration
        assert expectation.configuration is configuration
        assert configuration.to_domain_obj() is configuration.to_domain_obj()
    assert expectation.configuration is not configuration
    assert expectation.configuration == configuration


def test_another_thread_goes_on_as_ever() -> None:
    expectation = gxe.ExpectColumnValuesToNotBeNull(column="a")
    with remembered(), ThreadPoolExecutor(1) as other:
        here = expectation.configuration
        assert other.submit(lambda: expectation.configuration).result() is not here


def test_a_change_is_seen_outside() -> None:
    expectation = gxe.ExpectColumnValuesToNotBeNull(column="a")
    with remembered():
        assert expectation.configuration.kwargs["column"] == "a"
    expectation.column = "b"
    with remembered():
        assert expectation.configuration.kwargs["column"] == "b"
