"""A standalone cluster: a master and two workers, each a process on an address of its own."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pyspark
import pytest
from tests.missing import missing
from tests.ports import free_port

HOME = Path(pyspark.__file__).parent
MEMORY = "700m"


def _start(part: str, folder: Path, *words: str) -> subprocess.Popen[bytes]:
    with (folder / f"{part}-{len(list(folder.iterdir()))}.log").open("wb") as log:
        return subprocess.Popen(
            [str(HOME / "bin" / "spark-class"), f"org.apache.spark.deploy.{part}", *words],
            stdout=log,
            stderr=subprocess.STDOUT,
            env={
                **os.environ,
                "SPARK_HOME": str(HOME),
                "SPARK_WORKER_DIR": str(folder / "work"),
                "SPARK_DAEMON_MEMORY": "300m",
            },
        )


@pytest.fixture(scope="session")
def master(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running cluster."""
    java = shutil.which("java")
    if java is None:
        missing("Java 17 is not here")
    os.environ.setdefault("JAVA_HOME", str(Path(str(java)).resolve().parent.parent))
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    folder = tmp_path_factory.mktemp("spark")
    conf = folder / "conf"
    conf.mkdir()
    (conf / "spark-defaults.conf").write_text(
        "spark.ui.enabled false\n"
        f"spark.executor.memory {MEMORY}\nspark.driver.host 127.0.0.1\n"
        "spark.default.parallelism 2\nspark.sql.shuffle.partitions 2\n"
        # Few rows and many queries: what a long run gains by compiling well is never gained here.
        "spark.driver.extraJavaOptions -XX:TieredStopAtLevel=1 -XX:+UseSerialGC\n"
        "spark.executor.extraJavaOptions -XX:TieredStopAtLevel=1 -XX:+UseSerialGC\n",
        encoding="utf-8",
    )
    os.environ["SPARK_CONF_DIR"] = str(conf)
    port = free_port()
    url = f"spark://127.0.0.1:{port}"
    parts = [
        _start("master.Master", folder, "--host", "127.0.0.1", "--port", str(port), "--webui-port", "0")
    ]  # fmt: skip
    parts += [
        _start(
            "worker.Worker", folder, "--host", host, "--cores", "1", "--memory", MEMORY,
            "--webui-port", "0", url,
        )
        for host in ("127.0.0.2", "127.0.0.3")
    ]  # fmt: skip
    try:
        _wait(folder)
        yield url
    finally:
        for part in parts:
            part.terminate()
        for part in parts:
            part.wait(60)


def _wait(folder: Path) -> None:
    until = time.monotonic() + 240
    while time.monotonic() < until:
        told = [path.read_text(errors="replace") for path in folder.glob("worker*.log")]
        if len(told) == 2 and all("Successfully registered with master" in one for one in told):
            return
        time.sleep(0.2)
    raise TimeoutError(
        "\n".join(path.read_text(errors="replace")[-2000:] for path in folder.glob("*.log"))
    )
