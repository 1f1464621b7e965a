"""What is tried past the gate, what an answer means, and that a result is read with distrust."""

from __future__ import annotations

import contextlib
import copy
import datetime as dt
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sekisho.errors import InvalidInputError
from sekisho.gate.config import Route
from sekisho.gate.probe import (
    Answer,
    Plan,
    Reached,
    Tried,
    Try,
    answer_of,
    leads_to_login,
    plan_here,
    plan_ward,
)
from sekisho.gate.probe_script import powershell, sh
from sekisho.gate.probed import GOOD, State, evidence, findings, read_result, state
from sekisho.terms import Gravity, Result

NOW = dt.datetime(2026, 11, 28, 12, tzinfo=dt.UTC)
YES, NO = Reached.YES, Reached.NO


def _route(upstream: str = "http://10.0.0.5:8042", **more: Any) -> Route:
    return Route(
        **{
            "name": "pacs",
            "origin": "https://pacs.hospital.example",
            "upstream": upstream,
            "adapter": "dicomweb",
            "base": "/dicom-web",
            **more,
        }
    )


def _result(**more: Any) -> dict[str, Any]:
    """Return what a script writes at a ward that reaches nothing but the gate."""
    closed = {"path": "/dicom-web/studies?limit=1", "reached": "no", "status": 0, "login": False}
    system = {
        "system": "pacs",
        "address": "http://10.0.0.5:8042",
        "gate": {"path": "/", "reached": "yes", "status": 302, "login": True},
        "tried": [closed],
    }
    return {
        "format": "sekisho-probe",
        "version": 1,
        "made_at": "2026-11-28T11:00:00Z",
        "machine": "3E-1",
        "systems": [system],
        **more,
    }


def _read(path: Path, result: Any, route: Route | None = None) -> Any:
    path.write_bytes(result if isinstance(result, bytes) else json.dumps(result).encode())
    return read_result(path, [route or _route()], here="sekisho-gate.hospital.example", now=NOW)


FHIR = Plan(
    "fhir", "http://10.0.0.7:80", (Try("/metadata", patients=False), Try("/Patient", patients=True))
)


@pytest.mark.parametrize(
    ("metadata", "search", "expected"),
    [
        (Tried("/metadata", NO), Tried("/Patient", NO), Answer.UNREACHABLE),
        (Tried("/metadata", YES, 401), Tried("/Patient", YES, 401), Answer.ASKS),
        # FHIR's /metadata shows no patient: it alone is not "open".
        (Tried("/metadata", YES, 200), Tried("/Patient", YES, 403), Answer.ASKS),
        (Tried("/metadata", YES, 200), Tried("/Patient", YES, 302, login=True), Answer.ASKS),
        (Tried("/metadata", YES, 200), Tried("/Patient", YES, 200), Answer.OPEN),
        (Tried("/metadata", YES, 401), Tried("/Patient", YES, 204), Answer.OPEN),
        (Tried("/metadata", NO), Tried("/Patient", YES, 200), Answer.OPEN),
        # Neither closed nor open: nothing is proved.
        (Tried("/metadata", YES, 200), Tried("/Patient", YES, 404), Answer.UNCLEAR),
        (Tried("/metadata", YES, 401), Tried("/Patient", YES, 500), Answer.UNCLEAR),
        (Tried("/metadata", YES, 401), Tried("/Patient", YES, 302), Answer.UNCLEAR),
        (Tried("/metadata", YES, 401), Tried("/Patient", YES), Answer.UNCLEAR),
        (Tried("/metadata", YES), Tried("/Patient", YES), Answer.UNCLEAR),
        (
            Tried("/metadata", Reached.UNRESOLVED),
            Tried("/Patient", Reached.UNRESOLVED),
            Answer.UNRESOLVED,
        ),
    ],
)
def test_an_answer_is_good_only_where_it_is_sure(
    metadata: Tried, search: Tried, expected: Answer
) -> None:
    """Not reached and asked for credentials are proofs; whatever else came back is open or not checked."""
    assert answer_of(FHIR, [metadata, search], YES) is expected


def test_not_reaching_counts_only_where_the_gate_is_reached() -> None:
    """A PC without its network reaches nothing, and proves nothing."""
    tried = [Tried("/metadata", NO), Tried("/Patient", NO)]
    assert answer_of(FHIR, tried, YES) is Answer.UNREACHABLE
    assert answer_of(FHIR, tried, NO) is Answer.ASTRAY
    assert answer_of(FHIR, tried, Reached.UNRESOLVED) is Answer.ASTRAY


@pytest.mark.parametrize(
    ("location", "login"),
    [
        ("/login", True),
        ("https://idp.hospital.example/realms/x/protocol/openid-connect/auth?x=1", True),
        ("Account/LogOn", True),
        ("/app/explorer.html", False),
        ("/processor?next=/login", False),
        ("", False),
    ],
)
def test_a_redirection_asks_only_where_it_leads_to_a_sign_in(location: str, login: bool) -> None:
    """The way to a sign-in page asks for credentials; any other redirection does not."""
    assert leads_to_login("http://10.0.0.7:80", location) is login


def test_a_system_of_this_machine_is_tried_at_the_gates_name() -> None:
    """A loopback address would be the ward's own PC; where both names are local nothing can be tried."""
    near = plan_ward(_route("http://127.0.0.1:8042"))
    assert near is not None
    assert near.address == "http://pacs.hospital.example:8042"
    assert plan_here(_route("http://127.0.0.1:8042")).address == "http://127.0.0.1:8042"
    assert plan_ward(_route("http://[::1]:8042", origin="http://pacs.localhost:8701")) is None
    far = plan_ward(_route("https://pacs-inner"))
    assert far is not None
    assert far.address == "https://pacs-inner:443"


@pytest.mark.parametrize("write", [sh, powershell])
def test_a_script_holds_no_secret_and_only_what_is_tried(
    write: Callable[[list[Plan]], str], tmp_path: Path
) -> None:
    """Both scripts are ASCII, name each address and path, and no password that stood in an address."""
    (tmp_path / "map.toml").write_text(
        '[[rule]]\npath = "/it\'s"\n[[rule]]\npath = "/chart/(?P<patient>[0-9]{5})"\n'
        '[[rule]]\npath = "/menu"\npatient = "none"\n[[rule]]\npath = "/w"\nact = "write"\n',
        encoding="utf-8",
    )
    web = _route(
        "http://user:hi-mi-tsu@10.0.0.8:8000",
        name="orca",
        adapter="web",
        base="",
        map=tmp_path / "map.toml",
    )
    plans = [plan for plan in map(plan_ward, (_route(), web)) if plan is not None]
    assert plans[1].tries == (
        Try("/", patients=False),
        Try("/it's", patients=True),
        Try("/chart/", patients=False),
        Try("/menu", patients=False),
    )
    text = write(plans)
    assert text.isascii()
    assert "hi-mi-tsu" not in text
    assert "@" not in text.replace("@'", "").replace("'@", "").replace("@(", "").replace(
        "@{", ""
    ).replace('"$@"', "")
    for each in plans:
        assert each.address in text
        assert each.gate in text
    assert "/dicom-web/studies?limit=1" in text
    assert "/chart/" in text
    assert "SYSTEMS" not in text


def test_the_windows_script_keeps_to_powershell_5(tmp_path: Path) -> None:
    """Nothing in it is newer than Windows PowerShell 5.1; quotes in a path end no string."""
    plan = Plan(
        "a", "http://10.0.0.5:80", (Try("/it's/$x", patients=True),), "https://gate.example"
    )
    text = powershell([plan])
    assert "@('/it''s/$x')" in text
    for newer in (
        "-SkipCertificateCheck",
        "??",
        "?.",
        "&&",
        "||",
        "-AsHashtable",
        "ForEach-Object -P",
    ):
        assert newer not in text


def test_a_good_result_is_a_proof_for_three_months(tmp_path: Path) -> None:
    """A result of a ward becomes evidence with its PC, its bearer and its end, with or without a mark of Windows."""
    for raw in (json.dumps(_result()).encode(), b"\xef\xbb\xbf" + json.dumps(_result()).encode()):
        found = _read(tmp_path / "r.json", raw)
        assert dict(found.answers) == {"pacs": Answer.UNREACHABLE}
        (proof,) = evidence(found, [_route()], by="S1")
        assert (proof.result, proof.by, proof.args["machine"]) == (Result.YES, "S1", "3E-1")
        assert proof.checked_at == NOW - dt.timedelta(hours=1)
        assert proof.valid_until == proof.checked_at + GOOD
        assert state(_route(), [proof], NOW) == (State.GOOD, proof)
        assert findings([_route()], [proof], NOW) == []
        # The same system at another address was never tried.
        assert state(_route("http://10.0.0.99:8042"), [proof], NOW)[0] is State.NEVER


def test_one_open_pc_outweighs_the_others(tmp_path: Path) -> None:
    """What is open from one PC stays an urgent line whatever another PC says, until that PC says otherwise."""
    opened = _result(machine="X-RAY", made_at="2026-11-01T00:00:00Z")
    opened["systems"][0]["tried"][0] |= {"reached": "yes", "status": 200}
    (bad,) = evidence(_read(tmp_path / "a.json", opened), [_route()], by="S1")
    (good,) = evidence(_read(tmp_path / "b.json", _result()), [_route()], by="S1")
    assert bad.subject != good.subject
    (line,) = findings([_route()], [good, bad], NOW)
    assert (line.key, line.gravity, line.args["machine"]) == (
        "gate.probe.pacs",
        Gravity.URGENT,
        "X-RAY",
    )
    later = NOW + 2 * GOOD
    assert state(_route(), [good, bad], later) == (State.OPEN, bad)
    assert state(_route(), [good], later) == (State.OLD, good)


def _system(key: str, value: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda tree: tree["systems"][0].__setitem__(key, value)


def _tried(key: str, value: Any) -> Callable[[dict[str, Any]], Any]:
    return lambda tree: tree["systems"][0]["tried"][0].__setitem__(key, value)


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lambda tree: tree.clear(), "not_ours"),
        (lambda tree: tree.update(format="other"), "not_ours"),
        (lambda tree: tree.update(version=2), "version"),
        (lambda tree: tree.update(made_at="yesterday"), "not_ours"),
        (lambda tree: tree.update(made_at="2026-11-28T11:00:00"), "not_ours"),
        (lambda tree: tree.update(made_at="2026-11-28T13:00:00Z"), "ahead"),
        (lambda tree: tree.update(made_at="2026-08-01T00:00:00Z"), "too_old"),
        (lambda tree: tree.update(machine=""), "machine"),
        (lambda tree: tree.update(machine="x" * 41), "machine"),
        (lambda tree: tree.update(machine="3E\u202e1"), "machine"),
        (lambda tree: tree.update(machine=7), "not_ours"),
        (lambda tree: tree.update(machine="SEKISHO-GATE"), "own_machine"),
        (lambda tree: tree.update(systems=[]), "not_ours"),
        (lambda tree: tree["systems"].append(copy.deepcopy(tree["systems"][0])), "not_ours"),
        (_system("system", "fhir"), "other_systems"),
        (_system("address", "http://10.0.0.6:8042"), "other_systems"),
        (_system("tried", []), "other_systems"),
        (_system("gate", None), "not_ours"),
        (_tried("path", "/dicom-web/studies"), "other_systems"),
        (_tried("status", "200"), "not_ours"),
        (_tried("status", None), "not_ours"),
        (_tried("status", 200), "not_ours"),  # an answer without a connection
        (_tried("reached", "maybe"), "not_ours"),
        (_tried("login", 0), "not_ours"),
    ],
)
def test_a_result_that_proves_nothing_is_refused(
    tmp_path: Path, harm: Callable[[dict[str, Any]], Any], message: str
) -> None:
    """A result that is harmed, foreign, of another time or of the gate itself is refused, and says why."""
    tree = _result()
    harm(tree)
    with pytest.raises(InvalidInputError, match=f"gate.probe.{message}"):
        _read(tmp_path / "r.json", tree)


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff\xfe{\x00", b"[]", b" " * (300 << 10), b"7"])
def test_what_is_no_json_of_ours_is_refused(tmp_path: Path, raw: bytes) -> None:
    """Bytes that are no result are refused, however large."""
    with pytest.raises(InvalidInputError, match=r"gate\.probe\.not_ours"):
        _read(tmp_path / "r.json", raw)
    with pytest.raises(InvalidInputError, match=r"gate\.probe\.unreadable"):
        read_result(tmp_path / "none.json", [_route()], here="g", now=NOW)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 1000) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["system", "path", "reached", "status", "tried", "gate", "address"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(key=st.sampled_from([*_result(), "other"]), value=_JSON)
def test_no_result_breaks_the_reader(
    tmp_path_factory: pytest.TempPathFactory, key: str, value: Any
) -> None:
    """Whatever stands in a result, it is read as itself or refused in a sentence."""
    path = tmp_path_factory.getbasetemp() / "any.json"
    with contextlib.suppress(InvalidInputError):
        assert set(_read(path, _result(**{key: value})).answers) == {"pacs"}
