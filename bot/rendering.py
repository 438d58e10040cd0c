"""From the engine's messages to what a shopper reads: words in her language, buttons, links."""

from dataclasses import replace
from datetime import date

from babel.dates import format_date

from bot.engine.replies import Answer, Ask, Choices, OrderState, Shown, ShownArticle, ShownOrder, Text
from bot.markdown import to_html, to_text
from bot.messages import Button, Content
from handoff.wording import Wording

# How days are written for each language's readers: the shop's English is British.
LOCALES = {"en": "en_GB", "es": "es_ES", "vi": "vi_VN"}


def article_card(article: ShownArticle, release: str, public_url: str) -> Content:
    """An article of a release as every channel shows it, without a question below."""
    link = f"{public_url}{article.link}" if article.link.startswith("/") else article.link
    body = to_text(article.body, public_url)
    text = f"{article.title}\n\n{body}" + (f"\n\n{link}" if link else "")
    shown = {"id": article.id, "language": article.language, "title": article.title, "updated": article.updated}
    shown |= {"html": to_html(article.body, new_tab=True), "link": link}
    return Content("article", text, data={"article": shown, "release": release})


class Renderer:
    """Renders for one shop. `public_url` is where shoppers reach the desk, for links inside text channels."""

    def __init__(self, words: Wording, public_url: str) -> None:
        self.words, self._public_url = words, public_url.rstrip("/")

    def render(self, shown: Shown, language: str) -> Content:
        """Channel-neutral content; `text` alone says everything, for channels that show nothing else."""
        match shown:
            case Text(text=text, buttons=buttons):
                return Content("text", text, tuple(Button(b.title, b.payload) for b in buttons))
            case Answer():
                return self._answer(shown)
            case Choices():
                return self._choices(shown, language)
            case Ask(field=name):
                return Content("ask", self.words.say(language, f"ask.{name}"), data={"field": name})
            case OrderState(order=order):
                return self._order(order, language)

    def _answer(self, answer: Answer) -> Content:
        language = answer.article.language
        card = article_card(answer.article, answer.release, self._public_url)
        buttons = (
            Button(self.words.say(language, "answer.yes"), "/helpful"),
            Button(self.words.say(language, "answer.no"), "/not_helpful"),
        )
        return replace(card, buttons=buttons, data=card.data | {"question": self.words.say(language, "answer.helped")})

    def _choices(self, choices: Choices, language: str) -> Content:
        offered = [Button(a.title, f'/show_article{{"article_id": "{a.id}"}}') for a in choices.articles]
        other = Button(self.words.say(language, "choices.other"), "/none_of_these")
        key = "choices.one" if len(offered) == 1 else "choices.which"
        articles = [{"id": article.id, "title": article.title} for article in choices.articles]
        return Content("choices", self.words.say(language, key), (*offered, other), {"articles": articles})

    def _order(self, order: ShownOrder, language: str) -> Content:
        say = self.words.say
        lines = [
            say(language, "order.title", number=order.number),
            say(language, f"order.state.{order.state}"),
            *(f"• {item.quantity} × {item.name}" for item in order.items),
            say(language, "order.placed", day=self._day(order.placed_on, language)),
        ]
        for name in ("sent_on", "delivered_on"):
            if getattr(order, name):
                lines.append(say(language, f"order.{name}", day=self._day(getattr(order, name), language)))
        if order.expected_on and not order.delivered_on:
            lines.append(say(language, "order.expected_on", day=self._day(order.expected_on, language)))
        if order.carrier:
            lines.append(say(language, "order.carrier", carrier=order.carrier, number=order.tracking_number))
        shown = [*lines, order.tracking_url] if order.tracking_url else lines
        return Content("order", "\n".join(shown), data={"order": self._card(order, language, lines)})

    def _card(self, order: ShownOrder, language: str, lines: list[str]) -> dict[str, object]:
        """The order for channels that draw it: the four steps, and how many of them are done."""
        steps = ("received", "packed", "sent", "delivered")
        done = {"received": 1, "packed": 2, "sent": 3, "delayed": 3, "out_for_delivery": 3, "delivered": 4}
        return {
            "number": order.number,
            "state": order.state,
            "headline": lines[1],
            "lines": lines[2:],
            "steps": [self.words.say(language, f"order.step.{step}") for step in steps],
            "done": done.get(order.state, 0),
            "tracking_url": order.tracking_url,
            "tracking_label": self.words.say(language, "order.track"),
        }

    def _day(self, iso: str, language: str) -> str:
        return str(format_date(date.fromisoformat(iso), format="long", locale=LOCALES[language]))

    def absolute(self, link: str) -> str:
        """A link as it works outside the shop's own pages."""
        return f"{self._public_url}{link}" if link.startswith("/") else link
