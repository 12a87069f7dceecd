"""Makes shapes.onnx, a PointNet on clouds of points, and a samples file and a config for each class of objects.py.

    python configs/shapes/make_shapes.py

The random numbers are fixed; the last bits still depend on the processor and the versions in ../requirements.txt.
"""

import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from objects import OBJECTS, POINTS, cloud
from onnx import helper

sys.path.insert(0, str(Path(__file__).parents[1]))
from export import Array, check, write_model, write_samples
from train import Plan, Weights, train

HERE = Path(__file__).parent
TRAIN, TEST, KEPT = 400, 200, 40  # objects of each class; the first KEPT of the test's go to the samples files
PLAN = Plan(epochs=10, batch=32, rate=1e-3, decay=1e-2, seed=1)
# The first three for each point, then the maximum over the points, then two for the object.
SHAPES = {
    "point1": (3, 32),
    "point2": (32, 64),
    "point3": (64, 256),
    "full1": (256, 64),
    "full2": (64, len(OBJECTS)),
}
CONFIG = """\
# Which parts of one of the {count} {name}s a PointNet uses together: {n} players, 2^{n} masks for each sample.
# Paths are relative to this file. make_shapes.py made the network, the samples and this file.

model:
  backend: onnx
  file: shapes.onnx        # one float input [batch, {points}, 3], the points; one output of logits [batch, {classes}]
  score: log_odds          # v(S) = log(p / (1 - p)), p the probability of the target class with the parts in S alone
  target: label            # the class whose probability it is: /label of the sample; {name}: {label}

samples:
  file: {file:<18} # /x [{count}, {points}, 3], {name}s that were never used in training
  players: from_file       # /players [{count}, {points}, 3]: the part each point belongs to, other ones in each sample
  baseline: from_file      # /baseline [{count}, {points}, 3]: absent points go to the centre of their cloud

sweep:
  batch: 256               # masks evaluated at once; a power of two; part of what defines the last bits of v

statistics:
  salience: 0.05           # interactions of at least 5 % of the strongest one count as salient

output:
  file: {output:<21} # its folder must exist; -o on the command line wins
"""


def objects(seed: int, count: int) -> tuple[Array, Array, Array]:
    """Clouds [classes * count, POINTS, 3], part of each point [..., POINTS], class; class by class."""
    x, parts = [], []
    for kind, make in enumerate(OBJECTS.values()):
        rng = np.random.default_rng([PLAN.seed, seed, kind])
        for _ in range(count):
            points, part = cloud(rng, make(rng))
            x.append(points.astype(np.float32))
            parts.append(part)
    return np.stack(x), np.stack(parts), np.repeat(np.arange(len(OBJECTS)), count)


def network(w: Weights, x: jax.Array) -> jax.Array:
    for name in ("point1", "point2", "point3"):
        x = jax.nn.relu(x @ w[name] + w[name + "_bias"])
    x = jax.nn.relu(x.max(1) @ w["full1"] + w["full1_bias"])
    return x @ w["full2"] + w["full2_bias"]


def export(w: Weights) -> None:
    nodes, source = [], "points"
    for name in ("point1", "point2", "point3"):
        nodes += [
            helper.make_node("MatMul", [source, name], [name + "_product"]),
            helper.make_node("Add", [name + "_product", name + "_bias"], [name + "_sum"]),
            helper.make_node("Relu", [name + "_sum"], [name + "_out"]),
        ]
        source = name + "_out"
    nodes += [
        helper.make_node("ReduceMax", [source], ["object"], axes=[1], keepdims=0),
        helper.make_node("Gemm", ["object", "full1", "full1_bias"], ["full1_sum"]),
        helper.make_node("Relu", ["full1_sum"], ["full1_out"]),
        helper.make_node("Gemm", ["full1_out", "full2", "full2_bias"], ["logits"]),
    ]
    weights = {k: np.asarray(v) for k, v in w.items()}
    write_model(HERE / "shapes.onnx", nodes, weights, "points", (POINTS, 3), len(OBJECTS))


def write_config(name: str, label: int, players: int) -> None:
    given = {"count": KEPT, "n": players, "points": POINTS, "classes": len(OBJECTS), "label": label}
    files = {"file": f"{name}.h5", "output": f"results/{name}.h5"}
    (HERE / f"{name}.yaml").write_text(CONFIG.format(name=name, **given, **files))


def main() -> None:
    x, _, y = objects(0, TRAIN)
    weights = train(network, SHAPES, x, y, PLAN)
    export(weights)
    x, parts, y = objects(1, TEST)  # other random numbers than those of training
    check(HERE / "shapes.onnx", x, y, lambda some: np.asarray(network(weights, jnp.asarray(some))))
    for kind, (name, make) in enumerate(OBJECTS.items()):
        rows = slice(kind * TEST, kind * TEST + KEPT)
        # All numbers of a point are its part's; an absent point goes to the middle of its cloud.
        players = np.repeat(parts[rows, :, np.newaxis], 3, axis=2)
        centre = np.broadcast_to(x[rows].mean(1, keepdims=True, dtype=np.float64), x[rows].shape)
        names = list(make(np.random.default_rng(0)))
        write_samples(HERE / f"{name}.h5", x[rows], y[rows], players, names, centre, list(OBJECTS))
        write_config(name, kind, len(names))


if __name__ == "__main__":
    main()
