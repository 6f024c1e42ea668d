"""Hashes of passwords: scrypt (RFC 7914) in the notation of the PHC string format.

``$scrypt$ln=14,r=8,p=1$SALT$HASH``, salt and hash in base64 without padding. `ln` is the binary
logarithm of the cost: 14 takes 16 MiB and some 50 ms.
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from typing import NamedTuple

_SALT_BYTES = 16
_HASH_BYTES = 32
_LEAST_HASH_BYTES = 16
_LOG_COST, _BLOCK_SIZE, _PARALLELISM = 14, 8, 1
_MOST_MEMORY_BYTES = 64 << 20  # a hash that takes more would be a way to stop the service
_PHC = re.compile(
    r"\$scrypt\$ln=(\d{1,2}),r=(\d{1,2}),p=(\d{1,2})\$([A-Za-z0-9+/]+)\$([A-Za-z0-9+/]+)"
)


class PasswordHash(NamedTuple):
    """What is kept of a password."""

    log_cost: int
    block_size: int
    parallelism: int
    salt: bytes
    digest: bytes

    @classmethod
    def of(cls, password: str) -> "PasswordHash":
        """The hash of a new password, with a salt of its own."""
        salt = secrets.token_bytes(_SALT_BYTES)
        unfinished = cls(_LOG_COST, _BLOCK_SIZE, _PARALLELISM, salt, bytes(_HASH_BYTES))
        return unfinished._replace(digest=unfinished._derive(password))

    @classmethod
    def parse(cls, text: str) -> "PasswordHash":
        """Read the notation. Raises ValueError, in words, if it is none or takes too much."""
        found = _PHC.fullmatch(text)
        if found is None:
            raise ValueError("no hash of the form $scrypt$ln=…,r=…,p=…$SALT$HASH")
        log_cost, block_size, parallelism = map(int, found.groups()[:3])
        try:
            salt, digest = (_from_base64(part) for part in found.groups()[3:])
        except binascii.Error:
            raise ValueError("salt or hash is no base64") from None
        if not (log_cost and block_size and parallelism) or len(digest) < _LEAST_HASH_BYTES:
            raise ValueError("a hash without strength")
        parsed = cls(log_cost, block_size, parallelism, salt, digest)
        if parsed._memory_bytes() > _MOST_MEMORY_BYTES:
            raise ValueError(f"it takes more than {_MOST_MEMORY_BYTES >> 20} MiB to check")
        return parsed

    def __str__(self) -> str:
        """The notation that `parse` reads."""
        parameters = f"ln={self.log_cost},r={self.block_size},p={self.parallelism}"
        return f"$scrypt${parameters}${_to_base64(self.salt)}${_to_base64(self.digest)}"

    def is_of(self, password: str) -> bool:
        """Whether it was made from this password, compared in constant time."""
        return hmac.compare_digest(self._derive(password), self.digest)

    def _derive(self, password: str) -> bytes:
        return hashlib.scrypt(
            password.encode(errors="surrogateescape"),
            salt=self.salt,
            n=1 << self.log_cost,
            r=self.block_size,
            p=self.parallelism,
            maxmem=self._memory_bytes() + (1 << 20),
            dklen=len(self.digest),
        )

    def _memory_bytes(self) -> int:
        return 128 * self.block_size * ((1 << self.log_cost) + self.parallelism)


def _to_base64(content: bytes) -> str:
    return base64.b64encode(content).rstrip(b"=").decode()


def _from_base64(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
