"""The agents of a FHIR AuditEvent: who is the person, which machine is the client, where it stood.

IHE BALP lets the sides change places with the operation: in a Read the client is the destination
of the data (110152) and the server its source (110153); in a Create, an Update and a Query the
client is the source (the body, the query come from it); in a Delete the client is an application
(110150) and the server the custodian.
"""

from __future__ import annotations

import ipaddress
import re
from typing import Any

from sekisho.terms import UserKind

MACHINES = {"110150", "110152", "110153"}
_NO_PERSON = {"PROV", "authserver", "homeCommunityId", "custodian", "110151", "dataprocessor"}
SOURCE, DESTINATION, APPLICATION = "110153", "110152", "110150"
_READS = {"read", "vread", "history", "history-instance"}
_LONGEST = 500


def listed(value: Any) -> list[Any]:
    """Return `value` as a list; none is empty."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def coded(concept: Any) -> list[str]:
    """Return the codes of a Coding or a CodeableConcept."""
    if not isinstance(concept, dict):
        return []
    codes = [str(one["code"]) for one in listed(concept.get("coding")) if "code" in one]
    return [*codes, str(concept["code"])] if isinstance(concept.get("code"), str) else codes


def referred(text: str) -> tuple[str, str | None]:
    """Return the id and the server of a FHIR reference."""
    bare = text.split("/_history/", maxsplit=1)[0].rstrip("/")
    found = re.search(r"(?:^|(.*)/)([A-Za-z]+)/([^/]+)\Z", bare)
    if found is None:
        return bare.removeprefix("urn:uuid:"), None
    return found.group(3), found.group(1) or None


def is_machine_name(name: str) -> bool:
    """Return whether `name` is a machine's: an address, ``facility|application``, a host."""
    bare = name.strip()
    if not bare or bare.casefold() in {"unknown", "anonymous", "-", "n/a", "none"}:
        return True
    if "|" in bare or "://" in bare or bare.startswith("/") or bare.endswith("$"):
        return True
    try:
        ipaddress.ip_address(bare.split("%")[0])
    except ValueError:
        return False
    return True


def person(event: dict[str, Any]) -> tuple[str | None, UserKind, dict[str, Any], bool]:
    """Return the person's id, the kind, the agent, and whether only a name was given."""
    agents = [agent for agent in listed(event.get("agent")) if isinstance(agent, dict)]
    ranked: list[tuple[int, dict[str, Any]]] = []
    for agent in agents:
        codes = _roles(agent)
        machine = bool(codes & (MACHINES | _NO_PERSON))
        asked = agent.get("requestor") is True
        if codes & {"humanuser"}:
            ranked.append((0 if asked else 2, agent))
        elif asked and not machine:
            ranked.append((1, agent))
        elif asked and codes & MACHINES and agent.get("name"):
            ranked.append((3, agent))
    for _, agent in sorted(ranked, key=lambda one: one[0]):
        user, named = _who(agent)
        if user is None:
            return None, UserKind.UNKNOWN, agent, False
        if not is_machine_name(user):
            return user[:_LONGEST], UserKind.PERSON, agent, named
    return None, UserKind.SYSTEM, agents[0] if agents else {}, False


def _who(agent: dict[str, Any]) -> tuple[str | None, bool]:
    who = agent.get("who") or {}
    identifier = (who.get("identifier") or {}).get("value")
    if identifier:
        return str(identifier), False
    if who.get("reference"):
        kind = str(who["reference"]).split("/")[-2:-1]
        if kind not in (["Device"], ["Organization"]):
            return referred(str(who["reference"]))[0], False
        return "unknown", False
    if agent.get("altId"):
        return str(agent["altId"]), False
    # The only thing that says who: kept as the id it stands for, and counted as a doubt.
    name = who.get("display") or agent.get("name")
    return (str(name), True) if name else (None, False)


def session(agent: dict[str, Any]) -> str | None:
    """Return the token by which a person signed in, where the agent is one of that kind."""
    codes = set(coded(agent.get("type")))
    policy = listed(agent.get("policy"))
    if policy and codes & {"UserOauthAgent", "UserSamlAgent"}:
        return str(policy[0])[:_LONGEST]
    return None


def terminal(event: dict[str, Any], own: dict[str, Any], codes: list[str]) -> str | None:
    """Return where the person `own` sat: their own address, else the client's, never the server's.

    Args:
        event: The AuditEvent.
        own: The agent that is the person.
        codes: The event's codes; they and its action say on which side the client is.
    """
    address = _address(own)
    if address:
        return address
    client, server = _sides(event, codes)
    hosts = [
        (_roles(agent), host)
        for agent in listed(event.get("agent"))
        if isinstance(agent, dict) and (host := _host(agent))
    ]
    there = [host for roles, host in hosts if client in roles]
    other = [host for roles, host in hosts if server not in roles]
    return next(iter([*there, *other]), None)


def _sides(event: dict[str, Any], codes: list[str]) -> tuple[str, str]:
    """Return the role of the client and that of the server (IHE BALP, see above)."""
    action = str(event.get("action") or "").upper()
    if action == "D" and any(APPLICATION in _roles(one) for one in listed(event.get("agent"))):
        return APPLICATION, "custodian"
    moved = any(code.isdigit() for code in codes)
    if (action == "R" and not moved) or (_READS & set(codes) and not moved):
        return DESTINATION, SOURCE
    return SOURCE, DESTINATION


def _roles(agent: Any) -> set[str]:
    if not isinstance(agent, dict):
        return set()
    codes = set(coded(agent.get("type")))
    return codes | {code for role in listed(agent.get("role")) for code in coded(role)}


def _address(agent: dict[str, Any]) -> str | None:
    network = agent.get("network") or {}
    address = network.get("address") or agent.get("networkString") or agent.get("networkUri")
    return str(address)[:_LONGEST] if address else None


def _host(agent: dict[str, Any]) -> str | None:
    """Return an agent's address where it is no URL: those are services', not places."""
    network = agent.get("network") or {}
    address = _address(agent)
    url = str(network.get("type")) == "5" or "://" in (address or "")
    return None if url else address
