#!/usr/bin/python3 -I
"""Keeps the networks that Sekisho shuts out in a set of the packet filter (nftables), and does nothing else.

Sekisho itself has no right over the network. This program has that one (CAP_NET_ADMIN) and takes
only, on a Unix socket, from one user:

    ban 192.0.2.7/32 600        a network and whole seconds, one a line
    end                         the list is whole: it takes the place of the one before

It answers ``refused NETWORK`` for each that it never bans (its own list, this machine, anything
wider than /24 or /48), then ``done COUNT`` or ``failed``. Each ban ends by itself in the kernel,
also where nobody ever asks again.

    ban.py --socket /run/sekisho-ban/socket --user sekisho [--never /etc/sekisho-ban/never]

``never`` holds one network a line. Needs Python 3.11 and nft; reads no other file, opens no port.
"""

from __future__ import annotations

import argparse
import contextlib
import grp
import ipaddress
import os
import pwd
import re
import socket
import struct
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

LINE = re.compile(r"ban ([0-9a-f.:]{2,43}/[0-9]{1,3}) ([1-9][0-9]{0,6})")
MOST, LONGEST, PATIENCE = 10_000, 1 << 20, 10.0
WIDEST = {4: 24, 6: 48}
"""No ban is wider than this: a mistake may cost a street, never the Internet."""
NFT = "/usr/sbin/nft"
Network = ipaddress.IPv4Network | ipaddress.IPv6Network
ALWAYS = tuple(ipaddress.ip_network(one) for one in ("127.0.0.0/8", "::/64", "fe80::/10", "224.0.0.0/4", "ff00::/8", "0.0.0.0/8"))  # fmt: skip
TABLE = """table inet sekisho {{}}
delete table inet sekisho
table inet sekisho {{
 set never4 {{ type ipv4_addr; flags interval; auto-merge; {never4} }}
 set never6 {{ type ipv6_addr; flags interval; auto-merge; {never6} }}
 set banned4 {{ type ipv4_addr; flags interval, timeout; auto-merge; }}
 set banned6 {{ type ipv6_addr; flags interval, timeout; auto-merge; }}
 chain refuse {{
  iif "lo" return
  fib saddr type local return
  ip saddr @never4 return
  ip6 saddr @never6 return
  ip saddr @banned4 drop
  ip6 saddr @banned6 drop
 }}
 chain input {{ type filter hook input priority -10; policy accept; jump refuse; }}
 chain forward {{ type filter hook forward priority -10; policy accept; jump refuse; }}
}}
"""


def main() -> int:
    """Serve until ended; 2 where the packet filter does not take the table."""
    asked = argparse.ArgumentParser(description="keeps banned networks in nftables")
    asked.add_argument("--socket", required=True, type=Path)
    asked.add_argument("--user", required=True, help="who may hand lists over: a name or a number")
    asked.add_argument("--never", type=Path, help="networks that are never banned, one a line")
    given = asked.parse_args()
    never = (*ALWAYS, *(_read(given.never) if given.never else ()))
    uid, gid = _user(given.user)
    if not _nft(TABLE.format(never4=_elements(never, 4), never6=_elements(never, 6))):
        return 2
    given.socket.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as door:
        door.bind(str(given.socket))
        # Without the right to give files away, the unit's own group is how the user comes in.
        with contextlib.suppress(PermissionError):
            os.chown(given.socket, -1, gid)
        given.socket.chmod(0o660)
        door.listen(4)
        while True:
            with contextlib.closing(door.accept()[0]) as one:
                one.settimeout(PATIENCE)
                with contextlib.suppress(OSError):
                    one.sendall(_answer(one, uid, never))


def _answer(one: socket.socket, uid: int, never: Sequence[Network]) -> bytes:
    peer = struct.unpack("3i", one.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12))[1]
    lines = _lines(one) if peer == uid else None
    if lines is None:
        return b"failed\n"
    bans: dict[Network, int] = {}
    refused = []
    for network, seconds in lines:
        wide = network.prefixlen < WIDEST[network.version]
        if wide or any(network.version == other.version and network.overlaps(other) for other in never):  # fmt: skip
            refused.append(f"refused {network}\n")
        else:
            bans[network] = max(seconds, bans.get(network, 0))
    text = "flush set inet sekisho banned4\nflush set inet sekisho banned6\n"
    for network, seconds in _apart(bans):
        text += (
            f"add element inet sekisho banned{network.version} {{ {network} timeout {seconds}s }}\n"
        )
    done = f"done {len(bans)}\n" if _nft(text) else "failed\n"
    return ("".join(refused) + done).encode()


def _apart(bans: dict[Network, int]) -> list[tuple[Network, int]]:
    """Return the bans without those that a wider one holds: a set of ranges takes no overlaps."""
    kept: list[tuple[Network, int]] = []
    for network, seconds in sorted(bans.items(), key=lambda each: each[0].prefixlen):
        if not any(network.version == wide.version and network.overlaps(wide) for wide, _ in kept):
            kept.append((network, seconds))
    return kept


def _lines(one: socket.socket) -> list[tuple[Network, int]] | None:
    """Return a whole list, None where anything in it is not in its form: then nothing is changed."""
    held = b""
    while not held.endswith(b"\nend\n") and held != b"end\n":
        part = one.recv(65536)
        if not part or len(held) + len(part) > LONGEST:
            return None
        held += part
    found: list[tuple[Network, int]] = []
    for line in held.decode("ascii", "replace").split("\n")[:-2]:
        matched = LINE.fullmatch(line)
        if matched is None or len(found) >= MOST:
            return None
        try:
            found.append((ipaddress.ip_network(matched[1]), int(matched[2])))
        except ValueError:
            return None
    return found


def _elements(never: Sequence[Network], version: int) -> str:
    named = ", ".join(str(one) for one in ipaddress.collapse_addresses(o for o in never if o.version == version))  # type: ignore[type-var]  # fmt: skip
    return f"elements = {{ {named} }}" if named else ""


def _nft(text: str) -> bool:
    """Give `text`, made of addresses and numbers alone, to nft as one step: all of it or nothing."""
    done = subprocess.run([NFT, "-f", "-"], input=text.encode(), capture_output=True, check=False)  # noqa: S603
    if done.returncode:
        sys.stderr.write(done.stderr.decode("utf-8", "replace")[:2000])
    return done.returncode == 0


def _read(path: Path) -> list[Network]:
    lines = (line.partition("#")[0].strip() for line in path.read_text("ascii").splitlines())
    return [ipaddress.ip_network(line) for line in lines if line]


def _user(told: str) -> tuple[int, int]:
    if told.isdecimal():
        return int(told), os.getgid()
    known = pwd.getpwnam(told)
    return known.pw_uid, grp.getgrgid(known.pw_gid).gr_gid


if __name__ == "__main__":
    sys.exit(main())
