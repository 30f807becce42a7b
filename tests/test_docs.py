"""The documents say what is so: their commands exist, their contracts are in order, their links lead somewhere."""

from __future__ import annotations

import contextlib
import re
import shlex
import subprocess
from pathlib import Path

import click
import pytest
from ruamel.yaml import YAML

from vlekkeloos import reference, suite
from vlekkeloos.cli import main
from vlekkeloos.contract import model, schema
from vlekkeloos.scan import reference as expectations

ROOT = Path(__file__).resolve().parents[1]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), ROOT / "docker" / "README.md"]


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of a language, also where a list indents them."""
    found = re.findall(rf"^( *)```{language}\n(.*?)^ *```", page.read_text(), re.M | re.S)
    return [re.sub(rf"^{indent}", "", block, flags=re.M) for indent, block in found]


def commands() -> list[tuple[str, str]]:
    """Every `vlekkeloos …` in a shell block or between backticks, with the page that it stands on."""
    found = []
    for page in PAGES:
        lines = [line for block in blocks(page, "sh") for line in block.splitlines()]
        lines += [text for text in re.findall(r"`(vlekkeloos [^`]+)`", page.read_text()) if "[" not in text]
        for line in lines:
            if match := re.search(r"(?:^|/)(vlekkeloos (?:[a-z].*)?)", line.strip()):
                words = re.sub(r"\s+#.*$|\s*[|>].*$", "", match[1])
                found.append((page.name, words))
    return found


@pytest.mark.parametrize(("page", "words"), commands())
def test_a_command_in_the_documents_is_one_that_the_command_line_takes(page: str, words: str) -> None:
    name, *rest = shlex.split(words)[1:]
    command = main.commands.get(name)
    assert command is not None, f"{page} names a command that isn't there: {words}"
    # a command named in a sentence may stand without its arguments
    with contextlib.suppress(click.MissingParameter):
        command.make_context(name, [word for word in rest if not re.search("[<>]", word)])


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_a_contract_in_the_documents_is_in_order(page: Path) -> None:
    for block in blocks(page, "yaml"):
        read = YAML(typ="safe").load(block)
        if "exchange" in read:
            model().model_validate(read)


@pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])
def test_a_link_in_the_documents_leads_somewhere(page: Path) -> None:
    for target in re.findall(r"\]\((?!https?://)([^)#]+)\)", page.read_text()):
        assert (page.parent / target).exists(), f"{page}: {target}"


def test_the_reference_of_the_contract_is_what_the_code_says() -> None:
    assert (ROOT / "docs" / "reference" / "contract.md").read_text() == reference.page(schema())


def test_the_reference_of_the_expectations_is_what_the_code_says() -> None:
    suite.know_expectations()
    assert (ROOT / "docs" / "reference" / "expectations.md").read_text() == expectations.page()


def test_the_reference_of_the_command_line_has_every_command_and_option() -> None:
    text = (ROOT / "docs" / "reference" / "command-line.md").read_text()
    for name, command in main.commands.items():
        assert f"`vlekkeloos {name}" in text
        for parameter in command.params:
            for option in (word for word in parameter.opts if word.startswith("--")):
                assert option in text, f"{name} {option}"


def test_make_help_lists_every_command_with_a_line() -> None:
    listed = subprocess.run(["make", "help"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    targets = re.findall(r"^([a-z]+):.*## ", (ROOT / "Makefile").read_text(), re.M)
    assert {"run", "test", "check"} <= set(targets)
    for target in targets:
        assert re.search(rf"^  make {target} +\S", listed, re.M)


def test_no_lock_file_holds_an_address() -> None:
    files = [file for file in (ROOT / "requirements").rglob("*") if file.is_file()]
    assert {file.name for file in files} >= {"runtime.txt", "package-lock.json"}
    for file in files:
        assert "://" not in file.read_text(), file.name
