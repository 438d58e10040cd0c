"""How soon a shopper sees what was stored for her: from a reply's own time to its words in the chat's DOM.

    .venv/bin/python -m bench.widget_stream [--replies 200] [--rate 4]

A desk in a process of its own, on SQLite, a real Chromium with the chat on a page of another origin, and so many replies of the
bot (by a stand-in for its engine), then of an agent, all in one conversation. A reply begins with the time that is stored with
it, which is taken before its transaction, so that storing is counted too; it ends when its element has rendered. Prints p50
and p95 in milliseconds, and how often 100 ms were not held. Figures of one machine.
"""

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable

import httpx
from playwright.sync_api import Page, sync_playwright
from sqlalchemy import select

from bench.desk_live import DeskProcess
from bench.machine import described, p50_p95
from handoff.model import Message
from tests.browsers import _ARGUMENTS
from tests.integration.harness import Console, wait_for
from tests.standins.engine import EngineStandin, handoff
from tests.standins.shop_page import ShopPage

AIM = 100.0  # ms
ASKS = "a person, please"
# In the page: when each numbered reply had rendered, in milliseconds since 1970.
_WATCH = """() => {
  window.seen = {};
  const panel = document.querySelector("body > div").shadowRoot.querySelector("faqdesk-panel");
  const chat = panel.shadowRoot.querySelector("faqdesk-chat");
  new MutationObserver((changes) => {
    for (const line of changes.flatMap(({ addedNodes }) => [...addedNodes])) {
      if (line.localName !== "faqdesk-message" || line.message.author === "shopper") continue;
      line.updateComplete.then(() => {
        const found = /no\\. (\\d+)/.exec(line.shadowRoot.textContent);
        if (found) window.seen[found[1]] ??= performance.timeOrigin + performance.now();
      });
    }
  }).observe(chat.shadowRoot.querySelector(".log"), { childList: true });
}"""


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--replies", type=int, default=200, help="of each")
    parser.add_argument("--rate", type=float, default=4.0, help="replies a second")
    options = parser.parse_args()
    print(described("fastapi", "uvicorn", "sqlalchemy"))
    engine, shop = EngineStandin().start(), ShopPage().start()
    engine.on(ASKS, handoff(ASKS))
    os.environ["FAQDESK_DESK_WIDGET__ORIGINS"] = f'["{shop.origin}"]'
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        desk = DeskProcess(folder, engine.url)
        shop.desk = desk.url
        browser = playwright.chromium.launch(executable_path=os.environ.get("FAQDESK_CHROMIUM"), args=_ARGUMENTS)
        page = browser.new_page(base_url=shop.origin)
        _measure(page, desk, options.replies, options.rate)
        browser.close()
        desk.close()
    engine.stop()
    shop.stop()


def _measure(page: Page, desk: DeskProcess, replies: int, rate: float) -> None:
    page.goto("/")
    page.locator("button[part=launcher]").click()
    page.locator("faqdesk-chat textarea").fill("hello")
    page.keyboard.press("Enter")
    page.locator("faqdesk-message", has_text="You said: hello").wait_for()
    token = page.evaluate("JSON.parse(localStorage.getItem('faqdesk')).token")
    shopper = desk.client(authorization=f"Bearer {token}")
    page.evaluate(_WATCH)

    def asks(number: int) -> httpx.Response:
        return shopper.post(
            "/api/chat/messages", json={"client_id": f"number-{number:06}", "text": f"no. {number} of them"}
        )

    _stream(page, "bot", asks, range(replies), rate, desk)
    shopper.post("/api/chat/messages", json={"client_id": "to-a-person", "text": ASKS}).raise_for_status()
    ada = Console(desk, "Ada")
    (conversation_id,) = wait_for("the handoff", lambda: ada.rows("queue"))
    ada.act(conversation_id, "claim").raise_for_status()

    def answers(number: int) -> httpx.Response:
        return ada.act(conversation_id, "reply", text=f"It leaves today, no. {number} of them")

    _stream(page, "agent", answers, range(replies, 2 * replies), rate, desk)


def _stream(
    page: Page, author: str, send: Callable[[int], httpx.Response], numbers: range, rate: float, desk: DeskProcess
) -> None:
    """Send at the rate, whatever the answers take, and print what became of them."""
    began = time.monotonic()
    for place, number in enumerate(numbers):
        pause = began + place / rate - time.monotonic()
        if pause > 0:
            page.wait_for_timeout(pause * 1000)
        send(number).raise_for_status()
    page.wait_for_timeout(1000)
    seen: dict[str, float] = page.evaluate("window.seen")
    stored = _stored(desk, author)
    times = [seen[str(number)] - stored[number] for number in numbers if str(number) in seen]
    p50, p95 = p50_p95(times)
    late = sum(one > AIM for one in times)
    print(f"{author}: {len(times)} of {len(numbers)} replies seen; p50 {p50:.0f} ms, p95 {p95:.0f} ms, "
          f"mean {statistics.mean(times):.0f} ms, the longest {max(times):.0f} ms; {late} over {AIM:.0f} ms")  # fmt: skip


def _stored(desk: DeskProcess, author: str) -> dict[int, float]:
    """The times of the numbered messages of this author, in ms since 1970."""
    with desk.database.read() as session:
        found = session.scalars(select(Message).where(Message.author == author)).all()
    times = ((str(one.content["text"]).partition("no. ")[2].partition(" ")[0], one.created_at) for one in found)
    return {int(number): at.timestamp() * 1000 for number, at in times if number.isdigit()}


if __name__ == "__main__":
    main()
