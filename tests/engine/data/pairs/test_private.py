"""Private data is found, and ordinary numbers are not taken for it."""

from __future__ import annotations

import pytest

from engine.data.pairs.private import find_private

MAIL, PHONE, IBAN, CARD, KEY = (
    "an e-mail address", "a phone number", "a bank account (IBAN)", "a credit card", "a key or password",
)  # fmt: skip


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Write to anna.berg@kanzlei-berg.de today", MAIL),
        ("Ask <o'neil@sub.domain.co.uk>", MAIL),
        ("Call +49 30 1234567", PHONE),
        ("Call us: +1 (202) 555-0164.", PHONE),
        ("Tel. 030/1234567", PHONE),
        ("Ring (030) 123 4567 now", PHONE),
        ("0171 2345678", PHONE),
        ("0049 171 2345678", PHONE),
        ("555-123-4567", PHONE),
        ("phone: 1234567", PHONE),
        ("WhatsApp 6912345678", PHONE),
        ("DE89 3704 0044 0532 0130 00", IBAN),
        ("Pay to GB29NWBK60161331926819, please", IBAN),
        ("4111 1111 1111 1111", CARD),
        ("5500-0055-5555-5559", CARD),
        ("378282246310005", CARD),
        ("sk-" + "abcdEFGH1234567890abcd", KEY),
        ("the token ghp_" + "0123456789abcdefghijABCDEFGHIJ456789", KEY),
        ("AKIA" + "IOSFODNN7EXAMPL1", KEY),
        ("-----BEGIN " + "RSA PRIVATE KEY-----", KEY),
        ("password: hunter2hunter2", KEY),
        ("API_KEY=9f8e7d6c5b4a", KEY),
    ],
)
def test_private_data_is_found(text: str, kind: str) -> None:
    assert [name for name, _ in find_private(text)] == [kind]


@pytest.mark.parametrize(
    "text",
    [
        "In 1914-1918 and 1939 - 1945", "It costs 1,234,567.89 € or $12 345 678", "ISBN 978-3-16-148410-0",
        "ISBN-10: 3-16-148410-0", "ISBN 0306406152", "Room 4.21.117, floor 3", "2024-05-17 10:30:00", "17.05.2024",
        "05/17/2024 12:30", "192.168.100.200", "3.14159265358979", "The sum is 299792458 m/s",
        "1 2 3 4 5 6 7 8 9 10 11",
        "16 - 3 - 4 = 9", "Population: 83 240 525", "https://x.org/item/1234567890123", "#1234567", "order 12345678",
        "4111 1111 1111 1112", "1111 1111 1111 1111", "DE89 3704 0044 0532 0130 01", "someone@example.com",
        "me@localhost", "user@host", "price@5.00", "The password is on page 12", "password: ********", "secret: love",
        "sk-learn", "task-12345678901234567890", "1080p, 1920x1080", "7:30 - 18:00", "RFC 2616, 5.1.2",
        "x = 0.0001234567",
        "10 000 000 people", "2001:0db8:85a3:0000", "A4: 210 x 297", "pages 100-250, 300-450", "1,2,3,4,5,6,7,8",
        "phone with 128 GB for 499 €", "Win 10 000 000 $", "05-06-07-08-09 are the numbers", "version 10.0.19045.3803",
    ],
)  # fmt: skip
def test_ordinary_numbers_are_not_private(text: str) -> None:
    assert find_private(text) == []
