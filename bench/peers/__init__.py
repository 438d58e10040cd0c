"""faqdesk's understanding beside what else a shop could run, on the same base and queries (docs/peers.md)."""
