"""Makes cancer.onnx, cancer12.h5 and cancer30.h5: an MLP on the 30 features of scikit-learn's breast-cancer data.

    python configs/cancer/make_cancer.py

The random numbers are fixed; the last bits still depend on the processor and the versions in ../requirements.txt.
"""

import sys
from pathlib import Path

import numpy as np
from onnx import helper
from sklearn.datasets import load_breast_cancer
from sklearn.model_selection import train_test_split
from sklearn.neural_network import MLPClassifier
from sklearn.preprocessing import StandardScaler

sys.path.insert(0, str(Path(__file__).parents[1]))
from export import Array, check, write_model, write_samples

HERE = Path(__file__).parent
SEED = 1
PLAYERS = 12


def layers(network: MLPClassifier) -> list[tuple[Array, Array]]:
    """Weights [in, out] and biases of each layer. scikit-learn trains a logit z; (-z/2, z/2) has its log-odds."""
    pairs = list(zip(network.coefs_, network.intercepts_, strict=True))
    last, bias = pairs[-1]
    return [*pairs[:-1], (np.hstack([-last / 2, last / 2]), np.hstack([-bias / 2, bias / 2]))]


def logits(pairs: list[tuple[Array, Array]], x: Array) -> Array:
    for weight, bias in pairs[:-1]:
        x = np.maximum(x @ weight + bias, 0)
    return x @ pairs[-1][0] + pairs[-1][1]


def export(pairs: list[tuple[Array, Array]]) -> None:
    nodes, weights, source = [], {}, "features"
    for i, (weight, bias) in enumerate(pairs):
        last = i == len(pairs) - 1
        target = "logits" if last else f"sum{i}"
        nodes.append(helper.make_node("Gemm", [source, f"weight{i}", f"bias{i}"], [target]))
        if not last:
            source = f"out{i}"
            nodes.append(helper.make_node("Relu", [target], [source]))
        weights |= {f"weight{i}": weight, f"bias{i}": bias}
    write_model(HERE / "cancer.onnx", nodes, weights, "features", (30,), 2)


def importance(pairs: list[tuple[Array, Array]], x: Array) -> Array:
    """How far the log-odds move, on average over x, when one feature alone is masked (set to zero)."""

    def odds(rows: Array) -> Array:
        return logits(pairs, rows) @ [-1, 1]

    return np.array([np.abs(odds(x) - odds(x * (np.arange(30) != i))).mean() for i in range(30)])


def main() -> None:
    data = load_breast_cancer()
    parts = train_test_split(data.data, data.target, test_size=0.4, random_state=SEED, stratify=data.target)
    scaler = StandardScaler().fit(parts[0])
    x, x_test = (scaler.transform(part).astype(np.float32) for part in parts[:2])
    y, y_test = parts[2:]
    network = MLPClassifier((100, 100, 100), alpha=1.0, max_iter=500, random_state=SEED).fit(x, y)
    pairs = layers(network)
    export(pairs)

    # The 12 players in the data's own order of features; the others are -1: they keep their values in every mask.
    chosen = np.sort(np.argsort(-importance(pairs, x), kind="stable")[:PLAYERS])
    players = np.full(30, -1)
    players[chosen] = np.arange(PLAYERS)
    names = list(data.feature_names)
    write_samples(HERE / "cancer12.h5", x_test, y_test, players, [names[i] for i in chosen])
    write_samples(HERE / "cancer30.h5", x_test, y_test, np.arange(30), names)
    check(HERE / "cancer.onnx", x_test, y_test, lambda some: logits(pairs, some))


if __name__ == "__main__":
    main()
