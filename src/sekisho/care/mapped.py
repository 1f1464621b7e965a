"""What is made of each distinct value of an Arrow column: a year of lists has few different words."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

_BETWEEN = "\x1f"
_NONE = "\x00"


def mapped(column: pa.ChunkedArray, told: Callable[[Any], str | None]) -> pa.ChunkedArray:
    """Return a column of texts: `told` of each value, asked once for each distinct one; null stays null."""
    import pyarrow as pa  # noqa: PLC0415 (20 MB: the gate, which asks for ties, needs none)
    import pyarrow.compute as pc  # noqa: PLC0415 (20 MB: the gate, which asks for ties, needs none)

    coded = pc.dictionary_encode(column).combine_chunks()
    words = pa.array([told(value) for value in coded.dictionary.to_pylist()], pa.string())
    return pa.chunked_array([words.take(coded.indices)])


def mapped_pair(
    one: pa.ChunkedArray,
    other: pa.ChunkedArray,
    told: Callable[[str | None, str | None], str | None],
) -> pa.ChunkedArray:
    """Return `told` of each row's two texts, either of which may be null."""
    import pyarrow.compute as pc  # noqa: PLC0415 (20 MB: the gate, which asks for ties, needs none)

    both: pa.ChunkedArray = pc.binary_join_element_wise(
        pc.fill_null(one, _NONE), pc.fill_null(other, _NONE), _BETWEEN
    )

    def apart(text: str) -> str | None:
        first, second = (None if part == _NONE else part for part in text.split(_BETWEEN, 1))
        return told(first, second)

    return mapped(both, apart)
