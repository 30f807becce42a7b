"""What holds for every connector on the shelf, also one that is added later."""

from __future__ import annotations

import inspect
import json
import subprocess
import sys
from types import ModuleType

import pytest

from vlekkeloos.connector import PartnerOptions, ReportOptions, Role, SourceOptions, load, names
from vlekkeloos.contract import Partner, Report, Source

ALL = [(role, name) for role in ("pull", "deliver", "report") for name in names(role)]  # type: ignore[arg-type]


#: Of each role: the base of its words, what every contract has there already, and what the connector is given last.
ROLES = {
    "pull": (SourceOptions, Source, "wanted"),
    "deliver": (PartnerOptions, Partner, "release"),
    "report": (ReportOptions, Report, "terugmelding"),
}


@pytest.fixture(params=ALL, ids=lambda case: f"{case[0]}-{case[1]}")
def connector(request: pytest.FixtureRequest) -> tuple[Role, ModuleType]:
    role, name = request.param
    return role, load(name, role)


def test_the_shelf_holds_what_the_contracts_name() -> None:
    assert {"bag_extract", "csv", "excel", "parquet", "sql"} <= set(names("pull"))
    assert {"folder", "https"} <= set(names("deliver"))
    assert {"bag_terugmelding", "digimelding"} <= set(names("report"))


def test_its_options_are_words_for_the_contract_and_refuse_others(
    connector: tuple[Role, ModuleType],
) -> None:
    role, module = connector
    assert issubclass(module.Options, ROLES[role][0])
    schema = module.Options.model_json_schema()
    assert schema["additionalProperties"] is False
    json.dumps(schema)


def test_it_has_the_signature_of_the_protocol(connector: tuple[Role, ModuleType]) -> None:
    role, module = connector
    wanted = ["options", "connection", ROLES[role][2]]
    assert list(inspect.signature(getattr(module, role)).parameters) == wanted


def test_it_says_what_it_does_and_how_it_fails(connector: tuple[Role, ModuleType]) -> None:
    role, module = connector
    for documented in (module, module.Options, getattr(module, role)):
        assert inspect.getdoc(documented)
    assert "Raises" in (inspect.getdoc(getattr(module, role)) or "")


def test_importing_it_opens_no_socket_and_writes_no_file(connector: tuple[Role, ModuleType]) -> None:
    script = (
        "import sys\n"
        "def watch(event, args):\n"
        "    writes = event == 'open' and isinstance(args[1], str) and set(args[1]) & set('wax+')\n"
        "    if event.startswith('socket.connect') or (writes and not str(args[0]).endswith('.pyc')):\n"
        "        if '__pycache__' not in str(args[0]): sys.exit(f'{event} {args}')\n"
        "sys.addaudithook(watch)\n"
        f"import {connector[1].__name__}\n"
    )
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0


def test_its_words_are_none_that_every_source_or_partner_has_already(connector: tuple[Role, ModuleType]) -> None:
    role, module = connector
    base, every, _ = ROLES[role]
    known = set(dir(module.Options)) - set(dir(base))
    assert not (known | set(module.Options.model_fields)) & set(every.model_fields)
