"""The stand-in for the engine as a process that can be killed: `python -m tests.torture.engine PORT`.

It answers every sentence with an echo, hands over when somebody asks for a person, and thinks a little, as Rasa does. What it
says depends on the words alone, so that a turn that is asked again gets the same answer.
"""

import sys
import threading
import time
import zlib
from dataclasses import dataclass

from tests.standins.engine import EngineStandin, Json, handoff

PERSON = "a person, please"  # in a sentence: somebody wants one
_QUICKEST, _SLOWEST = 0.02, 0.25  # seconds


@dataclass
class _Thinking(EngineStandin):
    def answer(self, request: Json) -> tuple[int, Json]:
        self.asked.clear()
        said = str(request["message"])
        time.sleep(_QUICKEST + (_SLOWEST - _QUICKEST) * (zlib.crc32(said.encode()) % 100) / 100)
        if PERSON in said:
            self.on(said, handoff(said))
        status, answer = super().answer(request)
        self.replies.pop(said, None)
        return status, answer


def main(port: str) -> None:
    """Serve until killed."""
    _Thinking().start(int(port))
    threading.Event().wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
