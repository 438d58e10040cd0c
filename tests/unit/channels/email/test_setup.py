"""Where a mailbox's secrets may go, and which of them are used."""

from typing import Any

import pytest
from pydantic import ValidationError

from bot.channels import forms
from bot.channels.email.setup import EmailSetup

GIVEN = {
    "addresses": "help@shop.example", "user": "help@shop.example", "password": "hush",
    "imap_host": "imap.shop.example", "smtp_host": "smtp.shop.example",
}  # fmt: skip
OAUTH = {"oauth_client_id": "shop", "oauth_refresh_token": "again"}


def made(**more: Any) -> EmailSetup:
    return EmailSetup.model_validate(GIVEN | more)


@pytest.mark.parametrize(
    "url",
    [
        "https://oauth2.googleapis.com/token", "http://127.0.0.1:8080/token", "http://localhost:8080/token",
        "http://localhost/token", "http://localhost",
    ],
)  # fmt: skip
def test_tokens_are_fetched_by_https_or_on_this_machine(url: str) -> None:
    assert made(oauth_token_url=url, **OAUTH).by_oauth


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:x@evil.example/token", "http://localhost:80@evil.example/token", "http://127.0.0.1:@evil.example",
        "http://localhost@evil.example", "http://localhost:80.evil.example/", "http://localhost.evil.example/token",
        "http://localhost?@evil.example/", "http://localhost#@evil.example/", "http://localhost:80\\@evil.example/",
        "http://127.0.0.1.evil.example:80/", "http://oauth2.googleapis.com/token", "ftp://localhost/token", "localhost/token",
        "http://localhost:٨٠/token",
    ],
)  # fmt: skip
def test_tokens_are_fetched_from_nowhere_else(url: str) -> None:
    with pytest.raises(ValidationError, match="https://"):
        made(oauth_token_url=url, **OAUTH)


def test_another_accounts_password_is_used_with_that_account_only() -> None:
    assert made().sender == ("help@shop.example", "hush")
    assert made(smtp_user="relay", smtp_password="its own").sender == ("relay", "its own")
    assert made(smtp_user="relay").sender == ("relay", "hush")
    assert made(smtp_password="its own").sender == ("help@shop.example", "hush")


def test_a_password_goes_with_its_account() -> None:
    kept = {"user": "help@shop.example", "password": "hush", "smtp_user": "relay", "smtp_password": "its own"}
    assert forms.without_orphans(EmailSetup, kept) == kept
    assert forms.without_orphans(EmailSetup, kept | {"smtp_user": " "}) == kept | {
        "smtp_user": " ",
        "smtp_password": "",
    }
