"""Ticks labelled in plain text, 10⁻³ instead of a formula: formulas take half of the time that a figure does."""

from __future__ import annotations

import re

from matplotlib.axes import Axes
from matplotlib.ticker import LogFormatterSciNotation, ScalarFormatter

from harsanyi.markup import superscript

_POWER = re.compile(r"\$\\mathdefault\{(-?)(?:([\d.]+)\\times)?10\^\{(-?\d+)\}\}\$")
_OFFSET = re.compile(r"1e(-?\d+)")


class Decades(LogFormatterSciNotation):
    """10⁻³, 2×10⁻³, as LogFormatterSciNotation would set them."""

    def __call__(self, x: float, pos: int | None = None) -> str:
        text = super().__call__(x, pos)
        power = _POWER.fullmatch(text)
        if power is None:
            return text
        sign, factor, exponent = power.groups()
        return self.fix_minus(f"{sign}{factor + '×' if factor else ''}10{superscript(int(exponent))}")


class Linear(ScalarFormatter):
    """Numbers, with a factor such as ×10⁶ at the end of the axis where they need one."""

    def get_offset(self) -> str:
        text = super().get_offset().replace("\N{MINUS SIGN}", "-")
        return self.fix_minus(_OFFSET.sub(lambda found: f"×10{superscript(int(found[1]))}", text))


def in_plain_text(ax: Axes) -> None:
    """Replaces matplotlib's own formatters of both axes. Call it once the scales are set."""
    for axis in (ax.xaxis, ax.yaxis):
        if type(axis.get_major_formatter()) is ScalarFormatter:
            axis.set_major_formatter(Linear(useMathText=False))
        if type(axis.get_major_formatter()) is LogFormatterSciNotation:
            axis.set_major_formatter(Decades())
        if type(axis.get_minor_formatter()) is LogFormatterSciNotation:
            axis.set_minor_formatter(Decades())
