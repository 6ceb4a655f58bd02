"""The token of an invitation: made from the host's key when it is needed, and stored nowhere.

It names the school and the invitation and carries an HMAC-SHA256 over both and the invitation's
generation, so a letter sent again holds the same link until the generation moves on.
"""

from __future__ import annotations

import hmac
import re
from base64 import urlsafe_b64encode

from ejournal.errors import Invalid, TokenRefused
from ejournal.ids import InvitationId, SchoolId, parse_id, spell_id
from ejournal.model.access import Invitation

__all__ = ["TOKEN_LENGTH", "proves", "read_token", "token_of"]

TOKEN_LENGTH = 69
"""Two spelled identifiers of 13 characters, and 32 bytes in base64 without padding."""

_PURPOSE = b"ejournal invitation"
_KEY_BYTES = 16
_SHAPE = re.compile(r"([0-9A-Za-z]{13})([0-9A-Za-z]{13})([0-9A-Za-z_-]{43})", re.ASCII)


def token_of(key: bytes, school: SchoolId, invitation: Invitation) -> str:
    """Return what stands at the end of the invitation's link: 69 characters safe in a URL.

    Raises `Invalid` for a key under 128 bits.
    """
    proof = _proof(key, school, invitation)
    return spell_id(school) + spell_id(invitation.id) + proof


def read_token(text: str) -> tuple[SchoolId, InvitationId, str]:
    """Return which school and invitation a token names, and its proof, which is not yet checked.

    Raises `TokenRefused` for text that no token can be.
    """
    shape = _SHAPE.fullmatch(text.strip())
    if shape is None:
        raise TokenRefused("unknown")
    school, invitation, proof = shape.groups()
    try:
        return SchoolId(parse_id(school)), InvitationId(parse_id(invitation)), proof
    except Invalid as error:
        raise TokenRefused("unknown") from error


def proves(key: bytes, school: SchoolId, invitation: Invitation, token: str) -> bool:
    """Say whether the token is the invitation's present one, in time that tells nothing.

    Raises `TokenRefused` for text that no token can be.
    """
    _, _, proof = read_token(token)
    return hmac.compare_digest(_proof(key, school, invitation), proof)


def _proof(key: bytes, school: SchoolId, invitation: Invitation) -> str:
    if len(key) < _KEY_BYTES:
        raise Invalid("key", "", "length", personal=True)
    numbers = (school, invitation.id, invitation.generation)
    signed = _PURPOSE + b"".join(number.to_bytes(8, "big") for number in numbers)
    return urlsafe_b64encode(hmac.digest(key, signed, "sha256")).rstrip(b"=").decode()
