"""One self-contained HTML page about a results file: harsanyi-report FILE [-o report.html] [--samples 20].

No network, no other files: figures are inline SVG, pictures inline PNG, and a content security policy in the page
forbids everything else, scripts other than the page's own included.
"""

import argparse
import base64
import hashlib
import os
import sys
from importlib import resources
from pathlib import Path
from typing import NoReturn

import h5py
import numpy as np

from harsanyi.markup import Column, Markup, element, join, link, number, table, within
from harsanyi.pictures import are_pictures, are_texts
from harsanyi.reader import FAILED, PENDING, Results, open_results
from harsanyi.report_data import Data, further, gather, rows_called
from harsanyi.report_families import family_part, of_sample
from harsanyi.report_figures import OF_OUTPUTS, across, drawings, variables
from harsanyi.report_findings import findings, salience
from harsanyi.report_samples import all_samples, details, failed_samples, frequent_interactions
from harsanyi.report_summary import faithfulness_table, summary_table, transferability_table
from harsanyi.style import letters_missed

DETAILS = 20  # samples shown in detail
MOST_FREQUENT = 50  # frequent interactions shown


def report(results: Results, detailed: int = DETAILS) -> str:
    """The page, as text, with that many samples in detail."""
    parts = results.by_output()
    sections = [section for part in parts for section in _of_output(part, detailed)]
    sections.append(("provenance", "Provenance", provenance(results)))
    title = f"Harsanyi interactions: {results.path.name}"
    bar = element(
        "nav",
        element("ul", *(element("li", link(i, t)) for i, t, _ in sections)),
        class_="bar",
        aria_label="Parts of the page",
    )
    main = element(
        "main", *(element("section", element("h2", t), body, id=i, aria_label=t) for i, t, body in sections), id="main"
    )
    body = element(
        "body",
        element("a", "To the content", href="#main", class_="skip"),
        element("header", element("h1", title), _outputs(results), *map(_what, parts)),
        bar,
        main,
        element("footer", element("p", f"Made by harsanyi-report from {results.path.name}.")),
        element("script", Markup(_file("report.js"))),
    )
    return "<!DOCTYPE html>\n" + element("html", _head(title), body, lang="en") + "\n"


def write_report(path: Path, out: Path, detailed: int = DETAILS) -> int:
    """Writes the page; its size in bytes. An old page stays until the new one is whole; no HDF5 file is replaced."""
    if out.is_file() and h5py.is_hdf5(out):
        raise ValueError(f"{out}: is an HDF5 file; give the page another name with -o")
    with open_results(path) as results:
        page = report(results, detailed).encode()
    partial = out.with_name(out.name + ".partial")
    partial.write_bytes(page)
    os.replace(partial, out)
    return len(page)


def _file(name: str) -> str:
    return resources.files("harsanyi").joinpath(name).read_text(encoding="utf-8")


def _head(title: str) -> Markup:
    script = base64.b64encode(hashlib.sha256(_file("report.js").encode()).digest()).decode()
    allowed = f"default-src 'none'; img-src data:; style-src 'unsafe-inline'; script-src 'sha256-{script}'"
    return element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=allowed),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="color-scheme", content="light dark"),
        element("title", title),
        element("style", Markup(variables() + _file("report.css"))),
    )


def _of_output(results: Results, detailed: int) -> list[tuple[str, str, Markup]]:
    """The sections about one output; where there are several, under its name."""
    sections = _sections(gather(results, detailed, MOST_FREQUENT), are_pictures(results) or are_texts(results))
    if not results.chosen:
        return sections
    prefix = f"output-{results.outputs.index(results.chosen)}-"
    return [(prefix + i, f"{results.chosen}: {title}", within(prefix, body)) for i, title, body in sections]


def _outputs(results: Results) -> Markup:
    """What holds where there are several outputs."""
    names = ", ".join(results.outputs)
    text = f"{len(results.outputs)} outputs, each with statistics of its own: {names}."
    return element("div", element("p", text), drawings(results, OF_OUTPUTS)) if names else Markup("")


def _what(results: Results) -> Markup:
    """What the file is, or one output of it, in a short paragraph."""
    backend, model = results.setting("model.backend"), results.setting("model.file")
    name = Path(model).name if model else f"the game “{results.setting('model.game')}”"
    failed, pending = (int((results.status == status).sum()) for status in (FAILED, PENDING))
    return element(
        "p",
        element("b", f"{results.chosen}. ") if results.chosen else "",
        "Every interaction of " if backend == "values" else "Every interaction that ",
        f"the values in {name}" if backend == "values" else f"{name} (backend {backend}) encodes",
        f" on {_several(len(np.unique(results.index)), 'sample')} of {_up_to(results)}. {_output(results)}"
        f"{len(results.done):,} of {results.rows:,} {rows_called(results, results.rows)} done",
        f", {failed:,} failed" if failed else "",
        f", {pending:,} pending" if pending else "",
        ".",
        "" if results.summary_valid else " The file holds no statistics across samples.",
        f" Its tables are in {results.attributes['tables']}." if "tables" in results.attributes else "",
    )


def _several(count: int, what: str) -> str:
    return f"{count:,} {what}" if count == 1 else f"{count:,} {what}s"


def _up_to(results: Results) -> str:
    same = bool((results.n_players == results.players).all())
    return ("" if same else "up to ") + _several(results.players, "player")


def _output(results: Results) -> str:
    score, target = results.attributes["score"], results.setting("model.target")
    if score == "none" or not target:
        return ""
    if score == "cosine":
        return "v is the cosine of the outputs with those of the full input, less that of the empty one. "
    if score == "difference":
        return f"v is output {target.strip('[]').replace(', ', ' less output ')}. "
    many = {"all": "each output", "label": "the sample’s class", "predicted": "the predicted class"}
    one = f"each of the {target[4:]} largest outputs" if target.startswith("top:") else f"output {target}"
    of = many.get(target, one)
    kind = "" if score == "raw" else f", from {results.attributes['output_kind']}"
    return f"v is {_SCORES.get(score, score)} of {of}{kind}. "


_SCORES = {
    "log_odds": "the log-odds log p/(1−p)",
    "logit": "the logit",
    "probability": "the probability",
    "raw": "the raw value",
    "log_prob": "the log-probability log p",
}


def _sections(data: Data, drawable: bool) -> list[tuple[str, str, Markup]]:
    """Id, title and content of the parts of the page."""
    results = data.results
    sections = [("summary", "What was found", _summary(data))]
    if len(results.done):
        sections += [
            ("figures", "Figures", across(results)),
            *((f.name, f"{f.label} interactions", family_part(data, f)) for f in further(results)),
            ("interactions", "Frequent interactions", frequent_interactions(data)),
            ("samples", "Samples in detail", details(data, drawable, of_sample)),
            ("numbers", "All numbers", _numbers(data)),
        ]
    sections.append(("all", "All samples", all_samples(data)))
    if (results.status == FAILED).any():
        sections.append(("failed", "Failed samples", failed_samples(results)))
    return sections


def _summary(data: Data) -> Markup:
    results = data.results
    if not len(results.done):
        nothing = element("p", "No sample is done, so there is nothing to sum up.", class_="note")
        return element("div", _warnings(results), nothing)
    return element("div", _warnings(results), findings(results), salience(results))


def _numbers(data: Data) -> Markup:
    """The tables of what holds across the samples."""
    results = data.results
    if not results.summary_valid:
        return element("div", summary_table(data), element("p", _NO_SUMMARY, class_="note"))
    across_k = element("div", transferability_table(results), faithfulness_table(results), class_="columns")
    return element("div", summary_table(data), across_k)


def _warnings(results: Results) -> Markup:
    """What the sweep was warned of, a line each."""
    return join(element("p", element("b", "Warning: "), text, class_="note") for text in results.warnings())


_NO_SUMMARY = (
    "The statistics across samples (frequencies, transferability, discrimination, faithfulness) are not in this file: "
    "it is a shard, its sweep is still running, or it was made before they were computed. They come with the last "
    "sample of a sweep and with harsanyi analyze. What is shown here is computed from the rows of the samples."
)


def provenance(results: Results) -> Markup:
    """Where the numbers come from."""
    facts = [(name.replace("_", " "), value) for name, value in sorted(results.attributes.items())]
    runs = [
        (
            str(run["started"]),
            str(run["host"]),
            str(run["ranks"]),
            f"{run['masks']:,}",
            number(float(run["seconds"])),
            str(run["exit"]),
            str(run["engine"]) or "–",
            ", ".join(filter(None, (str(run["mpi"]), f"HDF5 {run['hdf5']}", str(run["compiler"])))),
        )
        for run in results.runs()
    ]
    columns = [
        Column("Started", "name"),
        Column("Host"),
        Column("Ranks", "number"),
        Column("Masks", "number"),
        Column("Seconds", "number"),
        Column("Ended"),
        Column("Engine"),
        Column("Made with"),
    ]
    return element(
        "div",
        element(
            "dl",
            *(element(tag, text) for fact in facts for tag, text in zip(("dt", "dd"), fact, strict=True)),
            class_="facts",
        ),
        table(columns, runs, "Starts on record", folds=True),
        element("h3", "Configuration"),
        element("pre", results.config_text, tabindex="0"),
    )


class _Parser(argparse.ArgumentParser):
    """Bad usage is 1, as for the program."""

    def error(self, message: str) -> NoReturn:
        print(f"{self.prog}: {message} (--help lists the options)", file=sys.stderr)
        sys.exit(1)


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r}: a whole number from 0")
    return int(text)


def main(arguments: list[str] | None = None) -> int:
    """The command harsanyi-report: 0 written, 1 bad usage or input."""
    parser = _Parser(prog="harsanyi-report", description="Writes one self-contained HTML page about a results file.")
    parser.add_argument("file", type=Path, metavar="FILE", help="results of harsanyi run or analyze")
    parser.add_argument("-o", "--output", type=Path, metavar="PAGE", help="the page (default: FILE, but .html)")
    parser.add_argument(
        "--samples", type=_count, default=DETAILS, metavar="K", help=f"samples shown in detail (default: {DETAILS})"
    )
    given = parser.parse_args(arguments)
    out = given.output or given.file.with_suffix(".html")
    try:
        with letters_missed("harsanyi-report"):
            size = write_report(given.file, out, given.samples)
    except (ValueError, OSError) as error:
        print(f"harsanyi-report: {error}", file=sys.stderr)
        return 1
    print(f"harsanyi-report: {out} ({f'{size / 1e6:.1f} MB' if size >= 1e6 else f'{size / 1e3:.0f} kB'})")
    return 0


if __name__ == "__main__":
    sys.exit(main())
