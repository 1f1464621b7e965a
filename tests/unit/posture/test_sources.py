"""What is collected on machines and by tools, as the tools write it."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.missing import missing

from sekisho import posture
from sekisho.errors import InvalidInputError
from sekisho.posture import Kind
from sekisho.posture.records import Machine, Reading
from sekisho.posture.sources import read_source
from sekisho.posture.sources.powershell import NEVER, age, moment
from sekisho.storage import Database
from sekisho.terms import FixedClock

ROOT = Path(__file__).parents[3]
BOMS = ROOT.parent / "shared" / "data" / "posture"


def read(folder: Path, name: str, content: str | bytes) -> Reading:
    """Return the reading of a file with `content`."""
    path = folder / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    reading = read_source(path, path)
    assert reading is not None
    return reading


def machine(folder: Path, name: str, content: str | bytes) -> Machine:
    """Return its one machine."""
    [(_, one)] = read(folder, name, content).machines
    return one


DEFENDER = {
    "AMServiceEnabled": True, "AMRunningMode": "Normal", "AMProductVersion": "4.18.24090.11",
    "AMEngineVersion": "1.1.24090.11", "RealTimeProtectionEnabled": False,
    "AntivirusSignatureVersion": "1.421.1", "AntivirusSignatureAge": 3,
    "AntivirusSignatureLastUpdated": "/Date(1760000000000)/",
    "FullScanAge": NEVER, "QuickScanAge": 0, "FullScanEndTime": None, "PSComputerName": "EMR-01",
}  # fmt: skip


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp932"])
def test_defender_in_any_encoding(tmp_path: Path, encoding: str) -> None:
    """The state of Defender is read as PowerShell writes it: UTF-16, CP932 or with a mark; 4294967295 is never."""
    given_ = {**DEFENDER, "Note": "日本語の値"}
    text = json.dumps(given_, ensure_ascii=False)
    one = machine(tmp_path, "x.json", text.encode(encoding))
    facts = one.facts["antivirus"]
    assert one.hosts == ("emr-01",)
    assert (facts["realtime"], facts["service"], facts["pattern_age"]) == ("no", "yes", 3)
    assert facts["full_scan_age"] is None
    assert facts["quick_scan_age"] == 0
    assert facts["pattern_at"] == "2025-10-09T08:53:20+00:00"


def test_the_whole_of_a_windows_machine(
    tmp_path: Path, database: Database, clock: FixedClock
) -> None:
    """The Windows script's file is one machine with programs, hotfixes and the scanner that is on."""
    path = tmp_path / "pc.json"
    whole = {
        "sekisho": "windows 1",
        "collected_at": "2026-10-19T01:00:00+00:00",
        "computer": {"Name": "RAD-PC1", "Domain": "hosp.local", "Manufacturer": "HP", "Model": "Z2", "SerialNumber": "JPH1234567", "OS": "Microsoft Windows 10 Enterprise LTSC", "OSBuild": "10.0.19044"},
        "addresses": [{"MACAddress": "00:11:22:33:44:66", "IPAddress": ["10.2.0.5", "fe80::1"]}],
        "antivirus": [{"displayName": "ESET Security", "productState": 266240, "timestamp": ""}],
        "defender": {**DEFENDER, "AMRunningMode": "Passive Mode"},
        "hotfixes": [{"HotFixID": "KB5031356", "InstalledOn": "2023-10-11"}],
        "programs": [{"DisplayName": "7-Zip 19.00 (x64)", "DisplayVersion": "19.00", "Publisher": "Igor Pavlov"}],
    }  # fmt: skip
    path.write_text(json.dumps(whole), encoding="utf-8")
    [report] = posture.load([path], database=database, clock=clock)
    assert (report.taken_for, report.source, report.added) == (Kind.COLLECTED, "windows", 1)
    [row] = posture.assets(database).rows
    found = posture.asset(database, row.id)
    assert found is not None
    assert (found.values["kind"], found.values["serial"]) == ("terminal", "JPH1234567")
    [seen] = found.sightings
    assert seen.facts["antivirus"]["product"] == "ESET Security"
    assert seen.facts["antivirus"]["realtime"] == "yes"
    assert seen.facts["hotfixes"]["ids"] == ["KB5031356"]
    kinds = {one.kind: one.product for one in posture.components(database)}
    assert kinds["software"] == "7-Zip 19.00 (x64)"


def test_osquery_by_its_columns(tmp_path: Path) -> None:
    """Whatever a query is called, its rows are told by their columns; what was removed is gone."""

    def line(columns: dict[str, str], action: str = "added") -> str:
        row = {"name": "pack/x/q1", "hostIdentifier": "SV01", "unixTime": 1760000000, "action": action, "columns": columns}  # fmt: skip
        return json.dumps(row)

    zip_ = {"name": "7-Zip", "version": "19.00", "publisher": "Igor"}
    chrome = {"name": "Chrome", "version": "120", "publisher": "Google"}
    lines = [
        line(zip_),
        line(chrome),
        line(zip_, "removed"),
        line({"interface": "eth0", "address": "10.0.0.8", "mask": "255.255.255.0"}),
        line({"type": "Antivirus", "name": "ESET", "state": "On", "signatures_up_to_date": "0"}),
    ]
    one = machine(tmp_path, "osqueryd.results.log", "\n".join(lines))
    assert [piece["name"] for piece in one.software] == ["Chrome"]
    assert (one.hosts, one.ips) == (("sv01",), ("10.0.0.8",))
    assert one.facts["antivirus"]["fresh"] == "no"


def test_this_machines_own_packages(tmp_path: Path) -> None:
    """What the Linux script and dpkg say of this very machine is read whole."""
    if shutil.which("dpkg-query") is None:
        missing("dpkg is not here")
    form = "${Package}\t${Version}\t${db:Status-Status}\n"
    told = subprocess.run(["dpkg-query", "-W", "-f", form], capture_output=True, check=True, text=True).stdout  # fmt: skip
    installed = {line.split("\t")[0] for line in told.splitlines() if line.endswith("\tinstalled")}
    script = ROOT / "packaging" / "collect" / "sekisho-linux.sh"
    made = subprocess.run(["sh", str(script)], capture_output=True, check=True).stdout
    one = machine(tmp_path, "any.txt", made)
    assert {piece["name"] for piece in one.software} == installed
    assert one.hosts == (os.uname().nodename.split(".")[0].lower(),)
    assert one.software[0]["distribution"]
    # Built from another source: advisories of Debian name that one.
    own = {piece["name"]: piece["purl"] or "" for piece in one.software}
    assert "/glibc@" in own["libc6"]
    status = Path("/var/lib/dpkg/status").read_bytes()
    listed = machine(tmp_path, "SV02.status", status)
    assert {piece["name"] for piece in listed.software} >= installed
    assert (listed.hosts, listed.only_known) == (("sv02",), True)
    with pytest.raises(InvalidInputError, match="collected_cut"):
        read(tmp_path, "cut.txt", made[:2000])


TEXTS = {
    "rpm": ("openssl-libs-1:3.0.7-24.el9.x86_64\nbash-5.1.8-6.el9.x86_64\nkernel-5.14.0-362.el9.x86_64\n", "rpm", 3),
    "dpkg-l": ("Desired=Unknown/Install\n| Status\n|/ Err?\n||/ Name Version Architecture Description\n+++-====-====\nii  bash 5.2.15-2 amd64 GNU shell\nii  libc6:amd64 2.36-9 amd64 libs\nii  tar 1.34 amd64 tar\n", "dpkg", 3),
    "lynis": ("# Lynis Report\nreport_version_major=1\nlynis_version=3.0.8\nhostname=sv03\nos_fullname=Debian 12\nhardening_index=61\nwarning[]=A|b|\nsuggestion[]=C|\nsuggestion[]=D|\nmalware_scanner_installed=0\ninstalled_packages_array=bash,5.2|tar,1.34|zip,3\n", "lynis", 3),
}  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
def test_lists_of_packages(tmp_path: Path, name: str) -> None:
    """Lists of rpm and dpkg and a Lynis report give the packages with epochs and releases."""
    text, source, count = TEXTS[name]
    reading = read(tmp_path, f"SV03.{name}", text)
    [(_, one)] = reading.machines
    assert (reading.source, len(one.software), one.hosts) == (source, count, ("sv03",))
    assert reading.refused == []


def test_a_list_of_no_known_machine_is_refused(
    tmp_path: Path, database: Database, clock: FixedClock
) -> None:
    """A list that does not say whose it is goes to the machine of the file's name, and to no other."""
    path = tmp_path / "SV03.txt"
    path.write_text(TEXTS["rpm"][0], encoding="utf-8")
    [report] = posture.load([path], database=database, clock=clock)
    assert [one.message for one in report.refused] == ["posture.row_unknown_machine"]
    ledger = tmp_path / "l.csv"
    ledger.write_text("管理番号,名称,ホスト名,IPアドレス\nX1,DB,SV03,10.0.0.1\n", encoding="utf-8")
    posture.load([ledger], database=database, clock=clock)
    [report] = posture.load([path], database=database, clock=clock)
    assert (report.added, report.refused) == (1, [])
    found = [one for one in posture.components(database) if one.kind == "software"]
    assert {one.asset for one in found} == {"X1"}
    assert "1:3.0.7-24.el9" in {one.version for one in found}


NMAP = """<?xml version="1.0"?><!DOCTYPE nmaprun><nmaprun scanner="nmap"><host starttime="1760000000">
<status state="up"/><address addr="10.9.0.7" addrtype="ipv4"/><address addr="00:1B:2C:3D:4E:5F" addrtype="mac" vendor="Yamaha"/>
<hostnames><hostname name="rtx.hosp.local"/></hostnames><ports><port protocol="tcp" portid="22"><state state="open"/>
<service name="ssh" product="OpenSSH" version="8.4p1"/></port><port protocol="tcp" portid="23"><state state="closed"/></port></ports></host>
<host><status state="down"/><address addr="10.9.0.8" addrtype="ipv4"/></host></nmaprun>"""


def test_the_network_as_tools_see_it(tmp_path: Path) -> None:
    """Nmap's XML, ARP tables and leases give machines by address; an entity in XML is never read."""
    one = machine(tmp_path, "n.xml", NMAP)
    assert (one.ips, one.macs, one.hosts) == (("10.9.0.7",), ("00:1b:2c:3d:4e:5f",), ("rtx",))
    assert one.facts["ports"] == [{"port": 22, "protocol": "tcp", "service": "ssh"}]
    assert one.software[0]["version"] == "8.4p1"
    windows = "インターフェイス: 10.0.0.5 --- 0x3\n  インターネット アドレス 物理アドレス 種類\n  10.0.0.1  00-11-22-33-44-55  動的\n  10.0.0.9  00-11-22-33-44-99  動的\n  224.0.0.22  01-00-5e-00-00-16  静的\n"
    found = read(tmp_path, "arp.txt", windows.encode("cp932"))
    assert [one.ips for _, one in found.machines] == [("10.0.0.1",), ("10.0.0.9",)]
    leases = (
        'lease 10.0.0.7 {\n hardware ethernet 00:11:22:33:44:77;\n client-hostname "NS-07";\n}\n'
    )
    assert machine(tmp_path, "dhcpd.leases", leases).hosts == ("ns-07",)
    evil = '<!DOCTYPE nmaprun [<!ENTITY x SYSTEM "file:///etc/passwd">]><nmaprun>&x;</nmaprun>'
    with pytest.raises(InvalidInputError, match="broken_xml"):
        read(tmp_path, "evil.xml", evil)


def test_reports_of_scanners(tmp_path: Path) -> None:
    """Trivy, Grype and vuls give packages and what was found in them."""
    trivy = {"ArtifactName": "emr:1.2", "ArtifactType": "container_image", "Metadata": {"OS": {"Family": "debian", "Name": "12.5"}}, "Results": [{"Class": "os-pkgs", "Packages": [{"Name": "openssl", "Version": "3.0.11", "Release": "1", "Identifier": {"PURL": "pkg:deb/debian/openssl@3.0.11-1?distro=debian-12.5"}}], "Vulnerabilities": [{"VulnerabilityID": "CVE-2024-0727", "PkgName": "openssl", "InstalledVersion": "3.0.11-1", "FixedVersion": "3.0.13-1"}]}]}  # fmt: skip
    one = machine(tmp_path, "t.json", json.dumps(trivy))
    assert (one.told["os"], one.software[0]["distribution"]) == ("debian 12.5", "debian:12")
    assert one.facts["holes"][0]["fixed_in"] == "3.0.13-1"
    grype = {"descriptor": {"name": "grype"}, "source": {"type": "image", "target": {"userInput": "pacs"}}, "distro": {"name": "alpine", "version": "3.19"}, "matches": [{"vulnerability": {"id": "CVE-1", "fix": {"versions": []}}, "artifact": {"name": "zlib", "version": "1.3", "purl": "pkg:apk/alpine/zlib@1.3"}}]}  # fmt: skip
    assert machine(tmp_path, "g.json", json.dumps(grype)).facts["holes"][0]["fixed_in"] is None
    vuls = {"jsonVersion": 4, "serverName": "sv09", "family": "rhel", "release": "9", "packages": {"bash": {"name": "bash", "version": "5.1", "release": "6"}}, "scannedCves": {"CVE-2": {"affectedPackages": [{"name": "bash", "fixedIn": "5.2"}]}}}  # fmt: skip
    one = machine(tmp_path, "v.json", json.dumps(vuls))
    assert one.facts["holes"] == [{"id": "CVE-2", "package": "bash", "version": "5.1-6", "fixed_in": "5.2"}]  # fmt: skip


def test_real_bills_of_materials() -> None:
    """Every real CycloneDX and SPDX bill is read, each component with its name and package URL."""
    if not BOMS.is_dir():
        missing("../shared/data/posture is not here")
    counted = {}
    for path in sorted([*(BOMS / "sbom-cyclonedx").iterdir(), *(BOMS / "sbom-spdx").iterdir()]):
        try:
            reading = read_source(path, path)
        except InvalidInputError as error:
            counted[path.name] = error.message
            continue
        assert reading is not None, path
        [(_, one)] = reading.machines
        counted[path.name] = str(len(one.software) + len(reading.refused))
    assert counted["juice-shop__via_npm__flat__bom.1.4.json"] == "1115"
    assert counted["laravel-7.12.0__bom.1.4.json"] == counted["laravel-7.12.0__bom.1.4.xml"] == "62"
    assert counted["keycloak-10.0.2__bom.json"] == "903"
    empty = {name for name, said in counted.items() if said == "posture.sbom_empty"}
    # Of these three the documents describe files, data and a model, and no package.
    assert {name.split("__")[-1] for name in empty} == {
        "sbom.spdx3.json", "example01.spdx3.json", "example7-bin.spdx3.json",
    }  # fmt: skip


def test_planted_faults_are_named(tmp_path: Path) -> None:
    """Faults of a bill are refused each by its name and place; the sound components are taken."""
    bom: dict[str, Any] = {
        "bomFormat": "CycloneDX", "specVersion": "1.5", "serialNumber": "urn:uuid:x",
        "metadata": {"component": {"name": "PumpWare", "type": "firmware", "version": "2", "supplier": {"name": "Acme"}}},
        "components": [
            {"type": "library", "name": "good", "version": "1", "bom-ref": "a", "purl": "pkg:npm/good@1"},
            {"type": "library", "name": ""},
            {"type": "libary", "name": "typo"},
            {"type": "library", "name": "twice", "bom-ref": "a"},
            {"type": "library", "name": "bad", "purl": "npm/bad@1"},
            {"type": "library", "name": "out", "components": [{"type": "file", "name": "in"}]},
        ],
        "dependencies": [{"ref": "a"}, {"ref": "gone"}],
    }  # fmt: skip
    reading = read(tmp_path, "b.json", json.dumps(bom))
    assert [(one.row, one.message) for one in reading.refused] == [
        (2, "posture.sbom_no_name"), (3, "posture.sbom_type"),
        (4, "posture.sbom_twice"), (5, "posture.sbom_purl"),
    ]  # fmt: skip
    assert {doubt.message for doubt in reading.doubts} == {"posture.sbom_serial", "posture.sbom_references"}  # fmt: skip
    [(_, one)] = reading.machines
    assert [piece["name"] for piece in one.software] == ["good", "out", "in"]
    assert (one.told["kind"], one.told["maker"]) == ("medical_device", "Acme")
    for broken, message in (
        ('{"bomFormat": "CycloneDX", "specVersion": "9"}', "sbom_version"),
        ('{"bomFormat": "CycloneDX", "specVersion": "1.5"}', "sbom_empty"),
        ('{"bomFormat": "CycloneDX",', "broken_json"),
        ("[" * 5000, "broken_json"),
    ):
        with pytest.raises(InvalidInputError, match=message):
            read(tmp_path, "x.json", broken)


ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["bomFormat", "specVersion", "components", "name", "packages", "spdxVersion", "Results", "ArtifactName", "matches", "descriptor", "hostIdentifier", "columns", "HotFixID", "AMServiceEnabled", "metadata", "component", "sekisho", "computer", "@graph", "@context"]), inner, max_size=5),
    max_leaves=12,
)  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(data=ANY)
def test_no_json_breaks_a_reader(tmp_path_factory: pytest.TempPathFactory, data: Any) -> None:
    """Whatever JSON a file holds, it is read, left to others, or refused."""
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_text(json.dumps(data), encoding="utf-8")
    with contextlib.suppress(InvalidInputError):
        read_source(path, path)


@given(st.text(max_size=30) | st.integers() | st.none())
def test_times_of_powershell(value: Any) -> None:
    """A time or age that is none is None, and none raises."""
    at = moment(value)
    assert at is None or at.tzinfo is not None
    assert age(NEVER) is None
    age(value)
