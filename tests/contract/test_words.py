"""Every name that code turns into words has words, in every language; and every sentence that is asked for exists."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from actions.orders.base import STATES
from bot.channels.base import Kind
from bot.channels.forms import options_of
from bot.channels.registry import KINDS
from bot.engine.replies import Ask
from bot.pages.routes import _TAGS
from handoff.attachments import Cause
from handoff.callbacks import NOT_REACHED, OVERDUE
from handoff.model import CallbackState, Owner, Resolution
from handoff.reasons import REASONS
from handoff.tone import Hint
from handoff.transitions import TRANSITIONS
from handoff.whys import Why
from handoff.wording import LANGUAGES, Wording
from tests.sources import syntax

PROJECT = Path(__file__).parents[2]
HUMAN, BOT = Wording.load(PROJECT / "handoff" / "words"), Wording.load(PROJECT / "bot" / "words")
_SENTENCE = re.compile(r"""say\(\s*(?:[\w.]+(?:\([^)]*\))?,\s*)?["']([a-z_0-9.]+)["']""")


def keys(words: Wording, section: str) -> set[str]:
    """The names in a section, after checking that every language has words for each of them."""
    for language in LANGUAGES:
        for name, entry in words.section(language, section).items():
            said = [entry] if isinstance(entry, str) else list(entry.values())
            assert all(form.strip() for form in said), f"{language}: {section}.{name} is empty"
    return set(words.section(LANGUAGES[0], section))


def test_every_reason_has_words_and_no_words_are_left_over() -> None:
    assert keys(HUMAN, "reasons") == set(REASONS), "handoff/reasons.py and [reasons] of handoff/words/*.toml differ"


def test_every_reason_why_a_message_did_not_arrive_has_words() -> None:
    assert keys(HUMAN, "why") == set(get_args(Why)), "handoff/whys.py and [why] of handoff/words/*.toml differ"


def test_every_order_state_has_words_and_no_words_are_left_over() -> None:
    assert keys(BOT, "order.state") == set(STATES), (
        "actions/orders/base.py and [order.state] of bot/words/*.toml differ"
    )


@pytest.mark.parametrize("section", ["event", "owner"])
def test_every_owner_has_words_for_agents(section: str) -> None:
    named = {name.removeprefix(f"{section}_") for name in keys(HUMAN, "console") if name.startswith(f"{section}_")}
    assert named - {"agent_you"} == set(get_args(Owner))


def test_every_value_that_is_asked_for_has_words_for_shoppers_and_agents() -> None:
    asked = set(get_args(Ask.model_fields["field"].annotation))
    assert keys(BOT, "ask") == asked
    assert asked <= keys(HUMAN, "console")


def test_every_group_of_the_help_centre_has_a_title_and_no_title_is_left_over() -> None:
    titles = {name.removeprefix("tag_") for name in keys(BOT, "help") if name.startswith("tag_")}
    assert titles == {*_TAGS, "other"}


def test_what_the_desk_says_to_shoppers_names_what_the_acts_give_it() -> None:
    given = {
        "queued": {"position"}, "queued_nobody": {"position"}, "engine_unavailable": set(), "agent_joined": {"name"},
        "agent_left": {"name"}, "back_to_bot": set(), "resolved": {"name"}, "introduction": {"shop"},
        "agent_changed": {"name", "colleague"}, "agent_gone": {"name"},
        "out_of_hours": {"when"}, "closed_for_now": set(), "wait_within": {"high"}, "wait_range": {"low", "high"},
        "wait_longer": {"low"}, "call_me": set(), "do_not_call": set(), "ask_phone": set(), "phone_unclear": set(),
        "callback_noted": {"phone"},
        "private_begun": {"name"}, "callback_noted_at": {"phone", "when"}, "callback_moved": {"phone", "when"},
        "callback_cancelled": set(),
        "rate": set(), **{f"rate_{score}": set() for score in range(1, 6)}, "rate_add": set(), "rate_thanks": set(),
        "rate_words": set(), "rate_noted": set(), "not_solved": {"name"},
        "left": set(), "left_by_mail": {"email"}, "left_here": set(), "left_here_now": set(), "only_here": set(),
        "call_late": set(),
        "merged_web": set(), "merged_telegram": set(), "merged_other": set(),
    }  # fmt: skip
    named = {key: set(re.findall(r"\{(\w+)\}", str(entry))) for key, entry in HUMAN.section("en", "shopper").items()}
    assert named == given


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: str(kind.name))
def test_every_value_of_a_channel_has_words_for_admins(kind: Kind) -> None:
    fields = kind.setup.model_fields
    choices = {f"{name}_{one}" for name, field in fields.items() for one in options_of(field) if one}
    words = keys(BOT, f"channels.{kind.name}")
    assert {"title", "about", "address", *fields, *choices} <= words
    hints = {f"{name}_hint" for name in (*fields, "address")}
    known = {"title", "about", "address", *fields, *choices, *hints}
    assert {name for name in words if not name.startswith("wrong.")} <= known, "words of fields that are no more"


# ---- every sentence that is asked for by name exists --------------------------------------------------------------------


def asked_for(folder: str, pattern: str) -> Iterator[tuple[str, str]]:
    for file in sorted((PROJECT / folder).rglob(pattern)):
        for key in _SENTENCE.findall(file.read_text("utf-8")):
            yield file.name, key


def exists(words: Wording, key: str) -> bool:
    section, _, name = key.rpartition(".")
    return name in words.section(LANGUAGES[0], section)


@pytest.mark.parametrize(
    ("folder", "pattern", "words", "section"),
    [
        ("bot/pages/templates", "*.html", BOT, ""),
        ("handoff/console/templates", "desk.html", HUMAN, ""),
        ("handoff/console/templates/people", "*.html", HUMAN, "people."),
        ("handoff/console/src", "*.js", HUMAN, "console."),
        ("bot", "rendering.py", BOT, ""),
    ],
    ids=["pages", "console", "pages for people", "console scripts", "messages"],
)
def test_sentences_are_asked_for_by_names_that_exist(folder: str, pattern: str, words: Wording, section: str) -> None:
    found = [
        (file, key if "." in key else section + key)
        for file, key in asked_for(folder, pattern)
        if not key.endswith("_")
    ]
    assert found, "the pattern of this test finds nothing any more"
    assert [pair for pair in found if not exists(words, pair[1])] == []


def test_the_right_pane_asks_for_words_that_exist() -> None:
    sources = sorted((PROJECT / "handoff" / "console" / "src").glob("*.js"))
    asked = {name for file in sources for name in re.findall(r'\bpane\("([a-z_]+)"', file.read_text("utf-8"))}
    assert len(asked) >= 20, "the pattern of this test finds nothing any more"
    assert asked <= keys(HUMAN, "pane"), f"{sorted(asked - keys(HUMAN, 'pane'))} is not in [pane]"


def test_the_chat_asks_for_words_that_exist() -> None:
    words = keys(BOT, "chat")
    sources = sorted((PROJECT / "bot" / "widget" / "src").glob("*.js"))
    asked = {name for file in sources for name in re.findall(r"\bwords\.([a-z_0-9]+)", file.read_text("utf-8"))}
    assert len(asked) >= 10
    asked -= {"header"}  # made by bot/channels/web/head_line.py
    assert asked <= words, f"bot/widget/src asks for {sorted(asked - words)}, which [chat] does not have"


def test_what_happened_in_a_thread_has_words() -> None:
    words = keys(HUMAN, "thread")
    asked = {f"callback_{state}" for state in get_args(CallbackState)}
    asked |= {f"resolution_{how}" for how in get_args(Resolution)}
    asked |= {f"offer_{outcome}{mine}" for outcome in ("declined", "expired") for mine in ("", "_you")}
    asked |= {f"why_file_{cause}" for cause in get_args(Cause)} | {f"hint_{hint}" for hint in get_args(Hint)}
    assert asked <= words
    assert {f"{cause}" for cause in get_args(Cause)} <= keys(BOT, "files")


def acts() -> Iterator[str]:
    """What the audit may say: the moves, what is given to `Audit(act=...)`, and what rooms give to a `_record` of their own."""
    yield from TRANSITIONS
    yield from (f"callback {state}" for state in get_args(CallbackState) if state != "open")
    for file in (PROJECT / "handoff").rglob("*.py"):
        for call in (one for one in ast.walk(syntax(file)) if isinstance(one, ast.Call)):
            name = call.func.id if isinstance(call.func, ast.Name) else ""
            given = [one.value for one in call.keywords if one.arg == "act"] if name == "Audit" else []
            given += call.args if name == "_record" else []
            said = (one.value for one in given if isinstance(one, ast.Constant))
            yield from (one for one in said if isinstance(one, str) and one != "shopper")


def test_everything_in_the_audit_has_words() -> None:
    known = keys(HUMAN, "people")
    assert {f"act_{act.replace(' ', '_')}" for act in {*acts(), NOT_REACHED, OVERDUE}} - known == set()


def test_why_a_canned_answer_is_not_kept_has_words() -> None:
    source = (PROJECT / "handoff" / "canned.py").read_text("utf-8")
    asked = set(re.findall(r'(?:CannedError|NotAllowed|UnknownAnswer)\("([a-z_]+)"', source))
    assert len(asked) >= 10, "the pattern of this test finds nothing any more"
    assert asked == keys(HUMAN, "canned.refused")


def test_every_complaint_of_a_channels_setup_has_words_for_admins() -> None:
    said = {name: keys(BOT, f"channels.{name}.wrong") for name in ("any", *(kind.name for kind in KINDS))}
    setups = {path.parent.name: path for path in (PROJECT / "bot" / "channels").glob("*/setup.py")}
    shared = {"any": PROJECT / "bot/channels/setup.py", "windows": PROJECT / "handoff/windows.py"}
    for name, path in (setups | shared).items():
        if name == "web":
            continue  # on no page
        calls = [node for node in ast.walk(syntax(path)) if isinstance(node, ast.Call)]
        raised = [(getattr(call.func, "id", ""), call.args) for call in calls]
        assert not any(error == "ValueError" for error, _ in raised), f"{path}: pydantic would tell it in English"
        kinds = {ast.literal_eval(given[0]) for error, given in raised if error == "PydanticCustomError"}
        assert kinds <= said["any"] | said.get(name, set()), f"{path}: no words for all it complains of"
