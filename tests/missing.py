"""What a test cannot do for want of a real component: skipped by a workshop, failed by CI."""

from __future__ import annotations

import os
from typing import NoReturn

import pytest


def missing(why: str) -> NoReturn:
    """Say in `why` what is missing: here the test is skipped, with CI=true it fails."""
    if os.environ.get("CI") == "true":
        pytest.fail(why)
    pytest.skip(why)
