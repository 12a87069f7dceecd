"""Language models of transformers through the program, on a tiny one of random weights that nobody downloads."""

import json
import sys
from contextlib import ExitStack
from pathlib import Path

import numpy as np
import pytest
from harness import REPOSITORY, Sweep, harsanyi, swept

pytest.importorskip("torch")
pytest.importorskip("transformers")
sys.path.insert(0, str(REPOSITORY / "analysis/tests"))

from harsanyi.agreement_figure import agreement_data  # noqa: E402
from harsanyi.figures.command import main as draw  # noqa: E402
from harsanyi.language import LanguageModel, load  # noqa: E402
from harsanyi.prompts import read_prompts  # noqa: E402
from harsanyi.reader import open_results  # noqa: E402
from harsanyi.samples.command import main as make  # noqa: E402
from language_models import model, tokenizer  # noqa: E402

TIMEOUT = 900  # torch takes its time to start where all cores are busy
PROMPTS = """\
The [capital] of [France] is\t Paris
[An apple] [a] [day] keeps the [doctor]\t away
In [summer] the [days] are
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """With a model, its tokenizer, and prompts."""
    model("gpt2").save_pretrained(tmp_path / "tiny")
    tokenizer().save_pretrained(tmp_path / "tiny")
    (tmp_path / "prompts.txt").write_text(PROMPTS)
    assert make(["from-prompts", str(tmp_path / "prompts.txt"), "-o", str(tmp_path / "samples.h5")]) == 0
    return tmp_path


def config(folder: Path, *options: str) -> dict[str, dict[str, object]]:
    command = [sys.executable, "-m", "harsanyi.language", str(folder / "tiny"), *options]
    return {
        "model": {"backend": "process", "command": command, "takes": "masks"},
        "samples": {"file": "samples.h5"},
        "sweep": {"batch": 8},
    }


def test_prompts_of_a_samples_file(folder: Path) -> None:
    sweep = swept(folder, config(folder, "--removal", "delete"))
    language = load(str(folder / "tiny"), removal="delete")
    for row, prompt in enumerate(read_prompts(folder / "samples.h5")):
        n = len(prompt.spans)
        masks = (np.arange(1 << n)[:, None] >> np.arange(n) & 1).astype(np.uint8)
        expected = np.concatenate(
            [language.values(prompt, part).detach() for part in np.split(masks, max(1, (1 << n) // 8))]
        )
        np.testing.assert_allclose(sweep.read("values")[row][: 1 << n], expected, rtol=0, atol=1e-5)


def test_an_embedding_of_a_file(folder: Path) -> None:
    vector = np.linspace(-1, 1, 32).astype(np.float32)
    np.save(folder / "absent.npy", vector)
    sweep = swept(folder, config(folder, "--removal", "embedding", "--embedding", str(folder / "absent.npy")))
    prompt = read_prompts(folder / "samples.h5")[0]
    language = LanguageModel(model("gpt2"), tokenizer(), removal="embedding", embedding=vector)
    expected = language.values(prompt, np.array([[0, 0], [1, 0], [0, 1], [1, 1]])).detach()
    np.testing.assert_allclose(sweep.read("values")[0][:4], expected, rtol=0, atol=1e-5)


def test_removals_and_mask_tokens_in_one_figure(folder: Path) -> None:
    """As docs/language-models.md says; files of one name are told apart by their folders."""
    made, files = config(folder), []
    sweep = Sweep(folder, made)
    kinds = {"pad": [], "mask": ["--mask-token", "<mask>"], "delete": ["--removal", "delete"]}
    for name, options in (kinds | {"attention": ["--removal", "attention"]}).items():
        files.append(folder / name / "r.h5")
        files[-1].parent.mkdir()
        command = json.dumps([*made["model"]["command"], *options])
        sweep.run("-o", str(files[-1]), "--set", f"model.command={command}").ends(0)
    harsanyi("compare", *files, "-o", folder / "all.h5").ends(0)
    assert draw([*map(str, files), "-o", str(folder / "out"), "--figure", "agreement", "summary_table"]) == 0
    with ExitStack() as opened:
        columns = agreement_data([opened.enter_context(open_results(file)) for file in files])
    assert columns["samples"].tolist() == [3] * 6
    assert len(set(columns["correlation"].tolist())) == 6 and (np.abs(columns["correlation"]) < 1 - 1e-6).all()
    assert all(f"{name}/r" in (folder / "out/summary_table.tex").read_text() for name in kinds)


def test_a_prompt_that_does_not_fit_fails_alone(folder: Path) -> None:
    (folder / "prompts.txt").write_text("[a]p[p]le\t day\n" + PROMPTS)
    assert make(["from-prompts", str(folder / "prompts.txt"), "-o", str(folder / "samples.h5"), "--force"]) == 0
    sweep = Sweep(folder, config(folder))
    sweep.run().ends(2, "make them one player")
    assert sweep.read("samples/status").tolist() == [2, 1, 1, 1]


def test_a_mask_token_that_the_vocabulary_lacks(folder: Path) -> None:
    Sweep(folder, config(folder, "--mask-token", "<gap>")).run().ends(1, "the vocabulary has no token '<gap>'")
