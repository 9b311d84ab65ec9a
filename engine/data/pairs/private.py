"""Finds what should not be taught to a model by accident: addresses, numbers of phones, accounts and cards, keys.

Knows shapes and check digits. Prices, years, ISBNs and room numbers are none of these.
"""

from __future__ import annotations

import re

_MAIL = re.compile(r"(?<![\w.+-])\w[\w.+-]{0,63}@((?:[\w-]{1,63}\.){1,8}[A-Za-z]{2,24})\b")
_EXAMPLES = re.compile(r"(?:.*\.)?(?:example(?:\.(?:com|org|net))?|test|invalid|localhost)", re.IGNORECASE)
_PHONE = re.compile(r"(?<![\w.,/:=#&-])(?:\+|\(\+?)?\d(?:[ ().\-/\u2011]{0,3}\d){5,16}(?![\w%€$£]|[.,:]\d)")
_PHONE_SHAPES = re.compile(
    r"\(?\+\d{1,3}\)?[\d ().\-/\u2011]{7,}"  # +49 30 123456
    r"|00[1-9]\d{0,2}[ ./-][\d ().\-/\u2011]{7,}"  # 0049 30 123456
    r"|\(0?\d{2,5}\) ?\d{3,4}[ .-]?\d{3,6}"  # (030) 123456, (555) 123-4567
    r"|\d{3}([-.])\d{3}\1\d{4}"  # 555-123-4567
    r"|0[1-9]\d{1,4}[ /-] ?\d{2,8}(?:[ -]\d{2,5}){0,4}"  # 030 123456, 0171/1234567
)
_PHONE_WORD = re.compile(
    r"(?:phone|mobile|cell|call(?: (?:me|us))?|fax|whatsapp|telefon|tel|handy|mobil|ruf\w*|téléphone|móvil|teléfono|"
    r"telefono|telefone|電話)\b[^\d\n]{0,20}$",
    re.IGNORECASE,
)
_NO_PHONE = re.compile(
    r"(?:19|20)\d{2}[-./ ]\d{1,2}[-./ ]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./](?:\d{2}|\d{4})|\d{4} ?[-–/] ?\d{4}"
    r"|\d{1,3}(?:[ .]\d{3})+|\d{1,3}(?:\.\d{1,3}){3}|97[89][- \d]{10,14}"
)
_ISBN_WORD = re.compile(r"(?:isbn|issn|doi|ean)\b[^\d\n]{0,12}$", re.IGNORECASE)
_CARD = re.compile(
    r"(?<![\w.,-])(?=3[47]|4|5[1-5]|2[2-7]|6[0245])"
    r"(?:\d{13,19}|\d{4}([ -])\d{4}\1\d{4}\1\d{4}(?:\1\d{3})?|\d{4}[ -]\d{6}[ -]\d{5})(?![ -]?\d|[\w,.-]\d)"
)
_IBAN = re.compile(r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]){11,30}\b")
_COUNTRIES = (
    "AD24 AE23 AT20 BA20 BE16 BG22 BR29 CH21 CY28 CZ24 DE22 DK18 EE20 ES24 FI18 FR27 GB22 GR27 HR21 HU28 IE22 IL23 "
    "IS26 IT27 LI21 LT20 LU20 LV21 MC27 MD24 MT31 NL18 NO15 PL28 PT25 RO24 RS22 SA24 SE24 SI19 SK24 SM27 TR26 UA29"
)
_IBAN_LENGTHS = {entry[:2]: int(entry[2:]) for entry in _COUNTRIES.split()}
_KEY = re.compile(
    r"\b(?:sk-(?:ant-|proj-)?[A-Za-z0-9_-]{20,}|gh[pousr]_[A-Za-z0-9]{30,}|github_pat_\w{30,}|glpat-[\w-]{18,}"
    r"|A(?:KIA|SIA)[A-Z0-9]{16}|AIza[\w-]{35}|hf_[A-Za-z0-9]{30,}|xox[abprs]-[\w-]{10,}|[sr]k_live_\w{16,}"
    r"|eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{5,})|-----BEGIN [A-Z ]{0,20}PRIVATE KEY-----"
)
_SECRET = re.compile(
    r"\b(?:password|passwort|contraseña|mot de passe|api[ _-]?key|secret|access[ _-]?token)[\"']?\s{0,2}[:=]\s{0,2}"
    r"[\"']?(?=[^\s\"']*\d)(?=[^\s\"']*[A-Za-z])[^\s\"'<>{}()]{8,}",
    re.IGNORECASE,
)


def find_private(text: str) -> list[tuple[str, str]]:
    """What kinds of private data a text holds, each once, with the first of its kind."""
    found: list[tuple[str, str]] = []
    if "@" in text and (mail := next((m for m in _MAIL.finditer(text) if not _EXAMPLES.fullmatch(m[1])), None)):
        found.append(("an e-mail address", mail[0]))
    if any(c.isdigit() for c in text):
        bare = text
        for name, pattern, holds in (("a bank account (IBAN)", _IBAN, _is_iban), ("a credit card", _CARD, _is_card)):
            for match in pattern.finditer(bare):
                if number := holds(match[0]):
                    found.append((name, number))
                    bare = bare.replace(match[0], " ")
                    break
        if phone := _phone(bare):
            found.append(("a phone number", phone))
    if key := _KEY.search(text) or _SECRET.search(text):
        found.append(("a key or password", key[0]))
    return found


def _phone(text: str) -> str:
    for match in _PHONE.finditer(text):
        number, before = match[0], text[max(0, match.start() - 40) : match.start()]
        if _NO_PHONE.fullmatch(number) or _ISBN_WORD.search(before):
            continue
        if _PHONE_SHAPES.fullmatch(number) and 8 <= _digits(number) <= 15:
            return number
        if _PHONE_WORD.search(before) and 6 <= _digits(number) <= 15:
            return number
    return ""


def _digits(text: str) -> int:
    return sum(map(str.isdigit, text))


def _is_card(text: str) -> str:
    digits = [int(c) for c in text if c.isdigit()]
    if not 13 <= len(digits) <= 19 or len(set(digits)) < 2:
        return ""
    doubled = [d if i % 2 == 0 else 2 * d - 9 * (d > 4) for i, d in enumerate(reversed(digits))]
    return text if sum(doubled) % 10 == 0 else ""


def _is_iban(text: str) -> str:
    plain = text.replace(" ", "")
    length = _IBAN_LENGTHS.get(plain[:2], 0)
    number = plain[:length]
    if not length or len(number) < length:
        return ""
    return number if int("".join(str(int(c, 36)) for c in number[4:] + number[:4])) % 97 == 1 else ""
