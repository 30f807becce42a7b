"""The town's mutations: of the form of the real delivery, the same each time, and of the kinds that they say."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
import zipfile
from pathlib import Path

import pytest

from vlekkeloos.errors import BadInput
from vlekkeloos.sandbox import bag_mutations
from vlekkeloos.sandbox.addresses import GEMEENTECODE
from vlekkeloos.sandbox.bag_mutations import KINDS

TOWN = {"seed": 3, "addresses": 200}


def files(path: Path) -> dict[str, bytes]:
    """Every XML file in a zip of zips."""
    found = {}
    with zipfile.ZipFile(path) as outer:
        for name in outer.namelist():
            content = outer.read(name)
            if name.endswith(".zip"):
                with zipfile.ZipFile(io.BytesIO(content)) as inner:
                    found |= {file: inner.read(file) for file in inner.namelist()}
            else:
                found[name] = content
    return found


def head(xml: bytes) -> list[str]:
    """The tags of a file up to its first mutation, in order."""
    return re.findall(r"<(/?[\w-]+:[\w-]+)", re.split(rb"<ml:objectType>|</ml:inhoud>", xml)[0].decode())


def of(path: Path, pattern: str) -> bytes:
    (content,) = (content for name, content in files(path).items() if re.fullmatch(pattern, name))
    return content


def test_the_delivery_has_the_files_of_the_real_one_and_begins_as_it_does(tmp_path: Path, shared_data: Path) -> None:
    path, _ = bag_mutations.write(tmp_path, **TOWN)
    real = shared_data / "bag" / "BAGNLDM-13112021-14112021.zip"
    assert path.name == "BAGNLDM-08012026-09012026.zip"
    ours = {name.replace("08012026", "13112021").replace("09012026", "14112021") for name in files(path)}
    assert ours == set(files(real))
    for pattern in (r"9999MUT.*2\.xml", r"9999MUT.*1\.xml", r"9999IOMUT.*2\.xml", r"Levering.*"):
        assert head(of(path, pattern)) == head(of(real, pattern))


def test_each_element_of_a_mutation_is_one_that_the_real_delivery_has(tmp_path: Path, shared_data: Path) -> None:
    def tags(path: Path) -> set[tuple[str, str]]:
        root = ET.fromstring(of(path, r"9999MUT.*2\.xml"))
        return {(parent.tag, child.tag) for parent in root.iter() for child in parent}

    path, _ = bag_mutations.write(tmp_path, **TOWN)
    strange = tags(path) - tags(shared_data / "bag" / "BAGNLDM-13112021-14112021.zip")
    names = {child.rpartition("}")[2] for _, child in strange}
    # the real day has no withdrawn and no removed voorkomen, and no huisletter or toevoeging
    assert names <= {
        "verwijdering",
        "was",
        "tijdstipInactief",
        "tijdstipInactiefLV",
        "huisletter",
        "huisnummertoevoeging",
    }


def test_the_same_seed_gives_the_same_bytes_and_another_gives_others(tmp_path: Path) -> None:
    def content(seed: int, name: str) -> bytes:
        (tmp_path / name).mkdir()
        return bag_mutations.write(tmp_path / name, seed=seed, addresses=200)[0].read_bytes()

    assert content(3, "a") == content(3, "b") != content(4, "c")


def test_there_are_as_many_changes_of_each_kind_as_asked(tmp_path: Path) -> None:
    path, changes = bag_mutations.write(tmp_path, **TOWN, each=3)
    assert [change.kind for change in changes] == [kind for kind in KINDS for _ in range(3)]
    text = of(path, r"9999MUT.*2\.xml").decode()
    assert text.count("<ml:wijziging>") == 9
    assert text.count("Historie:tijdstipInactief>") == 2 * 3
    assert all(change.identificatie.startswith(GEMEENTECODE) for change in changes)
    assert [change.valid is None for change in changes] == [change.kind == "removed" for change in changes]


def test_no_address_is_touched_on_two_days(tmp_path: Path) -> None:
    days = [bag_mutations.write(tmp_path, **TOWN, day=day)[1] for day in range(4)]
    touched = [change.identificatie for changes in days for change in changes]
    assert len(touched) == len(set(touched)) == 4 * 2 * len(KINDS)
    assert len(list(tmp_path.glob("BAGNLDM-*.zip"))) == 4


def test_a_town_that_is_too_small_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="too small"):
        bag_mutations.write(tmp_path, seed=1, addresses=5)
