"""Messenger: what people write to the shop's page on Facebook."""
