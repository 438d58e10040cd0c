"""Sending a message that takes several calls, so that a repeated delivery goes on where the one before stopped."""

from collections.abc import Awaitable, Callable, Sequence

_REMEMBERED = 1_000  # messages
Step = Callable[[], Awaitable[str | None]]


class PartByPart:
    """Knows, in this process, how many parts of a message have arrived, and the provider's id of the last.

    By message: the number of an outbox row may come again after an erasure.
    """

    def __init__(self) -> None:
        self._arrived: dict[str, tuple[int, str | None]] = {}

    async def send(self, message_id: str, steps: Sequence[Step]) -> str | None:
        """Do what is left of the steps, in order; returns the id of the last. What a step raises goes to the caller."""
        arrived, provider_id = self._arrived.get(message_id, (0, None))
        for step in steps[arrived:]:
            provider_id = await step()
            arrived += 1
            self._arrived[message_id] = (arrived, provider_id)
            if len(self._arrived) > _REMEMBERED:
                del self._arrived[next(iter(self._arrived))]
        return provider_id
