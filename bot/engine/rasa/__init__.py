"""What we plug into Rasa. Runs inside the engine's own interpreter (Python 3.10) and imports nothing but Rasa."""
