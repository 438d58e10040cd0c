"""Encoders: text in, unit vectors out. `faq_index.embedder` is the door; each file here is one part of it."""
