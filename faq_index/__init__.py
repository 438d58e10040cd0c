"""What the bot knows, and how it understands a message."""

import os

# torch's threads spin while they wait for each other. Where other processes want the same cores, the one that they wait for
# does not run: with two threads on two busy cores a message took more than ten times as long. Read when torch is loaded,
# which spaCy does too, so it is said before anything else here.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
