"""A tiny set on disk, and what the tests of the comparison say of it."""

from pathlib import Path

from faq_index.evaluation.predict import Decided, Prediction
from faq_index.evaluation.queries import Query

KB = """faq_id,route,example,lang
returns,faq,how do i return a dress,en
returns,faq,send it back to the shop,en
delivery,faq,how long does delivery take,en
delivery,faq,when will my parcel come,en
pago,faq,¿puedo pagar con tarjeta?,es
talk to us,human,i want a person,en
"""
QUERIES = """qid,text,route,faq_id,lang
1,can i return this dress,faq,returns,en
2,delivery time please,faq,delivery,en
3,quiero pagar con tarjeta,faq,pago,es
4,a real person,human,talk to us,en
5,what is the meaning of life,handoff,,en
"""
ROUTES = {"returns": "faq", "delivery": "faq", "pago": "faq", "talk to us": "human"}


def write_set(folder: Path, kb: str = KB, queries: str = QUERIES) -> Path:
    """kb.csv and queries.csv in `folder`, which is made."""
    folder.mkdir(parents=True)
    (folder / "kb.csv").write_text(kb, "utf-8")
    (folder / "queries.csv").write_text(queries, "utf-8")
    return folder


def asks(wanted: str, route: str = "faq", *acceptable: str) -> Query:
    return Query("q", "words", (route, *acceptable), frozenset({wanted}) - {""})


def says(target: str, p: float, decision: Decided = "answer") -> Prediction:
    return Prediction(decision, ((target, p),) if target else (), (), "", 1.0)
