"""Knowledge bases as CSV: foreign, untidy, and joined with the product's own small talk."""

from pathlib import Path

import pytest

from faq_index.errors import KnowledgeError
from faq_index.kb_csv import read_kb, read_routes
from faq_index.knowledge import Knowledge, Phrasing, Source, Target
from tests.unit.faq_index.index_builders import LANGUAGES, said

BUILTIN = [*said("greet", "hello"), *said("track_order", "where is my parcel"), *said("request_human", "a person")]
HEADER = "faq_id,route,example,lang,title,answer"
ROWS = (
    "refund,faq,when do i get my money,en,Refunds,Within a week.",
    "refund,faq,money back,en,,",
    "returns,faq,send it back,en,Returns,Within 30 days.",
)


def read(folder: Path, *rows: str, header: str = HEADER, builtin: list[Phrasing] | None = None) -> Knowledge:
    file = folder / "kb.csv"
    file.write_text("\n".join((header, *rows)) + "\n", "utf-8")
    return read_kb(file, BUILTIN if builtin is None else builtin, LANGUAGES)


def said_of(knowledge: Knowledge, target_id: str, source: Source = "phrasing") -> list[str]:
    return [p.text for p in knowledge.phrasings if p.target.id == target_id and p.source == source]


def test_rows_of_one_id_make_one_article(tmp_path: Path) -> None:
    knowledge = read(tmp_path, *ROWS)
    refund = knowledge.articles[0]
    assert (refund.id, refund.language, refund.title, refund.body) == ("refund", "en", "Refunds", "Within a week.")
    assert refund.phrasings == ("when do i get my money", "money back")
    assert said_of(knowledge, "refund") == ["when do i get my money", "money back"]
    assert knowledge.languages == LANGUAGES


def test_title_and_answer_may_be_missing_altogether_and_then_say_nothing(tmp_path: Path) -> None:
    knowledge = read(tmp_path, "1,faq,my money", "2,faq,send it back", header="faq_id,route,example")
    assert [(a.id, a.title, a.body) for a in knowledge.articles] == [("1", "1", "1"), ("2", "2", "2")]
    assert [p.text for p in knowledge.phrasings if p.target.kind == "article"] == ["my money", "send it back"]


def test_title_and_answer_speak_for_their_article(tmp_path: Path) -> None:
    knowledge = read(tmp_path, *ROWS)
    assert said_of(knowledge, "refund", "title") == ["Refunds"]
    assert said_of(knowledge, "refund", "passage") == ["Within a week."]


def test_a_title_that_is_an_example_of_another_article_does_not_speak_for_its_own(tmp_path: Path) -> None:
    knowledge = read(tmp_path, *ROWS, "cash,faq,refunds,en,Money,Yes.")
    assert said_of(knowledge, "cash") == ["refunds"]
    assert said_of(knowledge, "refund", "title") == []


def test_a_long_title_is_cut_to_what_a_button_holds(tmp_path: Path) -> None:
    knowledge = read(tmp_path, f"1,faq,my money,en,{'word ' * 30},x", *ROWS)
    assert [len(a.title) for a in knowledge.articles if a.id == "1"] == [60]


@pytest.mark.parametrize("header", ["faq_id,route", "FAQ_ID,route,example", "faq_id;route;example", ""])
def test_missing_columns_are_named(tmp_path: Path, header: str) -> None:
    with pytest.raises(KnowledgeError, match=r"lacks the column\(s\) .*; it needs faq_id, route, example"):
        read(tmp_path, *ROWS, header=header)


@pytest.mark.parametrize("row", [",faq,my money", "1,faq,", "1,faq", "1,faq,   ", "1,faq,🙂", "  ,faq,my money", "1"])
def test_an_empty_cell_is_refused_with_its_row(tmp_path: Path, row: str) -> None:
    with pytest.raises(KnowledgeError, match=r"row 4: faq_id or example is empty"):
        read(tmp_path, ROWS[0], ROWS[2], row)


def test_the_byte_order_mark_of_a_spreadsheet_is_no_part_of_the_first_column(tmp_path: Path) -> None:
    assert read(tmp_path, *ROWS, header="\ufeff" + HEADER).articles[0].id == "refund"


@pytest.mark.parametrize("content", [b"faq_id,route,example\n1,faq,env\xedo\n", b"\xff\xfef\x00a\x00q\x00"])
def test_text_in_another_encoding_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "kb.csv").write_bytes(content)
    with pytest.raises(KnowledgeError, match="cannot be read as UTF-8 CSV"):
        read_kb(tmp_path / "kb.csv", BUILTIN, LANGUAGES)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="cannot be read"):
        read_kb(tmp_path / "kb.csv", BUILTIN, LANGUAGES)


def test_a_cell_larger_than_any_question_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="cannot be read"):
        read(tmp_path, f"1,faq,{'a' * 100_001}")


SAID = [
    *BUILTIN,
    *said("greet", "when can i get it"),
    *said("greet", "cuándo puedo recibir mi pedido", language="es"),
    *said("greet", "bao giờ mình nhận được hàng", language="vi"),
]


@pytest.mark.parametrize("language", ["", "de", "EN", "vi,en"])
def test_without_one_of_the_shops_languages_a_row_has_the_one_that_it_seems_to_be_in(
    tmp_path: Path, language: str
) -> None:
    examples = ("when do i get my money", "¿cuándo puedo recibir mi dinero?", "bao gio nhan duoc tien")
    rows = (f'{number},faq,{example},"{language}",,' for number, example in enumerate(examples))
    assert [a.language for a in read(tmp_path, *rows, builtin=SAID).articles] == ["en", "es", "vi"]


def test_all_rows_of_an_id_without_a_language_are_in_one_even_if_some_of_them_could_be_in_any(tmp_path: Path) -> None:
    rows = ("1,faq,ok", "1,faq,cuándo puedo recibir mi dinero", "1,faq,paypal", "2,faq,when do i get my money")
    knowledge = read(tmp_path, *rows, header="faq_id,route,example", builtin=SAID)
    assert [(a.id, a.language, len(a.phrasings)) for a in knowledge.articles] == [("1", "es", 3), ("2", "en", 1)]


def test_small_talk_without_a_language_has_the_one_that_it_seems_to_be_in(tmp_path: Path) -> None:
    knowledge = read(tmp_path, *ROWS, "x,smalltalk,cuándo puedo llamar,,,", builtin=SAID)
    assert Phrasing("cuándo puedo llamar", Target("intent", "chitchat"), "es") in knowledge.phrasings


def test_one_of_the_shops_languages_is_believed(tmp_path: Path) -> None:
    knowledge = read(tmp_path, "1,faq,when do i get my money,vi,,", "1,faq,send it back,,,", *ROWS, builtin=SAID)
    assert [(a.language, a.phrasings) for a in knowledge.articles if a.id == "1"] == [
        ("en", ("send it back",)),
        ("vi", ("when do i get my money",)),
    ]


def test_glosses_are_passed_on(tmp_path: Path) -> None:
    (tmp_path / "kb.csv").write_text("\n".join((HEADER, *ROWS)), "utf-8")
    glosses = {"vi": {"tiền": "money"}}
    assert read_kb(tmp_path / "kb.csv", BUILTIN, LANGUAGES, glosses=glosses).glosses == glosses
    assert read_kb(tmp_path / "kb.csv", BUILTIN, LANGUAGES).glosses == {}


def test_an_article_in_two_languages_has_its_own_words_in_each(tmp_path: Path) -> None:
    knowledge = read(
        tmp_path, "1,faq,my money,en,Refunds,Within a week.", "1,faq,mi dinero,es,Reembolsos,En una semana.", ROWS[2]
    )
    spanish = next(a for a in knowledge.articles if a.language == "es")
    assert (spanish.title, spanish.body) == ("Reembolsos", "En una semana.")


def test_hostile_text_is_cleaned(tmp_path: Path) -> None:
    knowledge = read(tmp_path, "1,faq,\u202emy\x00 money\u200b,en,Re\u200bfunds,In a\x00 week.", ROWS[2])
    first = knowledge.articles[0]
    assert (first.phrasings, first.title, first.body) == (("my money",), "Refunds", "In a week.")


def test_a_phrasing_under_two_articles_is_left_out_of_both(tmp_path: Path) -> None:
    knowledge = read(tmp_path, *ROWS, "returns,faq,MONEY back,en,,")
    assert said_of(knowledge, "refund") == ["when do i get my money"]
    assert said_of(knowledge, "returns") == ["send it back"]


def test_a_phrasing_of_one_article_in_two_languages_is_kept_in_both(tmp_path: Path) -> None:
    knowledge = read(tmp_path, *ROWS, "refund,faq,cashback,en,,", "refund,faq,cashback,es,,")
    assert said_of(knowledge, "refund").count("cashback") == 2


def test_a_title_that_the_base_gives_as_an_example_too_is_what_shoppers_write(tmp_path: Path) -> None:
    knowledge = read(tmp_path, *ROWS, "refund,faq,Refunds,en,,")
    assert "Refunds" in said_of(knowledge, "refund")
    assert said_of(knowledge, "refund", "title") == []


def test_an_example_that_is_the_title_in_another_case_is_kept(tmp_path: Path) -> None:
    knowledge = read(tmp_path, "1,faq,when is it refunded?,en,When is it refunded?,Soon.", ROWS[2])
    assert said_of(knowledge, "1") == ["when is it refunded?"]


@pytest.mark.parametrize(
    ("route", "intent"), [("order_status", "track_order"), ("human", "request_human"), ("smalltalk", "chitchat")]
)
def test_routes_that_are_no_articles_become_intents(tmp_path: Path, route: str, intent: str) -> None:
    knowledge = read(tmp_path, *ROWS, f"x,{route},something quite different,en,,")
    assert Phrasing("something quite different", Target("intent", intent), "en") in knowledge.phrasings
    assert "x" not in {a.id for a in knowledge.articles}


def test_the_builtin_order_tracking_is_left_out_when_the_base_has_no_such_route(tmp_path: Path) -> None:
    knowledge = read(tmp_path, *ROWS)
    assert said_of(knowledge, "track_order") == []
    assert said_of(knowledge, "greet") == ["hello"]
    assert said_of(knowledge, "request_human") == ["a person"]


def test_the_builtin_order_tracking_stays_beside_the_bases_own(tmp_path: Path) -> None:
    knowledge = read(tmp_path, *ROWS, "x,order_status,track it,en,,")
    assert said_of(knowledge, "track_order") == ["where is my parcel", "track it"]


def test_a_builtin_phrasing_gives_way_to_the_bases_own_article(tmp_path: Path) -> None:
    knowledge = read(tmp_path, *ROWS, "greeting,faq,Hello,en,,", "staff,faq,A person,en,,")
    assert said_of(knowledge, "greet") == said_of(knowledge, "request_human") == []
    assert said_of(knowledge, "greeting") == ["Hello"]


def test_a_builtin_phrasing_is_not_repeated_by_the_bases_intent(tmp_path: Path) -> None:
    knowledge = read(tmp_path, *ROWS, "x,human,A PERSON,en,,")
    assert said_of(knowledge, "request_human") == ["a person"]


def test_a_base_with_one_article_needs_the_builtin_intents(tmp_path: Path) -> None:
    assert [a.id for a in read(tmp_path, ROWS[0]).articles] == ["refund"]
    with pytest.raises(KnowledgeError, match="only one article"):
        read(tmp_path, ROWS[0], builtin=[])


def test_a_base_without_rows_or_with_intents_only_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KnowledgeError, match="no article with a phrasing"):
        read(tmp_path)
    with pytest.raises(KnowledgeError, match="no article with a phrasing"):
        read(tmp_path, "x,human,get me somebody,en,,")


def test_a_formula_in_a_cell_is_nothing_but_text(tmp_path: Path) -> None:
    knowledge = read(tmp_path, *ROWS, '1,faq,"=HYPERLINK(""http://evil"")",en,+1,@sum')
    assert said_of(knowledge, "1") == ['=HYPERLINK("http://evil")']


# ---- for evaluations ----------------------------------------------------------------------------------------------------


def read_with_ids(folder: Path, *rows: str, where: tuple[tuple[str, str], ...] = ()) -> Knowledge:
    file = folder / "kb.csv"
    file.write_text("\n".join((HEADER, *rows)) + "\n", "utf-8")
    builtin = [*BUILTIN, *said("thank", "thanks"), *said("affirm", "yes")]
    return read_kb(file, builtin, LANGUAGES, where=where, keep_ids=True)


def test_the_bases_intents_keep_their_ids_and_take_up_what_means_the_same(tmp_path: Path) -> None:
    knowledge = read_with_ids(tmp_path, *ROWS, "agent,human,give me an agent,en,,", "status,order_status,track,en,,")
    assert said_of(knowledge, "agent") == ["a person", "give me an agent"]
    assert said_of(knowledge, "status") == ["where is my parcel", "track"]
    assert said_of(knowledge, "greet") == ["hello"]  # the base has no small talk, so ours stays ours
    assert {p.target.kind for p in knowledge.phrasings if p.target.id in ("agent", "status")} == {"intent"}


def test_small_talk_that_a_base_tells_apart_is_said_in_its_own_words_alone(tmp_path: Path) -> None:
    knowledge = read_with_ids(tmp_path, *ROWS, "hi,smalltalk,hi there,en,,", "ta,smalltalk,many thanks,en,,")
    assert said_of(knowledge, "hi") == ["hi there"]
    assert said_of(knowledge, "ta") == ["many thanks"]
    assert said_of(knowledge, "greet") == said_of(knowledge, "thank") == []
    assert said_of(knowledge, "affirm") == ["yes"]


def test_rows_of_a_base_can_be_chosen(tmp_path: Path) -> None:
    rows = (*ROWS, "devolver,faq,devolver,es,,")
    knowledge = read_with_ids(tmp_path, *rows, where=(("lang", "en"),))
    assert {article.id for article in knowledge.articles} == {"refund", "returns"}
    assert read_routes(tmp_path / "kb.csv", [("lang", "es")]) == {"devolver": "faq"}
    with pytest.raises(KnowledgeError, match=r"lacks the column.* shop"):
        read_routes(tmp_path / "kb.csv", [("shop", "x")])
