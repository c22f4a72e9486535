"""Requests signed by the device (RFC 9421), with the digest of their body (RFC 9530).

One profile, `docs/wire-format.md`: a single signature with label `sandwatch`, `alg="ed25519"`, `keyid` the
device id, `created` and `nonce`, over `"@method" "@path" "content-digest"` and over `"upload-offset"` and
`"upload-complete"` wherever these are sent. `http-message-signatures` builds and checks the signature; here
stands what it must cover. Header names are taken in any case; repeated fields are joined as HTTP joins them.

`created` is checked for form, not for age: a box without a clock battery may be weeks off, and a request
said twice changes nothing at the station.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import http_sf
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from http_message_signatures import (
    HTTPMessageSignaturesException,
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    VerifyResult,
)
from http_message_signatures.algorithms import ED25519

from agent.errors import ChainError

LABEL = "sandwatch"
ALWAYS_COVERED = ("@method", "@path", "content-digest")
COVERED_WHERE_SENT = ("upload-offset", "upload-complete")


@dataclass(slots=True)
class _Request:
    """A request as the library reads it. It wants a whole URL; only the path of it is ever covered."""

    method: str
    url: str
    headers: dict[str, str]


class _OneKey(HTTPSignatureKeyResolver):
    """The caller has chosen the key by `key_id`; whatever the signature names, only this key counts."""

    def __init__(
        self, *, private: Ed25519PrivateKey | None = None, public: Ed25519PublicKey | None = None
    ) -> None:
        self._private = private
        self._public = public

    def resolve_public_key(self, key_id: str) -> Ed25519PublicKey | None:  # noqa: ARG002 - the library's name
        return self._public

    def resolve_private_key(self, key_id: str) -> Ed25519PrivateKey | None:  # noqa: ARG002
        return self._private


class _Verifier(HTTPMessageVerifier):
    def validate_created_and_expires(self, sig_input: Any, max_age: Any = None) -> None:  # noqa: ARG002
        """Form only, see the module's docstring; this layer has no clock."""
        if not isinstance(sig_input.params.get("created"), int):
            raise HTTPMessageSignaturesException("the signature has no time of creation")


def sign(
    method: str,
    path: str,
    headers: Mapping[str, str],
    body: bytes,
    key: Ed25519PrivateKey,
    device: str,
    created: datetime,
    nonce: str,
) -> dict[str, str]:
    """The headers to add to a request: Content-Digest, Signature-Input and Signature.

    `body` are the bytes as sent (compressed where they are). Raises ChainError on a value that cannot be signed.
    """
    request = _request(method, path, headers)
    before = set(request.headers)
    signer = HTTPMessageSigner(signature_algorithm=ED25519, key_resolver=_OneKey(private=key))
    try:
        signer.sign(
            request,
            key_id=device,
            created=created,
            nonce=nonce,
            label=LABEL,
            covered_component_ids=_covered(request.headers),
            body=body,
        )
    except (HTTPMessageSignaturesException, ValueError, TypeError) as error:
        raise ChainError(f"{method} {path} cannot be signed: {error}") from None
    return {name: value for name, value in request.headers.items() if name not in before}


def verify(method: str, path: str, headers: Mapping[str, str], body: bytes, key: Ed25519PublicKey) -> None:
    """Raise ChainError unless `key` signed this request and its body, by the profile above."""
    request = _request(method, path, headers)
    verifier = _Verifier(signature_algorithm=ED25519, key_resolver=_OneKey(public=key))
    try:
        results = verifier.verify(
            request, max_age=None, require_components=_covered(request.headers), body=body
        )
    except (HTTPMessageSignaturesException, ValueError, TypeError) as error:
        problem = str(error) or "the signature is not the device's"
        raise ChainError(f"the signature of {method} {path} does not verify: {problem}") from None
    _check_profile(results)


def key_id(headers: Mapping[str, str]) -> str:
    """The `keyid` a request claims: a name to look the key up by, unproven until `verify`. Raises ChainError."""
    value = _lower(headers).get("signature-input")
    if value is None:
        raise ChainError("the request is not signed: it has no Signature-Input")
    try:
        signatures: Any = http_sf.parse(value.encode("ascii"), tltype="dictionary")
        name = signatures[LABEL][1]["keyid"]
    except (ValueError, TypeError, KeyError, IndexError):
        raise ChainError(f"Signature-Input names no keyid under the label {LABEL!r}") from None
    if type(name) is not str or not name:
        raise ChainError("the keyid of the signature is not a text")
    return name


def _check_profile(results: list[VerifyResult]) -> None:
    if len(results) != 1 or results[0].label != LABEL:
        raise ChainError(f"a request carries one signature, labelled {LABEL!r}")
    parameters = results[0].parameters
    if parameters.get("alg") != ED25519.algorithm_id:
        raise ChainError('the signature does not say alg="ed25519"')
    if not parameters.get("nonce"):
        raise ChainError("the signature has no nonce")


def _request(method: str, path: str, headers: Mapping[str, str]) -> _Request:
    if not path.startswith("/"):
        raise ChainError(f"{path!r} is no path of a request: it must begin with /")
    # The host is a stand-in: the profile covers no host, so that a box may reach its station by any name.
    return _Request(method, "http://station" + path, _lower(headers))


def _lower(headers: Mapping[str, str]) -> dict[str, str]:
    joined: dict[str, str] = {}
    for name, value in headers.items():
        key = name.lower()
        joined[key] = f"{joined[key]}, {value}" if key in joined else value
    return joined


def _covered(headers: Mapping[str, str]) -> tuple[str, ...]:
    return ALWAYS_COVERED + tuple(name for name in COVERED_WHERE_SENT if name in headers)
