"""Reading the body of an answer: whole or not at all, and never more than it may be.

Owns decompression and the two bounds, length and time. Piece by piece, so that neither a trickle, which no socket time
limit sees, nor a small answer that unpacks into a flood gets past them.
"""

import time
import zlib
from collections.abc import Callable

PIECE = 64 * 1024
GZIP = 31  # zlib's name for a window of 32 KiB within gzip's header and checksum


class Broken(OSError):
    """The body began and did not arrive whole: worth asking again."""


class Unwanted(ValueError):
    """An answer that must not be read, and would be no better a second time."""


def read_whole(read1: Callable[..., bytes], encoding: str, limit: int, deadline: float) -> bytes:
    """The body, decompressed.

    urllib3 would decompress by itself, but takes a gzip stream that stops anywhere for a whole one.

    Args:
        read1: urllib3's `HTTPResponse.read1`: what is there, up to a number of bytes; empty at the end.
        encoding: the Content-Encoding; gzip and identity are read.
        limit: the longest body, in bytes after decompression.
        deadline: on the clock of `time.monotonic`.

    Raises:
        Broken: it stops before its end, or goes on after it; it is not gzip though said to be; the deadline has passed.
        Unwanted: it is longer than `limit`, or in an encoding that was not asked for.
    """
    name = encoding.strip().lower()
    if name not in ("identity", "gzip"):
        raise Unwanted(f"it comes in encoding {name!r}, where only gzip was asked for")
    inflate = zlib.decompressobj(GZIP) if name == "gzip" else None
    body, began = bytearray(), False
    while piece := read1(PIECE, decode_content=False):
        began = True
        body += _inflated(inflate, piece, limit - len(body) + 1) if inflate else piece
        if len(body) > limit:
            raise Unwanted(f"it is longer than {limit:,} bytes")
        if time.monotonic() > deadline:
            raise Broken(f"only {len(body):,} bytes came by the deadline")
    if inflate and began and (inflate.unused_data or not inflate.eof):
        raise Broken(f"the gzip stream does not end where the answer ends, after {len(body):,} bytes")
    return bytes(body)


def _inflated(inflate: "zlib._Decompress", piece: bytes, most: int) -> bytes:
    try:
        return inflate.decompress(piece, most)
    except zlib.error as error:
        raise Broken(f"not a gzip stream: {error}") from error
