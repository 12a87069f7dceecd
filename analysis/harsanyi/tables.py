"""Tables for papers, in the form of LaTeX's package booktabs; their numbers also as .csv."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

from harsanyi import data, style
from harsanyi.data import Columns
from harsanyi.reader import ROOT, Family, Results, titles

MISSING = "--"
SPECIAL = {
    "\\": r"\textbackslash{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{character: "\\" + character for character in "%&_#${}"},
}


def conditions_data(results: Sequence[Results]) -> Columns:
    """The paper's table of the conditions, a line for each family of each file: share of monotone samples; of these the
    number of salient interactions, of all kinds together, and p; the bound of Theorem 3 and the real number, of the
    samples that have a bound, which OR interactions do not have. Of a family that a solver found, monotone and p are
    of the table that its interactions rebuild."""
    return _columns(results, _conditions)


def summary_data(results: Sequence[Results]) -> Columns:
    """Each family of each file in a line: samples, players, salient interactions and order limit of all kinds together,
    transferability, faithfulness."""
    return _columns(results, _summary)


def conditions_table(results: Sequence[Results]) -> str:
    columns = conditions_data(results)
    return _booktabs(
        ["", *_heading(results), r"monotone [\%]", "salient interactions", "$p$", "bound (Theorem 3)", "real number"],
        [
            [
                *_named(results, columns, place),
                _number(columns["monotone_percent"][place]),
                *(_with_std(columns, name, place) for name in ("salient", "p", "bound", "real")),
            ]
            for place in range(len(columns["file"]))
        ],
    )


def summary_table(results: Sequence[Results]) -> str:
    columns = summary_data(results)
    return _booktabs(
        [
            "",
            *_heading(results),
            "samples",
            "failed",
            "$n$",
            "salient interactions",
            "order limit",
            r"$\rho$ ($k$)",
            "held out",
            "$R^2$ ($K$)",
        ],
        [
            [
                *_named(results, columns, place),
                f"{columns['done'][place]}",
                f"{columns['failed'][place]}",
                _range(columns["players_min"][place], columns["players"][place]),
                _with_std(columns, "salient", place),
                _with_std(columns, "order_limit", place),
                _at(columns, "rho", "k", place),
                _number(columns["rho_heldout"][place]),
                _at(columns, "r2", "kept", place),
            ]
            for place in range(len(columns["file"]))
        ],
    )


TABLES: dict[str, tuple[Callable[[Sequence[Results]], str], Callable[[Sequence[Results]], Columns]]] = {
    "conditions_table": (conditions_table, conditions_data),
    "summary_table": (summary_table, summary_data),
}


def save_table(name: str, results: Sequence[Results], stem: Path, command: Sequence[str] | None = None) -> list[Path]:
    """Writes STEM.tex, STEM.csv and STEM.txt; returns the paths."""
    make, numbers = TABLES[name]
    path = stem.with_name(stem.name + ".tex")
    path.write_text(make(results), encoding="utf-8")
    return [
        path,
        style.write_csv(stem.with_name(stem.name + ".csv"), [("", numbers(results))]),
        style.write_command(stem.with_name(stem.name + ".txt"), command),
    ]


def escaped(text: str) -> str:
    """Text as LaTeX shows it."""
    return "".join(SPECIAL.get(character, character) for character in text)


# ---- inside ----


def _columns(results: Sequence[Results], line: Callable[[Family], dict[str, str | float]]) -> Columns:
    lines: list[dict[str, str | float]] = [
        {"file": title, "family": name, "interactions": one.family(name).label, **line(one.family(name))}
        for one, title in zip(results, titles(results), strict=True)
        for name in one.families
    ]
    return {name: np.array([line[name] for line in lines]) for name in lines[0]}


def _heading(results: Sequence[Results]) -> list[str]:
    """Of the column of families, where there are others than the dividends."""
    return ["interactions"] if any(len(one.families) > 1 for one in results) else []


def _named(results: Sequence[Results], columns: Columns, place: int) -> list[str]:
    """The first cells of a line."""
    family = str(columns["interactions"][place]).replace("–", "--")
    return [escaped(str(columns["file"][place])), *(family for _ in _heading(results))]


def _mean_std(name: str, numbers: data.Column) -> dict[str, float]:
    return {f"{name}_mean": data.mean(numbers), f"{name}_std": data.deviation(numbers)}


def _of_all_kinds(family: Family, name: str, combine: Callable[..., data.Column]) -> data.Column:
    """conditions/NAME [R], of kinds together."""
    numbers = family.conditions(name)
    return combine(numbers.reshape(len(numbers), -1), axis=1)


def _conditions(family: Family) -> dict[str, str | float]:
    monotone = family.conditions("monotone")
    bound = family.conditions("bound_total")
    bounded = np.isfinite(bound)
    return {
        "samples": int(np.isfinite(monotone).sum()),
        "monotone_percent": 100 * data.mean(monotone),
        **_mean_std("salient", _of_all_kinds(family, "salient_total", np.sum)[monotone == 1]),
        **_mean_std("p", family.conditions("p_paper")),
        "bounded_samples": int(bounded.sum()),
        **_mean_std("bound", bound[bounded]),
        **_mean_std("real", family.conditions("real_total")[bounded]),
    }


def _summary(family: Family) -> dict[str, str | float]:
    results = family.results
    try:
        r2, kept, k, rho, held = map(family.summary, _SUMMED)
    except ValueError:
        if family.name == ROOT:
            raise
        r2, kept, k, rho, held = (np.empty(0) for _ in _SUMMED)  # a file without them
    good = int(np.argmax(r2 >= 0.9)) if (r2 >= 0.9).any() else len(r2) - 1
    return {
        "done": len(results.done),
        "failed": int((results.status == 2).sum()),
        "players_min": int(results.n_players[results.done].min(initial=results.players)),
        "players": results.players,
        **_mean_std("salient", _of_all_kinds(family, "salient_total", np.sum)),
        **_mean_std("order_limit", _of_all_kinds(family, "order_limit", np.max)),
        "k": int(k[-1]) if len(k) else 0,
        "rho": float(rho[-1]) if len(k) else float("nan"),
        "rho_heldout": float(held[-1]) if len(k) else float("nan"),
        "kept": int(kept[good]) if len(kept) else 0,
        "r2": float(r2[good]) if len(r2) else float("nan"),
    }


_SUMMED = (
    "faithfulness/r2",
    "faithfulness/k",
    "transferability/k",
    "transferability/rho",
    "transferability/rho_heldout",
)


def _number(number: float) -> str:
    return f"{number:.2f}" if np.isfinite(number) else MISSING


def _range(least: int, most: int) -> str:
    return f"{most}" if least == most else f"{least}--{most}"


def _with_std(columns: Columns, name: str, place: int) -> str:
    middle, std = columns[f"{name}_mean"][place], columns[f"{name}_std"][place]
    return f"${middle:.2f} \\pm {std:.2f}$" if np.isfinite(middle) else MISSING


def _at(columns: Columns, name: str, where: str, place: int) -> str:
    number = columns[name][place]
    return f"{number:.2f} ({columns[where][place]})" if np.isfinite(number) else MISSING


def _booktabs(head: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    rows = "\n".join(" & ".join(line) + r" \\" for line in lines)
    return (
        "% \\usepackage{booktabs}\n"
        f"\\begin{{tabular}}{{l{'r' * (len(head) - 1)}}}\n\\toprule\n"
        f"{' & '.join(head)} \\\\\n\\midrule\n{rows}\n\\bottomrule\n\\end{{tabular}}\n"
    )
