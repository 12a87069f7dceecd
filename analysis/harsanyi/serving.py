"""A model in Python behind `harsanyi run` (model: {backend: process}): the other side of docs/protocol.md.

The program starts this process, writes masked inputs (or masks) into memory that both share, and reads the outputs from
there. Needs numpy alone. What a model prints goes to the program's log.
"""

from __future__ import annotations

import contextlib
import hashlib
import inspect
import mmap
import os
import socket
import struct
import sys
import traceback
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from harsanyi.adapters import Adapted
    from harsanyi.prompts import Prompt

Array = npt.NDArray[Any]

MAGIC, VERSION = 0x59535248, 1
SOCKET, MEMORY = 3, 4
OPEN, HELLO, SAMPLE, BATCH, RESULT, FAILED = 1, 2, 3, 4, 5, 6
SLOTS, PACKET, TEXT, NAMES = 2, 4096, 500, 1024
TABLE, OUTPUTS_MAX = 512, 64  # bytes in front of several outputs
CPU, CUDA = 1, 2  # 0: a GPU where there is one
HEADER = struct.Struct("<IHHIIQ")
OPEN_BODY = struct.Struct("<IIII256s")
HELLO_BODY = struct.Struct("<IIII32s64s64s256s")
SAMPLE_BODY = struct.Struct("<QqqqIIII8QQQQ2Q2QQQII")
CONSTANT = struct.Struct("<64sII8QQ")
NAME = 256
# Types of numbers, as the protocol counts them.
F32, F64, I32, I64 = 1, 2, 3, 4
TYPES: dict[int, np.dtype[Any]] = {
    F32: np.dtype("<f4"),
    F64: np.dtype("<f8"),
    I32: np.dtype("<i4"),
    I64: np.dtype("<i8"),
}


@dataclass(frozen=True)
class Sample:
    """What a model that takes masks is told of the sample; arrays in the type of /x. Of several baselines the one that
    is wanted now."""

    index: int
    label: int | None
    target: int | None
    n: int
    x: Array
    baseline: Array
    players: Array  # the player of each element, -1: never masked
    names: tuple[str, ...]  # of the players; (): they have none
    constants: Mapping[str, Array]  # what /constants of the samples file holds for this sample

    @property
    def prompt(self) -> Prompt:
        """Of a samples file of texts: what x and players, which are by bytes, say."""
        from harsanyi.prompts import prompt_of_bytes

        return prompt_of_bytes(self.x, self.players)


class Refused(Exception):
    """What the model gave cannot be used, and would not be usable another time."""


def _text(data: bytes) -> str:
    return data.split(b"\0", 1)[0].decode(errors="replace")


def _numbers(value: Any) -> Array:  # noqa: ANN401  (whatever a model gives)
    """As float32 or float64."""
    if hasattr(value, "detach"):  # torch
        value = value.detach().cpu()
        if "bfloat16" in str(value.dtype):
            value = value.float()
        value = value.numpy()
    array = np.asarray(value)
    if array.dtype.kind not in "fiub":
        raise Refused(f"the model gave {array.dtype} ({type(value).__name__}); numbers are expected")
    return array if array.dtype in (TYPES[F32], TYPES[F64]) else array.astype(np.float64)


def _type(array: Array) -> int:
    return F32 if array.dtype == TYPES[F32] else F64


def _output(value: Any, rows: int, name: str) -> Array:  # noqa: ANN401  (whatever a model gives)
    """[rows, columns] of an output that is wanted."""
    if isinstance(value, Mapping):
        names = ", ".join(map(str, value))
        if not name and len(value) > 1:
            raise Refused(f"the model gives {names}: set model.output to one of them, or to a list")
        if name and name not in value:
            raise Refused(f"the model gives {names}, and no {name} (model.output)")
        value = value[name] if name else next(iter(value.values()))
    elif name:
        raise Refused(f"the model gives one output without a name; leave model.output: {name} out")
    if isinstance(value, list | tuple) and value and getattr(value[0], "ndim", 0) > 1:
        raise Refused(f"the model gave {len(value)} arrays; give one of them, or all by name: {{name: array}}")
    array = _numbers(value)
    if array.ndim not in (1, 2) or len(array) != rows or array.size == 0:
        raise Refused(f"the model gave {list(array.shape)}; [{rows}] or [{rows}, outputs] is expected")
    return array.reshape(rows, -1)


class _Connection:
    """The socket, what was asked for, and the memory."""

    def __init__(self) -> None:
        if not _is_served():
            sys.exit("harsanyi.serve: start me through harsanyi: model: {backend: process, command: [python3, ...]}")
        self.socket = socket.socket(fileno=os.dup(SOCKET))  # the other stays open until this process has really ended
        os.set_inheritable(SOCKET, False)
        os.set_inheritable(MEMORY, False)
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(AttributeError):
                stream.reconfigure(line_buffering=True)  # type: ignore[union-attr]
        _, _, _, body = self.receive()
        self.takes_masks, x_type, self.device, self.local_rank, output = OPEN_BODY.unpack_from(body)
        self.x_type = TYPES[x_type]
        self.rows_type = x_type
        self.output = _text(output)
        self.memory = b""

    def receive(self) -> tuple[int, int, int, bytes]:
        """Kind, slot, first mask, and what follows the header. When the program is gone, this process ends."""
        try:
            packet = self.socket.recv(PACKET)
        except ConnectionResetError:  # it ended without reading the last answers
            packet = b""
        if not packet:
            self.end()
        magic, version, kind, slot, _, first = HEADER.unpack_from(packet)
        if magic != MAGIC or version != VERSION:
            sys.exit(f"harsanyi.serve: speaks version {VERSION} of the protocol, the program version {version}")
        return kind, slot, first, packet[HEADER.size :]

    def send(self, kind: int, slot: int, count: int, first: int, body: bytes) -> None:
        try:
            self.socket.send(HEADER.pack(MAGIC, VERSION, kind, slot, count, first) + body)
        except OSError:
            self.end()

    def end(self) -> NoReturn:
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(Exception):
                stream.flush()
        os._exit(0)  # without the long way down of threads and GPUs

    def array(self, at: int, shape: tuple[int, ...], dtype: npt.DTypeLike, *, write: bool = False) -> Array:
        count = int(np.prod(shape))
        view = np.frombuffer(self.memory, dtype, count, at) if count else np.empty(0, dtype)
        view.flags.writeable = write
        return view.reshape(shape)


class _Batches:
    """Arrays over the memory for the sample that is asked about."""

    def __init__(self, connection: _Connection, body: bytes) -> None:
        (memory, index, label, target, self.players, rank, self.rows, self.room, *places) = SAMPLE_BODY.unpack_from(
            body
        )
        self.connection = connection
        if memory > len(connection.memory):
            connection.memory = mmap.mmap(MEMORY, memory)  # type: ignore[assignment]
        shape = tuple(places[:rank])
        x, baseline, players, *slots, names, constant, constants, _ = places[8:]
        self.inputs, self.places = slots[:SLOTS], slots[SLOTS:]
        self.made: dict[tuple[int, ...], list[Array]] = {}
        dtype = connection.x_type
        held = [connection.array(at, shape, "<f8") for at in (x, baseline)]
        self.sample = Sample(
            index,
            label if label >= 0 else None,
            target if target >= 0 else None,
            self.players,
            held[0].astype(dtype),
            held[1].astype(dtype),
            connection.array(players, shape, "<i4").copy(),
            tuple(_text(connection.memory[at : at + NAME]) for at in range(names, names + NAME * self.players, NAME))
            if names
            else (),
            dict(self.constant(constant + i * CONSTANT.size) for i in range(constants)),
        )
        self.beside = {name: self.repeated(value) for name, value in self.sample.constants.items()}
        if connection.takes_masks:
            self.given = [connection.array(at, (self.rows, self.players), "u1") for at in self.inputs]
        else:
            self.given = [connection.array(at, (self.rows, *shape), connection.x_type) for at in self.inputs]

    def constant(self, at: int) -> tuple[str, Array]:
        name, number, rank, *shape, place = CONSTANT.unpack_from(self.connection.memory, at)
        value = self.connection.array(place, tuple(shape[:rank]), "<f8").astype(TYPES[number])
        return _text(name), value

    def repeated(self, value: Array) -> Array:
        """[rows, ...], read-only."""
        return np.broadcast_to(value, (self.rows, *value.shape))

    def call(self, model: Adapted, slot: int) -> Any:  # noqa: ANN401  (whatever a model gives)
        if self.connection.takes_masks:
            return model.call(self.sample, self.given[slot])
        return model.call(self.given[slot], **model.chosen(self.beside))

    def answer(self, model: Adapted, slot: int, first: int) -> None:
        value = self.call(model, slot)
        outputs = [_output(value, self.rows, name) for name in self.connection.output.split("\n")]
        columns = sum(output.shape[1] for output in outputs)
        if columns <= self.room:
            for to, output in zip(self._places(slot, outputs), outputs, strict=True):
                to[...] = output
        self.connection.send(RESULT, slot, self.rows, first, struct.pack("<II", _type(outputs[0]), columns))

    def _places(self, slot: int, outputs: Sequence[Array]) -> list[Array]:
        """Where each output goes. Of several a table of widths and types stands in front."""
        widths, types = [output.shape[1] for output in outputs], [_type(output) for output in outputs]
        key = (slot, *widths, *types)
        if key not in self.made:
            at = self.places[slot]
            if len(outputs) > 1:
                table = self.connection.array(at, (2, OUTPUTS_MAX), "<u4", write=True)
                table[:, : len(outputs)] = widths, types
                at += TABLE
            self.made[key] = []
            for width, number in zip(widths, types, strict=True):
                self.made[key].append(self.connection.array(at, (self.rows, width), TYPES[number], write=True))
                at += (self.made[key][-1].nbytes + 7) // 8 * 8
        return self.made[key]


_connections: list[_Connection] = []


def connection() -> _Connection:
    """The only one, which is made when it is first asked for."""
    if not _connections:
        _connections.append(_Connection())
    return _connections[0]


def _is_served() -> bool:
    try:
        with socket.socket(fileno=os.dup(SOCKET)) as there:
            return there.type == socket.SOCK_SEQPACKET
    except OSError:
        return False


def device() -> str:
    """Where to compute: "cpu" or "cuda:N", as model.device says; ranks of a machine take its GPUs in turn. "cpu" in a
    process that harsanyi did not start."""
    if not _connections and not _is_served():
        return "cpu"
    wanted, rank = connection().device, connection().local_rank
    count = 0 if wanted == CPU else _devices()
    if wanted == CUDA and count == 0:
        sys.exit("model.device: cuda, but no GPU is visible here")
    return f"cuda:{rank % count}" if count else "cpu"


def _devices() -> int:
    try:
        import torch
    except ImportError:
        visible = os.environ.get("CUDA_VISIBLE_DEVICES")
        return len([name for name in visible.split(",") if name.strip()] if visible is not None else _installed())
    return int(torch.cuda.device_count())


def _installed() -> list[Path]:
    return list(Path("/dev").glob("nvidia[0-9]*"))


def _source(model: Any) -> list[str]:  # noqa: ANN401  (any model)
    """The file that a function, or the class of a model, was written in, where there is one."""
    try:
        named = model if inspect.isroutine(model) or inspect.isclass(model) else type(model)
        return [inspect.getsourcefile(named) or ""]
    except TypeError:
        return []


def _digest(adapted: Adapted, digest: bytes | str | None, source: Sequence[str]) -> bytes:
    known = hashlib.sha256()
    if digest is not None:
        known.update(digest.encode() if isinstance(digest, str) else digest)
        return known.digest()
    for file in source:
        with contextlib.suppress(OSError):
            known.update(Path(file).read_bytes())
    known.update(adapted.state)
    return known.digest()


def _sentence(error: BaseException) -> str:
    """What was raised, and where, on one line."""
    frames = traceback.extract_tb(error.__traceback__)
    own = [f for f in frames if f.filename != __file__] or frames
    where = f" ({Path(own[-1].filename).name}, line {own[-1].lineno})" if own else ""
    return f"the model raised {type(error).__name__}: {' '.join(str(error).split())[:300]}{where}"


def _uses(takes_masks: bool, adapted: Adapted) -> bytes:
    """Which of /constants the model uses, as HELLO says it; b"": all, as far as is known."""
    if takes_masks or adapted.takes is None:
        return b""
    names = "".join(f"{name}\n" for name in sorted(adapted.takes)).encode() or b"\n"
    return names if len(names) < NAMES else b""


def serve(
    model: Any,  # noqa: ANN401  (any model)
    *,
    digest: bytes | str | None = None,
    source: Sequence[str] | None = None,
) -> None:
    """Answers the program until it has no more questions; never returns then.

    model: a function of masked inputs x [B, ...], or, with model.takes: masks, of (sample, masks uint8 [B, n]), that
    gives [B], [B, outputs] or {name: array}; a torch.nn.Module; an estimator of scikit-learn; a Booster of XGBoost or
    LightGBM. source: the files of its code; None: the one that the function, or the model's class, stands in. digest:
    what tells it from other models, in place of code and weights.
    """
    from harsanyi.adapters import adapt

    link = connection()
    if link.device == CUDA:
        device()  # insists on one
    adapted = adapt(model, device)
    hello = HELLO_BODY.pack(
        link.takes_masks,
        link.rows_type,
        0,
        0,
        _digest(adapted, digest, _source(model) if source is None else source),
        adapted.engine.encode()[:63],
        adapted.version.encode()[:63],
        link.output.encode(),
    )
    link.send(HELLO, 0, 0, 0, hello + _uses(link.takes_masks, adapted))
    batches, said = None, ""
    while True:
        kind, slot, first, body = link.receive()
        if kind == SAMPLE:
            batches = _Batches(link, body)
        elif kind == BATCH and batches:
            said = _answer(link, adapted, batches, slot, first, said)


def _answer(link: _Connection, model: Adapted, batches: _Batches, slot: int, first: int, said: str) -> str:
    """`said` is the traceback that was printed last: a model that fails on every batch says why once."""
    try:
        batches.answer(model, slot, first)
    except Exception as error:
        certain = isinstance(error, Refused)
        if not certain and traceback.format_exc() != said:
            said = traceback.format_exc()
            sys.stderr.write(said)
        text = (str(error) if certain else _sentence(error)).encode()[:TEXT]
        link.send(FAILED, slot, batches.rows, first, struct.pack("<I", certain) + text + b"\0")
    return said
