"""Sending a message that takes several calls, so that a repeated delivery goes on where the one before stopped."""

from collections.abc import Awaitable, Callable, Sequence

from handoff.outbox import Sent

_REMEMBERED = 1_000  # messages
Step = Callable[[], Awaitable[str | Sent | None]]


class PartByPart:
    """Knows, in this process, how many parts of a message have arrived, the provider's id of the last, and what was remarked.

    By message: the number of an outbox row may come again after an erasure.
    """

    def __init__(self) -> None:
        self._arrived: dict[str, tuple[int, Sent]] = {}

    async def send(self, message_id: str, steps: Sequence[Step]) -> Sent:
        """Do what is left of the steps, in order. What a step raises goes to the caller."""
        arrived, so_far = self._arrived.get(message_id, (0, Sent(None)))
        for step in steps[arrived:]:
            done = await step()
            done = done if isinstance(done, Sent) else Sent(done)
            so_far = Sent(done.provider_id, done.why or so_far.why, " · ".join(filter(None, (so_far.said, done.said))))
            arrived += 1
            self._arrived[message_id] = (arrived, so_far)
            if len(self._arrived) > _REMEMBERED:
                del self._arrived[next(iter(self._arrived))]
        return so_far
