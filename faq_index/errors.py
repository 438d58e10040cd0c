"""Errors that a person can meet here. Each says what is wrong, why, and what to do."""


class KnowledgeError(Exception):
    """The articles or phrasings cannot make a release."""


class ReleaseError(Exception):
    """A release on disk cannot be served: missing, altered, or made for another encoder."""


class EncoderError(Exception):
    """The sentence encoder cannot be loaded."""


class SettingsError(Exception):
    """faqdesk.toml or a FAQDESK_... variable is wrong."""
