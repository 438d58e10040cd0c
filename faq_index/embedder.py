"""The door to the encoders: text in, unit vectors out. The default comes from the package index, verified by its hash."""

from faq_index.encoders.card import Backend, Embedder, EncoderCard, Role, Vectors
from faq_index.encoders.folder import DEFAULT_ENCODER, DEFAULT_SHA256
from faq_index.encoders.opening import open_encoder
from faq_index.encoders.torch_encoder import SentenceEncoder

__all__ = [
    "DEFAULT_ENCODER",
    "DEFAULT_SHA256",
    "Backend",
    "Embedder",
    "EncoderCard",
    "Role",
    "SentenceEncoder",
    "Vectors",
    "open_encoder",
]
