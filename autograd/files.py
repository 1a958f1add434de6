"""Write files atomically."""

from __future__ import annotations

import os
import re
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from errno import EACCES, EPERM, EROFS
from typing import BinaryIO


def write_file(path: str | os.PathLike[str], content: str | bytes) -> None:
    """Write `content` to the file `path`. An error or Ctrl-C leaves the old file unchanged.

    Text is encoded in UTF-8, with U+FFFD for lone surrogates. The content goes to a temporary file in the same folder,
    which then replaces the old file, so the folder must be writable. The permissions of the old file are kept, also its
    owner if the system allows it. A symbolic link stays a link.
    """
    target = check_target(path)
    with _temporary_beside(target, path) as file:
        file.write(content if isinstance(content, bytes) else re.sub("[\ud800-\udfff]", "\ufffd", content).encode())
        file.flush()
        os.fsync(file.fileno())
        file.close()
        _copy_permissions(target, file.name)
        os.replace(file.name, target)


def check_writable(path: str | os.PathLike[str]) -> None:
    """Raise an OSError if `write_file` could not write to `path`. Call it before long work."""
    with _temporary_beside(check_target(path), path):
        pass


def check_target(path: str | os.PathLike[str]) -> str:
    """Return the file that `path` links to. Raise an OSError if the file or its folder is not writable."""
    target = os.path.realpath(path)
    folder = os.path.dirname(target)
    if os.path.exists(target) and not os.path.isfile(target):
        raise FileExistsError(f"the path must be a file, got a folder or a device: {os.fspath(path)}")
    if os.path.exists(folder) and not os.access(folder, os.W_OK):
        raise _folder_error(EACCES, folder)
    if os.path.exists(target) and not os.access(target, os.W_OK):
        raise PermissionError(EACCES, os.strerror(EACCES), os.fspath(path))
    return target


def _folder_error(code: int, folder: str) -> OSError:
    return OSError(code, f"cannot write into the folder {folder}: {os.strerror(code).lower()}")


@contextmanager
def _temporary_beside(target: str, path: str | os.PathLike[str]) -> Iterator[BinaryIO]:
    """Open a temporary file in the folder of `target`, and remove it at the end. Errors name `path` or the folder."""
    folder = os.path.dirname(target)
    temporary = os.path.join(folder, f".chainrule-{secrets.token_hex(8)}.tmp")
    try:
        with open(temporary, "xb") as file:
            yield file
    except OSError as error:
        if error.errno in (EACCES, EPERM, EROFS) and not os.path.exists(temporary):
            raise _folder_error(error.errno, folder) from None
        raise OSError(error.errno, error.strerror, os.fspath(path)) from None
    finally:
        with suppress(OSError):
            os.unlink(temporary)


def _copy_permissions(target: str, temporary: str) -> None:
    if os.path.exists(target):
        old = os.stat(target)
        if hasattr(os, "chown"):
            with suppress(OSError):  # only root may give a file away
                os.chown(temporary, old.st_uid, old.st_gid)
        os.chmod(temporary, stat.S_IMODE(old.st_mode))
