"""HTML out of names that say anything, and numbers in few letters."""

import math

import pytest
from harsanyi.markup import (
    MISSING,
    Column,
    Markup,
    counted,
    element,
    escape,
    grouped,
    join,
    link,
    number,
    percent,
    signed,
    spread,
    table,
)


def test_text_is_escaped_once() -> None:
    assert escape('<b a="x">&\'') == "&lt;b a=&quot;x&quot;&gt;&amp;&#x27;"
    assert escape(escape("<")) == "&lt;"
    assert join(["<", Markup("<i>")], "&") == "&lt;&amp;<i>"


@pytest.mark.parametrize("bad", ["\x00", "\x1b", "\x7f", "\x9f", "\ufffe", "\u202e", "\u2066"])
def test_what_html_cannot_hold_or_turns_the_text_around(bad: str) -> None:
    assert escape(f"a{bad}b\n\tä漢") == "a\ufffdb\n\tä漢"


def test_elements() -> None:
    assert element("p", "a<b", class_="x", aria_label='"', hidden=True, id=None, open=False) == (
        '<p class="x" aria-label="&quot;" hidden>a&lt;b</p>'
    )
    assert element("img", src="x") == '<img src="x">'
    assert element("meta", name="a") == '<meta name="a">'
    assert link("x", "<") == '<a href="#x">&lt;</a>'


def test_a_single_one_is_no_plural() -> None:
    assert [counted(count, "player") for count in (1, 2.5, 1000)] == ["1 player", "2.5 players", "1,000 players"]


def test_whole_and_large_numbers_in_full() -> None:
    assert [grouped(value) for value in (4203.4, 0.0, -54.0, 40.5, math.nan)] == ["4,203", "0", "−54", "40.5", MISSING]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (1.0, "1.00"),
        (-0.5, "−0.500"),
        (0.99996, "1.00"),
        (9.9996, "10.0"),
        (1234.5, "1,234"),
        (99999.0, "99,999"),
        (123456.0, "1.23·10⁵"),
        (0.00999, "0.00999"),
        (-1.5e-7, "−1.50·10⁻⁷"),
        (math.nan, MISSING),
        (math.inf, "∞"),
        (-math.inf, "−∞"),
    ],
)
def test_numbers(value: float, text: str) -> None:
    assert number(value) == text


def test_numbers_in_company() -> None:
    assert signed(2.0) == "+2.00" and signed(-2.0) == "−2.00" and signed(0.0) == "0"
    assert spread(1.0, 0.25) == "1.00 ± 0.25" and spread(math.nan, math.nan) == MISSING
    assert percent(0.5) == "50.0 %" and percent(math.nan) == MISSING


def test_table() -> None:
    columns = [Column("a<"), Column("n", "number", "how many"), Column("as a bar", "bar")]
    text = table(columns, [("x", ("1.0", 1.25), "")], "c&d", identity="t", row_ids=["r"], tall=True)
    assert text == (
        '<div class="scroll tall" tabindex="0" role="group" aria-label="c&amp;d"><table id="t">'
        "<caption><span>c&amp;d</span></caption>"
        '<thead><tr><th scope="col">a&lt;</th><th scope="col" class="number" title="how many">n</th>'
        '<th scope="col" class="bar"><span class="heard">as a bar</span></th></tr></thead>'
        '<tbody><tr id="r"><th scope="row">x</th><td class="number" data-sort="1.25">1.0</td><td class="bar"></td></tr>'
        "</tbody></table></div>"
    )


def test_headings_of_a_table_that_folds_are_strings_of_css() -> None:
    text = table([Column('a"</style>'), Column("b;}\\")], [], "", class_="long", folds=True)
    assert 'class="long folds"' in text
    assert 'style="--h1:&quot;a\\22 \\3c /style\\3e &quot;;--h2:&quot;b\\3b \\7d \\5c &quot;"' in text


def test_a_line_that_does_not_fit_the_columns() -> None:
    with pytest.raises(ValueError):
        table([Column("a")], [("x", "y")], "")
