"""What make_digits.py and make_shapes.py share: training a network of classes with AdamW."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import jax
import jax.numpy as jnp
import numpy as np
from export import Array

Weights = dict[str, jax.Array]
Network = Callable[[Weights, jax.Array], jax.Array]  # inputs to logits [batch, classes]


@dataclass(frozen=True)
class Plan:
    epochs: int
    batch: int
    rate: float
    decay: float
    seed: int


def start(shapes: Mapping[str, Sequence[int]], key: jax.Array) -> Weights:
    """He's initialisation of convolutions [out, in, rows, columns] and of matrices [in, out]; biases are zero."""
    weights = {}
    for name, shape in shapes.items():
        key, use = jax.random.split(key)
        inputs, outputs = (np.prod(shape[1:]), shape[0]) if len(shape) == 4 else shape
        weights[name] = jax.random.normal(use, shape) * jnp.sqrt(2 / inputs)
        weights[name + "_bias"] = jnp.zeros(outputs)
    return weights


def train(network: Network, shapes: Mapping[str, Sequence[int]], x: Array, y: Array, plan: Plan) -> Weights:
    w = start(shapes, jax.random.key(plan.seed))
    m = s = jax.tree.map(jnp.zeros_like, w)
    step = _step(network, plan)
    rng = np.random.default_rng(plan.seed)
    t = 0
    for _ in range(plan.epochs):
        order = rng.permutation(len(x))
        for first in range(0, len(x) - plan.batch + 1, plan.batch):
            t += 1
            rows = order[first : first + plan.batch]
            w, m, s = step(w, m, s, t, x[rows], y[rows])
    return w


def _step(network: Network, plan: Plan) -> Callable[..., tuple[Weights, Weights, Weights]]:
    """One step of AdamW: weights, first and second moments of the gradient."""

    def loss(w: Weights, x: jax.Array, y: jax.Array) -> jax.Array:
        return -jnp.take_along_axis(jax.nn.log_softmax(network(w, x)), y[:, None], 1).mean()

    @jax.jit
    def step(
        w: Weights, m: Weights, s: Weights, t: int, x: jax.Array, y: jax.Array
    ) -> tuple[Weights, Weights, Weights]:
        g = jax.grad(loss)(w, x, y)
        m = jax.tree.map(lambda a, b: 0.9 * a + 0.1 * b, m, g)
        s = jax.tree.map(lambda a, b: 0.999 * a + 0.001 * b * b, s, g)

        def move(a: jax.Array, b: jax.Array, c: jax.Array) -> jax.Array:
            return a - plan.rate * (b / (1 - 0.9**t) / (jnp.sqrt(c / (1 - 0.999**t)) + 1e-8) + plan.decay * a)

        return jax.tree.map(move, w, m, s), m, s

    return step
