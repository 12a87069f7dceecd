"""Tables as data frames are written: what becomes of each kind of column, and of labels; what is refused, and how."""

from pathlib import Path

import numpy as np
import pytest
from harsanyi.samples.command import main
from test_samples import make, refused, texts

ISLANDS = "a,island,y\n1.5,Ost,0\n2.5,West,1\n0.5,Ost,1\n3.5,Nord,0\n"
MISSING = "a,b,y\n1.5,2,0\n,3,1\n0.5,NaN,1\n4.5,5,0\n"


def table(folder: Path, text: str, name: str = "x.csv") -> Path:
    (folder / name).write_text(text)
    return folder / name


def test_truth_values(tmp_path: Path) -> None:
    file = table(tmp_path, "a,is_red,is_blue,y\n1.5,True,FALSE,0\n2.5,False,true,1\n")
    assert make(tmp_path, "from-csv", file, "--label", "y")["x"].tolist() == [[1.5, 1, 0], [2.5, 0, 1]]


def test_a_nameless_column_is_left_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written = make(tmp_path, "from-csv", table(tmp_path, ",a,b\n0,1.5,2\n1,2.5,3\n"))
    assert texts(written["player_names"]) == ["a", "b"]
    assert "column 1, which has no name" in capsys.readouterr().out


def test_commas_in_names_become_semicolons(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written = make(tmp_path, "from-csv", table(tmp_path, '"alcohol, %",b\n1.5,2\n'))
    assert texts(written["player_names"]) == ["alcohol; %", "b"]
    assert "'alcohol; %'" in capsys.readouterr().out


def test_missing_fields(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = table(tmp_path, MISSING)
    said = refused(capsys, "from-csv", file, "--label", "y", "-o", tmp_path / "mine.h5")
    assert "line 3: 'a' is missing" in said and "--drop-missing" in said and "2 of 4" in said
    assert "--missing nan" in said
    written = make(tmp_path, "from-csv", file, "--label", "y", "--drop-missing")
    assert written["x"].tolist() == [[1.5, 2], [4.5, 5]]
    assert texts(written["origin"]) == ["0", "3"]
    assert "2 rows with missing fields" in capsys.readouterr().out
    only = table(tmp_path, "a,b\n1,\n,2\n")
    assert "every row" in refused(capsys, "from-csv", only, "--drop-missing", "-o", tmp_path / "other.h5")


def test_missing_fields_as_nan(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The mean is that of the values that are there."""
    written = make(tmp_path, "from-csv", table(tmp_path, MISSING), "--label", "y", "--missing", "nan")
    assert np.array_equal(written["x"], [[1.5, 2], [np.nan, 3], [0.5, np.nan], [4.5, 5]], equal_nan=True)
    assert written["baseline"].tolist() == [6.5 / 3, 10 / 3]
    said, config = capsys.readouterr().out, (tmp_path / "mine.yaml").read_text()
    for text in (said, config):
        assert "2 missing fields are NaN" in text and "of the values that are not missing" in text
    own = make(tmp_path, "from-csv", tmp_path / "x.csv", "--missing", "nan", "--baseline", "nan", "--force")
    assert np.isnan(own["baseline"])
    assert "NaN everywhere" in (tmp_path / "mine.yaml").read_text()


def test_missing_fields_of_other_columns(tmp_path: Path) -> None:
    """Truth values and categories are NaN where they are missing; a column that is missing everywhere has no mean."""
    file = table(tmp_path, "a,red,island\n1,True,Ost\n2,,West\n3,false,\n")
    written = make(tmp_path, "from-csv", file, "--one-hot", "island", "--missing", "nan", "--force")
    nan = np.nan
    assert np.array_equal(written["x"], [[1, 1, 1, 0], [2, nan, 0, 1], [3, 0, nan, nan]], equal_nan=True)
    assert written["baseline"].tolist() == [2, 0.5, 0.5, 0.5]
    assert written["players"].tolist() == [0, 1, 2, 2]


def test_a_column_missing_everywhere(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = table(tmp_path, "a,b\n1,\n2,\n")
    said = refused(capsys, "from-csv", file, "--missing", "nan", "-o", tmp_path / "mine.h5")
    assert "b is missing everywhere" in said and "--baseline nan" in said
    written = make(tmp_path, "from-csv", file, "--missing", "nan", "--baseline", "nan")
    assert np.array_equal(written["x"], [[1, np.nan], [2, np.nan]], equal_nan=True)


def test_missing_labels(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """They are no NaN: their rows can only be left out."""
    file = table(tmp_path, "a,b,y\n1.5,,0\n2.5,3,\n")
    options = ("from-csv", file, "--label", "y", "--missing", "nan")
    said = refused(capsys, *options, "-o", tmp_path / "mine.h5")
    assert "line 3: 'y' is missing" in said and "--drop-missing" in said and "--missing nan" not in said
    written = make(tmp_path, *options, "--drop-missing", "--baseline", "nan")
    assert np.array_equal(written["x"], [[1.5, np.nan]], equal_nan=True)


def test_missing_values_in_arrays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.savez(tmp_path / "x.npz", x=np.array([[1, np.nan], [3, 5]], np.float32))
    written = make(tmp_path, "from-npz", tmp_path / "x.npz", "--missing", "nan")
    assert np.array_equal(written["x"], np.array([[1, np.nan], [3, 5]], np.float32), equal_nan=True)
    assert written["baseline"].tolist() == [2, 5]
    assert "of the values that are not missing" in capsys.readouterr().out


def test_text_says_what_to_type(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = refused(capsys, "from-csv", table(tmp_path, ISLANDS), "--label", "y", "-o", tmp_path / "mine.h5")
    assert "'island'" in said and "Nord, Ost, West" in said and "--one-hot island" in said


def test_categories_are_one_player(tmp_path: Path) -> None:
    file = table(tmp_path, ISLANDS)
    written = make(tmp_path, "from-csv", file, "--label", "y", "--one-hot", "island")
    assert written["x"].tolist() == [[1.5, 0, 1, 0], [2.5, 0, 0, 1], [0.5, 0, 1, 0], [3.5, 1, 0, 0]]
    assert written["players"].tolist() == [0, 1, 1, 1]
    assert texts(written["player_names"]) == ["a", "island"]
    own = make(tmp_path, "from-csv", file, "--label", "y", "--one-hot", "island=West,Ost,Nord,Sued", "--force")
    assert own["x"][0].tolist() == [1.5, 0, 1, 0, 0]
    assert own["baseline"].tolist() == [2, 0.25, 0.5, 0.25, 0]


def test_groups_of_columns(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In the place of the first of their columns; those of a category count as one."""
    file = table(tmp_path, "age,island=O,w,island=W,h,sex\n1,0,2,1,3,m\n2,1,2,0,3,f\n")
    given = ("from-csv", file, "--one-hot", "sex", "--group", "h, age", "--group", "where=island=O,island=W")
    written = make(tmp_path, *given)
    assert texts(written["player_names"]) == ["h+age", "where", "w", "sex"]
    assert written["players"].tolist() == [0, 1, 2, 1, 0, 3, 3]
    assert "the features, some together as one: h+age, where" in capsys.readouterr().out
    unnamed = make(
        tmp_path, *given[:4], "--group", "island=O,island=W", "--players", "island=O+island=W,sex", "--force"
    )
    assert unnamed["players"].tolist() == [-1, 0, -1, 0, -1, 1, 1]
    renamed = make(tmp_path, *given, "--names", "a,b,c,d", "--force")
    assert texts(renamed["player_names"]) == list("abcd")


def test_categories_of_other_tables(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = ("-o", tmp_path / "mine.h5")
    file, training = table(tmp_path, ISLANDS), table(tmp_path, "a,island\n1,Ost\n", "training.csv")
    options = ("--label", "y", "--training", training)
    assert "--one-hot COLUMN=A,B,C" in refused(capsys, "from-csv", file, *options, "--one-hot", "island", *out)
    assert "line 5: 'island' is 'Nord'" in refused(
        capsys, "from-csv", file, *options, "--one-hot", "island=West,Ost", *out
    )
    written = make(tmp_path, "from-csv", file, *options, "--one-hot", "island=Nord,Ost,West")
    assert written["baseline"].tolist() == [1, 0, 1, 0]


@pytest.mark.parametrize("shape", ["0,1,1,1,2\n", "0\n1\n1\n1\n2\n"])
def test_parts_as_text_of_any_orientation(tmp_path: Path, shape: str, capsys: pytest.CaptureFixture[str]) -> None:
    file, parts = table(tmp_path, "a,b,c,d,e\n1,2,3,4,5\n"), table(tmp_path, shape, "parts.csv")
    written = make(tmp_path, "from-csv", file, "--parts", parts, "--names", "size,place,age")
    assert written["players"].tolist() == [0, 1, 1, 1, 2]
    assert texts(written["player_names"]) == ["size", "place", "age"]
    said = refused(
        capsys, "from-csv", file, "--parts", table(tmp_path, "0,1\n", "short.csv"), "-o", tmp_path / "other.h5"
    )
    assert "[1, 2]" in said and "[5]" in said


def test_a_map_for_each_image(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows, columns = np.indices((4, 6))
    parts = np.stack([columns // 2, rows // 2 * 2 + columns // 3, rows // 2])
    np.savez(tmp_path / "x.npz", x=np.arange(72.0).reshape(3, 1, 4, 6), y=[0, 1, 0])
    np.save(tmp_path / "parts.npy", parts)
    options = ("from-npz", tmp_path / "x.npz", "--parts", tmp_path / "parts.npy")
    written = make(tmp_path, *options)
    said = capsys.readouterr().out
    assert (written["players"] == parts[:, np.newaxis]).all()
    assert "player_names" not in written
    assert "not compared across samples" in said and "3, 4, 2 players" in said and "2^2 to 2^4 masks" in said
    some = make(tmp_path, *options, "--count", 2, "--seed", 1, "--force")
    assert (some["players"] == parts[[int(row) for row in texts(some["origin"])]][:, np.newaxis]).all()
    assert "have no names" in refused(capsys, *options, "--names", "a,b", "--force", "-o", tmp_path / "mine.h5")
    assert "differ" in refused(capsys, *options, "--choose", 2, "--force", "-o", tmp_path / "mine.h5")
    np.save(tmp_path / "parts.npy", parts[:2])
    assert "[2, 4, 6]" in refused(capsys, *options, "--force", "-o", tmp_path / "mine.h5")


# ---- labels ----


@pytest.mark.parametrize(("y", "options"), [([1.1, -2.9], ()), ([1, 2], ("--regression",))])
def test_labels_of_a_regression(
    tmp_path: Path, y: list[float], options: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    np.savez(tmp_path / "x.npz", x=np.eye(2), y=y)
    file = table(tmp_path, "a,b,y\n" + "".join(f"{i},{1 - i},{y[i]}\n" for i in range(2)))
    for source in (("from-npz", tmp_path / "x.npz"), ("from-csv", file, "--label", "y")):
        assert "label" not in make(tmp_path, *source, *options, "--force")
        assert "a regression" in capsys.readouterr().out
        config = (tmp_path / "mine.yaml").read_text()
        assert "score: raw" in config and "target: 0" in config


def test_text_is_no_regression(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ("--label", "y", "--regression", "-o", tmp_path / "mine.h5")
    assert "holds text" in refused(capsys, "from-csv", table(tmp_path, "a,y\n1,x\n"), *options)


def test_labels_under_other_names(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    np.savez(tmp_path / "x.npz", X=np.zeros((4, 3)), target=[0, 1, 2, 1], weights=np.ones(4))
    assert make(tmp_path, "from-npz", tmp_path / "x.npz")["label"].tolist() == [0, 1, 2, 1]
    assert "not used: weights [4]" in capsys.readouterr().out
    assert "label" not in make(tmp_path, "from-npz", tmp_path / "x.npz", "--no-label", "--force")
    assert "target [4]" in capsys.readouterr().out


def test_objects_are_never_unpickled(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    uneven = np.empty(2, object)
    uneven[0], uneven[1] = np.zeros(3), np.zeros(4)
    np.savez(tmp_path / "y.npz", x=np.eye(2), y=np.array(["a", "b"], object))
    np.savez(tmp_path / "x.npz", x=uneven, y=[0, 1])
    out = ("-o", tmp_path / "mine.h5")
    said = refused(capsys, "from-npz", tmp_path / "y.npz", *out)
    assert ": y: " in said and "objects" in said and "astype(str)" in said
    said = refused(capsys, "from-npz", tmp_path / "x.npz", *out)
    assert ": x: " in said and "objects" in said and "uneven" in said
    names = np.array(["a", "b"], object)
    np.savez(tmp_path / "named.npz", x=np.eye(2), names=names)
    assert ": names: " in refused(capsys, "from-npz", tmp_path / "named.npz", *out)
    np.savez(tmp_path / "parts.npz", parts=[0, 1], names=names)
    plain = ("from-npz", tmp_path / "y.npz", "--no-label", "--parts", tmp_path / "parts.npz")
    assert ": names: " in refused(capsys, *plain, *out)
    np.savez(tmp_path / "v.npz", values=np.zeros(4), player_names=names)
    assert ": player_names: " in refused(capsys, "from-values", tmp_path / "v.npz", "-o", tmp_path / "v.yaml")
    np.save(tmp_path / "x.npy", uneven, allow_pickle=True)
    assert "objects" in refused(capsys, "from-npz", tmp_path / "x.npy", *out)
    assert main(["from-npz", str(tmp_path / "y.npz"), "--no-label", *map(str, out)]) == 0
