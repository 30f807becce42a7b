"""Great Expectations suites: where they are, and reading them with the expectations of ``validations/`` at hand.

A suite is a file beside the contract or, if more exchanges share it, in ``validations/``: ``<name>.json`` as
GX itself writes it, the same as ``<name>.yaml``, or ``<name>.py`` with a variable ``suite``. In JSON and YAML
``includes: [<name>, …]`` puts the expectations of other suites, in JSON or YAML too, before its own.
"""

from __future__ import annotations

import importlib
import importlib.util
import json
import logging
import pkgutil
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

import validations
from vlekkeloos.errors import BadInput, NotFound

#: The forms in which a suite may be written.
ENDINGS = (".yaml", ".json", ".py")


def find(folder: Path, name: str) -> Path:
    """The file of the suite of that name. Raises NotFound, naming the places where it could be."""
    places = [place / f"{name}{ending}" for place in (folder, *map(Path, validations.__path__)) for ending in ENDINGS]
    for place in places:
        if place.is_file():
            return place
    raise NotFound(f"there is no suite {name!r}: looked for {', '.join(map(str, places))}")


def load(file: Path) -> Any:
    """The ExpectationSuite in a file. Raises BadInput if it isn't one, or has GX's suite parameters."""
    know_expectations()
    with _registered_again():
        found = _load(file)
    _refuse_parameters(found, file)
    return found


def _load(file: Path) -> Any:
    from great_expectations import ExpectationSuite

    try:
        if file.suffix != ".py":
            written = _read(file)
            expectations = list(_all(file, written))
            found = ExpectationSuite(name=written["name"], expectations=expectations)
            _require_all(found, expectations)
            return found
        spec = importlib.util.spec_from_file_location(f"suite_{file.stem}", file)
        assert spec is not None and spec.loader is not None, f"{file} ends in .py"
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        found = module.suite
    except (Exception, SystemExit) as error:  # whatever a suite's author can do wrong, in JSON, GX or Python
        raise BadInput(f"not a suite of expectations: {type(error).__name__}: {error}", file=str(file)) from error
    if not isinstance(found, ExpectationSuite):
        raise BadInput("its variable 'suite' is not a great_expectations.ExpectationSuite", file=str(file))
    return found


@contextmanager
def _registered_again() -> Iterator[None]:
    """Keeps GX from telling of each class of a suite in Python that it knew it already: suites are read often."""
    registry = logging.getLogger("great_expectations.expectations.registry")
    level = registry.level
    registry.setLevel(logging.ERROR)
    try:
        yield
    finally:
        registry.setLevel(level)


def _refuse_parameters(suite: Any, file: Path) -> None:
    """Nobody gives a run the values of suite parameters, so that GX would find none."""
    for expectation in suite.expectations:
        for argument, given in expectation.configuration.kwargs.items():
            if _has_parameter(given):
                raise BadInput(
                    f"{expectation.configuration.type} has a suite parameter as its {argument}",
                    file=str(file),
                    field=argument,
                    advice="write the value itself",
                )


def _has_parameter(given: Any) -> bool:
    if isinstance(given, dict):
        return "$PARAMETER" in given or any(map(_has_parameter, given.values()))
    return isinstance(given, (list, tuple)) and any(map(_has_parameter, given))


def files(file: Path) -> Iterator[Path]:
    """The file of a suite, and those of the suites that it includes. Raises NotFound, BadInput."""
    yield file
    if file.suffix == ".py":
        return
    try:
        included = _read(file).get("includes", [])
    except (ValueError, YAMLError, AttributeError) as error:
        raise BadInput(f"not a suite of expectations: {type(error).__name__}", file=str(file)) from error
    for name in included:
        yield from files(find(file.parent, name))


def _read(file: Path) -> Any:
    text = file.read_text(encoding="utf-8")
    return json.loads(text) if file.suffix == ".json" else YAML(typ="safe", pure=True).load(text)


def _all(file: Path, written: Any) -> Iterator[dict[str, Any]]:
    """The expectations of a suite, behind those of the suites that it includes."""
    for name in written.get("includes", []):
        included = find(file.parent, name)
        yield from _all(included, _read(included))
    yield from written["expectations"]


def refers_to(suite: Any) -> set[str]:
    """The other sources that a suite's expectations refer to, by a column of theirs or as a table."""
    given = [expectation.configuration.kwargs for expectation in suite.expectations]
    named = [words.get("source") for words in given if "source_column" in words]
    named += [words.get("other_table_name") for words in given]
    return {source for source in named if isinstance(source, str)}


@lru_cache
def know_expectations() -> None:
    """Lets GX know every expectation of ``validations/``: each module there registers its own."""
    for module in pkgutil.iter_modules(validations.__path__):
        importlib.import_module(f"{validations.__name__}.{module.name}")


def _require_all(found: Any, written: list[dict[str, Any]]) -> None:
    """GX leaves out, with a line in its log, what it can't read; an expectation less is a suite less."""
    if len(found.expectations) != len(written):
        read = [expectation.expectation_type for expectation in found.expectations]
        lost = [one.get("type") for one in written if one.get("type") not in read]
        raise ValueError(f"GX does not know {', '.join(map(str, lost)) or 'each of its expectations apart'}")
