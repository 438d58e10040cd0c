"""The chat as a person uses it."""

from playwright.sync_api import Locator, Page, expect

_CONVERSATION = """async () => {
  const { token } = JSON.parse(localStorage.getItem("faqdesk"));
  const answer = await fetch("/api/chat/events", { headers: { authorization: `Bearer ${token}` } });
  return (await answer.json()).conversation;
}"""


class ChatPage:
    """The chat element of a page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.chat = page.locator("faqdesk-chat")
        self.launcher = page.locator("button[part=launcher]")

    def open(self) -> None:
        """Press the launcher."""
        self.launcher.click()
        expect(self.chat.locator("textarea")).to_be_focused()

    def say(self, text: str) -> None:
        """Write and press Enter."""
        field = self.chat.locator("textarea")
        field.fill(text)
        field.press("Enter")

    def message(self, text: str) -> Locator:
        """The message that holds this text."""
        return self.chat.locator("faqdesk-message", has_text=text).last

    def press(self, title: str) -> None:
        """Press the newest button with this title."""
        self.chat.get_by_role("button", name=title, exact=True).last.click()

    def row(self, desk: Page) -> Locator:
        """Her row in an agent's list, once she waits; rows of other tests may say the same."""
        expect(self.chat.locator("faqdesk-queue")).to_be_visible()
        return desk.locator(f'desk-list .row[data-id="{self.page.evaluate(_CONVERSATION)}"]')
