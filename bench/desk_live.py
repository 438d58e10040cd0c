"""Whether the agents' list stays live: how long from a shopper's send to the agent's screen, and what that costs the browser.

    .venv/bin/python -m bench.desk_live [--seconds 60] [--conversations 200] [--rate 20]

A desk of its own with so many waiting conversations, all of them loaded in a real Chromium, and so many messages a second
into any of them. Prints p50 and p95 from before the request until the frame in which the row shows the words, tasks over
50 ms as the browser sees them, and the size of its heap at the start and the end, after collecting. Figures of one machine.
"""

import argparse
import os
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import httpx
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from handoff.database import Database
from handoff.migrate import upgrade
from tests.browsers import _ARGUMENTS, sign_in
from tests.integration.harness import PASSWORD, Desk, Visitor, wait_for
from tests.standins.engine import TOKEN as ENGINE_TOKEN
from tests.standins.engine import EngineStandin, handoff

ASKS = "a person, please"
# In the page: when each numbered message came to stand in a row, in milliseconds since 1970, and what took long.
_WATCH = """() => {
  window.seen = {}; window.long = [];
  const look = () => {
    const now = performance.timeOrigin + performance.now();
    for (const row of document.querySelectorAll("#rows .row > .last")) {
      const found = /no\\. (\\d+)/.exec(row.textContent);
      if (found && !(found[1] in window.seen)) window.seen[found[1]] = now;
    }
  };
  let asked = false;
  new MutationObserver(() => {
    if (!asked) { asked = true; requestAnimationFrame(() => { asked = false; look(); }); }
  }).observe(document.querySelector("desk-list"), { subtree: true, childList: true, characterData: true });
  new PerformanceObserver((list) => window.long.push(...list.getEntries().map((one) => one.duration)))
    .observe({ type: "longtask", buffered: false });
}"""


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=float, default=60.0)
    parser.add_argument("--conversations", type=int, default=200)
    parser.add_argument("--rate", type=float, default=20.0, help="messages a second")
    options = parser.parse_args()
    engine = EngineStandin().start()
    engine.on(ASKS, handoff(ASKS))
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        desk = DeskProcess(folder, engine.url)
        with ThreadPoolExecutor(4) as pool:
            shoppers = list(pool.map(lambda _: _waiting(desk), range(options.conversations)))
        browser = playwright.chromium.launch(executable_path=os.environ.get("FAQDESK_CHROMIUM"), args=_ARGUMENTS)
        _measure(browser, desk, shoppers, options.seconds, options.rate)
        browser.close()
        desk.close()
    engine.stop()


class DeskProcess(Desk):
    """A desk in a process of its own, as it is served: what asks it does not take its processor time."""

    def __init__(self, folder: str, engine_url: str) -> None:
        self.database = Database(f"sqlite:///{folder}/desk.sqlite")
        upgrade(self.database)
        self.errors, self._clients, self.ahead = [], [], timedelta()
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        settings = {
            "FAQDESK_PROJECT": folder,
            "FAQDESK_HANDOFF_DATABASE_URL": f"sqlite:///{folder}/desk.sqlite",
            "FAQDESK_DESK_ENGINE_URL": engine_url,
            "FAQDESK_DESK_ENGINE_TOKEN": ENGINE_TOKEN,
            "FAQDESK_DESK_BURST_QUIET": "0",
            "FAQDESK_DESK_MESSAGES_PER_MINUTE": "100000",
            "FAQDESK_DESK_VISITORS_PER_MINUTE": "100000",
            "FAQDESK_DESK_KNOWLEDGE_URL": "http://127.0.0.1:9",  # nobody is there
        }
        serve = ["uvicorn", "--factory", "bot.app:create_app", "--port", str(self.port), "--no-access-log"]
        self._process = subprocess.Popen(
            [sys.executable, "-m", *serve, "--log-level", "warning"], env=os.environ | settings
        )
        wait_for("the desk to serve", self._serves)

    def _serves(self) -> bool:
        try:
            return httpx.get(f"{self.url}/health", trust_env=False).status_code == 200
        except httpx.HTTPError:
            return False

    def processor_seconds(self) -> float:
        """What it has used so far, of user and system together (proc(5))."""
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def close(self) -> None:
        self._process.terminate()
        self._process.wait(20)
        for client in self._clients:
            client.close()
        self.database.close()


def _waiting(desk: Desk) -> Visitor:
    shopper = Visitor(desk)
    shopper.says(ASKS)
    return shopper


def _measure(browser: Browser, desk: DeskProcess, shoppers: list[Visitor], seconds: float, rate: float) -> None:
    page = browser.new_page(base_url=desk.url, viewport={"width": 1440, "height": 900})
    sign_in(page, desk.add_agent("Ada"), PASSWORD)
    _load_all(page, len(shoppers))
    line = page.context.new_cdp_session(page)
    heap_before = _heap(line)
    page.evaluate(_WATCH)
    used = desk.processor_seconds()
    sent, stored = _send(page, shoppers, seconds, rate)
    used = desk.processor_seconds() - used
    page.wait_for_timeout(2000)
    seen: dict[str, float] = page.evaluate("window.seen")
    long: list[float] = page.evaluate("window.long")
    times = [seen[str(number)] - at for number, at in sent.items() if str(number) in seen]
    print(f"{len(shoppers)} conversations, {len(sent)} messages in {seconds:.0f} s, {len(times)} of them seen in a row")
    print(f"send to screen: p50 {statistics.median(times):.0f} ms, p95 {_p95(times):.0f} ms")
    print(f"until the desk has stored it: p50 {statistics.median(stored):.0f} ms, p95 {_p95(stored):.0f} ms")
    print(f"the desk's processor time: {1000 * used / len(sent):.1f} ms a message")
    print(f"tasks over 50 ms: {len(long)}{f', the longest {max(long):.0f} ms' if long else ''}")
    print(f"heap: {heap_before / 1e6:.1f} MB at the start, {_heap(line) / 1e6:.1f} MB at the end")


def _load_all(page: Page, count: int) -> None:
    page.wait_for_selector("#rows button.row")
    while page.locator("#rows button.row").count() < count:
        page.evaluate("document.querySelector('#rows').scrollTo(0, 1e9)")
        page.wait_for_timeout(100)
    page.evaluate("document.querySelector('#rows').scrollTo(0, 0)")


def _send(page: Page, shoppers: list[Visitor], seconds: float, rate: float) -> tuple[dict[int, float], list[float]]:
    """Send numbered messages at their times, whatever the answers take.

    Returns when each was begun, in ms since 1970, and how many ms each answer took.
    """
    chance = random.Random(5)
    sent: dict[int, float] = {}
    stored: list[float] = []

    def say(number: int, shopper: Visitor) -> None:
        sent[number] = time.time() * 1000
        shopper.send(text=f"Where is it? no. {number} of them").raise_for_status()
        stored.append(time.time() * 1000 - sent[number])

    began = time.monotonic()
    with ThreadPoolExecutor(8) as pool:
        pending = []
        for number in range(int(seconds * rate)):
            pause = began + number / rate - time.monotonic()
            if pause > 0:
                page.wait_for_timeout(pause * 1000)
            pending.append(pool.submit(say, number, chance.choice(shoppers)))
        for one in pending:
            one.result()
    return sent, stored


def _p95(times: list[float]) -> float:
    return sorted(times)[int(0.95 * len(times))]


def _heap(line: CDPSession) -> float:
    """Bytes of the page's JavaScript that are in use after collecting what is not."""
    line.send("HeapProfiler.collectGarbage")
    return float(line.send("Runtime.getHeapUsage")["usedSize"])


if __name__ == "__main__":
    main()
