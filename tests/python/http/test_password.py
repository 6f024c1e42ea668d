import pytest

from logagent.http.password import PasswordHash


def test_only_the_password_fits() -> None:
    kept = PasswordHash.of("correct horse")
    assert kept.is_of("correct horse")
    assert not kept.is_of("correct hors")
    assert not kept.is_of("")
    assert PasswordHash.of("correct horse").salt != kept.salt


def test_the_notation_is_read_back() -> None:
    kept = PasswordHash.of("pässword")
    assert str(kept).startswith("$scrypt$ln=14,r=8,p=1$")
    assert PasswordHash.parse(str(kept)) == kept


def test_a_hash_made_elsewhere() -> None:
    # The third test vector of RFC 7914, section 12: N = 16384, r = 8, p = 1.
    digest = bytes.fromhex(
        "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
        "d5432955613f0fcf62d49705242a9af9e61e85dc0d651e40dfcf017b45575887"
    )
    kept = PasswordHash(14, 8, 1, b"SodiumChloride", digest)
    assert kept.is_of("pleaseletmein")
    assert PasswordHash.parse(str(kept)) == kept


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no hash"),
        ("secret", "no hash"),
        ("$scrypt$ln=14,r=8,p=1$AAAA$A", "base64"),
        ("$scrypt$ln=14,r=8,p=1$AAAA$AAAA", "without strength"),
        ("$scrypt$ln=0,r=8,p=1$AAAA$" + "A" * 43, "without strength"),
        ("$scrypt$ln=99,r=8,p=1$AAAA$" + "A" * 43, "more than 64 MiB"),
        ("$scrypt$ln=17,r=8,p=1$AAAA$" + "A" * 43, "more than 64 MiB"),
    ],
)
def test_what_is_no_hash(text: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        PasswordHash.parse(text)
