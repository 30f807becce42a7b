"""A field that differs in nearly all records: another column, another system of coordinates, another unit."""

from vlekkeloos.decide.causes.kind import Kind

#: The share of the compared records from which a field as a whole is meant.
NEARLY_ALL = 0.9

KIND = Kind(
    name="whole_field",
    order=80,
    pattern=f"CASE WHEN kind = 'differs' AND differing >= {NEARLY_ALL} THEN 'whole' END",
    texts={
        "nl": "{field} verschilt bij bijna alle records ({count} zonder ander patroon): is dit wel hetzelfde veld?",
        "en": "{field} differs in nearly all records ({count} without another pattern): is it the same field?",
    },
)
