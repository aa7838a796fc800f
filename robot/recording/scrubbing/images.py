"""What stands in for pictures in a recording.

White ones of one bit a pixel and the same size.
"""

from __future__ import annotations

import struct
import zlib


def blank(image: bytes) -> bytes:
    """Return a white PNG of the size of ``image``.

    That is a PNG, GIF or JPEG. 1 x 1 where its size can't be read.
    """
    width, height = _size(image)
    row = b"\0" + b"\xff" * -(-width // 8)
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    parts = ((b"IHDR", head), (b"IDAT", zlib.compress(row * height, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, data) for name, data in parts)


def _chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def _size(image: bytes) -> tuple[int, int]:
    width = 1
    height = 1
    if image.startswith(b"\x89PNG") and len(image) >= 24:
        width, height = struct.unpack(">II", image[16:24])
    elif image.startswith(b"GIF8") and len(image) >= 10:
        width, height = struct.unpack("<HH", image[6:10])
    elif image.startswith(b"\xff\xd8"):
        width, height = _jpeg(image)
    return (width, height) if 0 < width <= 4096 and 0 < height <= 4096 else (1, 1)


def _jpeg(image: bytes) -> tuple[int, int]:
    at = 2
    while at + 9 < len(image) and image[at] == 0xFF:
        if image[at + 1] in range(0xC0, 0xC4):
            height, width = struct.unpack(">HH", image[at + 5 : at + 9])
            return width, height
        at += 2 + int(struct.unpack(">H", image[at + 2 : at + 4])[0])
    return 1, 1
