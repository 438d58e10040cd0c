"""Zalo, by an Official Account and its API version 3."""
