"""Pictures written anew: what cannot be shown is not kept, and what a camera noted beside the picture neither."""

from __future__ import annotations

import io
from typing import Any, Final

from PIL import Image, ImageOps, ImageSequence

Image.MAX_IMAGE_PIXELS = 500_000_000
"""The most that a policy can allow (EvidenceLimits.max_megapixels). Pillow looks at it before it decodes anything."""
KEPT: Final = ("transparency", "background")
"""What belongs to the picture itself; place, time, camera, colour profile and comments are left behind."""


class PictureError(Exception):
    """The picture cannot be taken."""


class PictureTooLargeError(PictureError):
    """The picture has more pixels than the policy allows."""


def written_anew(content: bytes, form: str, *, max_pixels: int) -> bytes:
    """The same picture, in the same format of Pillow's, without metadata; a film of pictures keeps its frames.

    The size is read from the header, before a pixel is decoded. Raises PictureError for what is no such picture.
    """
    try:
        with Image.open(io.BytesIO(content), formats=["JPEG", "MPO"] if form == "JPEG" else [form]) as image:
            _check_size(image, 1, max_pixels)
            if form == "JPEG":
                return _jpeg(image)
            frames = getattr(image, "n_frames", 1)
            _check_size(image, frames, max_pixels)
            return _frames(image, form) if frames > 1 else _plain(image, form)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise PictureTooLargeError from error
    except PictureError:
        raise
    except (OSError, ValueError, SyntaxError, EOFError, KeyError, IndexError, TypeError, OverflowError) as error:
        # What Pillow says of broken files is of many kinds; all of them mean that nobody can look at the picture.
        raise PictureError from error


def _check_size(image: Image.Image, frames: int, max_pixels: int) -> None:
    if image.width * image.height * frames > max_pixels:
        raise PictureTooLargeError


def _jpeg(image: Image.Image) -> bytes:
    """A photo, turned as the camera noted, since that note goes."""
    turned = ImageOps.exif_transpose(image)
    return _saved(_bare(turned if turned.mode in ("L", "RGB") else turned.convert("RGB")), "JPEG", quality=95)


def _plain(image: Image.Image, form: str) -> bytes:
    image.load()
    options = {"lossless": True} if form == "WEBP" else {}
    return _saved(_bare(image.copy()), form, **options)


def _frames(image: Image.Image, form: str) -> bytes:
    durations: list[int] = []
    frames: list[Image.Image] = []
    for frame in ImageSequence.Iterator(image):
        durations.append(int(frame.info.get("duration", 100)))
        frames.append(_bare(frame.convert("RGBA")))
    return _saved(frames[0], form, save_all=True, append_images=frames[1:], duration=durations, loop=0)


def _bare(image: Image.Image) -> Image.Image:
    image.info = {name: value for name, value in image.info.items() if name in KEPT}
    return image


def _saved(image: Image.Image, form: str, **options: Any) -> bytes:
    target = io.BytesIO()
    image.save(target, form, **options)
    return target.getvalue()
