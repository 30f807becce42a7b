"""A CSV file in, the first quoted value out that doesn't end where a field ends: a reader would guess there.

Arrow, like most readers, takes all that follows a quote that is never closed for one value, and glues text
after a closing quote to the value. The rule is that of RFC 4180, 2.5 to 2.7: a value that begins with a quote
ends with one, quotes within it are doubled. A quote further on in a value without quotes is a character.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from pathlib import Path

#: Read at once. A quoted value can't be larger either, nor could Arrow read it in blocks of this size.
CHUNK = 8 << 20

#: Encodings in which a byte below 128 is always ASCII's; the names are those of codecs.lookup.
_LIKE_ASCII = re.compile(r"utf-8|ascii|iso8859-\d+|cp125\d")

_QUOTED = rb'"[^"]*+"(?:"[^"]*+")*+'


def broken(path: Path, encoding: str, delimiter: str) -> str | None:
    """The rule that is broken first, with its line; None if each quoted value ends where a field ends.

    Raises UnicodeError for text that has to be decoded first, and is not of the encoding.
    """
    ends = re.escape(delimiter.encode()) + rb"\r\n"
    sound = re.compile(rb'[^"]*+(?:(?:(?<=[%b])%b(?=[%b])|(?<![%b])")[^"]*+)*+' % (ends, _QUOTED, ends, ends))
    glued = re.compile(rb'%b(?=[^"%b])' % (_QUOTED, ends))
    held, line = b"\n", 0  # what is not yet judged, from one byte before it, and the lines that end before that
    for chunk in _chunks(path, encoding):
        text = held + chunk
        upto = _end(sound, text) if len(held) > 1 or b'"' in chunk else len(text)
        line += text.count(b"\n", 0, upto - 1)
        held = text[upto - 1 :]
        opens = line + held.count(b"\n", 0, 1)
        if found := glued.match(held, 1):
            closes = opens + held.count(b"\n", 1, found.end())
            return f"the value that a quote opens on line {opens} goes on after its closing quote on line {closes}"
        if len(held) > CHUNK:
            break
    return f"the quote that opens a value on line {opens} is never closed" if len(held) > 1 else None


def _end(sound: re.Pattern[bytes], text: bytes) -> int:
    found = sound.match(text, 1)
    assert found is not None, "the pattern matches the empty text too"
    return found.end()


def _chunks(path: Path, encoding: str) -> Iterator[bytes]:
    """The file's text in pieces, in an encoding that is like ASCII, with the end of a line at its end."""
    decode = None
    if not _LIKE_ASCII.fullmatch(codecs.lookup(encoding).name):
        decode = codecs.getincrementaldecoder(encoding)().decode
    with path.open("rb") as file:
        file.seek(len(codecs.BOM_UTF8) if file.read(3) == codecs.BOM_UTF8 else 0)
        while chunk := file.read(CHUNK):
            yield decode(chunk).encode() if decode else chunk
    yield b"\n"
