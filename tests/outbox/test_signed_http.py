"""Requests signed by the device: what is covered, and what is refused."""

import base64
import hashlib
from datetime import UTC, datetime

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.errors import ChainError
from agent.event import signed_http

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
WHEN = datetime(2026, 11, 23, 9, 58, 3, tzinfo=UTC)
PATH = "/v1/evidence/" + "ab" * 32
CHUNK = {"Upload-Offset": "262144", "Upload-Complete": "?1", "Content-Type": "application/octet-stream"}


def signed(
    body: bytes = b"sand", headers: dict[str, str] | None = None, method: str = "PATCH"
) -> dict[str, str]:
    sent = CHUNK if headers is None else headers
    return {**sent, **signed_http.sign(method, PATH, sent, body, KEY, "barge-7", WHEN, "n0nce")}


def test_what_the_box_signs_the_station_verifies() -> None:
    signed_http.verify("PATCH", PATH, signed(), b"sand", KEY.public_key())


def test_an_empty_body_is_signed_with_its_digest_too() -> None:
    headers = signed(b"", {}, "HEAD")
    signed_http.verify("HEAD", PATH, headers, b"", KEY.public_key())
    empty = base64.b64encode(hashlib.sha256(b"").digest()).decode()
    assert headers["Content-Digest"] == f"sha-256=:{empty}:"


def test_signature_input_is_written_as_the_wire_format_says() -> None:
    assert signed()["Signature-Input"] == (
        'sandwatch=("@method" "@path" "content-digest" "upload-offset" "upload-complete");'
        'created=1795427883;keyid="barge-7";alg="ed25519";nonce="n0nce"'
    )


def test_the_signature_is_over_the_base_that_rfc_9421_describes() -> None:
    headers = signed(b"", {}, "HEAD")
    parameters = headers["Signature-Input"].removeprefix("sandwatch=")
    base = "\n".join(
        (
            '"@method": HEAD',
            f'"@path": {PATH}',
            f'"content-digest": {headers["Content-Digest"]}',
            f'"@signature-params": {parameters}',
        )
    )
    signature = base64.b64decode(headers["Signature"].removeprefix("sandwatch=:").removesuffix(":"))
    KEY.public_key().verify(signature, base.encode())


def test_header_names_may_come_in_any_case() -> None:
    shouted = {name.upper(): value for name, value in signed().items()}
    assert signed_http.key_id(shouted) == "barge-7"
    signed_http.verify("PATCH", PATH, shouted, b"sand", KEY.public_key())


def test_a_changed_body_is_refused() -> None:
    with pytest.raises(ChainError, match="Content-Digest does not match"):
        signed_http.verify("PATCH", PATH, signed(), b"gold", KEY.public_key())


def test_a_digest_made_again_for_a_changed_body_is_refused() -> None:
    forged = signed_http.sign("PATCH", PATH, CHUNK, b"gold", OTHER, "barge-7", WHEN, "n")["Content-Digest"]
    with pytest.raises(ChainError, match="does not verify"):
        signed_http.verify("PATCH", PATH, {**signed(), "Content-Digest": forged}, b"gold", KEY.public_key())


def test_the_key_of_another_box_is_refused() -> None:
    with pytest.raises(ChainError, match="is not the device's"):
        signed_http.verify("PATCH", PATH, signed(), b"sand", OTHER.public_key())


@pytest.mark.parametrize(("method", "path"), [("POST", PATH), ("PATCH", "/v1/records")])
def test_another_method_or_path_is_refused(method: str, path: str) -> None:
    with pytest.raises(ChainError, match="does not verify"):
        signed_http.verify(method, path, signed(), b"sand", KEY.public_key())


@pytest.mark.parametrize("name", ["Upload-Offset", "Upload-Complete"])
def test_a_changed_offset_is_refused(name: str) -> None:
    with pytest.raises(ChainError, match="does not verify"):
        signed_http.verify("PATCH", PATH, {**signed(), name: "?0"}, b"sand", KEY.public_key())


def test_an_offset_added_on_the_way_is_refused_because_it_is_not_covered() -> None:
    headers = {**signed(b"sand", {}), "Upload-Offset": "0"}
    with pytest.raises(ChainError, match="upload-offset"):
        signed_http.verify("PATCH", PATH, headers, b"sand", KEY.public_key())


def test_a_repeated_offset_is_refused() -> None:
    headers = {**signed(), "upload-offset": "0"}  # the same name in another case: the field stands twice
    with pytest.raises(ChainError, match="does not verify"):
        signed_http.verify("PATCH", PATH, headers, b"sand", KEY.public_key())


def raw_signature(parameters: str, base_lines: tuple[str, ...], label: str = "sandwatch") -> dict[str, str]:
    """A signature of our own making, so that the library cannot correct what is wrong with it."""
    base = "\n".join((*base_lines, f'"@signature-params": {parameters}'))
    signature = base64.b64encode(KEY.sign(base.encode())).decode()
    return {"Signature-Input": f"{label}={parameters}", "Signature": f"{label}=:{signature}:"}


DIGEST = "sha-256=:" + base64.b64encode(hashlib.sha256(b"sand").digest()).decode() + ":"
LINES = ('"@method": POST', '"@path": /v1/records', f'"content-digest": {DIGEST}')
COVERED = '("@method" "@path" "content-digest")'
GOOD = ';created=1795427883;keyid="barge-7";alg="ed25519";nonce="n"'


def verify_raw(headers: dict[str, str]) -> None:
    signed_http.verify(
        "POST", "/v1/records", {**headers, "Content-Digest": DIGEST}, b"sand", KEY.public_key()
    )


def test_a_signature_made_without_the_library_verifies() -> None:
    verify_raw(raw_signature(COVERED + GOOD, LINES))


@pytest.mark.parametrize("left_out", range(3))
def test_a_signature_that_leaves_a_component_out_is_refused(left_out: int) -> None:
    lines = LINES[:left_out] + LINES[left_out + 1 :]
    names = " ".join(line.split(":")[0] for line in lines)
    with pytest.raises(ChainError, match="was not covered"):
        verify_raw(raw_signature(f"({names}){GOOD}", lines))


@pytest.mark.parametrize(
    ("parameters", "problem"),
    [
        (';created=1795427883;keyid="barge-7";nonce="n"', "alg"),
        (';created=1795427883;keyid="barge-7";alg="rsa-pss-sha512";nonce="n"', "algorithm"),
        (';created=1795427883;keyid="barge-7";alg="ed25519"', "nonce"),
        (';keyid="barge-7";alg="ed25519";nonce="n"', "time of creation"),
        (';created=1795427883;alg="ed25519";nonce="n"', "keyid"),
    ],
)
def test_a_signature_that_does_not_say_what_it_must_is_refused(parameters: str, problem: str) -> None:
    with pytest.raises(ChainError, match=problem):
        verify_raw(raw_signature(COVERED + parameters, LINES))


def test_another_label_is_refused() -> None:
    headers = raw_signature(COVERED + GOOD, LINES, label="proxy")
    with pytest.raises(ChainError, match="labelled 'sandwatch'"):
        verify_raw(headers)
    with pytest.raises(ChainError, match="label 'sandwatch'"):
        signed_http.key_id(headers)


def test_a_clock_that_is_years_off_does_not_lock_the_box_out() -> None:
    verify_raw(raw_signature(COVERED + GOOD.replace("1795427883", "0"), LINES))
    verify_raw(raw_signature(COVERED + GOOD.replace("1795427883", "9999999999"), LINES))


def test_an_unsigned_request_names_no_key() -> None:
    with pytest.raises(ChainError, match="not signed"):
        signed_http.key_id({"Content-Type": "text/plain"})


def test_a_device_id_that_is_no_ascii_cannot_be_signed() -> None:
    with pytest.raises(ChainError, match="cannot be signed"):
        signed_http.sign("POST", "/v1/records", {}, b"", KEY, "sà lan", WHEN, "n")


@settings(max_examples=200, derandomize=True, deadline=None)
@given(st.text(max_size=80), st.text(max_size=80), st.text(max_size=40))
def test_whatever_stands_in_the_headers_the_answer_is_a_chain_error(
    inputs: str, signature: str, digest: str
) -> None:
    headers = {"Signature-Input": inputs, "Signature": signature, "Content-Digest": digest}
    with pytest.raises(ChainError):
        signed_http.verify("POST", "/v1/records", headers, b"", KEY.public_key())
    with pytest.raises(ChainError):
        signed_http.key_id(headers)
