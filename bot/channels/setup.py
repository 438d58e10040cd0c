"""What a channel must be given: the base of every channel's own setup."""

from pydantic import BaseModel, ConfigDict


class Setup(BaseModel):
    """The values of one channel, from faqdesk.toml, the environment or the admins' page. Secrets are SecretStr.

    One without its secrets does not validate, so no channel starts that anybody could speak for.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)
