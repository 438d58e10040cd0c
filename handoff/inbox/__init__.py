"""The inbox: which conversations an agent sees, in which order, and what a line of it says."""
