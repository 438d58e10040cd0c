"""A release: one immutable, verified folder of articles, vectors, head and thresholds, named by its content."""

from faq_index.release.building import build
from faq_index.release.loading import Release, load
from faq_index.release.manifest import FORMAT, read_manifest
from faq_index.release.publishing import current, publish

__all__ = ["FORMAT", "Release", "build", "current", "load", "publish", "read_manifest"]
