"""How fast an SS-MIX2 storage becomes visits, stays and orders, beside the full `hl7` parser.

Run: .venv/bin/python bench/ssmix2_bench.py [--patients 500]
Writes a storage (about 60 files a patient), reads it whole, then again as the day after, and
prints files a CPU second. The peers open the same files: one reads and splits, one parses
every field with the library `hl7`; neither walks names, makes keys or keeps anything.
"""

from __future__ import annotations

import argparse
import datetime as dt
import random
import resource
import tempfile
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import hl7
from table import best, head, judged, rate, row, timed

from sekisho.care import load
from sekisho.care.ssmix2.file import Tally, read_file
from sekisho.care.ssmix2.names import files, parse_name, patients
from sekisho.storage import open_database
from sekisho.terms import FixedClock

CLOCK = FixedClock(dt.datetime(2026, 11, 2, tzinfo=dt.UTC))
ZONE = ZoneInfo("Asia/Tokyo")
TARGET = 10_000
"""Files a second a core, warm (issue 5)."""
_MSH = "MSH|^~\\&|HIS|SEND|GW|RCV|{sent}||{type}|{number}|P|2.5||||||~ISO IR87||ISO 2022-1994\r"
_PID = "PID|0001||{patient}^^^^PI||患者^太郎{n}^^^^^L^I~カンジャ^タロウ^^^^^L^P||19650415|M|||^^^^422-8033^JPN^H^静岡市駿河区登呂{n}-1\r"
_DOCTOR = "{doctor:04d}^医師^一郎^^^^^^^L^^^^^I"


def message(kind: str, patient: str, at: dt.datetime, chance: random.Random, number: int) -> str:
    """Return one message as hospitals write them."""
    stamp = f"{at:%Y%m%d%H%M%S}"
    doctor = _DOCTOR.format(doctor=chance.randrange(200))
    types = {"ADT-00": "ADT^A08", "ADT-12": "ADT^A04", "ADT-22": "ADT^A01", "ADT-52": "ADT^A03"}
    text = _MSH.format(
        sent=stamp,
        type=types.get(kind, "OML^O33" if kind[:3] == "OML" else "RDE^O11"),
        number=number,
    )
    if kind[:3] == "ADT":
        text += f"EVN||{stamp}||||{stamp}\r"
    text += _PID.format(patient=patient, n=int(patient) % 900)
    if kind in {"ADT-22", "ADT-52"}:
        ends = stamp if kind == "ADT-52" else ""
        return text + f"PV1|1|I|5E^501^1^^^N||||{doctor}|||01" + "|" * 34 + f"{stamp}|{ends}\r"
    if kind[:3] == "ADT":
        return text + f"PV1|1|O|01^^^^^C||||{doctor}|||01" + "|" * 34 + f"{stamp}\r"
    text += f"PV1|1|O|01^^^^^C||||{doctor}|||01\r"
    orc = f"ORC|NW|{number:015d}|||||||{stamp}|{doctor}||{doctor}|||||01^内科^99XY1\r"
    if kind[:3] == "OML":
        tests = "".join(
            f"OBX|{n}||3A010000002327101^総蛋白^JC10||7.{n}|g/dl^g/dl^99|||||F\r"
            for n in range(1, 7)
        )
        return text + f"SPM|1|||023^血清^JC10\r{orc}OBR|1|{number:015d}||E002^生化学^99\r{tests}"
    return text + orc + "RXE||108665201^ダーゼン錠（５mg)^HOT9|1||TAB^錠^MR9P\rTQ1|1|||||||\r"


def write(root: Path, count: int) -> int:
    """Write a storage of `count` patients, return how many files it has."""
    chance = random.Random(20261101)
    total = 0
    for serial in range(count):
        patient = f"{serial * 37:010d}"
        start = dt.datetime(2024, 1, 1) + dt.timedelta(days=chance.randrange(300))  # noqa: DTZ001 (local)
        plan = [("ADT-00", start)]
        for visit in range(15):
            at = start + dt.timedelta(days=visit * 30, hours=9, minutes=chance.randrange(400))
            plan += [("ADT-12", at), ("OML-01", at), ("OML-11", at), ("OMP-01", at)]
        if serial % 4 == 0:
            at = start + dt.timedelta(days=500)
            plan += [("ADT-22", at), ("ADT-52", at + dt.timedelta(days=9))]
        for number, (kind, at) in enumerate(plan):
            day = "-" if kind == "ADT-00" else f"{at:%Y%m%d}"
            folder = root / patient[:3] / patient[3:6] / patient / day / kind
            folder.mkdir(parents=True, exist_ok=True)
            name = f"{patient}_{day}_{kind}_{number:015d}_{at:%Y%m%d%H%M%S}000_01_1"
            text = message(kind, patient, at, chance, number)
            (folder / name).write_bytes(text.encode("iso2022_jp"))
        total += len(plan)
    return total


def opened(root: Path) -> Iterator[tuple[str, str]]:
    """Give (path, name) of each file that care is told by."""
    for _, path in patients(root):
        for day, kind, names in files(path):
            for name in names:
                yield f"{path}/{day}/{kind}/{name}", name


def walk(root: Path) -> int:
    """Walk the names and take each apart."""
    return sum(parse_name(name) is not None for _, name in opened(root))


def read(root: Path) -> int:
    """Read the storage as the room does, and keep nothing."""
    count, tally = 0, Tally()
    for path, text in opened(root):
        name = parse_name(text)
        assert name is not None
        with open(path, "rb") as file:  # noqa: PTH123 (as the room does)
            count += len(read_file(file.read(), name, row=1, zone=ZONE, tally=tally)) > 0
    return count


def split(root: Path) -> int:
    """Read and split, as a script does: the least that can be done with the bytes."""
    count = 0
    for path, _ in opened(root):
        with open(path, "rb") as file:  # noqa: PTH123 (as the room does)
            text = file.read().decode("iso2022_jp")
        count += bool([line.split("|") for line in text.split("\r")])
    return count


def parse_all(root: Path, most: int = 2_000) -> int:
    """Parse every field with the library `hl7`."""
    count = 0
    for path, _ in opened(root):
        with open(path, "rb") as file:  # noqa: PTH123 (as the room does)
            count += bool(hl7.parse(file.read().decode("iso2022_jp")))
        if count == most:
            break
    return count


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--patients", type=int, default=500)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "ssmix2"
        count = write(root, asked.patients)
        head()
        names = best(lambda: walk(root))
        row(f"walk names of {count:,} files", rate(names.answer, names.cpu))
        plain = best(lambda: split(root))
        full = timed(lambda: parse_all(root))
        ours = best(lambda: read(root))
        row(
            "read: names, files, events",
            rate(ours.answer, ours.cpu),
            peer=f"read and split {rate(plain.answer, plain.cpu)}",
            ratio=plain.cpu / ours.cpu,
            target=judged(ours.answer / ours.cpu, f">= {TARGET}"),
        )
        row(
            "the same",
            rate(ours.answer, ours.cpu),
            peer=f"library hl7 {rate(full.answer, full.cpu)}",
            ratio=(ours.answer / ours.cpu) / (full.answer / full.cpu),
        )
        database = open_database(f"sqlite:///{Path(folder) / 'state.db'}")
        whole = timed(lambda: load([root], database=database, clock=CLOCK))
        [report] = whole.answer
        assert report.rows == count, report
        row(
            "load, durable, rows made",
            rate(count, whole.cpu),
            target=judged(count / whole.cpu, f">= {TARGET}"),
        )
        again = timed(lambda: load([root], database=database, clock=CLOCK))
        assert again.answer[0].rows == 0
        row("the day after, nothing new", rate(count, again.cpu))
        database.close()
        row("most memory", f"{resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MB")


if __name__ == "__main__":
    main()
