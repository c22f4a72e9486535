"""Releases made of the wheel of this checkout, whole or with something wrong in them."""

import base64
import hashlib
import io
import zipfile
from collections.abc import Callable, Mapping

from box.built import wheel

NAME = "hau_sandwatch-0.2.0-py3-none-any.whl"
Change = Callable[[bytes], bytes]


def packed(files: Mapping[str, bytes], record: str = "fake-1.dist-info/RECORD") -> bytes:
    """A wheel of these files, with the RECORD that belongs to them."""
    raw = io.BytesIO()
    with zipfile.ZipFile(raw, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data, zipfile.ZIP_DEFLATED)
        archive.writestr(zipfile.ZipInfo(record), recorded(files, record))
    return raw.getvalue()


def recorded(files: Mapping[str, bytes], record: str) -> bytes:
    rows = [
        f"{name},sha256={base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b'=').decode()},{len(data)}"
        for name, data in files.items()
    ]
    return "\n".join([*rows, f"{record},,", ""]).encode()


def release(changes: Mapping[str, Change] | None = None) -> bytes:
    """The software of this checkout as version 0.2.0; `changes`: of a file of it what becomes of its content."""
    with zipfile.ZipFile(wheel()) as archive:
        names = [name for name in archive.namelist() if not name.endswith("RECORD")]
        files = {name.replace("-0.1.0.", "-0.2.0."): archive.read(name) for name in names}
    metadata = "hau_sandwatch-0.2.0.dist-info/METADATA"
    files[metadata] = files[metadata].replace(b"Version: 0.1.0", b"Version: 0.2.0", 1)
    for name, change in (changes or {}).items():
        files[name] = change(files[name])
    return packed(files, "hau_sandwatch-0.2.0.dist-info/RECORD")
