"""How a server speaks TLS, against a profile of CRYPTREC's guideline.

sslyze looks, in an environment of its own (it wants another ``cryptography``; decision 0003), as a
process that gives JSON; what departs from the profile is told here, each by its name.
"""

from __future__ import annotations

import datetime as dt
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from sekisho.errors import UnavailableError
from sekisho.posture.look.records import Said

ASKED = ("--certinfo", "--sslv2", "--sslv3", "--tlsv1", "--tlsv1_1", "--tlsv1_2", "--tlsv1_3", "--elliptic_curves", "--compression", "--reneg")  # fmt: skip
"""What is asked: handshakes only. The tests of known attacks are left out: they can upset old devices."""
PATIENCE = 180
_VERSIONS = {
    "ssl_2_0": "SSLv2", "ssl_3_0": "SSLv3", "tls_1_0": "TLSv1", "tls_1_1": "TLSv1.1",
    "tls_1_2": "TLSv1.2", "tls_1_3": "TLSv1.3",
}  # fmt: skip
_KEYS = {"RSAPublicKey": "rsa", "ECPublicKey": "ecdsa"}
_SECG = {"prime256v1": "secp256r1"}
"""Names of curves: ANSI X9.62 → SECG (RFC 8422, appendix A)."""


def program(told: str | None) -> Path | None:
    """Return sslyze: as told, of the system, of the installed version or of this checkout; None where there is none."""
    if told is not None:
        return Path(told) if Path(told).is_file() else None
    found = shutil.which("sslyze")
    prefix = Path(sys.prefix)
    beside = (prefix / "sslyze", prefix.parent / ".sslyze")
    if found is not None:
        return Path(found)
    return next((path for at in beside if (path := at / "bin" / "sslyze").is_file()), None)


def scan(sslyze: Path, servers: list[tuple[str, int]]) -> dict[tuple[str, int], Mapping[str, Any]]:
    """Return what sslyze says of each server; one that it could not reach is left out.

    Args:
        sslyze: The program.
        servers: Address and port of each.

    Raises:
        UnavailableError: It did not run to its end.
    """
    names = [f"[{address}]:{port}" if ":" in address else f"{address}:{port}" for address, port in servers]  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="sslyze-") as folder:
        out = Path(folder) / "out.json"
        command = [str(sslyze), "--mozilla_config=disable", f"--json_out={out}", *ASKED, *names]
        try:
            subprocess.run(  # noqa: S603 (the program of the configuration; addresses are parsed ones)
                command, capture_output=True, timeout=PATIENCE, check=False
            )
            results = orjson.loads(out.read_bytes())["server_scan_results"]
        except (OSError, ValueError, KeyError, subprocess.TimeoutExpired) as error:
            raise UnavailableError("posture.look.sslyze", reason=type(error).__name__) from error
    found: dict[tuple[str, int], Mapping[str, Any]] = {}
    for one in results:
        if one.get("scan_status") == "COMPLETED":
            place = one["server_location"]
            found[place["ip_address"] or place["hostname"], place["port"]] = one["scan_result"]
    return found


def departures(
    told: Mapping[str, Any], profile: Mapping[str, Any], now: dt.datetime
) -> tuple[Said, ...]:
    """Return each departure of a server from a profile, the gravest first.

    Args:
        told: What sslyze says of it.
        profile: In the form of Mozilla's profiles.
        now: The time, for certificates that ended.
    """
    return tuple(
        (f"posture.tls.{name}", {"names": ", ".join(values)})
        for name, values in (
            *_spoken(told, profile),
            *_certificate(told, profile, now),
            *_weak(told),
        )
        if values
    )


def _spoken(told: Mapping[str, Any], profile: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    versions: list[str] = []
    old: list[str] = []
    new: list[str] = []
    small: list[str] = []
    for name, written in _VERSIONS.items():
        result = _result(told, f"{name}_cipher_suites")
        if not result.get("is_tls_version_supported"):
            continue
        if written not in profile["tls_versions"]:
            versions.append(written)
        for accepted in result["accepted_cipher_suites"]:
            suite = accepted["cipher_suite"]["name"]
            (new if written == "TLSv1.3" else old).append(suite)
            key = accepted.get("ephemeral_key") or {}
            least = profile.get("dh_param_size")
            if least and key.get("type_name") == "DH" and key.get("size", least) < least:
                small.append(f"{suite} ({key['size']})")
    allowed = {_SECG.get(one, one) for one in profile["tls_curves"]}
    curves = [one["name"] for one in _result(told, "elliptic_curves").get("supported_curves") or ()]
    yield "versions", versions
    yield "suites", _beside([*old], profile["ciphers"]["iana"]) + _beside(new, profile["ciphersuites"])  # fmt: skip
    yield "dh", sorted(set(small))
    yield "curves", _beside(curves, allowed)


def _certificate(
    told: Mapping[str, Any], profile: Mapping[str, Any], now: dt.datetime
) -> Iterator[tuple[str, list[str]]]:
    for deployed in _result(told, "certificate_info").get("certificate_deployments", ()):
        leaf = deployed["received_certificate_chain"][0]
        key, signature = leaf["public_key"], leaf["signature_algorithm_oid"]["name"]
        kind = _KEYS.get(key["algorithm"], key["algorithm"])
        if kind not in profile["certificate_types"]:
            yield "certificate_type", [str(kind)]
        least = profile.get("rsa_key_size")
        if kind == "rsa" and least and key.get("key_size", least) < least:
            yield "rsa", [str(key["key_size"])]
        curves = {_SECG.get(one, one) for one in profile.get("certificate_curves", ())}
        if kind == "ecdsa" and key.get("ec_curve_name") not in curves:
            yield "certificate_curve", [str(key.get("ec_curve_name"))]
        if signature not in profile["certificate_signatures"]:
            yield "signature", [signature]
        ends = dt.datetime.fromisoformat(leaf["not_valid_after"])
        if ends < now:
            yield "ended", [ends.date().isoformat()]


def _weak(told: Mapping[str, Any]) -> Iterator[tuple[str, list[str]]]:
    if _result(told, "tls_compression").get("supports_compression"):
        yield "compression", ["DEFLATE"]
    if _result(told, "session_renegotiation").get("supports_secure_renegotiation") is False:
        yield "renegotiation", ["RFC 5746"]


def _result(told: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    return (told.get(name) or {}).get("result") or {}


def _beside(found: list[str], allowed: Any) -> list[str]:
    return sorted(set(found) - set(allowed))
