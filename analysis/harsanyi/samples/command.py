"""harsanyi-samples: a samples file and a config for `harsanyi run`, of arrays, tables, images, prompts or a table of v.

harsanyi-samples from-npz test.npz --grid 4x4 --training train.npz --model mine.onnx -o mine.h5
harsanyi-samples from-values game.npz -o game.yaml
harsanyi-samples from-prompts prompts.txt -o prompts.h5
"""

import argparse
import shlex
import sys
from collections.abc import Sequence

import numpy as np

from harsanyi.samples import network, prompts, values
from harsanyi.samples import players as players_of
from harsanyi.samples import write as writer
from harsanyi.samples.baseline import FROM_DATA, baseline
from harsanyi.samples.inputs import Inputs, open_inputs
from harsanyi.samples.network import Network
from harsanyi.samples.options import parser
from harsanyi.samples.players import Players
from harsanyi.samples.sources import Array, InputError, Source, unused
from harsanyi.samples.superpixels import superpixels


def _say(text: str) -> None:
    print(writer.printable(text))


# ---- players ----


def _players(options: argparse.Namespace, source: Source) -> Players:
    if options.group and (options.parts or options.grid or options.superpixels):
        raise InputError("--group is for features, not for --grid, --parts or --superpixels")
    if options.superpixels:
        found: Players = superpixels(source, options.superpixels, options.names)
    elif options.parts:
        found = players_of.parts(source, options.parts, options.names)
    elif options.grid:
        found = players_of.grid(source, options.grid, options.names)
    elif options.features or len(source.shape) == 1:
        found = players_of.features(source, options.names, options.group)
    else:
        ways = "--grid RxC, --superpixels K, --parts FILE or --features"
        raise InputError(f"what are the players in {list(source.shape)}? {ways}")
    found = players_of.choose(found, options.players, options.choose, options.seed)
    players_of.check(found)
    return found


# ---- which samples ----


def _network(options: argparse.Namespace, source: Source) -> Network | None:
    """The model, opened; None: not given, or there is nothing to open it with."""
    if options.model is None or not network.is_there():
        if options.correct:
            needs = "--model M.onnx" if options.model is None else "onnxruntime: pip install onnxruntime"
            raise InputError(f"--correct needs {needs}")
        if options.model:
            _say(f"model: {options.model} was not looked at, as onnxruntime is missing (pip install onnxruntime)")
        return None
    opened = Network(options.model, options.input, options.output)
    opened.check_shape(source.shape)
    opened.take_constants(source.others, len(source.origins))
    return opened


LOOKED_AT = 16  # inputs whose outputs tell probabilities from logits


def _outputs(opened: Network, inputs: Inputs, every: bool) -> Array:
    """[rows, outputs] of every input, or of the first of them."""
    rows = np.arange(len(inputs) if every else min(LOOKED_AT, len(inputs)))
    return np.concatenate([_finite_where_missing(opened, inputs.source, part, x) for part, x in inputs.chunks(rows)])


def _finite_where_missing(opened: Network, source: Source, rows: Array, x: Array) -> Array:
    """The outputs for x, which have to be numbers where inputs are missing."""
    outputs = opened.outputs(x, rows)
    lost = np.isnan(x).reshape(len(x), -1).any(axis=1) & ~np.isfinite(outputs).all(axis=1)
    if lost.any():
        raise InputError(
            f"{opened.path}: does not take NaN as missing: its output is not finite for sample "
            f"{source.origins[rows[lost.argmax()]]}, which holds NaN: fill in what is missing, or leave such rows out"
        )
    return outputs


def _only_correct(inputs: Inputs, options: argparse.Namespace, outputs: Array | None) -> Array:
    labels = inputs.source.classes.labels
    if labels is None or outputs is None:
        raise InputError("--correct needs labels")
    found = np.flatnonzero(network.classes(outputs) == labels)
    wrong = len(inputs) - len(found)
    _say(f"correct: {len(found)} of {len(inputs)}; {wrong} dropped, which {options.model} gets wrong")
    if not len(found):
        raise InputError(f"{options.model} gets no sample right: does it number the classes differently (--classes)?")
    return found


def _selected(inputs: Inputs, options: argparse.Namespace, outputs: Array | None) -> Array:
    rows = _only_correct(inputs, options, outputs) if options.correct else np.arange(len(inputs))
    random = np.random.default_rng(options.seed)
    if options.per_class:
        return _balanced(rows, inputs, options.per_class, random)
    if options.count:
        if options.count > len(rows):
            raise InputError(f"--count {options.count}: there are only {len(rows)} samples")
        return np.sort(random.choice(rows, options.count, replace=False))
    return rows


def _balanced(rows: Array, inputs: Inputs, count: int, random: np.random.Generator) -> Array:
    """Classes take turns, so that the first rows of the file are balanced too."""
    labels = inputs.source.classes.labels
    if labels is None:
        raise InputError(f"--per-class needs labels; {inputs.source.name} has none")
    chosen = []
    for label in np.unique(labels):
        of_class = rows[labels[rows] == label]
        if len(of_class) < count:
            raise InputError(f"--per-class {count}: there are only {len(of_class)} samples of class {label}")
        chosen.append(random.choice(of_class, count, replace=False))
    return np.stack(chosen, axis=1).ravel()


# ---- all of it ----


def _labels_in_words(source: Source) -> str:
    classes = source.classes
    if classes.regression:
        return "the labels are those of a regression: v is the model's output (score: raw), no /label is written"
    if classes.labels is None:
        return "no labels: of classes the one that the model predicts is explained"
    if not classes.names:
        return f"labels {classes.labels.min()} ... {classes.labels.max()}"
    listed = ", ".join(f"{name} = {i}" for i, name in enumerate(classes.names[:20]))
    return f"labels {listed}{', ...' if len(classes.names) > 20 else ''}"


def _model(options: argparse.Namespace, source: Source, opened: Network | None, outputs: Array | None) -> writer.Model:
    """How the config names the model, and what its outputs are."""
    output, raw = options.output, _is_regression(options, source, outputs)
    if opened is not None and outputs is not None:
        if opened.is_one_of > 1:
            output = opened.output
            _say(f"model: of the {opened.is_one_of} outputs of {options.model}, {output!r} is taken, the one of floats")
        if outputs.shape[1] > 1 and raw:
            _say(f"model: {options.model} has {outputs.shape[1]} outputs: model.target says which is explained")
        _say(f"score: {_score_in_words(raw, outputs, source.classes.labels is not None)}")
    score = "raw" if raw else "auto" if opened is None else "log_odds"
    return writer.Model(options.model, options.input, output, score)


def _is_regression(options: argparse.Namespace, source: Source, outputs: Array | None) -> bool:
    """Said to be one, or with one output that is neither a probability nor has labels 0 and 1: it is no logit."""
    labels = source.classes.labels
    if source.classes.regression or (options.regression and labels is None):
        return True
    of_two_classes = labels is not None and labels.max() <= 1
    return outputs is not None and bool(
        outputs.shape[1] == 1 and not of_two_classes and not network.are_probabilities(outputs)
    )


def _score_in_words(raw: bool, outputs: Array, labelled: bool) -> str:
    if raw:
        return "raw, v is the output itself: a regression (for a logit: score: logit)"
    if outputs.shape[1] > 1 and not network.are_probabilities(outputs) and outputs.min() >= 0 and outputs.max() <= 1:
        return (
            "log_odds, of logits: if each output is a probability of its own (several labels), set score: logit "
            "and output_kind: probabilities"
        )
    classes = network.are_probabilities(outputs)
    plain = labelled or (classes and outputs.shape[1] > 1)  # a softmax is no regression
    other = "" if plain else "; there are no labels: for a regression add --regression"
    return f"log_odds, of {'probabilities' if classes else 'logits'}{other}"


def _check_classes(options: argparse.Namespace, inputs: Inputs, opened: Network, outputs: Array) -> None:
    """A label is the place of an output, for the model too, if it gives labels of its own."""
    classes, count = inputs.source.classes, max(2, outputs.shape[1])
    if classes.labels is None or _is_regression(options, inputs.source, outputs):
        return
    way = "the classes in the order of the model's outputs"
    if classes.labels.max() >= count:
        listed = ",".join(str(k + int(classes.labels.min())) for k in range(min(count, 3))) + (
            "" if count <= 3 else ",…"
        )
        raise InputError(
            f"{inputs.source.name}: label {classes.labels.max()}, but {options.model} has {count} classes, 0 to "
            f"{count - 1}: --classes={listed} gives {way}"
        )
    rows, x = next(iter(inputs.chunks(np.arange(min(LOOKED_AT, len(inputs))))))
    own = opened.own_labels(x, rows)
    if not own:
        return
    places = [int(place) for place in network.classes(outputs[: len(own)])]
    names = classes.names or tuple(map(str, range(count)))
    known = not classes.names or all(label in names for label in own)
    if not known or all(place < len(names) and names[place] == label for label, place in zip(own, places, strict=True)):
        return
    order = network.class_order(own, places, count)
    if order is None or (len(set(places)) == 1 and "…" in order):
        _say("model: its own labels do not follow its outputs: see which of them is the largest for which class")
        return
    raise InputError(
        f"{options.model}: its outputs are the classes {','.join(order)}, those of {inputs.source.name} are "
        f"{','.join(names)}: --classes={','.join(order)} gives {way}"
    )


def make(options: argparse.Namespace, command: str) -> None:
    """Everything is checked before anything is written."""
    out, config = writer.paths(options.out, options.force)
    if options.model and not options.model.is_file():
        raise InputError(f"{options.model}: no such file")
    inputs = open_inputs(options, options.file, training=False)
    source, labels = inputs.source, inputs.source.classes.labels
    players = _players(options, source)
    _say(f"samples: {len(inputs)} {list(source.shape)} of {source.name}; {_labels_in_words(source)}")
    if source.classes.names and not options.classes:
        _say("         classes are in the order of their names; if not the model's: --classes a,b,c")
    _say(f"players: {players.what}")
    opened = _network(options, source)
    constants = {} if opened is None else opened.constants
    note = "; ".join(filter(None, [source.note, unused(source, list(constants))]))
    if constants:
        _say(f"constants: {', '.join(constants)}, the model's other inputs")
    if note:
        _say(f"         {note}")
    outputs = None if opened is None else _outputs(opened, inputs, options.correct)
    if opened is not None and outputs is not None:
        _check_classes(options, inputs, opened, outputs)
    rows = _selected(inputs, options, outputs)
    chosen = players.of_rows(rows)
    if chosen.differ and len(rows) <= 10:
        _say(f"each sample: {', '.join(map(str, chosen.counts))} players")
    x = np.concatenate([part for _, part in inputs.chunks(rows)])
    absent = baseline(options, inputs, rows, x)
    if opened is not None:
        opened.whole(absent.numbers, what=f"--baseline {options.baseline}", way="--baseline N, as of a mask token")
    _say(f"baseline: {absent.what}")
    if options.baseline.partition(":")[0] in FROM_DATA and not options.training:
        _say("          which are also those explained; --training FILE takes those of the training data instead")
    writer.write(
        (out, config),
        writer.Samples(
            x,
            None if labels is None else labels[rows],
            source.classes.names,
            chosen,
            absent,
            [source.origins[i] for i in rows],
            {name: item.array[rows] if item.per_sample else item.array for name, item in constants.items()},
        ),
        _model(options, source, opened, outputs),
        writer.Story(command, source.name, "; ".join(filter(None, [_labels_in_words(source), note]))),
    )
    _say(f"cost: {writer.cost(chosen.counts, absent.several or 1)}")
    if max(chosen.counts) > 20:
        _say("      --choose K takes K of the players only, larger parts make fewer")
    first = "" if options.model else f"the model's name in {config}, then "
    _say(f"made: {out} with {len(rows)} samples, and {config}. Next: {first}harsanyi plan {config}")


def main(arguments: Sequence[str] | None = None) -> int:
    given = list(sys.argv[1:] if arguments is None else arguments)
    options = parser().parse_args(given)
    typed = shlex.join(["harsanyi-samples", *given])
    try:
        if options.command == "from-values":
            _say(values.make(options, typed))
        elif options.command == "from-prompts":
            _say(prompts.make(options, typed))
        else:
            make(options, typed)
    except (InputError, OSError, UnicodeError) as error:
        print(f"harsanyi-samples: {writer.printable(str(error))}", file=sys.stderr)
        return 1
    except MemoryError:
        print("harsanyi-samples: too many samples for this machine's memory: --count N takes some", file=sys.stderr)
        return 1
    return 0
