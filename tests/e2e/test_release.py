"""What a release says of itself."""

import re
import tomllib

from harness import REPOSITORY, harsanyi


def test_version_is_the_same_everywhere() -> None:
    with (REPOSITORY / "analysis/pyproject.toml").open("rb") as file:
        version = tomllib.load(file)["project"]["version"]
    assert harsanyi("--version").out.startswith(f"harsanyi {version} ")
    assert f"\nversion: {version}\n" in (REPOSITORY / "CITATION.cff").read_text()
    changes = re.findall(r"^## (\S+)", (REPOSITORY / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert changes[0] == version
