"""How a stranger's file is given out: nothing in it runs, and only plain pictures are shown in their place."""

from urllib.parse import quote

from fastapi.responses import Response

from handoff.desk_model import Attachment
from handoff.file_kinds import PICTURES


def as_response(file: Attachment, data: bytes) -> Response:
    """The bytes under the type that was found in them. All but raster pictures are to be saved, not shown."""
    how = "inline" if file.media_type in PICTURES else "attachment"
    return Response(
        data,
        media_type=file.media_type,
        headers={
            "content-disposition": f"{how}; filename*=UTF-8''{quote(file.name, safe='')}",
            "content-security-policy": "default-src 'none'; sandbox; frame-ancestors 'none'",
            "x-content-type-options": "nosniff",
            "cross-origin-resource-policy": "same-origin",
            "cache-control": "private, max-age=3600",
        },
    )
