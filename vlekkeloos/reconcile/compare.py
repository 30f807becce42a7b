"""Fields and rules in, SQL out: the joined table, the discrepancies in it, and the agreed records.

The comparison is generated here, once; the stage runs it. The joined table has ``key``, ``in_left``,
``in_right``, ``q_left`` and ``q_right`` (the key sits in quarantine on that side and not in accepted), and
for field number n ``l<n>`` and ``r<n>``.
"""

from __future__ import annotations

from dataclasses import dataclass

from vlekkeloos.contract import Contract
from vlekkeloos.lake import literal, quoted
from vlekkeloos.reconcile.equality import equal
from vlekkeloos.reconcile.sides import Field

MISSING = ("missing_left", "missing_right")
#: No text, and the type that says so.
TEXT = "CAST(NULL AS VARCHAR)"
QUARANTINED = ("quarantined_left", "quarantined_right")


@dataclass(frozen=True)
class Comparison:
    """The SQL of one exchange's comparison, over the views l, r (valid records) and ql, qr (quarantined keys)."""

    contract: Contract
    fields: list[Field]

    @property
    def compared(self) -> list[tuple[int, Field]]:
        """The fields that are compared, with their numbers."""
        return [(number, field) for number, field in enumerate(self.fields) if field.compared]

    # ── joining ───────────────────────────────────────────────────────────────────────────────────────────

    def joined(self) -> str:
        """Creates the joined table: every key that is on either side or in either quarantine, once."""
        left, right = (self.contract.sources[side].key for side in self.contract.sides)
        columns = ",\n".join(
            f"{field.value('l')} AS l{number}, {field.value('r')} AS r{number}"
            for number, field in enumerate(self.fields)
        )
        there = f"l.{quoted(left)} IS NOT NULL", f"r.{quoted(right)} IS NOT NULL"
        lk, rk = f"CAST(l.{quoted(left)} AS VARCHAR)", f"CAST(r.{quoted(right)} AS VARCHAR)"
        return f"""
            CREATE TABLE joined AS
            SELECT coalesce({lk}, {rk}, ql.key, qr.key) AS key,
                   {there[0]} AS in_left, {there[1]} AS in_right,
                   ql.key IS NOT NULL AND NOT {there[0]} AS q_left, qr.key IS NOT NULL AND NOT {there[1]} AS q_right
                   {"," if columns else ""} {columns}
            FROM l FULL JOIN r ON {lk} = {rk}
            FULL JOIN ql ON coalesce({lk}, {rk}) = ql.key
            FULL JOIN qr ON coalesce({lk}, {rk}, ql.key) = qr.key
        """

    # ── discrepancies ─────────────────────────────────────────────────────────────────────────────────────

    def found(self) -> str:
        """Creates the table ``found``: key, field, left, right, kind, rule, choice of every discrepancy."""
        parts = [self._differs(number, field) for number, field in self.compared]
        for kind, condition in self._kinds().items():
            settled = kind in MISSING and self.contract.winner() is not None
            rule, choice = self._settled_by(None) if settled else ("NULL", "NULL")
            parts.append(
                f"SELECT key, {TEXT} AS field, {TEXT} AS left, {TEXT} AS right, '{kind}' AS kind,"
                f" CAST({rule} AS VARCHAR) AS rule, CAST({choice} AS VARCHAR) AS choice FROM joined WHERE {condition}"
            )
        return "CREATE TABLE found AS " + "\nUNION ALL ".join(parts)

    @staticmethod
    def _kinds() -> dict[str, str]:
        return {
            "missing_left": "in_right AND NOT in_left AND NOT q_left",
            "missing_right": "in_left AND NOT in_right AND NOT q_right",
            "quarantined_left": "q_left",
            "quarantined_right": "q_right",
        }

    def _differs(self, number: int, field: Field) -> str:
        rule, choice = self._settled_by(field.name)
        return (
            f"SELECT key, {literal(field.name)} AS field, CAST(l{number} AS VARCHAR) AS left,"
            f" CAST(r{number} AS VARCHAR) AS right, 'differs' AS kind, CAST({rule} AS VARCHAR) AS rule,"
            f" CAST({choice} AS VARCHAR) AS choice"
            f" FROM joined WHERE in_left AND in_right AND NOT {self._equal(number, field)}"
        )

    def _equal(self, number: int, field: Field) -> str:
        return equal(f"l{number}", f"r{number}", field.rule, field.kinds, self.contract.folder)

    def _settled_by(self, field: str | None) -> tuple[str, str]:
        """The rule and the winning source that settle a field (None: whether a record exists), as SQL."""
        winner = self.contract.winner(field)
        if winner is None:
            return "NULL", "NULL"
        said = (self.contract.reconcile.rule(field).settle if field else None) or self.contract.reconcile.settle
        return literal("authentic" if said == "authentic" else f"settle:{winner}"), literal(winner)

    # ── agreed ────────────────────────────────────────────────────────────────────────────────────────────

    def agreed(self) -> str:
        """Selects the agreed records: those that no quarantine, no person and no rule keeps out.

        A record on one side only is agreed if the rules say that this side decides what exists.
        """
        left, right = self.contract.sides
        key = quoted(self.contract.sources[self.contract.authentic or left].key)
        values = "".join(f", {self._value(n, field)} AS {quoted(field.name)}" for n, field in enumerate(self.fields))
        origins = ", ".join(
            f"{quoted(field.name)} := {self._origin(n, field)}" for n, field in enumerate(self.fields)
        )
        provenance = f", struct_pack({origins}) AS provenance" if origins else ""
        one_sided = {left: "in_left", right: "in_right"}.get(self.contract.winner() or "", "FALSE")
        return f"""
            SELECT key AS {key}{values}{provenance} FROM joined
            WHERE NOT q_left AND NOT q_right AND ((in_left AND in_right) OR {one_sided})
              AND key NOT IN (SELECT key FROM found WHERE kind = 'differs' AND rule IS NULL)
        """

    def _value(self, number: int, field: Field) -> str:
        first, second = ("l", "r") if self._first(field) == self.contract.reconcile.left else ("r", "l")
        if field.rule.keep:
            return f"{first}{number}"
        there = "in_left" if first == "l" else "in_right"
        if getattr(field, "left" if first == "l" else "right") is None:
            return f"{second}{number}"
        if getattr(field, "right" if first == "l" else "left") is None:
            return f"{first}{number}"
        return f"CASE WHEN {there} THEN {first}{number} ELSE {second}{number} END"

    def _first(self, field: Field) -> str:
        """The source whose value is taken where both have one."""
        return (
            field.rule.keep
            or self.contract.winner(field.name if field.compared else None)
            or self.contract.authentic
            or self.contract.reconcile.left
        )

    def _origin(self, number: int, field: Field) -> str:
        """Where a field's value came from, and by which rule: struct(source, rule)."""
        left, right = (literal(side) for side in self.contract.sides)
        first = self._first(field)
        only = f"WHEN NOT in_right THEN {left} WHEN NOT in_left THEN {right}"
        if field.rule.keep:
            side = "in_left" if first == self.contract.reconcile.left else "in_right"
            return f"CASE WHEN {side} THEN struct_pack(source := {literal(first)}, rule := 'keep') END"
        if not field.compared:
            if field.left is None or field.right is None:
                source = right if field.left is None else left
                return f"struct_pack(source := {source}, rule := 'not compared')"
            return f"struct_pack(source := CASE {only} ELSE {literal(first)} END, rule := 'not compared')"
        rule, _ = self._settled_by(field.name)
        exists, _ = self._settled_by(None)
        same = self._equal(number, field)
        return (
            f"struct_pack(source := CASE {only} ELSE {literal(first)} END,"
            f" rule := CASE WHEN NOT (in_left AND in_right) THEN {exists} WHEN {same} THEN 'equal' ELSE {rule} END)"
        )
