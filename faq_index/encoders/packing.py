"""Weights laid out for the processor once, instead of at every message."""

import copy
from typing import Any


def pack_linears(model: Any) -> bool:
    """Replace the linear layers of `model` by ones whose weights oneDNN has laid out; whether there was anything to gain.

    They compute the same products in another order, so numbers differ by about 1e-7. Measured on the default encoder
    (docs/encoders.md): a third less time for a message.
    """
    import torch

    operators = torch.ops.mkldnn
    available = torch.backends.mkldnn.is_available()  # type: ignore[no-untyped-call]
    if not available or not hasattr(operators, "_linear_pointwise"):
        return False

    class PackedLinear(torch.nn.Module):
        def __init__(self, linear: torch.nn.Linear) -> None:
            super().__init__()
            self.weight = operators._reorder_linear_weight(linear.weight.detach())
            self.bias = None if linear.bias is None else linear.bias.detach()

        def forward(self, given: torch.Tensor) -> Any:
            return operators._linear_pointwise(given, self.weight, self.bias, "none", [], "")

        def unpacked(self) -> torch.nn.Linear:
            weight = self.weight.to_dense()  # the same numbers, laid out as they were
            linear = torch.nn.Linear(weight.shape[1], weight.shape[0], bias=self.bias is not None)
            with torch.no_grad():
                linear.weight.copy_(weight)
                if self.bias is not None:
                    linear.bias.copy_(self.bias)
            return linear

    def replace(module: torch.nn.Module) -> None:
        for name, child in module.named_children():
            if type(child) is torch.nn.Linear and child.weight.dtype == torch.float32:
                setattr(module, name, PackedLinear(child))
            else:
                replace(child)

    replace(model)
    return True


def unpacked_copy(module: Any) -> Any:
    """A copy of `module` with weights of its own that can be trained and saved, packed or not."""
    if hasattr(module, "unpacked"):
        return module.unpacked()
    own = copy.copy(module)
    own._parameters = {name: copy.deepcopy(parameter) for name, parameter in module._parameters.items()}
    own._buffers = {name: copy.deepcopy(buffer) for name, buffer in module._buffers.items()}
    own._modules = {name: unpacked_copy(child) for name, child in module._modules.items()}
    return own
