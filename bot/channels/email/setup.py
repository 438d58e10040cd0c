"""The mailbox of a shop, and how it is reached: [desk.email] of faqdesk.toml, or FAQDESK_DESK_EMAIL__* variables."""

import ipaddress
import json
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, SecretStr, field_validator, model_validator
from pydantic_core import PydanticCustomError

from bot.channels.email.mime import Unreadable, normal_address
from bot.channels.setup import Setup

Security = Literal["tls", "starttls", "none"]


class Address(BaseModel):
    """One address of the shop: which team its mails are for, and their language where that goes without saying."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    address: str
    team: str = ""  # its name; none: everybody's
    language: str = ""

    @field_validator("address")
    @classmethod
    def _usable(cls, given: str) -> str:
        try:
            return normal_address(given)
        except Unreadable:
            words = "'{address}' is no mail address; write help@shop.example"
            raise PydanticCustomError("mail_address", words, {"address": given}) from None


def _listed(given: Any) -> Any:
    """From a page or a variable: "help@shop.example, returns@shop.example: Returns: es"; as JSON it is read elsewhere."""
    if not isinstance(given, str):
        return given
    if given.lstrip().startswith("["):
        return json.loads(given)
    lines = ([part.strip() for part in one.split(":")] for one in given.replace("\n", ",").split(",") if one.strip())
    return [dict(zip(("address", "team", "language"), line, strict=False)) for line in lines]


class EmailSetup(Setup):
    """Mails are read by IMAP and sent by SMTP, with a password or with OAuth (XOAUTH2)."""

    addresses: Annotated[tuple[Address, ...], BeforeValidator(_listed), Field(min_length=1)]
    user: str = Field(min_length=1, max_length=254)
    password: SecretStr = SecretStr("")
    imap_host: str = Field(min_length=1, max_length=253)
    imap_port: int = Field(993, ge=1, le=65535)
    imap_security: Security = "tls"
    folder: str = Field("INBOX", min_length=1, max_length=200)
    smtp_host: str = Field(min_length=1, max_length=253)
    smtp_port: int = Field(465, ge=1, le=65535)
    smtp_security: Security = "tls"
    smtp_user: str = Field("", max_length=254)  # when it is another account than the mailbox's
    smtp_password: SecretStr = SecretStr("")  # of smtp_user; nothing without it
    oauth_token_url: str = Field("", max_length=500)
    oauth_client_id: str = Field("", max_length=500)
    oauth_client_secret: SecretStr = SecretStr("")
    oauth_refresh_token: SecretStr = SecretStr("")
    authserv_id: str = Field("", max_length=253)  # by which the mailbox's own server signs Authentication-Results
    largest_mail: int = Field(30_000_000, ge=10_000, le=100_000_000)  # bytes
    mails_per_hour: int = Field(20, ge=1)  # of one sender; more are a machine's, and are left in the mailbox
    poll_seconds: int = Field(30, ge=1, le=3600)  # where the server cannot say that something came

    # What is got for the refresh token goes to both servers; so does the password, where sending has none of its own.
    sent_to: ClassVar[Mapping[str, tuple[str, ...]]] = {
        "password": ("imap_host", "smtp_host"),
        "smtp_password": ("smtp_host",),
        "oauth_client_secret": ("oauth_token_url",),
        "oauth_refresh_token": ("oauth_token_url", "imap_host", "smtp_host"),
    }

    @classmethod
    def needless(cls, values: Mapping[str, str]) -> frozenset[str]:
        """Either a password or tokens open the mailbox, and sending has a password of its own with an account of its own."""
        tokens, sender = values.get("oauth_token_url", "").strip(), values.get("smtp_user", "").strip()
        found = set() if sender else {"smtp_password"}
        if not tokens:
            found |= {"oauth_client_secret", "oauth_refresh_token"}
        elif not sender:
            found.add("password")
        return frozenset(found)

    @property
    def by_oauth(self) -> bool:
        """Whether tokens are fetched instead of using a password."""
        return bool(self.oauth_token_url)

    @property
    def sender(self) -> tuple[str, str]:
        """The account that mails are sent with, and its password: the mailbox's, or one of its own."""
        own = self.smtp_password.get_secret_value() if self.smtp_user else ""
        return self.smtp_user or self.user, own or self.password.get_secret_value()

    @property
    def own(self) -> frozenset[str]:
        """Addresses whose mails are our own."""
        return frozenset(one.address for one in self.addresses) | {self.user.lower()}

    @model_validator(mode="after")
    def _check_secrets(self) -> "EmailSetup":
        tokens = (self.oauth_client_id, self.oauth_refresh_token.get_secret_value())
        if self.by_oauth and not all(tokens):
            raise PydanticCustomError(
                "oauth_parts", "oauth_token_url is set, so oauth_client_id and oauth_refresh_token are needed too"
            )
        if self.by_oauth and not self.oauth_token_url.startswith("https://") and not _is_here(self.oauth_token_url):
            raise PydanticCustomError(
                "oauth_https", "oauth_token_url must begin with https://; tokens are as good as passwords"
            )
        if not self.by_oauth and not self.password.get_secret_value():
            raise PydanticCustomError(
                "no_password", "the mailbox needs its password, or oauth_token_url with what belongs to it"
            )
        return self

    @model_validator(mode="after")
    def _check_lines(self) -> "EmailSetup":
        for name in ("imap", "smtp"):
            host = getattr(self, f"{name}_host")
            if getattr(self, f"{name}_security") == "none" and not _is_loopback(host):
                words = "{name}_security may be none on this machine only; {host} is another"
                raise PydanticCustomError("unencrypted", words, {"name": name, "host": host})
        return self


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _is_here(url: str) -> bool:
    """Whether all that stands before the path is this machine and a port: "http://localhost:x@evil.example" is elsewhere."""
    host, colon, port = url.removeprefix("http://").partition("/")[0].partition(":")
    return url.startswith("http://") and _is_loopback(host) and (not colon or (port.isascii() and port.isdecimal()))
