"""What others chose and the desk keeps in columns of a fixed width: PostgreSQL refuses what does not fit, SQLite keeps it.

So it is settled here, before a database is asked, and alike on both.
"""

from hashlib import sha256

# Characters, as the columns of handoff/model.py have it. A mail address has up to 254, and with its thread some more.
LONGEST = 200
LONGEST_ADDRESS = 320


class UnusableAddress(ValueError):
    """Nobody can be answered at such an address: it is empty, too long, or holds signs that no address has."""


def usable_address(given: str, most: int = LONGEST_ADDRESS) -> str:
    """The address as it is: cut or changed, it would be another one's. Raises UnusableAddress."""
    if not 0 < len(given) <= most or not given.isprintable():
        raise UnusableAddress(
            f"an address of {len(given)} characters cannot be kept; it has 1 to {most} that can be printed"
        )
    return given


def kept_id(given: str) -> str:
    """A provider's id as it is kept: itself, or its SHA-256 where it does not fit. The same one is always kept alike."""
    if len(given) <= LONGEST and given.isprintable():
        return given
    return f"sha256:{sha256(given.encode('utf-8', 'surrogatepass')).hexdigest()}"
