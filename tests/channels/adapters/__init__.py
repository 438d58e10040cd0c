"""One adapter per channel: how the contract suite plays a shopper on it. tests/channels/README.md says how to write one."""
