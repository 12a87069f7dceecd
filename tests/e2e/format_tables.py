"""The tables of datasets in docs/file-format.md, made from what results and comparison files say of themselves.

python tests/e2e/format_tables.py RESULTS SHARD COMPARISON writes them; test_contract.py compares them with those there.
"""

import sys
from collections.abc import Iterator

import h5py

HEAD = ["| dataset | axes | type | units | |", "|---|---|---|---|---|"]
# The document's tables, each of one group or more; of a shard: what only shards have; of a comparison: all it has.
SECTIONS = ["/, /salient/, /curves/", "/samples/", "/indices/", "/orders/", "/conditions/", "/summary/"]
SECTIONS += ["/sparse/", "/progress/, /provenance/", "/shard/"]
COMPARISON = "/, /files/, /samples/, /gamma/, /top/, /orders/"
_OF_ORDERS = [
    "| orders/NAME_mean, NAME_std | order | f64 | as orders/NAME | mean and standard deviation (population) over the "
    "done rows, for every NAME of /orders |",
    "| orders/NAME_count | order | f64 | samples | number of done rows without NaN in it |",
]


def _text(dataset: h5py.Dataset, attribute: str) -> str:
    return dataset.attrs[attribute].decode().replace("|", "\\|")


def _type(dataset: h5py.Dataset) -> str:
    kind = dataset.dtype.kind
    return {"S": "text", "V": "record"}.get(kind) or f"{kind}{8 * dataset.dtype.itemsize}"


def _datasets(group: h5py.Group, prefix: str = "") -> Iterator[tuple[str, h5py.Dataset]]:
    for name in group:
        item = group[name]
        if isinstance(item, h5py.Dataset):
            yield prefix + name, item
        elif group.name != "/":
            yield from _datasets(item, f"{prefix}{name}/")


def _said_before(group: h5py.Group, name: str) -> bool:
    """Those of /summary/orders have lines of their own; a further family's summary is as /summary."""
    if group.name == "/summary":
        return name.startswith("orders/")
    return group.name == "/sparse" and name.startswith("summary/") and name in group.file


def _table(group: h5py.Group, prefix: str) -> list[str]:
    """A line for each dataset."""
    lines = _OF_ORDERS[:] if group.name == "/summary" else []
    for name, dataset in _datasets(group):
        if not _said_before(group, name):
            facts = (_text(dataset, "axes"), _type(dataset), _text(dataset, "units"), _text(dataset, "description"))
            lines.append(f"| {' | '.join((prefix + name, *facts))} |")
    return lines


def tables(results: h5py.File, shard: h5py.File, comparison: h5py.File) -> dict[str, list[str]]:
    """The lines of each section's table."""
    made = {}
    for section in [*SECTIONS, COMPARISON]:
        groups = [path.strip("/") for path in section.split(", ")]
        prefixes = [f"{group}/" if group and len(groups) > 1 else "" for group in groups]
        file = {"/shard/": shard, COMPARISON: comparison}.get(section, results)
        parts = (_table(file[f"/{group}"], prefix) for group, prefix in zip(groups, prefixes, strict=True))
        made[section] = [line for part in parts for line in part]
    return made


def documented(text: str) -> dict[str, list[str]]:
    """Those in the document."""
    found: dict[str, list[str]] = {}
    section = ""
    for line in text.split("# The samples file")[0].splitlines():
        if line.startswith("#"):
            section = line[4:] if line.startswith("### /") else ""
            found |= {section: []} if section else {}
        elif section and line.startswith("|"):
            found[section].append(line)
    assert all(lines[:2] == HEAD for lines in found.values())
    return {section: lines[2:] for section, lines in found.items()}


def row_order(text: str) -> list[str]:
    """The datasets that row_crc covers, in its order: the lines "group/: name name ..." of the document."""
    names = []
    block = text.split("in this order:\n")[1].split("```")[1]
    for line in block.replace("\n ", " ").strip().splitlines():
        group, _, rest = line.partition("/ ")
        names += [f"{group.strip()}/{name}" for name in rest.split()]
    return names


if __name__ == "__main__":
    for name, lines in tables(*map(h5py.File, sys.argv[1:4])).items():
        print("\n".join(["", f"### {name}", *HEAD, *lines]))
