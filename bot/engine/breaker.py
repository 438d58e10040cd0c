"""A circuit breaker: an engine that fails again and again is left alone for a while, and costs no more turns their budget."""

from typing import Literal

State = Literal["closed", "open", "half-open"]

FAILURES = 4  # tries in a row; two turns, each with its retry
FIRST_PAUSE, LONGEST_PAUSE = 5.0, 15.0  # seconds; short, because shoppers who come meanwhile get no bot


class Breaker:
    """Of one engine. `now` is a reading of a monotonic clock in seconds.

    Closed: every try is let through. Open: none is. When the pause is over it is half-open: one try is let through as a probe,
    which closes it, or opens it again for longer.
    """

    def __init__(self) -> None:
        self._failures = 0
        self._pause = FIRST_PAUSE
        self._opened_at: float | None = None
        self._probe_since: float | None = None

    def state(self, now: float) -> State:
        if self._opened_at is None:
            return "closed"
        return "half-open" if now - self._opened_at >= self._pause else "open"

    @property
    def failures(self) -> int:
        """In a row, until now."""
        return self._failures

    def admits(self, now: float) -> bool:
        """Whether a try could begin now; nothing is booked."""
        state = self.state(now)
        # A probe of which nobody ever heard again is forgotten, or the engine would be left alone for good.
        probing = self._probe_since is not None and now - self._probe_since < LONGEST_PAUSE
        return state == "closed" or (state == "half-open" and not probing)

    def begin(self, now: float) -> None:
        """A try begins; call only when it is admitted."""
        if self.state(now) == "half-open":
            self._probe_since = now

    def abandon(self) -> None:
        """The try was broken off, and nothing was learned of the engine."""
        self._probe_since = None

    def succeeded(self) -> bool:
        """The engine answered. Returns whether that closed the breaker."""
        was_open = self._opened_at is not None
        self._failures, self._pause, self._opened_at, self._probe_since = 0, FIRST_PAUSE, None, None
        return was_open

    def failed(self, now: float) -> bool:
        """The engine did not answer. Returns whether that opened the breaker, for the first time or again."""
        self._failures += 1
        if self._opened_at is not None:
            if self.state(now) == "open":  # a try that had begun before; it tells nothing new
                return False
            self._pause = min(2 * self._pause, LONGEST_PAUSE)
        elif self._failures < FAILURES:
            return False
        self._opened_at, self._probe_since = now, None
        return True
