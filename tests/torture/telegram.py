"""The Bot API's stand-in as the runs need it: it writes down what it shows, and now and then fails as Telegram does."""

import threading
from random import Random

from tests.standins.telegram_api import BAD_GATEWAY, Fault, Json, TelegramStandin, too_many
from tests.torture.journal import Delivered, Journal

_FAULTS = (
    BAD_GATEWAY,
    too_many(1),
    Fault(drop="before"),
    Fault(drop="after"),  # it is shown, and the desk never hears of it
    Fault(slow=2.0),
)


class Telegram(TelegramStandin):
    """A stand-in in which one send in `one_in` fails, while `restless`. It lives in the process that is not killed."""

    def __init__(self, journal: Journal, random: Random, one_in: int = 25) -> None:
        super().__init__()
        self._journal, self._random, self._one_in = journal, random, one_in
        self._showing = threading.Lock()
        self.restless = True

    def take_fault(self, method: str, parameters: Json) -> Fault:
        with self._showing:
            fails = self.restless and method == "sendMessage" and self._random.randrange(self._one_in) == 0
            return self._random.choice(_FAULTS) if fails else Fault()

    def _send_message(self, parameters: Json) -> Json:
        with self._showing:  # what is written down first is shown first
            message = super()._send_message(parameters)
            chat, number = str(message["chat"]["id"]), str(message["message_id"])
            self._journal.write(Delivered(chat, number, message["text"]))
            return message
