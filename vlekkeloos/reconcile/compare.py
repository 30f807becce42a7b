"""Fields and rules in, SQL out: which records are suspect, what differs in them, and the agreed records.

The comparison is generated here, once; the stage runs it, step by step:

``suspects``   hashes of the keys whose records are not there once in every source and the same, as received: out of
               one narrow scan of each source. Most records are none, and are never joined with all their values.
``r<i>``       the suspect records of source number i, read again in full: ``k``, ``key``, and ``v<n>`` for field n.
``compared``   a row for each suspect key: ``key``; for source i ``in<i>`` (its record is there, once), ``q<i>`` (the
               key is in quarantine there and not in accepted), ``n<i>`` (records of that key) and ``v<i>_<n>``; for
               pair p ``d<p>_<n>`` (field n differs); and who wins: ``w<n>``, and ``w`` for whether it exists.
``found``, ``notations`` and the agreed records are selections from these.

**Are hashes safe?** Only records of one key are held against each other, so what counts is not whether any two of all
records share a hash, but whether the two of one pair do although they differ: 1 in 2^64 for DuckDB's hash. If all of
30 million pairs differed, one would be missed in some 600,000 million such runs. Whole numbers and dates never share
a hash. As the values' hashes are only mixed by a multiplication and an exclusive or, a second one mixes them in
the opposite order from another seed: values which happen to cancel out in one don't in the other. (It is made
of the same hashes of single values: where one value differs it doesn't make the odds better.) A hash that two *keys*
share makes more suspects, no errors: suspects are matched by their keys themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from vlekkeloos.contract import Contract, Expression
from vlekkeloos.lake import literal, quoted
from vlekkeloos.reconcile import settle
from vlekkeloos.reconcile.equality import as_received, by, equal
from vlekkeloos.reconcile.kinds import common
from vlekkeloos.reconcile.settle import Voice
from vlekkeloos.reconcile.sides import Field

MISSING = ("missing_left", "missing_right")
QUARANTINED = ("quarantined_left", "quarantined_right")
DUPLICATE = ("duplicate_left", "duplicate_right")
UNKEYED = ("unkeyed_left", "unkeyed_right")
#: The column of a source's view with the text that its records are matched by.
KEY = '"__key"'
#: No text, and the type that says so.
TEXT = "CAST(NULL AS VARCHAR)"
#: Suspect records that are joined at a time: more of them don't fit in a query's memory.
PART = 400_000
FOUND = "key, field, left_source, right_source, left, right, kind, rule, choice"


@dataclass(frozen=True)
class Comparison:
    """The SQL of one exchange's comparison, over the views ``s<i>`` (valid records) and ``q<i>`` (quarantined keys).

    ``decided``: there is a table of that name with the decisions that apply: id, key, field, left_source,
    right_source, kind, left, right, choice, value, decision, decided_at.
    """

    contract: Contract
    fields: Sequence[Field]
    decided: bool = False

    @cached_property
    def sources(self) -> tuple[str, ...]:
        """The sources that are compared; their places are their numbers."""
        return self.contract.sides

    @cached_property
    def base(self) -> str:
        """The source that an agreed record is of, unless a rule says otherwise."""
        return self.contract.authentic or self.sources[0]

    @cached_property
    def pairs(self) -> list[tuple[int, int]]:
        """The pairs, by the numbers of their sources."""
        return [(self.sources.index(left), self.sources.index(right)) for left, right in self.contract.pairs]

    @property
    def _matched(self) -> bool:
        """Are records matched by other fields than their own keys, so that a key may be there more than once?"""
        return self.contract.reconcile.key is not None

    def _shared(self, pair: tuple[int, int]) -> list[tuple[int, Field]]:
        names = self.sources[pair[0]], self.sources[pair[1]]
        return [(number, field) for number, field in enumerate(self.fields) if field.shared(names)]

    def _first_pair(self, source: int) -> tuple[int, str]:
        """The pair in which is told what is about one source only, and the side that it has there."""
        return next(
            (p, "left" if pair[0] == source else "right") for p, pair in enumerate(self.pairs) if source in pair
        )

    # ── which records are suspect ─────────────────────────────────────────────────────────────────────────

    def suspects(self) -> str:
        """Creates the table ``suspects``: k, the hashes of the keys that must be looked at in full."""
        digests = [self._hashes(pair) for pair in self.pairs]
        sides: list[dict[str, str]] = [{} for _ in self.sources]
        for pair, told in zip(self.pairs, digests, strict=True):
            for source, hashes in zip(pair, told, strict=True):
                for sql in hashes:
                    sides[source].setdefault(sql, f"h{len(sides[source])}")
        joined, key = f"({self._digest(0, sides[0])}) AS d0", "d0.k"
        for number in range(1, len(self.sources)):
            joined += f"\nFULL JOIN ({self._digest(number, sides[number])}) AS d{number} ON {key} = d{number}.k"
            key = f"coalesce({', '.join(f'd{other}.k' for other in range(number + 1))})"
        wrong = [f"d{number}.k IS NULL" for number in range(len(self.sources))]
        if self._matched:
            wrong += [f"d{number}.n > 1" for number in range(len(self.sources))]
        for (left, right), told in zip(self.pairs, digests, strict=True):
            names = zip(*told, strict=True)
            wrong += [f"d{left}.{sides[left][one]} <> d{right}.{sides[right][other]}" for one, other in names]
        quarantined = " UNION ALL ".join(
            f"SELECT hash(key) AS k FROM q{number}" for number in range(len(self.sources))
        )
        return f"""
            CREATE TABLE suspects AS SELECT DISTINCT k FROM (
                SELECT {key} AS k FROM {joined} WHERE {" OR ".join(wrong)} UNION ALL {quarantined})
        """

    def _hashes(self, pair: tuple[int, int]) -> list[list[str]]:
        """For both sources of a pair, the SQL of the two hashes that are the same where nothing differs."""
        found = []
        for source in pair:
            name = self.sources[source]
            values = [KEY]
            for _, field in self._shared(pair):
                kinds = field.kinds((self.sources[pair[0]], self.sources[pair[1]]))
                value, kind = quoted(field.columns[name]), common(*kinds)
                values.append(value if field.types[name] == kind else f"CAST({value} AS {kind})")
            found.append([f"hash({', '.join(values)})", f"hash(1, {', '.join(reversed(values))})"])
        return found

    def _digest(self, source: int, hashes: dict[str, str]) -> str:
        """Selects k and the hashes of a source's records; n too, if a key may be there more than once."""
        rows = ", ".join([f"hash({KEY}) AS k", *(f"{sql} AS {name}" for sql, name in hashes.items())])
        select = f"SELECT {rows} FROM s{source} WHERE {KEY} IS NOT NULL"
        if not self._matched:
            return select
        once = ", ".join(f"min({name}) AS {name}" for name in hashes.values())
        return f"SELECT k, count(*) AS n, {once} FROM ({select}) GROUP BY k"

    # ── what differs in them ──────────────────────────────────────────────────────────────────────────────

    def records(self) -> list[str]:
        """Creates the tables ``r<i>``, and ``x<i>`` with the keys that are in them more than once."""
        steps = []
        for number, name in enumerate(self.sources):
            values = [
                f"{quoted(field.columns[name])} AS v{n}"
                for n, field in enumerate(self.fields)
                if name in field.columns
            ]
            dated = self.contract.sources[name].dated if self._by_moment else None
            if dated is not None:
                values.append(f"TRY_CAST({quoted(dated)} AS TIMESTAMP) AS moment")
            steps.append(
                f"CREATE TABLE r{number} AS SELECT hash({KEY}) AS k, {', '.join([f'{KEY} AS key', *values])}"
                f" FROM s{number} WHERE hash({KEY}) IN (SELECT k FROM suspects)"
            )
            if self._matched:
                many = f"SELECT key, count(*) AS n FROM r{number} GROUP BY key HAVING count(*) > 1"
                steps.append(f"CREATE TABLE x{number} AS {many}")
        return steps

    @property
    def _by_moment(self) -> bool:
        rules = [field.rule.settle for field in self.fields]
        return "newest" in (self.contract.reconcile.settle, *rules)

    def compared(self, suspects: int) -> list[str]:
        """Creates the table ``compared``, in as many parts as so many suspects need."""
        parts = 1 + suspects // PART
        steps = [f"CREATE TABLE compared AS {self._compared(0, parts)}"]
        return steps + [f"INSERT INTO compared {self._compared(part, parts)}" for part in range(1, parts)]

    def _compared(self, part: int, parts: int) -> str:
        numbers = range(len(self.sources))
        here = f"k % {parts} = {part}" if parts > 1 else "TRUE"
        joined, columns = [], ["key"]
        for i in numbers:
            once = f" AND key NOT IN (SELECT key FROM x{i})" if self._matched else ""
            joined.append(f"(SELECT * FROM r{i} WHERE {here}{once}) AS r{i}")
            columns.append(f"r{i}.k IS NOT NULL AS in{i}")
            count = f"CASE WHEN r{i}.k IS NOT NULL THEN 1 ELSE {f'coalesce(x{i}.n, 0)' if self._matched else '0'} END"
            columns.append(f"{count} AS n{i}")
            columns.append(f"q{i}.key IS NOT NULL AND {count} = 0 AS q{i}")
            columns += [
                f"r{i}.v{n} AS v{i}_{n}" for n, field in enumerate(self.fields) if self.sources[i] in field.columns
            ]
            if self._by_moment and self.contract.sources[self.sources[i]].dated is not None:
                columns.append(f"r{i}.moment AS m{i}")
        there = f"hash(key) % {parts} = {part}" if parts > 1 else "TRUE"
        extra = [f"q{i}" for i in numbers] + [f"x{i}" for i in numbers if self._matched]
        joined += [f"(SELECT * FROM {table} WHERE {there}) AS {table}" for table in extra]
        tables = " FULL JOIN ".join([joined[0], *(f"{one} USING (key)" for one in joined[1:])])
        rows = f"SELECT {', '.join(columns)} FROM {tables}"
        differs = [
            f"(in{pair[0]} AND in{pair[1]} AND NOT {self._equal(pair, n, field)}) AS d{p}_{n}"
            for p, pair in enumerate(self.pairs)
            for n, field in self._shared(pair)
        ]
        won = [
            f"CASE WHEN {self._differs(n)} THEN {self._winner(n, field)} END AS w{n}"
            for n, field in enumerate(self.fields)
            if field.compared
        ]
        exists = settle.existence(self.contract.settle(), self._voices(), self.contract.authentic)
        return f"""
            SELECT {", ".join(["*", *won, f"CASE WHEN NOT ({self._everywhere}) THEN {exists} END AS w"])}
            FROM (SELECT {", ".join(["*", *differs])} FROM ({rows}))
        """

    @property
    def _everywhere(self) -> str:
        return " AND ".join(f"in{i}" for i in range(len(self.sources)))

    def _equal(self, pair: tuple[int, int], n: int, field: Field) -> str:
        kinds = field.kinds((self.sources[pair[0]], self.sources[pair[1]]))
        return equal(f"v{pair[0]}_{n}", f"v{pair[1]}_{n}", field.rule, kinds, self.contract.folder)

    def _differs(self, n: int) -> str:
        return (
            " OR ".join(f"d{p}_{n}" for p, pair in enumerate(self.pairs) if n in dict(self._shared(pair))) or "FALSE"
        )

    def _winner(self, n: int, field: Field) -> str:
        return settle.winner(self.contract.settle(field.name), self._voices(n, field), self.contract.authentic)

    def _voices(self, n: int | None = None, field: Field | None = None) -> list[Voice]:
        """The sources that may say who wins in a field (None: whether a record exists)."""
        found = []
        for i, name in enumerate(self.sources):
            if field is None:
                found.append(Voice(name, f"in{i}"))
            elif name in field.columns:
                moment = f"m{i}" if self.contract.sources[name].dated else "NULL"
                found.append(Voice(name, f"in{i}", self._value(i, n, field), moment))
        return found

    def _value(self, i: int, n: int | None, field: Field) -> str:
        """SQL: a source's value of a field in the table ``compared``, in the agreed record's type."""
        return _cast(f"v{i}_{n}", field.types[self.sources[i]], field.kind)

    def found(self) -> list[str]:
        """Creates the table ``found``: every discrepancy, with who wins by the contract's rules and the decisions."""
        parts = [
            self._told(
                p, f"CAST(v{left}_{n} AS VARCHAR)", f"CAST(v{right}_{n} AS VARCHAR)", "differs", f"d{p}_{n}", n
            )
            for p, (left, right) in enumerate(self.pairs)
            for n, _ in self._shared((left, right))
        ]
        for p, (left, right) in enumerate(self.pairs):
            parts.append(self._told(p, TEXT, TEXT, MISSING[0], f"in{right} AND n{left} = 0 AND NOT q{left}", None))
            parts.append(self._told(p, TEXT, TEXT, MISSING[1], f"in{left} AND n{right} = 0 AND NOT q{right}", None))
        for i in range(len(self.sources)):
            p, side = self._first_pair(i)
            parts.append(self._told(p, TEXT, TEXT, f"quarantined_{side}", f"q{i}"))
            if self._matched:
                counts = [f"CAST(n{number} AS VARCHAR)" for number in self.pairs[p]]
                parts.append(self._told(p, counts[0], counts[1], f"duplicate_{side}", f"n{i} > 1"))
                key = f"CAST({quoted(self.contract.sources[self.sources[i]].key)} AS VARCHAR)"
                empty = f"(SELECT {key} AS key FROM s{i} WHERE {KEY} IS NULL)"
                parts.append(self._told(p, TEXT, TEXT, f"unkeyed_{side}", "TRUE", table=empty))
        union = "\nUNION ALL ".join(parts)
        if not self.decided:
            return [f"CREATE TABLE found AS {union}"]
        return [f"CREATE TABLE differences AS {union}", *self._decisions()]

    def _told(
        self, p: int, left: str, right: str, kind: str, condition: str, n: int | None = -1, table: str = "compared"
    ) -> str:
        """Selects the discrepancies of one kind in field ``n`` (None: whether it exists; -1: neither)."""
        rule, choice, field = None, TEXT, None
        if n is None:
            rule, choice = self._rule(None), "w"
        elif n >= 0:
            rule, choice, field = self._rule(self.fields[n]), f"w{n}", self.fields[n].name
        names = (literal(self.sources[source]) for source in self.pairs[p])
        named = f"CASE WHEN {choice} IS NOT NULL THEN {_text(rule)} END" if rule else TEXT
        return (
            f"SELECT key, {_text(field)} AS field, {' AS left_source, '.join(names)} AS right_source,"
            f" {left} AS left, {right} AS right, '{kind}' AS kind, {named} AS rule, {choice} AS choice"
            f" FROM {table} WHERE {condition}"
        )

    def _rule(self, field: Field | None) -> str | None:
        return settle.rule(self.contract.settle(field.name if field else None), self.contract.authentic)

    def notations(self) -> str:
        """Creates the table ``notations``: values that a rule calls equal though they were not received alike."""
        parts = [
            f"SELECT {TEXT} AS key, {TEXT} AS field, {TEXT} AS left_source, {TEXT} AS right_source, {TEXT} AS left,"
            f" {TEXT} AS right, {TEXT} AS rule WHERE FALSE"
        ]
        for p, pair in enumerate(self.pairs):
            left, right = (literal(self.sources[source]) for source in pair)
            for n, field in self._shared(pair):
                if (word := by(field.rule)) is None:
                    continue
                kinds = field.kinds((self.sources[pair[0]], self.sources[pair[1]]))
                values = [f"v{source}_{n}" for source in pair]
                cast = [_cast(value, kind, common(*kinds)) for value, kind in zip(values, kinds, strict=True)]
                # where an empty value says nothing there is no other way of writing it
                said = (
                    " AND ".join(f"{value} IS NOT NULL" for value in values)
                    if field.rule.empty == "ignore"
                    else "TRUE"
                )
                rule = f"'{word}'"
                if word != "normalise" and field.rule.normalise:
                    only = field.rule.model_copy(update={"similar": None, "tolerance": None, "overlap": None})
                    alike = equal(values[0], values[1], only, kinds, self.contract.folder)
                    rule = f"CASE WHEN {alike} THEN 'normalise' ELSE '{word}' END"
                parts.append(
                    f"SELECT key, {literal(field.name)}, {left}, {right}, CAST({values[0]} AS VARCHAR),"
                    f" CAST({values[1]} AS VARCHAR), {rule} FROM compared"
                    f" WHERE in{pair[0]} AND in{pair[1]} AND NOT d{p}_{n} AND {said}"
                    f" AND NOT ({as_received(*cast)})"
                )
        return "CREATE TABLE notations AS " + "\nUNION ALL ".join(parts)

    # ── what people decided ───────────────────────────────────────────────────────────────────────────────

    def _decisions(self) -> list[str]:
        """Creates ``followed`` (decisions that are about a difference), ``found`` and ``steered`` (a row a key)."""
        same = " AND ".join(
            f"d.{column} IS NOT DISTINCT FROM f.{column}"
            for column in ("field", "left_source", "right_source", "kind", "left", "right")
        )
        fits = " ".join(
            f"WHEN {literal(field.name)} THEN d.value IS NULL OR TRY_CAST(d.value AS {field.kind}) IS NOT NULL"
            for field in self.fields
            if field.compared
        )
        usable = f"CASE d.field {fits} ELSE FALSE END" if fits else "FALSE"
        followed = f"""
            SELECT f.key, f.field, f.left_source, f.right_source, f.kind, d.value, d.decision, d.decided_at,
                   d.choice <> 'value' OR (f.kind = 'differs' AND {usable}) AS fits,
                   CASE d.choice WHEN 'left' THEN f.left_source WHEN 'right' THEN f.right_source
                        WHEN 'accept' THEN coalesce(nullif(f.choice, '{settle.VALUE}'), {self._kept()})
                        ELSE '{settle.VALUE}' END AS choice,
                   'decision:' || d.decision AS rule
            FROM differences f JOIN decided d ON d.key = f.key AND {same}
            WHERE d.choice IN ('left', 'right', 'value', 'accept')
        """
        about = " AND ".join(
            f"f.{column} IS NOT DISTINCT FROM a.{column}"
            for column in ("field", "left_source", "right_source", "kind")
        )
        found = f"""
            SELECT f.key, f.field, f.left_source, f.right_source, f.left, f.right, f.kind,
                   coalesce(a.rule, f.rule) AS rule, coalesce(a.choice, f.choice) AS choice
            FROM differences f LEFT JOIN (SELECT * FROM followed WHERE fits) a ON f.key = a.key AND {about}
        """
        columns = ["key", *self._steered("w", f"kind IN {MISSING}")]
        for n, field in enumerate(self.fields):
            if field.compared:
                columns += self._steered(f"w{n}", f"kind = 'differs' AND field = {literal(field.name)}")
        steered = f"SELECT {', '.join(columns)} FROM followed WHERE fits GROUP BY key"
        return [
            f"CREATE TABLE followed AS {followed}",
            f"CREATE TABLE found AS {found}",
            f"CREATE TABLE steered AS {steered}",
        ]

    def _kept(self) -> str:
        """SQL: the source that a record is left as it has it: the base, else the left one."""
        base = literal(self.base)
        return f"CASE WHEN {base} IN (f.left_source, f.right_source) THEN {base} ELSE f.left_source END"

    @staticmethod
    def _steered(name: str, about: str) -> list[str]:
        """The choice, rule and value of the decision about one field of a key; of more, those of the newest."""
        newest = "struct_pack(decided_at := decided_at, decision := decision)"
        return [
            f"arg_max({column}, {newest}) FILTER ({about}) AS {kind}_{name}"
            for kind, column in (("choice", "choice"), ("rule", "rule"), ("value", "value"))
        ]

    # ── agreed ────────────────────────────────────────────────────────────────────────────────────────────

    def agreed(self) -> str:
        """Selects the agreed records: those that no quarantine, no duplicate, no person and no rule keeps out.

        A record that is not in every source is agreed if the rules let a source that has it decide what exists.
        """
        return f"{self._agreed_alike()}\nUNION ALL\n{self._agreed_compared()}"

    def _key(self) -> list[str]:
        if self._matched:
            return []
        # linked records share the key of the first source
        named_after = self.base if self.contract.reconcile.link is None else self.sources[0]
        return [f"key AS {quoted(self.contract.sources[named_after].key)}"]

    def _agreed_alike(self) -> str:
        """The records that are the same everywhere: the base's own, with the columns that only others have."""
        base, others = self.sources.index(self.base), set()
        columns, origins = [f"b.{KEY} {name.removeprefix('key ')}" for name in self._key()], []
        for field in self.fields:
            order = self._order(field)
            source = self.base if field.compared and self.base in order else (order or [""])[0]
            value = "NULL"
            if source:
                i = self.sources.index(source)
                if source != self.base:
                    others.add(i)
                table = "b" if source == self.base else f"o{i}"
                value = f"{table}.{quoted(field.columns[source])}"
                value = _cast(value, field.types[source], field.kind)
            else:
                value = f"CAST(NULL AS {field.kind})"
            columns.append(f"{value} AS {quoted(field.name)}")
            if not field.part:
                rule = "equal" if field.compared else "keep" if field.rule.keep else "not compared"
                said = _origin(literal(order[0]), literal(rule)) if order else _origin("NULL", "NULL")
                origins.append(f"{quoted(field.name)} := {said}")
        joins = "".join(f" JOIN s{i} AS o{i} ON o{i}.{KEY} = b.{KEY}" for i in sorted(others))
        return (
            f"SELECT {', '.join([*columns, *_provenance(origins)])} FROM s{base} AS b{joins}"
            f" WHERE b.{KEY} IS NOT NULL AND hash(b.{KEY}) NOT IN (SELECT k FROM suspects)"
        )

    def _agreed_compared(self) -> str:
        """Those among the suspect ones that may be agreed."""
        numbers = range(len(self.sources))
        columns, origins = self._key(), []
        for n, field in enumerate(self.fields):
            value, origin = self._settled(n, field)
            columns.append(f"{value} AS {quoted(field.name)}")
            if not field.part:
                origins.append(f"{quoted(field.name)} := {origin}")
        steered = " LEFT JOIN steered USING (key)" if self.decided else ""
        exists = "coalesce(choice_w, w)" if self.decided else "w"
        has = " ".join(f"WHEN {literal(name)} THEN in{i}" for i, name in enumerate(self.sources))
        kept_out = " OR ".join([f"q{i}" for i in numbers] + [f"n{i} > 1" for i in numbers])
        return (
            f"SELECT {', '.join([*columns, *_provenance(origins)])} FROM compared{steered}"
            f" WHERE NOT ({kept_out}) AND (({self._everywhere}) OR CASE {exists} {has} ELSE FALSE END)"
            f" AND key NOT IN (SELECT key FROM found WHERE kind IN ('differs', {', '.join(map(literal, MISSING))})"
            " AND rule IS NULL)"
        )

    def _order(self, field: Field) -> list[str]:
        """The sources that have the field, in the order in which their value is taken where no other rule says so."""
        if field.rule.keep:
            return [field.rule.keep] if field.rule.keep in field.columns else []
        said = self.contract.settle(field.name) if field.compared else None
        first = [said] if isinstance(said, str) else []
        return [name for name in dict.fromkeys([*first, self.base, *self.sources]) if name in field.columns]

    def _settled(self, n: int, field: Field) -> tuple[str, str]:
        """SQL of the agreed value of a field of a suspect record, and of struct(source, rule)."""
        order = [(self.sources.index(name), name) for name in self._order(field)]
        if not order:
            return f"CAST(NULL AS {field.kind})", _origin("NULL", "NULL")
        values = {i: self._value(i, n, field) for i, _ in order}

        def there(i: int) -> str:
            return f"in{i} AND v{i}_{n} IS NOT NULL" if field.rule.empty == "ignore" else f"in{i}"

        value = f"CASE {' '.join(f'WHEN {there(i)} THEN {values[i]}' for i, _ in order)} END"
        names = " ".join(f"WHEN {there(i)} THEN {literal(name)}" for i, name in order)
        source = f"CASE {names} ELSE {literal(order[0][1])} END"
        if field.rule.keep:
            kept = _origin(literal(order[0][1]), "'keep'")
            return value, f"CASE WHEN in{order[0][0]} THEN {kept} END"
        if not field.compared:
            return value, _origin(source, "'not compared'")
        chosen, rule, exists = f"w{n}", _text(self._rule(field)), _text(self._rule(None))
        worked_out, given = f"CAST(NULL AS {field.kind})", "FALSE"
        said = self.contract.settle(field.name)
        if isinstance(said, Expression):
            worked_out = f"TRY_CAST({settle.worked_out(said, self._voices(n, field))} AS {field.kind})"
        if self.decided:
            given = f"rule_w{n} IS NOT NULL"
            chosen, rule = f"coalesce(choice_w{n}, w{n})", f"coalesce(rule_w{n}, {rule})"
            exists = f"coalesce(rule_w, {exists})"
            worked_out = f"CASE WHEN {given} THEN TRY_CAST(value_w{n} AS {field.kind}) ELSE {worked_out} END"
        wins = " ".join(f"WHEN {literal(name)} THEN {values[i]}" for i, name in order)
        differs = self._differs(n)
        won = f"CASE {chosen} {wins} WHEN '{settle.VALUE}' THEN {worked_out} END"
        value = f"CASE WHEN {differs} THEN {won} ELSE {value} END"
        alone = " + ".join(f"CASE WHEN in{i} THEN 1 ELSE 0 END" for i, _ in order)
        return value, _origin(
            f"CASE WHEN {differs} THEN {chosen} ELSE {source} END",
            f"CASE WHEN {differs} THEN {rule} WHEN {alone} < 2 THEN {exists} ELSE 'equal' END",
        )


def _cast(value: str, kind: str, wanted: str) -> str:
    return value if kind == wanted else f"CAST({value} AS {wanted})"


def _text(said: str | None) -> str:
    return literal(said) if said is not None else TEXT


def _origin(source: str, rule: str) -> str:
    return f"struct_pack(source := CAST({source} AS VARCHAR), rule := CAST({rule} AS VARCHAR))"


def _provenance(origins: list[str]) -> list[str]:
    return [f"struct_pack({', '.join(origins)}) AS provenance"] if origins else []
