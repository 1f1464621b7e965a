"""OpenSCAP's results and the leases of a Windows DHCP server become machines."""

from __future__ import annotations

from pathlib import Path

import pytest

from sekisho.errors import InvalidInputError
from sekisho.posture.records import Reading
from sekisho.posture.sources import read_source

RESULT = """<TestResult xmlns="http://checklists.nist.gov/xccdf/1.2" id="t" end-time="2026-11-01T10:00:00+09:00">
<profile idref="standard"/><target>app01.example.jp</target><target-address>127.0.0.1</target-address>
<target-address>192.0.2.7</target-address><target-facts>
<fact name="urn:xccdf:fact:asset:identifier:mac" type="string">00:00:00:00:00:00</fact>
<fact name="urn:xccdf:fact:asset:identifier:mac" type="string">02:00:5E:00:00:07</fact></target-facts>
<rule-result idref="r1" severity="high"><result>fail</result></rule-result>
<rule-result idref="r2" severity="low"><result>fail</result></rule-result>
<rule-result idref="r3" severity="high"><result>pass</result></rule-result>
<score system="urn:xccdf:scoring:default">66.5</score></TestResult>"""
BENCHMARK = f'<Benchmark xmlns="http://checklists.nist.gov/xccdf/1.2" id="b">{RESULT}</Benchmark>'
ARF = f'<a:asset-report-collection xmlns:a="http://scap.nist.gov/schema/asset-reporting-format/1.1"><a:reports><a:report><a:content>{RESULT}</a:content></a:report></a:reports></a:asset-report-collection>'
POWERSHELL = """#TYPE Microsoft.Management.Infrastructure.CimInstance#root/Microsoft/Windows/DHCP/DhcpServerv4Lease
"IPAddress","ScopeId","AddressState","ClientId","HostName","LeaseExpiryTime"
"192.0.2.11","192.0.2.0","Active","02-00-5e-00-00-11","pc11.example.jp","2026/12/01 10:00:00"
"192.0.2.12","192.0.2.0","ActiveReservation","02-00-5e-00-00-12","",""
"192.0.2.13","192.0.2.0","Expired","02-00-5e-00-00-13","pc13","2026/01/01 10:00:00"
"192.0.2.14","192.0.2.0","Active","not a mac","pc14","2026/12/01 10:00:00"
"""
CONSOLE = "クライアント IP アドレス\t名前\tリースの有効期限\t種類\t一意の ID\t説明\n192.0.2.11\tpc11\t2026/12/01\tDHCP\t02005e000011\t\n"


def given(folder: Path, text: str, encoding: str = "utf-8") -> Reading | None:
    """Return what is read of a file with `text`."""
    (folder / "given").write_text(text, encoding=encoding)
    return read_source(folder / "given", folder / "given")


@pytest.mark.parametrize("text", [BENCHMARK, ARF])
def test_openscap_results_are_of_a_machine(tmp_path: Path, text: str) -> None:
    """XCCDF results and ARF give the machine, its own addresses, and which grave rules failed."""
    reading = given(tmp_path, text)
    assert reading is not None
    [(_, machine)] = reading.machines
    assert (machine.ips, machine.macs) == (("192.0.2.7",), ("02:00:5e:00:00:07",))
    assert machine.facts["openscap"]["results"] == {"fail": 2, "pass": 1}
    assert machine.facts["openscap"]["failed_high"] == ["r1"]
    assert machine.seen_at is not None
    with pytest.raises(InvalidInputError):
        given(tmp_path, '<!DOCTYPE x [<!ENTITY e "x">]>' + text.replace("app01", "&e;"))


def test_leases_of_a_windows_server_are_machines(tmp_path: Path) -> None:
    """The command's CSV and the console's list give who has an address now; a row without one is refused."""
    reading = given(tmp_path, POWERSHELL)
    assert reading is not None
    assert [one.ips[0] for _, one in reading.machines] == ["192.0.2.11", "192.0.2.12"]
    assert [one.row for one in reading.refused] == [4]
    reading = given(tmp_path, CONSOLE, "cp932")
    assert reading is not None
    [(_, machine)] = reading.machines
    assert (machine.macs, machine.hosts) == (("02:00:5e:00:00:11",), ("pc11",))
