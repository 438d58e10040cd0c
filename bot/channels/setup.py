"""What a channel must be given: the base of every channel's own setup, and the sorts of values that several have.

What is wrong with a value is said by a PydanticCustomError: its type is the key of words for admins, below
channels.any.wrong or channels.<name>.wrong in bot/words; its English is for whoever writes faqdesk.toml.
"""

import ipaddress
import re
from collections.abc import Mapping
from typing import Annotated, ClassVar

from pydantic import AfterValidator, BaseModel, ConfigDict, SecretStr
from pydantic_core import PydanticCustomError

_COPIED = re.compile(r"[\x21-\x7e]*")
_HTTPS = re.compile(r"https://[\w.-]+(:\d+)?/?", re.ASCII)
_HTTP = re.compile(r"http://([\w.-]+|\[[0-9a-f:]+\])(:\d+)?/?", re.ASCII)


class Setup(BaseModel):
    """The values of one channel, from faqdesk.toml, the environment or the admins' page. Secrets are SecretStr.

    One without its secrets does not validate, so no channel starts that anybody could speak for. `sent_to` names for each
    secret the fields that say where it goes: a kept secret never goes to an address that was typed after it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    sent_to: ClassVar[Mapping[str, tuple[str, ...]]] = {}

    @classmethod
    def needless(cls, values: Mapping[str, str]) -> frozenset[str]:
        """The secrets that go nowhere with these values as they were typed."""
        return frozenset()


def _as_given(secret: SecretStr) -> SecretStr:
    """Without spaces around it. What no provider gives would fit into no header, or be refused for no visible reason."""
    value = secret.get_secret_value().strip()
    if not _COPIED.fullmatch(value):
        raise PydanticCustomError(
            "copied", "holds a space or a sign that no provider gives, perhaps an invisible one; copy it again"
        )
    return SecretStr(value)


def _reachable(address: str) -> str:
    plain = _HTTP.fullmatch(address)
    if not _HTTPS.fullmatch(address) and not (plain and _is_within(plain[1])):
        raise PydanticCustomError(
            "https", "'{address}' is no https address; leave it out to reach the provider itself", {"address": address}
        )
    return address.rstrip("/")


def _is_within(host: str) -> bool:
    """Whether the host is this machine or of its own network: a private address, or a name without dots, as containers have.

    A number is no name: resolvers take it for an address, whichever it is.
    """
    try:
        return ipaddress.ip_address(host.strip("[]")).is_private
    except ValueError:
        return "." not in host and host[0].isalpha()


Copied = Annotated[SecretStr, AfterValidator(_as_given)]
"""A secret that the provider gave."""
Reachable = Annotated[str, AfterValidator(_reachable)]
"""Where secrets go: https, or this machine and its own network."""
