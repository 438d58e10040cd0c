"""Pictures from strangers: decoded within limits and encoded anew, so that nothing but pixels is kept."""

import io
import threading
import warnings
from dataclasses import dataclass

from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

MOST_PIXELS = 40_000_000  # of one frame; a phone's camera has 12 to 50 million, most of them far less when sent
_MOST_FRAME_PIXELS = 120_000_000  # of all frames of a moving picture together
_FORMATS = {"image/png": "PNG", "image/jpeg": "JPEG", "image/webp": "WEBP", "image/gif": "GIF"}
# A picture of that size takes 160 MB while it is decoded: one at a time.
_ONE_AT_A_TIME = threading.Lock()


class BadPicture(Exception):
    """It cannot be decoded, or is larger than is decoded here."""


@dataclass(frozen=True)
class Picture:
    """Width and height in pixels."""

    data: bytes
    width: int
    height: int


def encode_anew(data: bytes, media_type: str) -> Picture:
    """The same picture without place, camera, comments or anything behind its end. Raises BadPicture."""
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(io.BytesIO(data), formats=[_FORMATS[media_type]]) as image:
                return _encode(image, _FORMATS[media_type])
        except (UnidentifiedImageError, Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
            raise BadPicture(str(error)) from error
        except (OSError, SyntaxError, ValueError, EOFError, MemoryError, OverflowError, IndexError) as error:
            raise BadPicture(f"it is damaged: {error}") from error


def _encode(image: Image.Image, form: str) -> Picture:
    frames = getattr(image, "n_frames", 1)
    pixels = image.width * image.height
    if pixels > MOST_PIXELS or (frames > 1 and pixels * frames > _MOST_FRAME_PIXELS):
        raise BadPicture(f"it has {image.width} × {image.height} pixels in {frames} frames; that is too much")
    written = io.BytesIO()
    if frames > 1 and form in ("GIF", "WEBP"):
        _save_moving(image, form, written)
        return Picture(written.getvalue(), image.width, image.height)
    upright = ImageOps.exif_transpose(image)
    if form == "JPEG" and upright.mode not in ("RGB", "L"):
        upright = upright.convert("RGB")
    bare = Image.new(upright.mode, upright.size)
    bare.paste(upright)
    if upright.palette is not None:
        bare.putpalette(upright.palette)
    more = {"quality": 90} if form in ("JPEG", "WEBP") else {}
    if "transparency" in upright.info and form in ("PNG", "GIF"):
        more["transparency"] = upright.info["transparency"]
    bare.save(written, form, **more)
    return Picture(written.getvalue(), bare.width, bare.height)


def _save_moving(image: Image.Image, form: str, written: io.BytesIO) -> None:
    shown, lasts = [], []
    for frame in ImageSequence.Iterator(image):
        lasts.append(int(frame.info.get("duration", 100)))
        shown.append(frame.convert("RGBA"))
    for frame in shown:
        frame.info.clear()
    shown[0].save(written, form, save_all=True, append_images=shown[1:], duration=lasts, loop=0)
