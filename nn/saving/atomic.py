"""Files that are written as a whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from contextlib import suppress
from errno import EACCES


def write_atomically(path: str | os.PathLike[str], content: bytes) -> None:
    """Make `content` the content of the file `path`; an error or Ctrl-C leaves there what was there before.

    It is written to a temporary file in the same folder, which then takes the place of the old one. The permissions of
    the old file stay. A link stays a link, to the new content.
    """
    target = check_target(path)
    temporary = os.path.join(os.path.dirname(target), f".chainrule-{secrets.token_hex(8)}.tmp")
    try:
        with open(temporary, "xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if os.path.exists(target):
            shutil.copymode(target, temporary)
        os.replace(temporary, target)
    except BaseException as error:
        with suppress(OSError):
            os.unlink(temporary)
        if isinstance(error, OSError):  # of the file that was asked for, not of the temporary one
            raise OSError(error.errno, error.strerror, os.fspath(path)) from None
        raise


def check_target(path: str | os.PathLike[str]) -> str:
    """Return the file that `path` leads to; refuse what is no file, such as a folder, or may not be written."""
    target = os.path.realpath(path)
    if os.path.exists(target) and not os.path.isfile(target):
        raise FileExistsError(f"{os.fspath(path)} is there and is not a file")
    if os.path.exists(target) and not os.access(target, os.W_OK):
        raise PermissionError(EACCES, os.strerror(EACCES), os.fspath(path))
    return target
