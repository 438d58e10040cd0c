"""Channels: where shoppers are. One folder each: routes (what comes in), payloads (its shapes), transport (what goes out)."""
