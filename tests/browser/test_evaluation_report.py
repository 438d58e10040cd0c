"""The evaluation report as a file that somebody opens: in three languages, in both themes, on a phone, by keyboard."""

import pytest
from playwright.sync_api import Page, expect

from faq_index.evaluation.report.folder import write
from faq_index.evaluation.report.page import SECTIONS, report_page
from tests.browser.test_shop import violations
from tests.browsers import NewPage
from tests.unit.faq_index.evaluation.report.report_builders import case, everything, run_of


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A report with every kind of query, and with what a hostile file may hold."""
    hostile = "<script>alert(1)</script> \"'><img src=x onerror=alert(2)> \u202e" + "long " * 2000
    more = [
        case(f"{hostile}{number}", "a", "answer", ("b", 0.9 - number / 100), qid=hostile, language=hostile)
        for number in range(12)
    ]
    run = run_of(*everything().pairs, *more, titles={"a": "x" * 400, "b": hostile}, where=(hostile,))
    return write(tmp_path_factory.mktemp("report"), report_page(run)).as_uri()


def opened(page: Page, address: str) -> Page:
    """The report in `page`, which may ask for nothing else."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    page.wait_for_load_state("networkidle")
    assert asked == [address]
    return page


@pytest.mark.parametrize("width", [1440, 390])
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing(new_page: NewPage, address: str, dark: bool, width: int) -> None:
    page = opened(new_page(dark=dark, width=width), address)

    for details in page.locator("details").all()[:4]:
        details.locator("summary").click()

    assert violations(page) == []


@pytest.mark.parametrize(
    ("language", "heading"),
    [
        ("en", "How good the understanding is"),
        ("es-MX", "Qué tal entiende el bot"),
        ("vi", "Bot hiểu câu hỏi tốt đến đâu"),
        ("fr", "How good the understanding is"),
    ],
)
def test_it_speaks_the_browsers_language_and_fits_a_phone(
    new_page: NewPage, address: str, language: str, heading: str
) -> None:
    page = opened(new_page(width=390, height=844, language=language), address)

    expect(page.locator("h1")).to_have_text(heading)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390, "nothing sticks out sideways"


def test_a_chosen_language_and_theme_stay(new_page: NewPage, address: str) -> None:
    page = opened(new_page(), address)
    before = page.evaluate("getComputedStyle(document.documentElement).backgroundColor")

    page.get_by_role("combobox").select_option("Español")
    page.get_by_role("button", name="Claro u oscuro").click()
    page.reload()

    expect(page.locator("h1")).to_have_text("Qué tal entiende el bot")
    assert page.title() == "Informe de evaluación"
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") != before
    expect(page.locator("#curve svg.chart text", has_text="20 %").first).to_be_visible()


def test_typing_filters_the_queries_whatever_their_accents(new_page: NewPage, address: str) -> None:
    page = opened(new_page(), address)
    rows = page.locator("#worst tbody tr")
    all_of_them = rows.count()

    page.get_by_label("Only queries with these words").fill("DOI hang")

    expect(rows.filter(visible=True)).to_have_count(1)
    expect(rows.filter(visible=True)).to_contain_text("đổi hàng")
    expect(page.locator("#worst output")).to_have_text(f"1 of {all_of_them} shown")
    expect(page.locator("#articles tbody tr").first).to_be_visible()
    page.get_by_label("Only queries with these words").fill("")
    expect(rows.filter(visible=True)).to_have_count(all_of_them)


def test_the_keyboard_is_enough(new_page: NewPage, address: str) -> None:
    page = opened(new_page(width=390), address)

    page.keyboard.press("Tab")
    expect(page.locator(".skip")).to_be_focused()
    page.keyboard.press("Tab")
    expect(page.get_by_role("combobox", name="Language")).to_be_focused()
    box = page.locator("#confusions .scroll")
    box.press("ArrowRight")
    box.evaluate(
        "(box) => new Promise((done) => { (function look() { box.scrollLeft ? done() : setTimeout(look); })(); })"
    )
    page.locator("#curve summary").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_role("columnheader", name="That is p from")).to_be_visible()


def test_charts_have_names_and_descriptions(new_page: NewPage, address: str) -> None:
    page = opened(new_page(), address)

    for name in ("What happened to the queries", "Risk–coverage curve", "Reliability diagram"):
        expect(page.get_by_role("img", name=name)).to_be_visible()


def test_markup_in_the_queries_is_text(new_page: NewPage, address: str) -> None:
    page = opened(new_page(), address)

    expect(page.locator("#worst details summary").first).to_contain_text("<script>alert(1)</script>")
    assert page.locator("main img:not([src])").count() == page.locator("main script").count() == 0


def test_it_can_be_read_without_its_script(new_page: NewPage, address: str) -> None:
    browser = new_page().context.browser
    assert browser
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)

    for section in SECTIONS:
        expect(page.locator(f"#{section} h2")).to_be_visible()
    expect(page.locator("#worst tbody tr").first).to_be_visible()
    expect(page.locator(".filter").first).to_be_hidden()
    expect(page.locator("#language")).to_be_hidden()
    context.close()


def test_it_prints_light_and_whole(new_page: NewPage, address: str) -> None:
    page = opened(new_page(dark=True), address)
    page.get_by_role("button", name="Light or dark").click()
    page.get_by_role("button", name="Light or dark").click()

    page.emulate_media(media="print")

    assert page.evaluate("getComputedStyle(document.documentElement).colorScheme") == "light"
    expect(page.locator("#language")).to_be_hidden()
    expect(page.get_by_role("columnheader", name="That is p from")).to_be_visible()
    cut = "[...document.querySelectorAll('.scroll')].filter((box) => box.scrollHeight > box.clientHeight + 1).length"
    assert page.evaluate(cut) == 0, "no row is left out on paper"
