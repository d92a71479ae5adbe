"""The real Prometheus and Alertmanager (Debian packages), started for a test."""

from __future__ import annotations

import json
import socket
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

PROGRAMS = ("prometheus", "promtool", "prometheus-alertmanager")
Values = Mapping[str, Iterable[float | str | None]]  # series: values, the last one of ``now``
EVERY = timedelta(seconds=30)


def free_port() -> int:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return int(taken.getsockname()[1])


def backfill(folder: Path, values: Values, now: datetime) -> None:
    """Samples into the store of a Prometheus that is not running yet; None is a gap."""
    lines = [row for series, told in values.items() for row in _rows(series, list(told), now)]
    names = dict.fromkeys(series.partition("{")[0] for series in values)
    text = [f"# TYPE {name} gauge" for name in names]
    for name in names:  # a family stands together
        place = text.index(f"# TYPE {name} gauge") + 1
        text[place:place] = [row for row in lines if row.partition("{")[0] == name]
    file = folder / "samples.txt"
    file.write_text("\n".join([*text, "# EOF", ""]), encoding="utf-8")
    made = [
        "promtool",
        "tsdb",
        "create-blocks-from",
        "openmetrics",
        str(file),
        str(folder / "data"),
    ]
    subprocess.run(made, check=True, capture_output=True)


def _rows(series: str, told: list[float | str | None], now: datetime) -> Iterator[str]:
    first = now - EVERY * (len(told) - 1)
    for place, value in enumerate(told):
        if value is not None:
            yield f"{series} {value} {(first + EVERY * place).timestamp():.0f}"


@contextmanager
def prometheus(folder: Path, config: str = "") -> Iterator[str]:
    """Its address. ``config`` says what else than nothing it does."""
    file = folder / "prometheus.yml"
    file.write_text(config or "global: {scrape_interval: 1m}\n", encoding="utf-8")
    port = free_port()
    words = [
        "prometheus",
        f"--config.file={file}",
        f"--storage.tsdb.path={folder / 'data'}",
        "--storage.tsdb.retention.time=100y",
        "--rules.alert.resend-delay=1s",
        f"--web.listen-address=127.0.0.1:{port}",
        "--log.level=error",
    ]
    with _running(words, f"http://127.0.0.1:{port}") as url:
        yield url


@contextmanager
def alertmanager(folder: Path, receiver: str) -> Iterator[str]:
    """Its address. It tells ``receiver`` (a URL) of every group at once."""
    config = {
        "route": {"receiver": "ima", "group_by": ["alertname"], "group_wait": "0s"},
        "receivers": [{"name": "ima", "webhook_configs": [{"url": receiver}]}],
    }
    file = folder / "alertmanager.yml"
    file.write_text(json.dumps(config), encoding="utf-8")
    port = free_port()
    words = [
        "prometheus-alertmanager",
        f"--config.file={file}",
        f"--storage.path={folder / 'alerts'}",
        f"--web.listen-address=127.0.0.1:{port}",
        "--cluster.listen-address=",
        "--log.level=error",
    ]
    with _running(words, f"http://127.0.0.1:{port}") as url:
        yield url


@contextmanager
def _running(words: list[str], url: str) -> Iterator[str]:
    program = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while True:
            assert program.poll() is None, f"{words[0]} ended with {program.returncode}"
            try:
                with urlopen(f"{url}/-/ready", timeout=5) as answer:
                    if answer.status == 200:
                        break
            except (URLError, ConnectionError):
                continue  # not listening yet
        yield url
    finally:
        program.kill()
        program.wait()
