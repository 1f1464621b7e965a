"""Run a command where loopback is all there is: ``python closed.py COMMAND…`` inside ``unshare -n``."""

from __future__ import annotations

import fcntl
import os
import socket
import struct
import sys

GET_FLAGS, SET_FLAGS, UP = 0x8913, 0x8914, 0x1
"""SIOCGIFFLAGS, SIOCSIFFLAGS and IFF_UP of <linux/if.h>."""
ELSEWHERE = ("192.0.2.1", 443)
"""An address of the block for documentation (RFC 5737)."""


def loopback_up() -> None:
    """Wake the loopback of this network namespace."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        ask = struct.pack("16sH14x", b"lo", 0)
        flags = struct.unpack("16sH14x", fcntl.ioctl(line, GET_FLAGS, ask))[1]
        fcntl.ioctl(line, SET_FLAGS, struct.pack("16sH14x", b"lo", flags | UP))


def no_way_out() -> bool:
    """Whether this machine has no route to anywhere else."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        try:
            line.connect(ELSEWHERE)
        except OSError:
            return True
    return False


if __name__ == "__main__":
    loopback_up()
    os.execvp(sys.argv[1], sys.argv[1:])
