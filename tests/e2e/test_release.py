"""What a release says of itself; its manual and completion; what is installed."""

import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest
from harness import PROGRAM, REPOSITORY, harsanyi

MANUAL = Path(PROGRAM).with_name("manual")
COMMANDS = re.findall(r"^  (\w+)  ", harsanyi("--help").out, re.MULTILINE)


def _words(*line: str) -> list[str]:
    """What bash completes for the last word of the line."""
    shell = (
        f'source {MANUAL}/harsanyi.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _harsanyi; echo "${{COMPREPLY[@]}}"'
    )
    return subprocess.run(
        ["bash", "-c", shell, "bash", "harsanyi", *line], check=True, capture_output=True, text=True
    ).stdout.split()


def test_version_is_the_same_everywhere() -> None:
    with (REPOSITORY / "analysis/pyproject.toml").open("rb") as file:
        version = tomllib.load(file)["project"]["version"]
    assert harsanyi("--version").out.startswith(f"harsanyi {version} ")
    assert f"\nversion: {version}\n" in (REPOSITORY / "CITATION.cff").read_text()
    assert f'\n    version("{version}")\n' in (REPOSITORY / "packaging/spack/package.py").read_text()
    changes = re.findall(r"^## (\S+)", (REPOSITORY / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert changes[0] == version


def test_recipes_fit_the_source() -> None:
    """Each says first whether it is tried; versions and packages are those said elsewhere."""
    text = (REPOSITORY / "analysis/pyproject.toml").read_text()
    project = tomllib.loads(text)["project"]
    recipes = [REPOSITORY / "packaging" / name for name in ("apptainer.def", "conda/meta.yaml", "spack/package.py")]
    apptainer, conda, spack = (recipe.read_text() for recipe in recipes)
    assert all(re.match("# (Its commands are tried|Untried)", recipe) for recipe in (apptainer, conda, spack))
    (version,) = re.findall(r"regex_pattern='(.*?)'", conda)
    found = re.search(version, text)
    assert found and found[1] == project["version"]
    for needed in [*project["dependencies"], f"python{project['requires-python']}"]:
        name, least = needed.split(">=")
        assert re.search(rf"^    - {name}(-base)? >={least}$", conda, re.MULTILINE), needed
    libraries = set(re.findall(r"\blib\w+-dev\b", (REPOSITORY / "scripts/setup.sh").read_text()))
    assert set(re.findall(r"\blib\w+-dev\b", apptainer)) == libraries - {"libcmocka-dev"}
    compile(spack, recipes[2], "exec")


def test_manual_is_that_of_the_program(tmp_path: Path) -> None:
    """The pages of the build are what the program writes now; every command, option and key is in them."""
    harsanyi("--manual", tmp_path).ends(0)
    assert {page.name for page in MANUAL.iterdir()} == {page.name for page in tmp_path.iterdir()}
    for page in tmp_path.iterdir():
        assert (MANUAL / page.name).read_text().splitlines()[2:] == page.read_text().splitlines()[2:]
    assert len(COMMANDS) == 9
    for command in COMMANDS:
        page = (tmp_path / f"harsanyi-{command}.1").read_text().replace("\\-", "-")
        options = re.findall(r"^  (?:-., )?(--[a-z-]+)", harsanyi(command, "--help").out, re.MULTILINE)
        assert "--help" in options
        assert all(f"\\fB{option}\\fR" in page for option in options)
    keys = re.findall(r"^  ([a-z]+\.[a-z_]+): ", harsanyi("run", "--help").out, re.MULTILINE)
    assert len(keys) > 40
    assert all(f"\\fB{key}\\fR" in (tmp_path / "harsanyi-config.5").read_text() for key in keys)


def test_manual_into_a_folder_that_is_not_there(tmp_path: Path) -> None:
    harsanyi("--manual", tmp_path / "none").ends(1, "No such file")


@pytest.mark.skipif(not shutil.which("groff"), reason="needs groff")
def test_pages_are_clean() -> None:
    pages = [*MANUAL.glob("*.[15]")]
    assert len(pages) == len(COMMANDS) + 2
    checked = subprocess.run(
        ["groff", "-man", "-Tutf8", "-ww", "-z", *pages], check=True, capture_output=True, text=True
    )
    assert checked.stderr == ""


def test_bash_completes() -> None:
    assert _words("me") == ["merge"]
    assert _words("show", "x.h5", "--co") == ["--conditions"]
    assert _words("run", "x.yaml", "--set", "model.ba") == ["model.backend=", "model.batch_timeout="]
    assert _words("run", "x.yaml", "--set", "model.backend", "=") == _words("plan", "--set", "model.backend", "=", "")
    assert _words("run", "--set", "model.backend", "=", "pro") == ["process"]
    assert _words("run", "--set", "statistics.curves", "=", "f") == ["false"]
    assert _words("run", "--ranks", "-") == []
    assert _words("run", "configs/") == []  # bash's own completion of files follows
    assert _words("none", "--") == []


@pytest.mark.skipif(not shutil.which("cmake"), reason="needs cmake")
def test_installed(tmp_path: Path) -> None:
    subprocess.run(["cmake", "--install", Path(PROGRAM).parent, "--prefix", tmp_path], check=True, capture_output=True)
    out = subprocess.run([tmp_path / "bin/harsanyi", "--version"], check=True, capture_output=True, text=True).stdout
    assert out == harsanyi("--version").out
    share = tmp_path / "share"
    assert {page.name for page in (share / "man/man1").iterdir()} >= {f"harsanyi-{command}.1" for command in COMMANDS}
    for name in ("man/man5/harsanyi-config.5", "bash-completion/completions/harsanyi", "zsh/site-functions/_harsanyi"):
        assert (share / name).stat().st_size > 1000
    assert (share / "harsanyi/analysis/pyproject.toml").is_file()
    assert (share / "harsanyi/configs/digits/digits.yaml").is_file()


def test_the_readme_is_short_and_leads_somewhere() -> None:
    text = (REPOSITORY / "README.md").read_text()
    assert len(text.splitlines()) <= 120
    targets = {target.split("#")[0] for target in re.findall(r"\]\((?!http)([^)]+)\)", text)}
    assert targets and all((REPOSITORY / target).exists() for target in targets)
    pages = {f"docs/{page.name}" for page in (REPOSITORY / "docs").glob("*.md")}
    assert pages <= targets


def test_page_of_the_library_has_every_function() -> None:
    header = (REPOSITORY / "include/harsanyi.h").read_text()
    page = (REPOSITORY / "docs/library.md").read_text().split("## All functions")[1]
    declared = set(re.findall(r"^HARSANYI_API [^(;]*?\b(harsanyi_\w+)\(", header, re.MULTILINE))
    assert len(declared) > 25
    assert set(re.findall(r"`(harsanyi_\w+)`", page.split("## Good to know")[0])) == declared
