"""How good the understanding is: a base, a file of queries, and the figures of docs/evaluation.md on the code that serves."""
