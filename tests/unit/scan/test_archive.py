"""What is in an archive is measured, whatever the archive says of itself."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.scan.clamd import zipped

from sekisho.scan import Why
from sekisho.scan.archive import look

LIMIT = 1000
_ZIP = zipped(("a.txt", b"text" * 9), ("b.bin", bytes(100)))


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, lzma.compress])
def test_packed_streams_are_measured(pack: object) -> None:
    """gzip, bzip2 and xz are unpacked to their end and no further than the limit."""
    assert callable(pack)
    assert look(io.BytesIO(pack(bytes(LIMIT))), LIMIT) is None
    assert look(io.BytesIO(pack(bytes(LIMIT + 1))), LIMIT) is Why.TOO_LARGE
    assert look(io.BytesIO(pack(zipped(("a", bytes(LIMIT + 1))))), LIMIT) is Why.TOO_LARGE


def test_a_size_that_lies_is_not_believed() -> None:
    """An entry that states ten bytes and unpacks to more than the limit is too large."""
    made = bytearray(zipped(("a", bytes(LIMIT + 1))))
    size = (LIMIT + 1).to_bytes(4, "little")
    assert made.count(size) == 2
    lying = bytes(made).replace(size, (10).to_bytes(4, "little"))
    with zipfile.ZipFile(io.BytesIO(lying)) as archive:
        assert archive.infolist()[0].file_size == 10

    assert look(io.BytesIO(lying), LIMIT) is Why.TOO_LARGE


def test_many_small_files_add_up() -> None:
    """Files that are small each are too large together, past eight times the limit."""
    assert look(io.BytesIO(zipped(*((f"{n}", bytes(LIMIT)) for n in range(8)))), LIMIT) is None
    many = zipped(*((f"{n}", bytes(LIMIT)) for n in range(9)))

    assert look(io.BytesIO(many), LIMIT) is Why.TOO_LARGE


@given(
    start=st.integers(0, len(_ZIP)),
    noise=st.binary(max_size=40),
    before=st.binary(max_size=20),
)
def test_whatever_bytes_come_there_is_an_answer(start: int, noise: bytes, before: bytes) -> None:
    """Any harm to an archive gives a reason or none, never an error, and the file is rewound."""
    file = io.BytesIO(before + _ZIP[:start] + noise + _ZIP[start + len(noise) :])

    assert look(file, LIMIT) in {None, *Why}
    assert file.tell() == 0


@given(
    st.binary(max_size=300), st.sampled_from([b"\x1f\x8b\x08", b"BZh9", b"\xfd7zXZ\0", b"PK\3\4"])
)
def test_a_head_alone_is_no_archive(body: bytes, head: bytes) -> None:
    """A head of an archive with any bytes after it is unreadable or measured, never an error."""
    assert look(io.BytesIO(head + body), LIMIT) in {None, *Why}
