"""Contracts in; everything that is wrong with them out, without running anything or meeting a registry."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import duckdb
from croniter import croniter

from vlekkeloos import connector, contract, suite
from vlekkeloos.connection import has_secret
from vlekkeloos.contract import Contract, Expression, FieldRule, KeyPart, Place, Report, Settle, YamlPath
from vlekkeloos.errors import BadInput, ContractError, Fault, VlekkeloosError
from vlekkeloos.normalise import own
from vlekkeloos.reconcile import settle


def judged(file: Path) -> Contract:
    """The contract in a file, its suites, conditions and schedule included. Raises ContractError."""
    found = contract.read(file)
    faults = [
        Fault(file, contract.line_of(file, path), ".".join(map(str, path)), said) for path, said in _faults(found)
    ]
    if faults:
        raise ContractError(faults)
    return found


def find(exchanges: Path, name: str) -> Contract:
    """The judged contract of one exchange. Raises NotFound, ContractError."""
    return judged(contract.file_of(exchanges, name))


def every(exchanges: Path) -> Iterator[tuple[Path, Contract | ContractError]]:
    """Each contract file below ``exchanges`` with its contract or its faults. Raises NotFound."""
    seen: dict[str, Path] = {}
    for file in contract.files(exchanges):
        try:
            found = judged(file)
            if (other := seen.setdefault(found.exchange, file)) != file:
                line = contract.line_of(file, ("exchange",))
                raise ContractError([Fault(file, line, "exchange", f"a name of its own; {other} has this one")])
            yield file, found
        except ContractError as error:
            yield file, error


def _faults(found: Contract) -> Iterator[tuple[YamlPath, str]]:
    """What no single word can tell, each with its place in the YAML and what was expected there."""
    for judge in (_places, _names, _linked, _winners, _normalisers, _lawful, _files):
        yield from judge(found)


def _places(found: Contract) -> Iterator[tuple[YamlPath, str]]:
    places: list[tuple[YamlPath, Place]] = [
        *((("sources", name), source) for name, source in found.sources.items()),
        *((("publish", number), partner) for number, partner in enumerate(found.publish)),
        *((("feed_back",), place) for place in [found.feed_back] if isinstance(place, Report)),
    ]
    for path, place in places:
        if (place.connection is None) == (place.url is None):
            yield path, "exactly one of connection: and url:"
        if place.url and has_secret(place.url):
            yield (*path, "url"), "a URL without user name or password; secrets belong in a connection"


def _names(found: Contract) -> Iterator[tuple[YamlPath, str]]:
    sources = set(found.sources)
    known = f"one of the sources {', '.join(sorted(sources))}"
    for name in found.validation.keys() - sources:
        yield ("validate", name), known
    for name, rules_of in found.validation.items():
        for number, named in enumerate(rules_of.refers_to):
            if named not in sources - {name} or _needs(found, ("pull", named), ("validate", name)):
                path = ("validate", name, "refers_to", number)
                others = ", ".join(sorted(sources - {name}))
                yield path, f"another source, one that can be pulled before {name} is judged: {others}"
    for name, source in found.sources.items():
        chain, other = {name}, source.keys_of
        while other in sources and other not in chain:
            chain.add(other)
            other = found.sources[other].keys_of
        if other is not None:
            yield (
                ("sources", name, "keys"),
                f"<source>.<column> of another source: {', '.join(sorted(sources - {name}))}",
            )
    yield from _sides(found)
    yield from _fields(found)
    partners = [partner.partner for partner in found.publish]
    for number, name in enumerate(partners):
        if name in partners[:number]:
            yield ("publish", number, "partner"), "a name that no other partner in this contract has"


def _compared(found: Contract) -> Iterator[tuple[YamlPath, str]]:
    """The sources that are compared, each with its place in the YAML."""
    if found.reconcile.sources is not None:
        yield from ((("reconcile", "sources", number), name) for number, name in enumerate(found.sides))
    else:
        yield from ((("reconcile", side), name) for side, name in zip(("left", "right"), found.sides, strict=True))


def _sides(found: Contract) -> Iterator[tuple[YamlPath, str]]:
    """The sources that are compared, and where each has the key and the fields."""
    rules = found.reconcile
    for number, (path, side) in enumerate(_compared(found)):
        if side not in found.sources:
            yield path, f"one of the sources {', '.join(sorted(found.sources))}"
        if side in found.sides[:number]:
            yield path, f"another source than {', '.join(dict.fromkeys(found.sides[:number]))}"
    sided: list[tuple[YamlPath, FieldRule | KeyPart]] = [
        *((("reconcile", "key", name), part) for name, part in (rules.key or {}).items()),
        *((("reconcile", "fields", name), rule) for name, rule in (rules.fields or {}).items()),
    ]
    for path, said in sided:
        for other in said.columns.keys() - set(found.sides):
            yield (*path, "columns", other), f"one of the compared sources {', '.join(found.sides)}"
        for side in ("left", "right"):
            if getattr(said, side, None) is not None and rules.left is None:
                yield (*path, side), "columns:, for the sources are not named left and right"
    for number, name in enumerate(rules.key or {}):
        if name.lower() in {other.lower() for other in list(rules.key or {})[:number]}:
            yield ("reconcile", "key", name), "a name that differs from the others by more than capitals"
    for name in found.sides:
        source = found.sources.get(name)
        if source is None:
            continue
        history = connector.history(connector.load(source.connector, "pull"), source)
        # an ended record and an open one of the same begin are told apart by their end: only one of them holds
        if history is not None and set(history.per) - {history.end}:
            yield ("sources", name), f"one record a key at a time to compare; here {', '.join(history.per)} differ"


def _needs(found: Contract, step: tuple[str, str], other: tuple[str, str]) -> bool:
    """Can a step, ``pull`` or ``validate`` of a source, only come after another one?"""
    before, seen = [step], {step}
    while before:
        kind, name = before.pop()
        if (kind, name) == other:
            return True
        keys, rules = found.sources[name].keys_of, found.validation.get(name)
        needed = [("validate", keys)] if keys else []
        if kind == "validate":
            needed = [("pull", one) for one in (name, *(rules.refers_to if rules else []))]
        fresh = [one for one in needed if one[1] in found.sources and one not in seen]
        before += fresh
        seen.update(fresh)
    return False


def _fields(found: Contract) -> Iterator[tuple[YamlPath, str]]:
    rules = found.reconcile
    names = list(rules.fields or {})
    keys = {name.lower() for name in rules.key or {}}
    if rules.key is None:
        keys = {found.sources[side].key.lower() for side in found.sides if side in found.sources}
    for number, name in enumerate(names):
        if name.lower() in keys:
            yield ("reconcile", "fields", name), "no key: it is what the records are matched by"
        if name.lower() in {other.lower() for other in names[:number]}:
            yield ("reconcile", "fields", name), "a name that differs from the others by more than capitals"
    for number, partner in enumerate(found.publish):
        if len(set(partner.fields)) < len(partner.fields):
            yield ("publish", number, "fields"), "each name once"


def _linked(found: Contract) -> Iterator[tuple[YamlPath, str]]:
    link = found.reconcile.link
    if link is None:
        return
    path: YamlPath = ("reconcile", "link")
    if found.reconcile.key is not None:
        yield path, "either key: or link:"
    if len(found.sides) != 2:
        yield path, "two sources: records of more are not linked"
    for name, compared in link.compare.items():
        for source in compared.columns.keys() - set(found.sides):
            yield (*path, "compare", name, "columns", source), f"one of {', '.join(found.sides)}"
    for number, block in enumerate(link.block):
        for place, part in enumerate(block):
            if part.field not in link.compare:
                yield (*path, "block", number, place), f"one of the fields in compare: {', '.join(link.compare)}"


def _winners(found: Contract) -> Iterator[tuple[YamlPath, str]]:
    rules, sides = found.reconcile, found.sides
    settled: list[tuple[YamlPath, Settle | None]] = [(("reconcile", "settle"), rules.settle)]
    for field, rule in (rules.fields or {}).items():
        path: YamlPath = ("reconcile", "fields", field)
        settled.append(((*path, "settle"), rule.settle))
        if rule.keep is not None and rule.keep not in sides:
            yield (*path, "keep"), f"one of the compared sources {', '.join(sides)}"
        if rule.keep and (rule.normalise or rule.similar or rule.tolerance is not None or rule.settle):
            yield (*path, "keep"), "no other rule beside keep: such a field is not compared"
        if rule.similar and rule.tolerance is not None:
            yield (*path, "tolerance"), "either similar (text) or tolerance (numbers)"
    for path, winner in settled:
        yield from _winner(found, path, winner)
    one = _one_of(sides)
    if len(sides) > 2 and sum(_is_authentic(found, side) for side in sides) > 1:
        yield ("reconcile",), f"at most {one} with authentic: true"
    if found.feed_back and not _one_authentic(found):
        yield ("feed_back",), f"exactly {one} with authentic: true, to report to"
    if isinstance(found.feed_back, Report):
        yield from _reportable(found, found.feed_back)


def _winner(found: Contract, path: YamlPath, winner: Settle | None) -> Iterator[tuple[YamlPath, str]]:
    """Can such a winner be told?"""
    sides = found.sides
    if isinstance(winner, Expression):
        if (said := settle.judge(winner, sides)) is not None:
            yield (*path, "sql"), said
    elif isinstance(winner, list):
        for number, name in enumerate(winner):
            if name not in sides or name in winner[:number]:
                yield (*path, number), f"each once, of the compared sources {', '.join(sides)}"
        if not winner:
            yield path, f"at least one of the compared sources {', '.join(sides)}"
    elif winner == "authentic":
        if not _one_authentic(found):
            yield path, f"exactly {_one_of(sides)} with authentic: true"
    elif winner == "newest":
        blank = [name for name in sides if name in found.sources and found.sources[name].dated is None]
        for name in blank:
            yield path, f"dated: in source {name}, the column to tell the newest by"
    elif winner is not None and winner not in (*settle.WORDS, *sides):
        words = ", ".join(word for word in settle.WORDS)
        yield path, f"{words}, or one of the compared sources {', '.join(sides)}"


def _one_of(sides: tuple[str, ...]) -> str:
    return "one of left and right" if len(sides) == 2 else f"one of {', '.join(sides)}"


def _is_authentic(found: Contract, side: str) -> bool:
    return side in found.sources and found.sources[side].authentic


def _one_authentic(found: Contract) -> bool:
    return sum(_is_authentic(found, side) for side in set(found.sides)) == 1


def _reportable(found: Contract, report: Report) -> Iterator[tuple[YamlPath, str]]:
    if found.reconcile.key is not None or found.reconcile.link is not None:
        yield (
            ("feed_back", "connector"),
            "records that are matched by their own keys: a registry is told the key of its own record",
        )
    if found.classification == "openbaar":
        return
    if getattr(connector.load(report.connector, "report"), "PUBLIC", False):
        yield ("feed_back", "connector"), f"a connector for personal data: what {report.connector} sends is public"
    if report.approve == "never":
        yield ("feed_back", "approve"), "person, since the data are not openbaar"


def _normalisers(found: Contract) -> Iterator[tuple[YamlPath, str]]:
    """The contract's own normalisers: their SQL, their functions and their lists of codes."""
    rules = found.reconcile
    for word, parts in (("key", rules.key), ("fields", rules.fields)):
        for name, part in (parts or {}).items():
            for number, normaliser in enumerate(part.normalise):
                if isinstance(normaliser, str):
                    continue
                try:
                    own.judge(normaliser, found.folder)
                except BadInput as error:
                    (said,) = normaliser.model_fields_set
                    yield ("reconcile", word, name, "normalise", number, said), error.rule


def _lawful(found: Contract) -> Iterator[tuple[YamlPath, str]]:
    if found.classification != "openbaar" and found.purpose is None:
        yield (
            ("purpose",),
            f"processing_activity: and legal_basis:, since the classification is {found.classification}",
        )
    for number, partner in enumerate(found.publish):
        path: YamlPath = ("publish", number)
        if found.classification != "openbaar" and partner.purpose is None:
            yield (*path, "purpose"), "the legal basis on which this partner may receive these data"
        for field in partner.pseudonymise:
            if field not in partner.fields:
                yield (*path, "pseudonymise"), f"only names out of fields:, and {field} is not"
        if partner.pseudonymise and partner.pseudonym_key is None:
            yield (*path, "pseudonym_key"), "the connection that holds the key for pseudonymise:"


def _files(found: Contract) -> Iterator[tuple[YamlPath, str]]:
    """What is written in other languages than the contract's own: cron, suites, SQL."""
    if found.schedule is not None and not croniter.is_valid(found.schedule):
        yield ("schedule",), 'a cron expression, e.g. "0 4 * * *"'
    for name, rules in found.validation.items():
        try:
            loaded = suite.load(suite.find(found.folder, rules.suite))
        except VlekkeloosError as error:
            yield ("validate", name, "suite"), str(error)
            continue
        for other in sorted(suite.refers_to(loaded) - set(rules.refers_to)):
            yield ("validate", name, "refers_to"), f"{other}, for suite {rules.suite} refers to it"
    for number, partner in enumerate(found.publish):
        if partner.where is None:
            continue
        try:
            duckdb.SQLExpression(partner.where)
        except duckdb.Error:
            yield ("publish", number, "where"), "one SQL condition, e.g. \"status = 'Naamgeving uitgegeven'\""
