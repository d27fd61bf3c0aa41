"""Certificates made for these tests with `openssl req -x509`; their keys are gone."""

import base64
import datetime as dt

import pytest

from scanwarden.audit.active.certificate import read_certificate
from scanwarden.audit.active.greet import judged

WEAK = base64.b64decode(
    "MIICaTCCAdKgAwIBAgIUH/Swn375F8PTrVx5P+H6H+aevVwwDQYJKoZIhvcNAQEFBQAwLjEQMA4GA1UECgwHRXhhbXBsZTEaMBgG"
    "A1UEAwwRYXVkaXQuZXhhbXBsZS5vcmcwHhcNMjYxMTIyMDg1MDE5WhcNMzYxMTE5MDg1MDE5WjAuMRAwDgYDVQQKDAdFeGFtcGxl"
    "MRowGAYDVQQDDBFhdWRpdC5leGFtcGxlLm9yZzCBnzANBgkqhkiG9w0BAQEFAAOBjQAwgYkCgYEA2GX+fxdBcQh5Sr04FfaxBcIM"
    "dK7XswYoivcJQ1bpHeSqyBg02oaZUG8FZYrdTyQ0TjVRBkgkec/4MN1qszWj6+DBXSfM7hGiGwfNwlpaxoiv1PfQVNKqnmfQF1Mr"
    "QLnKOQPoOwl3g0Qpy+p6cXQOQCgWBTHPS16qFjAXD2fxh1cCAwEAAaOBgzCBgDAdBgNVHQ4EFgQU5VMhhuszvh7I6kxqSSlU7CM6"
    "o2wwHwYDVR0jBBgwFoAU5VMhhuszvh7I6kxqSSlU7CM6o2wwDwYDVR0TAQH/BAUwAwEB/zAtBgNVHREEJjAkghFhdWRpdC5leGFt"
    "cGxlLm9yZ4IPd3d3LmV4YW1wbGUub3JnMA0GCSqGSIb3DQEBBQUAA4GBABl/XyZBd7pgg3tJd6DDbIBUT4sU1gJtmX8+p1BcaTA/"
    "dWeOEJSG+pjURDg9xlLpZtmwnLPbGGeREwj14c5v/AmVmUR2w3OYLYfer38e0LmeoFn+CnolsrOFrAHy+yQQHqDbqf2SdAk8m4Id"
    "TwI2rHJWrsjVJSUWK5+eTpX0qQBS"
)
SOUND = base64.b64decode(
    "MIIBdTCCARugAwIBAgIUHeiThe1Ff+KIkZrS7JD+fJZBrQIwCgYIKoZIzj0EAwIwEDEOMAwGA1UEAwwFcGxhaW4wHhcNMjYxMTIy"
    "MDg1MDE5WhcNMzYxMTE5MDg1MDE5WjAQMQ4wDAYDVQQDDAVwbGFpbjBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABJoa4Lr5uxt3"
    "RdIQ3w7wIcJKZYmSwrYZeIKbdwUrjZUoZ8r38RvN1kS/AjsvNpaegu45GKOTgFdPUYLn8iVGLqOjUzBRMB0GA1UdDgQWBBRgr4hW"
    "16ZwDjcPwwvUAlsPh/Y2izAfBgNVHSMEGDAWgBRgr4hW16ZwDjcPwwvUAlsPh/Y2izAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49"
    "BAMCA0gAMEUCICG/DCAktLmMr3vP48dKTvP23QyCpYFHlhBCu2kxvanRAiEA0cI4JizhNqRxfp3f1is11Wz3bCab8wiNJELXEwPj"
    "C6Q="
)


def test_the_facts_of_a_certificate_are_read() -> None:
    found = read_certificate(WEAK)
    assert found.subject == found.issuer == "audit.example.org"
    assert found.names == ("audit.example.org", "www.example.org")
    assert found.rsa_bits == 1024
    assert found.weak_hash == "SHA-1"
    assert found.is_self_signed
    assert found.not_after - found.not_before == dt.timedelta(days=3650)


def test_a_key_that_is_not_rsa_has_no_rsa_bits() -> None:
    found = read_certificate(SOUND)
    assert (found.subject, found.rsa_bits, found.weak_hash) == ("plain", None, None)


@pytest.mark.parametrize("cut", [0, 1, 2, 5, 40, 200, len(WEAK) - 1])
def test_a_damaged_certificate_is_refused(cut: int) -> None:
    with pytest.raises(ValueError, match="certificate"):
        read_certificate(WEAK[:cut])


def test_every_changed_byte_is_read_or_refused() -> None:
    for at in range(len(WEAK)):
        changed = WEAK[:at] + bytes([WEAK[at] ^ 0xFF]) + WEAK[at + 1 :]
        try:
            read_certificate(changed)
        except ValueError:
            continue


@pytest.mark.parametrize(
    ("days", "words"),
    [(4000, "expired"), (3645, "expires on"), (-2, "valid only from")],
)
def test_dates_are_judged(days: int, words: str) -> None:
    found = read_certificate(WEAK)
    assert any(words in one for one in judged(found, found.not_before + dt.timedelta(days=days)))


def test_a_weak_certificate_is_called_so() -> None:
    found = read_certificate(WEAK)
    told = " ".join(judged(found, found.not_before + dt.timedelta(days=1)))
    assert "self-signed" in told
    assert "SHA-1" in told
    assert "1024 bits" in told
