"""HTML that was left in a text: whether there is some, and the plain text it stands for. Knows no pair."""

from __future__ import annotations

import html
import re

_TAGS = (
    "a|abbr|article|b|big|blockquote|body|br|center|code|dd|del|div|dl|dt|em|figure|font|footer|form|h[1-6]|head|header|hr|"
    "html|i|iframe|img|input|ins|label|li|link|main|mark|meta|nav|ol|p|pre|q|s|script|section|small|span|strike|strong|"
    "style|sub|sup|svg|table|tbody|td|tfoot|th|thead|tr|u|ul|video"
)
_ATTRIBUTES = r"""(?:\s+[\w:-]+\s*=\s*(?:"[^"<]*"|'[^'<]*'|[^\s"'<>]+))*+\s*+/?"""
_TAG = re.compile(rf"<(/?)({_TAGS}){_ATTRIBUTES}>", re.IGNORECASE)
_ENTITY = re.compile(
    r"&(?:nbsp|amp|lt|gt|quot|apos|[aeiou](?:uml|acute|grave|circ)|szlig|ccedil|ntilde|hellip|#\d{2,5});"
)
_CODE = re.compile(r"```.*?(?:```|\Z)|`[^`\n]+`", re.DOTALL)
_HIDDEN = re.compile(r"<!--|<(script|style)\b", re.IGNORECASE)
_ENDS = {name: re.compile(f"</{name} ?>", re.IGNORECASE) for name in ("script", "style")} | {"": re.compile("-->")}
_LINK = re.compile(
    r"""<a\s[^<>]{0,500}?href\s?=\s?["']?([^"'\s<>]{1,2000})["']?[^<>]{0,500}>([^<>]{0,2000})</a>""", re.IGNORECASE
)
_BREAKS = {"br": "\n", "li": "\n- ", "tr": "\n", "td": " ", "th": " ", "hr": "\n"}
_BLOCKS = {
    "p",
    "div",
    "ul",
    "ol",
    "table",
    "blockquote",
    "pre",
    "section",
    "article",
    "header",
    "footer",
    "dl",
    "figure",
}


def has_html(text: str) -> bool:
    """Whether tags or entities were left in it; what is quoted as code does not count."""
    if "<" not in text and "&" not in text:
        return False
    bare = _CODE.sub("", text) if "`" in text else text
    return bool(_TAG.search(bare) or _ENTITY.search(bare) or ("<!--" in bare and "-->" in bare))


def plain_text(text: str) -> str:
    """What a person would read, as lines: paragraphs and lists stay apart, links keep where they lead."""
    code: list[str] = []

    def put_aside(found: re.Match[str]) -> str:
        code.append(found[0])
        return f"\ue000{len(code) - 1}\ue001"

    if "`" in text:
        text = _CODE.sub(put_aside, text)
    text = _LINK.sub(_link, _without_hidden(text))
    if re.search(r"<(?:br|p|div|li|tr)\b", text, re.IGNORECASE):
        text = " ".join(line.strip() for line in text.split("\n"))  # between such tags a line break is but a space
    text = html.unescape(_TAG.sub(_in_lines, text)).replace("\xa0", " ")
    text = re.sub(r"[ \t]+", " ", text)
    text = re.sub(r" ?\n ?", "\n", text)
    text = re.sub(r"\n{3,}", "\n\n", text).strip()
    return re.sub("\ue000(\\d+)\ue001", lambda found: code[int(found[1])], text) if code else text


def _without_hidden(text: str) -> str:
    """Without comments, scripts and styles, whose text no page shows."""
    kept, at = [], 0
    while start := _HIDDEN.search(text, at):
        end = _ENDS[(start[1] or "").lower()].search(text, start.end())
        if end is None:
            break
        kept.append(text[at : start.start()])
        at = end.end()
    return "".join([*kept, text[at:]])


def _link(found: re.Match[str]) -> str:
    target, label = html.unescape(found[1]), found[2]
    target = target.removeprefix("mailto:")
    leads = target.startswith(("http://", "https://")) or "@" in target
    return label if not leads or target in label else f"{label} ({target})" if label.strip() else target


def _in_lines(found: re.Match[str]) -> str:
    closing, tag = found[1], found[2].lower()
    if tag in _BREAKS:
        return "" if closing else _BREAKS[tag]
    return "\n\n" if tag in _BLOCKS or re.fullmatch("h[1-6]", tag) else ""
