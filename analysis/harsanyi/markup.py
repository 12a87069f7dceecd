"""HTML as text that is escaped unless it is `Markup` already, so that names and messages from a file can say anything.

Numbers become short text here too, the same way everywhere on the page.
"""

import html
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

_VOID = {"br", "img", "input", "meta", "col"}
# What HTML cannot hold, and what turns the direction of the text around it.
_UNFIT = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\u202a-\u202e\u2066-\u2069]")
MISSING = "–"


class Markup(str):
    """Text that is HTML already."""


def escape(text: object) -> Markup:
    """The text as HTML shows it; what HTML cannot hold becomes U+FFFD."""
    return text if isinstance(text, Markup) else Markup(html.escape(_UNFIT.sub("\ufffd", str(text)), quote=True))


def join(parts: Iterable[object], between: str = "") -> Markup:
    """All parts, escaped, with `between` (escaped, too) in the gaps."""
    return Markup(escape(between).join(escape(part) for part in parts))


def element(tag: str, /, *children: object, **attributes: object) -> Markup:
    """`<tag attributes>children</tag>`. `class_` is class, `aria_label` is aria-label; attributes that are None or
    False are left out, True stands alone."""
    written = []
    for key, value in attributes.items():
        if value is None or value is False:
            continue
        key = key.rstrip("_").replace("_", "-")
        written.append(f" {key}" if value is True else f' {key}="{escape(value)}"')
    start = f"<{tag}{''.join(written)}>"
    return Markup(start if tag in _VOID else f"{start}{join(children)}</{tag}>")


def link(target: str, text: object) -> Markup:
    """A link to the element with that id."""
    return element("a", text, href=f"#{target}")


def within(prefix: str, part: Markup) -> Markup:
    """A part of a page that has others like it: its ids, and what refers to them, begin with the prefix."""

    def change(tag: re.Match[str]) -> str:
        return re.sub(r'(\b(?:id|data-filters)="|href="#|url\(#)', lambda found: found[1] + escape(prefix), tag[0])

    return Markup(re.sub(r"<[^>]*>", change, part))


def number(value: float, digits: int = 3) -> str:
    """A number to that many significant digits, with a true minus sign; NaN is a dash."""
    if math.isnan(value):
        return MISSING
    if math.isinf(value):
        return "∞" if value > 0 else "−∞"
    size = abs(value)
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")  # of the rounded number: 0.99996 is 1.00
    if size != 0 and (size >= 10 ** max(digits + 1, 5) or size < 1e-3):
        text = f"{mantissa}·10{superscript(int(exponent))}"
    else:
        decimals = max(0, digits - 1 - int(exponent))
        text = f"{value:,.{decimals}f}" if size else "0"
    return text.replace("-", "−")


def grouped(value: float) -> str:
    """A number; whole ones and those above a thousand in full, by thousands."""
    full = math.isfinite(value) and (value % 1 == 0 or 1e3 <= abs(value) < 1e6)
    return f"{value:,.0f}".replace("-", "−") if full else number(value)


def counted(count: float, word: str) -> str:
    """ "1 sample", "2 samples", "2.5 samples"."""
    return f"{grouped(count) if count % 1 == 0 else f'{count:g}'} {word}{'' if count == 1 else 's'}"


def superscript(exponent: int) -> str:
    """Its digits, raised."""
    return str(exponent).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def signed(value: float, digits: int = 3) -> str:
    """Like `number`, with a plus sign, too."""
    return f"+{number(value, digits)}" if value > 0 else number(value, digits)


def spread(mean: float, std: float, digits: int = 3) -> str:
    """mean ± std; the second with a digit less."""
    return MISSING if math.isnan(mean) else f"{number(mean, digits)} ± {number(std, digits - 1)}"


def percent(share: float) -> str:
    return MISSING if math.isnan(share) else f"{100 * share:.1f} %"


@dataclass(frozen=True)
class Column:
    """A column of a table: its heading, its kind (number or names; bar: its heading is only heard), what it means."""

    title: str
    kind: str | None = None
    meaning: str | None = None


def table(
    columns: Sequence[Column],
    rows: Iterable[Sequence[object]],
    caption: object,
    identity: str | None = None,
    class_: str | None = None,
    row_ids: Sequence[str] | None = None,
    tall: bool = False,
    folds: bool = False,
) -> Markup:
    """A table. The first cell of each row is its header. A cell may be a pair (text, number): the number is what the
    column is sorted by. tall: it scrolls up and down. folds: on a narrow screen each row becomes a few lines, and each
    cell has its heading before it (report.css)."""
    head = element("tr", *(element("th", _title(c), scope="col", class_=c.kind, title=c.meaning) for c in columns))
    body = []
    for i, row in enumerate(rows):
        cells = [_cell(cell, column, first=j == 0) for j, (cell, column) in enumerate(zip(row, columns, strict=True))]
        body.append(element("tr", *cells, id=row_ids[i] if row_ids else None))
    inner = element(
        "table",
        element("caption", element("span", caption)),
        element("thead", head),
        element("tbody", *body),
        id=identity,
        class_=" ".join(filter(None, (class_, "folds" if folds else None))) or None,
        style=_headings(columns) if folds else None,
    )
    return element(
        "div",
        inner,
        class_="scroll tall" if tall else "scroll",
        tabindex="0",
        role="group",
        aria_label=_plain(caption),
    )


def _headings(columns: Sequence[Column]) -> str:
    """The headings as variables of CSS, --h1 for the first column: from there they come before the cells."""
    return ";".join(f"--h{i}:{_in_css(column.title)}" for i, column in enumerate(columns, 1))


def _in_css(text: str) -> str:
    """A string of CSS that holds any text."""
    return '"' + re.sub(r'["\\<>;{}\n\r\f]', lambda found: f"\\{ord(found[0]):x} ", text) + '"'


def _title(column: Column) -> Markup:
    return element("span", column.title, class_="heard") if column.kind == "bar" else escape(column.title)


def _cell(cell: object, column: Column, first: bool) -> Markup:
    text, key = cell if isinstance(cell, tuple) else (cell, None)
    sort = None if key is None or math.isnan(key) else f"{key:.6g}"
    if first:
        return element("th", text, scope="row", class_=column.kind, data_sort=sort)
    return element("td", text, class_=column.kind, data_sort=sort)


def _plain(text: object) -> str:
    """Text without its tags, for attributes."""
    return html.unescape(re.sub("<[^>]*>", "", text)) if isinstance(text, Markup) else str(text)
