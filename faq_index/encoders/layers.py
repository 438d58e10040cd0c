"""The layers of a model: found whatever its architecture calls them, and others put in their place beside the model."""

import copy
from collections.abc import Sequence
from typing import Any


def find_layers(model: Any) -> str | None:
    """Where in `model`, a SentenceTransformer, the list of its transformer's layers is; None when it has none of its own.

    BERT, RoBERTa, MPNet and their kind keep as many modules of one class as their configuration counts layers, in one list.
    """
    import torch

    transformer = model.transformers_model
    count = getattr(getattr(transformer, "config", None), "num_hidden_layers", None)
    if transformer is None or not count:
        return None
    found = [
        path
        for path, module in model.named_modules()
        if isinstance(module, torch.nn.ModuleList) and len(module) == count and len({type(one) for one in module}) == 1
    ]
    return found[0] if len(found) == 1 else None


def with_layers(model: Any, path: str, layers: Sequence[Any]) -> Any:
    """A model that has `layers` for its list at `path` and shares all the rest with `model`, which stays as it is."""
    import torch

    first, _, rest = path.partition(".")
    other = copy.copy(model)
    other._modules = dict(model._modules)  # the copy's own: what is put there must not show in `model`
    if rest:
        other._modules[first] = with_layers(model._modules[first], rest, layers)
    else:
        other._modules[first] = torch.nn.ModuleList(layers)
    return other
