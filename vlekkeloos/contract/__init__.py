"""YAML in, a judged contract out: the one language in which an exchange is written.

A contract that is wrong is refused before anything runs, with file, line, path into the YAML and what was
expected there. Sources and partners take the words of their connector as well: the model is put together
from the connectors on the shelf, so a new connector brings its own words, its own errors and its own part of
the JSON Schema.
"""

from __future__ import annotations

import re
from functools import lru_cache, reduce
from itertools import combinations
from operator import or_
from pathlib import Path
from typing import Annotated, Any, Literal, cast

from pydantic import BeforeValidator, Discriminator, Field, PrivateAttr, Tag, ValidationError, create_model
from ruamel.yaml import YAML
from ruamel.yaml.comments import CommentedMap
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from vlekkeloos import connector
from vlekkeloos.contract.linking import Link
from vlekkeloos.contract.rules import Expression, FieldRule, KeyPart, Normaliser, OwnNormaliser, Reconcile, Settle
from vlekkeloos.contract.words import Name, Runs, Share, Text, Words, listed
from vlekkeloos.errors import ContractError, Fault, NotFound

__all__ = [
    "Contract",
    "Expression",
    "FeedBack",
    "FieldRule",
    "KeyPart",
    "Link",
    "Normaliser",
    "Partner",
    "Place",
    "Reconcile",
    "Report",
    "Settle",
    "Source",
    "Validation",
]

Classification = Literal["openbaar", "intern", "persoonsgegevens", "bijzonder"]
Format = Literal["parquet", "csv"]
#: The tag of a feed_back: without a connector, as a fault tells it.
LEFT_OUT = "(left out)"
#: A place in a contract's YAML: keys and list positions.
YamlPath = tuple[str | int, ...]


class Purpose(Words):
    """Doelbinding: why this exchange may process personal data (AVG, artikel 5 lid 1 onder b)."""

    processing_activity: Text = Field(description="reference in the register of processing activities")
    legal_basis: Text = Field(description='the article that allows it, e.g. "Wet BAG, artikel 34"')


class Place(Words):
    """Where a source or partner is: an Airflow connection, or a URL with no secret in it."""

    connection: Text | None = Field(None, description="an Airflow Connection, or AIRFLOW_CONN_<NAME>")
    url: Text | None = Field(None, description="a path or URL without credentials")


class Source(Place):
    """A registry that records are pulled from."""

    connector: str
    key: Text = Field(description="the column that identifies a record")
    authentic: bool = Field(False, description="true for the registry whose word is law (authentieke bron)")
    dated: Text | None = Field(
        None, description="the column with the day or moment a record was last changed: what settle: newest goes by"
    )
    drift: Literal["report", "hold"] = Field(
        "report", description="a new, vanished or retyped field: report it, or hold the run too"
    )

    @property
    def keys_of(self) -> str | None:
        """The source whose accepted records hold the keys that this one is asked for."""
        keys: str | None = getattr(self, "keys", None)
        return keys.partition(".")[0] if keys else None


class Validation(Words):
    """How a source is judged."""

    suite: Name = Field(description="<suite>.yaml, .json or .py beside the contract, else in validations/")
    hold_above: Share = Field(0.0, description="hold the run if a larger share of the rows is quarantined")
    refers_to: list[Name] = Field(
        default_factory=list, description="the other sources whose records the suite refers to"
    )
    duplicates: Literal["refuse", "quarantine"] = Field(
        "refuse", description="a key with two different records: refuse the pull, or quarantine both records"
    )


class FeedBack(Words):
    """When a discrepancy becomes a draft terugmelding to the holder of the authentic source."""

    after: Runs = Field(1, description="how many runs in a row a discrepancy must have been seen")


class Report(Place, FeedBack):
    """Where the terugmeldingen go, and who lets them."""

    connector: str
    approve: Literal["person", "never"] = Field(
        "person", description="person: a person approves each before it is sent; never: each is sent at once"
    )


class Partner(Place):
    """Who gets which part of the agreed records, in which form, by which right."""

    connector: str
    partner: Name
    fields: list[Text] = Field(min_length=1, description="the projection; there is no word for 'all'")
    where: Text | None = Field(None, description="SQL condition on the agreed record")
    pseudonymise: list[Text] = Field(default_factory=list, description="fields replaced by a keyed hash")
    pseudonym_key: Text | None = Field(None, description="the connection whose password is the key of that hash")
    purpose: Text | None = Field(None, description="the legal basis on which this partner receives it")
    format: Annotated[
        list[Format], BeforeValidator(listed, json_schema_input_type=Format | list[Format]), Field(min_length=1)
    ] = Field(default=["parquet", "csv"])


class Contract(Words):
    """An exchange: what is pulled, how it is judged, compared and settled, and who receives it."""

    exchange: Name
    title: Text
    schedule: Text | None = Field(None, description="cron; left out: only by hand")
    classification: Classification
    purpose: Purpose | None = Field(None, description="why; required unless the classification is openbaar")
    sources: dict[Name, Source] = Field(min_length=1)
    validation: dict[Name, Validation] = Field(default_factory=dict, alias="validate")
    reconcile: Reconcile
    feed_back: FeedBack | None = None
    publish: list[Partner] = Field(default_factory=list)

    _file: Path = PrivateAttr(default_factory=Path)

    @property
    def file(self) -> Path:
        """The YAML file this contract was read from."""
        return self._file

    @property
    def folder(self) -> Path:
        """Where the contract lies; its suites lie beside it."""
        return self._file.parent

    @property
    def normaliser_files(self) -> list[Path]:
        """The files beside the contract that its own normalisers are in: lists of codes, and Python."""
        rules = self.reconcile
        lists = [part.normalise for part in (rules.key or {}).values()]
        lists += [rule.normalise for rule in (rules.fields or {}).values()]
        own = [word for words in lists for word in words if isinstance(word, OwnNormaliser)]
        named = [word.codes or f"{(word.python or '').partition('.')[0]}.py" for word in own if word.sql is None]
        return [self.folder / name for name in sorted(set(named))]

    @property
    def personal(self) -> bool:
        """True if the exchange processes personal data."""
        return self.classification in ("persoonsgegevens", "bijzonder")

    @property
    def sides(self) -> tuple[str, ...]:
        """The names of the sources that are compared: left and right, or more than two."""
        return self.reconcile.compared

    @property
    def waves(self) -> list[list[str]]:
        """The sources in the order in which they can be pulled: after those that hold their keys."""
        depth: dict[str, int] = {}
        for name in self.sources:
            steps, other = 0, self.sources[name].keys_of
            while other in self.sources and steps < len(self.sources):
                steps, other = steps + 1, self.sources[other].keys_of
            depth[name] = steps
        return [[name for name in self.sources if depth[name] == step] for step in sorted(set(depth.values()))]

    @property
    def authentic(self) -> str | None:
        """The source whose word is law, if one of those compared is."""
        return next((side for side in self.sides if self.sources[side].authentic), None)

    @property
    def pairs(self) -> list[tuple[str, str]]:
        """Which sources are held against which, left and right: each against the authentic one, or all pairs."""
        first = self.authentic or self.sides[0]
        if len(self.sides) == 2 or self.reconcile.pairs == "all":
            return list(combinations(self.sides, 2))
        return [(side, first) for side in self.sides if side != first]

    def settle(self, field: str | None = None) -> Settle | None:
        """Who settles a difference in ``field`` (None: whether a record exists); None: a person."""
        return (self.reconcile.rule(field).settle if field else None) or self.reconcile.settle

    def partner(self, name: str) -> Partner:
        """The partner of that name. Raises NotFound."""
        for partner in self.publish:
            if partner.partner == name:
                return partner
        raise NotFound(f"exchange {self.exchange!r} has no partner {name!r}")

    def source(self, name: str) -> Source:
        """The source of that name. Raises NotFound."""
        if name not in self.sources:
            raise NotFound(f"exchange {self.exchange!r} has no source {name!r}")
        return self.sources[name]


@lru_cache
def model() -> type[Contract]:
    """The contract's model with the words of every connector on the shelf."""
    sources = _with_words(Source, "pull")
    partners = _with_words(Partner, "deliver")
    reports = _with_words(Report, "report", FeedBack)
    built = create_model(
        "Exchange",
        __base__=Contract,
        __doc__=Contract.__doc__,
        sources=(dict[Name, sources], Field(min_length=1)),  # type: ignore[valid-type]
        publish=(list[partners], Field(default_factory=list)),  # type: ignore[valid-type]
        feed_back=(reports | None, None),
    )
    return cast(type[Contract], built)


def _with_words(base: type[Place], role: connector.Role, without: type[Words] | None = None) -> Any:
    """The union, told apart by ``connector:``, of ``base`` joined with each connector's Options.

    ``without`` is the model where there is no ``connector:``, if that may be left out.
    """
    members: list[Any] = [
        create_model(
            f"{name}_{base.__name__}".title().replace("_", ""),
            __base__=(base, connector.load(name, role).Options),
            __doc__=connector.load(name, role).__doc__,
            connector=cast(Any, (Literal[name], ...)),
        )
        for name in connector.names(role)
    ]
    if without is not None:
        tags = [LEFT_OUT, *connector.names(role)]
        tagged = [Annotated[model, Tag(tag)] for tag, model in zip(tags, [without, *members], strict=True)]
        return Annotated[reduce(or_, tagged), Discriminator(_connector)]
    if len(members) == 1:
        return members[0]
    return Annotated[reduce(or_, members), Discriminator("connector")]


def _connector(part: Any) -> str:
    """The connector that a part of a contract names, as YAML or as its model."""
    named = part.get("connector") if isinstance(part, dict) else getattr(part, "connector", None)
    return LEFT_OUT if named is None else str(named)


def schema() -> dict[str, Any]:
    """The contract's JSON Schema, for editors that complete and check it."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A Vlekkeloos exchange",
        **{key: value for key, value in model().model_json_schema().items() if key != "title"},
    }


def files(exchanges: Path) -> list[Path]:
    """Every contract below ``exchanges``: each YAML file in it or one folder deep, but for suites.

    Raises NotFound.
    """
    if not exchanges.is_dir():
        raise NotFound(f"there is no folder {exchanges} with exchanges")
    found = (path for pattern in ("*", "*/*") for path in exchanges.glob(pattern))
    written = (path for path in found if path.suffix in (".yaml", ".yml") and not path.is_dir())
    return sorted(path for path in written if not _is_suite(path))


def _is_suite(file: Path) -> bool:
    """Does a YAML file hold expectations? They may lie beside a contract, and a contract has no such word."""
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
        # only what may be a suite is worth parsing
        tree = YAML(typ="safe", pure=True).load(text) if "expectations" in text else None
    except (YAMLError, OSError, ValueError):
        return False
    return isinstance(tree, dict) and "expectations" in tree and "exchange" not in tree


def read(file: Path) -> Contract:
    """The contract in one file. Raises ContractError with every word that is wrong; check.py judges the rest."""
    try:
        tree = YAML(typ="rt").load(file.read_text(encoding="utf-8"))
    except MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        problem = " ".join(str(error.problem or error.context).split())
        raise ContractError([Fault(file, line, "(YAML)", problem)]) from None
    except (YAMLError, OSError) as error:
        raise ContractError([Fault(file, 1, "(file)", f"readable YAML; {type(error).__name__}")]) from None
    except UnicodeDecodeError as error:
        raise ContractError([Fault(file, 1, "(file)", f"UTF-8 text; byte {error.start} is not")]) from None
    if not isinstance(tree, CommentedMap):
        raise ContractError([Fault(file, 1, "(file)", "a mapping with exchange:, title:, sources: …")])
    try:
        contract = model().model_validate(_plain(tree))
    except ValidationError as error:
        raise ContractError([_fault(file, tree, problem) for problem in error.errors()]) from None
    contract._file = file
    return contract


def file_of(exchanges: Path, name: str) -> Path:
    """The file of the contract of that name. Raises NotFound, naming those that exist."""
    known = {_name(file): file for file in files(exchanges)}
    if name not in known:
        there = ", ".join(sorted(known)) or "none"
        raise NotFound(f"no exchange {name!r} in {exchanges}; there are: {there}")
    return known[name]


def line_of(file: Path, path: YamlPath) -> int:
    """The line (from 1) where a path into a contract's YAML is written."""
    return _line(YAML(typ="rt").load(file.read_text(encoding="utf-8")), path)


def _name(file: Path) -> str:
    """The exchange's name as its file says it, also where the rest of the file is wrong."""
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return file.parent.name
    said = re.search(r"^exchange:\s*['\"]?([\w-]+)", text, re.M)
    return said[1] if said else file.parent.name


def _plain(node: Any) -> Any:
    """ruamel's annotated tree as plain values."""
    if isinstance(node, dict):
        return {str(key): _plain(value) for key, value in node.items()}
    if isinstance(node, list):
        return [_plain(value) for value in node]
    if isinstance(node, bool) or node is None:
        return node
    for kind in (str, int, float):
        if isinstance(node, kind):
            return kind(node)
    return node


def _fault(file: Path, tree: CommentedMap, problem: Any) -> Fault:
    path: list[str | int] = []
    node: Any = tree
    for number, step in enumerate(problem["loc"], 1):
        # a union puts which of its members was tried in the location, e.g. the connector: that is no step in the YAML
        if not _has(node, step) and not (problem["type"] == "missing" and number == len(problem["loc"])):
            continue
        path.append(step)
        node = _child(node, step)
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "extra_forbidden":
        message = "no such word here"
    elif problem["type"] == "missing":
        message = "is missing, and must be there"
    elif problem["type"] == "union_tag_invalid":
        message = f"one of the connectors {problem['ctx']['expected_tags']}"
    return Fault(file, _line(tree, tuple(path)), _shown(tuple(path)), message)


def _has(node: Any, step: str | int) -> bool:
    """Is a step of a location one in the YAML?"""
    if isinstance(node, list):
        return isinstance(step, int) and step < len(node)
    # one word is a list of one
    return step in node if isinstance(node, dict) else isinstance(step, int)


def _child(node: Any, step: str | int) -> Any:
    if isinstance(node, dict):
        return node.get(step)
    if isinstance(node, list) and isinstance(step, int) and step < len(node):
        return node[step]
    return None


def _line(tree: CommentedMap, path: YamlPath) -> int:
    """The line (from 1) of the deepest part of ``path`` that is in the YAML."""
    line: int = 1
    node: Any = tree
    for step in path:
        try:
            marks = node.lc
            line = (marks.key(step) if isinstance(node, dict) else marks.item(step))[0] + 1
        except (AttributeError, KeyError, IndexError, TypeError):
            break
        node = _child(node, step)
    return line


def _shown(path: YamlPath) -> str:
    return ".".join(str(step) for step in path) or "(contract)"
