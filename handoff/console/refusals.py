"""What an act that cannot be is answered with: a status and words, and nothing has changed."""

from collections.abc import Iterator
from contextlib import contextmanager

from fastapi import HTTPException

from handoff.acts import BadTime, NotYours
from handoff.attachments import RefusedFile
from handoff.callbacks import CalledMeanwhile, UnknownCallback
from handoff.capacity import NoRoom
from handoff.console.files import refused
from handoff.console.serving import no_room
from handoff.conversations import UnknownConversation
from handoff.follow_ups import UnknownFollowUp
from handoff.handing_on import UnknownColleague
from handoff.labels import LabelError, UnknownLabel
from handoff.merging import CannotMerge, NotTheirs
from handoff.offers import NoOffer
from handoff.shoppers import BadName
from handoff.suggestions import NotSuggested
from handoff.transitions import IllegalMove
from handoff.windows import UnknownTemplate, WindowOver
from handoff.writing import Unsendable


@contextmanager
def refusals() -> Iterator[None]:
    """Around one act. Raises HTTPException."""
    try:
        yield
    except UnknownConversation:
        raise HTTPException(404, "there is no such conversation") from None
    except UnknownCallback:
        raise HTTPException(404, "there is no such call to make; it may be settled already") from None
    except UnknownLabel:
        raise HTTPException(404, "there is no such label, or no longer") from None
    except UnknownFollowUp:
        raise HTTPException(404, "there is nothing of yours to check there; it may be done already") from None
    except NotSuggested:
        raise HTTPException(404, "nothing was suggested for that") from None
    except CalledMeanwhile:
        raise HTTPException(409, {"reason": "called_meanwhile"}) from None
    except (IllegalMove, NotYours, NotTheirs):
        raise HTTPException(409, "the conversation has moved on; somebody else was faster") from None
    except NoOffer:
        raise HTTPException(409, {"reason": "no_offer"}) from None
    except NoRoom as error:
        raise HTTPException(409, no_room(error)) from None
    except Unsendable as error:
        raise HTTPException(422, {"reason": error.reason, "words": str(error), **error.values}) from None
    except WindowOver as error:
        raise HTTPException(422, {"reason": "window_over", "words": str(error)}) from None
    except UnknownTemplate as error:
        raise HTTPException(422, {"reason": "template", "words": str(error)}) from None
    except RefusedFile as error:
        raise HTTPException(422, refused(error)) from None
    except (UnknownColleague, BadTime, CannotMerge, LabelError, BadName) as error:
        raise HTTPException(422, str(error)) from None
