"""What every measurement must say of itself: where and when it was made, and how much memory the process takes."""

import os
import resource
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

import numpy as np

_MEGABYTE = 1_000_000


def described(*packages: str) -> str:
    """One line: processor, cores, memory, date and the versions of `packages`. Linux only."""
    processor = _field(Path("/proc/cpuinfo"), "model name")
    gigabytes = int(_field(Path("/proc/meminfo"), "MemTotal").split()[0]) * 1024 / 1e9
    versions = ", ".join(f"{package} {version(package)}" for package in packages)
    return (
        f"{processor}, {os.cpu_count()} cores, {gigabytes:.0f} GB, {datetime.now(UTC):%d %B %Y}, {versions}; "
        f"load {os.getloadavg()[0]:.1f} when this began"
    )


def resident_megabytes() -> float:
    """What this process holds in memory now."""
    return int(_field(Path("/proc/self/status"), "VmRSS").split()[0]) * 1024 / _MEGABYTE


def peak_megabytes() -> float:
    """The most that this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024 / _MEGABYTE


def p50_p95(values: list[float]) -> tuple[float, float]:
    """Median and 95th percentile."""
    p50, p95 = np.percentile(values, [50, 95])
    return float(p50), float(p95)


def _field(file: Path, name: str) -> str:
    """The first value of that name in one of the kernel's files."""
    lines = (line.partition(":") for line in file.read_text("utf-8").splitlines())
    return next((value.strip() for key, _, value in lines if key.strip() == name), "0 unknown")
