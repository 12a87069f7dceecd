"""One self-contained HTML page about a results file: harsanyi-report FILE [-o report.html] [--samples 20].

No network, no other files: figures are inline SVG, pictures inline PNG, and a content security policy in the page forbids
everything else, scripts but the page's own included.
"""

import argparse
import base64
import contextlib
import hashlib
import os
import sys
from importlib import resources
from pathlib import Path

from harsanyi.markup import Column, Markup, element, link, number, table
from harsanyi.pictures import Pictures, open_pictures
from harsanyi.reader import FAILED, PENDING, Results, open_results
from harsanyi.report_data import Data, gather
from harsanyi.report_samples import all_samples, failed_samples, frequent_interactions, in_detail
from harsanyi.report_summary import faithfulness_table, summary_table, tiles, transferability_table

DETAILS = 20  # samples shown in detail
MOST_FREQUENT = 50  # frequent interactions shown


def report(results: Results, details: int = DETAILS) -> str:
    """The page, as text."""
    data = gather(results, details, MOST_FREQUENT)
    with contextlib.ExitStack() as stack:
        pictures = open_pictures(results)
        if pictures is not None:
            stack.enter_context(pictures)
        sections = _sections(data, pictures)
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
        link("main", "To the content"),
        element("header", element("h1", title), _what(data)),
        bar,
        main,
        element("footer", element("p", f"Made by harsanyi-report from {results.path.name}.")),
        element("script", Markup(_file("report.js"))),
    )
    return "<!DOCTYPE html>\n" + element("html", _head(title), body, lang="en") + "\n"


def write_report(path: Path, out: Path, details: int = DETAILS) -> int:
    """Writes the page; its size in bytes. The old page stays until the new one is whole."""
    with open_results(path) as results:
        page = report(results, details).encode()
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
        element("style", Markup(_file("report.css"))),
    )


def _what(data: Data) -> Markup:
    """What the file is, in a paragraph."""
    results = data.results
    backend, model = results.setting("model.backend"), results.setting("model.file")
    name = Path(model).name if model else f"the game `{results.setting('model.game')}`"
    count = {status: int((results.status == status).sum()) for status in (PENDING, FAILED)}
    state = f"{len(results.done)} of {results.samples} samples are done, {count[FAILED]} failed, {count[PENDING]} are pending."
    score = results.setting("model.score")
    target = results.setting("model.target")
    return element(
        "p",
        f"Every interaction that {name} ({backend}) encodes on {results.samples} samples of up to {results.players} players: "
        f"the output v(S) on all 2ⁿ masks S of a sample is the sum of the interactions I(T) of the sets T within S, exactly. ",
        f"v is {_SCORES.get(score or '', score)} of the {'target ' if target else ''}output (target: {target}). "
        if score
        else "",
        state,
        "" if results.summary_valid else " The file holds no statistics across samples.",
        f" Its tables are in {results.attributes['tables']}." if "tables" in results.attributes else "",
    )


_SCORES = {
    "log_odds": "the log-odds log p/(1−p)",
    "logit": "the logit",
    "probability": "the probability",
    "raw": "the raw value",
}


def _sections(data: Data, pictures: Pictures | None) -> list[tuple[str, str, Markup]]:
    """Id, title and content of the parts of the page."""
    results = data.results
    sections = [("summary", "Summary", _summary(data))]
    if len(results.done):
        sections += [
            ("interactions", "Frequent interactions", frequent_interactions(data)),
            ("samples", "Samples in detail", _details(data, pictures)),
        ]
    sections.append(("all", "All samples", _all(data)))
    if (results.status == FAILED).any():
        sections.append(("failed", "Failed samples", failed_samples(results)))
    return [*sections, ("provenance", "Provenance", provenance(results))]


def _summary(data: Data) -> Markup:
    results = data.results
    if not len(results.done):
        return element("p", "No sample is done, so there is nothing to sum up.", class_="note")
    parts = [tiles(data), summary_table(data)]
    if results.summary_valid:
        parts.append(element("div", transferability_table(results), faithfulness_table(results), class_="columns"))
    else:
        parts.append(element("p", _NO_SUMMARY, class_="note"))
    return element("div", *parts)


_NO_SUMMARY = (
    "The statistics across samples (frequencies, transferability, discrimination, faithfulness) are not in this file: it is "
    "a shard, its sweep goes on, or it was made before they were computed. They come with the last sample of a sweep and with "
    "`harsanyi analyze`. What is shown here is computed from the rows of the samples."
)


def _details(data: Data, pictures: Pictures | None) -> Markup:
    results = data.results
    how = (
        f"All {len(data.detailed)} samples that are done."
        if len(data.detailed) == len(results.done)
        else f"{len(data.detailed)} of the {len(results.done)} samples that are done: each class has the same share of them, evenly "
        "spaced over its samples. `--samples K` shows more."
    )
    missing = element("p", f"Without interactions: {data.why_no_tables}", class_="note") if data.why_no_tables else ""
    jump = element(
        "ul", *(element("li", link(f"sample-{row}", str(results.index[row]))) for row in data.detailed), class_="links"
    )
    return element(
        "div", element("p", how), missing, jump, *(in_detail(data, row, None, pictures) for row in data.detailed)
    )


def _all(data: Data) -> Markup:
    unread = (
        ""
        if data.all_read or data.why_no_tables
        else element(
            "p", "The tables are large: strongest interactions were read for a part of the samples only.", class_="note"
        )
    )
    tools = element(
        "p",
        element("label", "Filter: ", element("input", type="search", placeholder="a name, a class, no …")),
        element("output", aria_live="polite"),
        class_="tools",
        hidden=True,
        data_filters="all-samples",
    )
    return element("div", unread, tools, all_samples(data))


def provenance(results: Results) -> Markup:
    """Where the numbers come from."""
    facts = [(name.replace("_", " "), value) for name, value in sorted(results.attributes.items())]
    runs = [
        (
            str(run["started"]),
            str(run["host"]),
            str(run["ranks"]),
            str(run["masks"]),
            number(float(run["seconds"])),
            str(run["exit"]),
            str(run["engine"]) or "–",
            ", ".join(str(run[key]) for key in ("mpi", "hdf5", "compiler") if run[key]),
        )
        for run in results.runs()
    ]
    columns = [
        Column("Started"),
        Column("Host"),
        Column("Ranks", True),
        Column("Masks", True),
        Column("Seconds", True),
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
        table(columns, runs, "Starts on record"),
        element("h3", "Configuration"),
        element("pre", results.config_text, tabindex="0"),
    )


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="harsanyi-report", description="One HTML page about a results file.")
    parser.add_argument("file", type=Path, help="results file, of `harsanyi run` or `harsanyi analyze`")
    parser.add_argument("-o", "--output", type=Path, help="the page; default: FILE with .html instead of .h5")
    parser.add_argument(
        "--samples", type=int, default=DETAILS, metavar="K", help=f"samples shown in detail (default {DETAILS})"
    )
    given = parser.parse_args(arguments)
    out = given.output or given.file.with_suffix(".html")
    try:
        size = write_report(given.file, out, given.samples)
    except (ValueError, OSError) as error:
        print(f"harsanyi-report: {error}", file=sys.stderr)
        return 1
    print(f"harsanyi-report: {out} ({size / 1e6:.1f} MB)")
    return 0


if __name__ == "__main__":
    sys.exit(main())
