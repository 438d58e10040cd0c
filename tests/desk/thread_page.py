"""The thread and its reply box as a test's hands know them, and answers of the desk that are long on their way."""

from typing import Any, Self

from playwright.sync_api import APIResponse, Locator, Page, Route

from tests.integration.harness import PATIENCE

_LOOK_EVERY = 20  # milliseconds, in which the page's own events come in


class Late:
    """The next request of a page to an address: its answer is kept back until it `comes`.

    With `unasked` the desk does not hear of the request before that.
    """

    def __init__(self, page: Page, address: str, *, unasked: bool = False) -> None:
        self._page, self._address, self._unasked = page, address, unasked
        self._kept: list[tuple[Route, APIResponse | None]] = []
        page.route(
            "**/nothing", lambda route: route.abort()
        )  # a browser that intercepts nothing lets go of what is kept
        page.route(address, self._keep, times=1)

    def _keep(self, route: Route) -> None:
        self._kept.append((route, None if self._unasked else route.fetch()))

    def asked(self) -> Self:
        """Wait until it is kept back."""
        for _ in range(int(PATIENCE * 1000 / _LOOK_EVERY)):
            if self._kept:
                return self
            self._page.wait_for_timeout(_LOOK_EVERY)
        raise AssertionError("the page has not asked")

    @property
    def answer(self) -> Any:
        """What the desk has said."""
        found = self.asked()._kept[0][1]
        assert found is not None
        return found.json()

    def comes(self) -> None:
        route, answer = self.asked()._kept[0]
        if answer is None:
            route.continue_()
        else:
            route.fulfill(response=answer)
        self._page.unroute(self._address)  # else later ones pass through here, and wait while the test does

    def is_refused(self) -> None:
        """The desk says, in place of what it would have said, that somebody else was faster."""
        self.asked()._kept[0][0].fulfill(status=409, json={"detail": "somebody else was faster"})
        self._page.unroute(self._address)


def box(page: Page) -> Locator:
    return page.locator("desk-composer textarea")


def opened(page: Page, conversation_id: str) -> Page:
    page.goto(f"/desk#{conversation_id}")
    page.reload()  # a change of the hash alone loads no page
    page.wait_for_selector("desk-composer textarea")
    return page


def turned_to(page: Page, conversation_id: str) -> Page:
    """Another conversation in the same page."""
    page.evaluate("id => (location.hash = id)", conversation_id)
    page.wait_for_function(
        "id => (({ thread }) => thread?.id === id && !thread.loading)(document.querySelector('faqdesk-desk').store)",
        arg=conversation_id,
    )
    return page


def takes(page: Page, conversation_id: str) -> Page:
    """Open a waiting conversation and take it, ready to write to the shopper."""
    opened(page, conversation_id).get_by_role("button", name="Take it", exact=True).click()
    page.wait_for_selector("desk-composer textarea[aria-label=Reply]")
    return page


def says(page: Page, text: str) -> None:
    """Write it in the box as it stands, and send it."""
    box(page).fill(text)
    page.keyboard.press("Control+Enter")


def undo_within(page: Page, time: str) -> None:
    """How long what is sent from now on can be taken back."""
    page.get_by_role("button", name="Change").click()
    page.get_by_label(time, exact=True).check()
    page.keyboard.press("Escape")


def without_undo(page: Page) -> None:
    undo_within(page, "None")
