"""Sending a message that takes several calls, so that a repeated delivery goes on where the one before stopped."""

from collections.abc import Awaitable, Callable, Sequence

from handoff.outbox import Delivery, Sent

_REMEMBERED = 1_000  # messages
Step = Callable[[], Awaitable[str | Sent | None]]


class PartByPart:
    """Knows, in this process, how many parts of a message have arrived, the provider's id of the last, and what was remarked.

    By message: the number of an outbox row may come again after an erasure. And by how often it is sent anew, which is in the
    database: what a provider took and could not deliver counts no more, whichever desk hears of it.
    """

    def __init__(self) -> None:
        self._arrived: dict[tuple[str, int], tuple[int, Sent]] = {}

    async def send(self, delivery: Delivery, steps: Sequence[Step]) -> Sent:
        """Do what is left of the steps, in order. What a step raises goes to the caller."""
        which = delivery.message_id, delivery.anew
        arrived, so_far = self._arrived.get(which, (0, Sent(None)))
        for step in steps[arrived:]:
            done = await step()
            done = done if isinstance(done, Sent) else Sent(done)
            so_far = Sent(done.provider_id, done.why or so_far.why, " · ".join(filter(None, (so_far.said, done.said))))
            arrived += 1
            self._arrived[which] = (arrived, so_far)
            if len(self._arrived) > _REMEMBERED:
                del self._arrived[next(iter(self._arrived))]
        return so_far
