"""A Chromium for the browser suite: the machine's own, else Debian's package, else Playwright's download."""

import os
import shutil
import subprocess
import sys

_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def find_chromium() -> str | None:
    """The path of a Chromium that starts, installing one when there is none; None when none can be had here."""
    return _on_this_machine() or _from_debian() or _from_playwright()


def _on_this_machine() -> str | None:
    named = os.environ.get("FAQDESK_CHROMIUM")
    found = (shutil.which(name) for name in ([named] if named else _NAMES))
    return next((path for path in found if path), None)


def _from_debian() -> str | None:
    if os.geteuid() != 0 or shutil.which("apt-get") is None:
        return None
    print("  installing Debian's chromium ...", file=sys.stderr)
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "chromium"]):
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            print(f"  {' '.join(command)}: {done.stderr.strip()[-200:]}", file=sys.stderr)
            return None
    return _on_this_machine()


def _from_playwright() -> str | None:
    print("  asking Playwright for its own Chromium ...", file=sys.stderr)
    command = [sys.executable, "-m", "playwright", "install", "chromium"]
    if subprocess.run(command, capture_output=True, check=False, timeout=600).returncode != 0:
        return None
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return playwright.chromium.executable_path
