"""python3 -m harsanyi.process --function module:name | --pickle FILE: what model.function and model.pickle start."""

import argparse
import importlib
import os
import pickle
import sys
from operator import attrgetter
from typing import Any

from harsanyi.serving import connection, serve


def _serve_function(name: str) -> None:
    module_name, _, attribute = name.partition(":")
    module = importlib.import_module(module_name)
    serve(attrgetter(attribute)(module), source=[module.__file__] if module.__file__ else [])


def _unpickled(path: str) -> Any:  # noqa: ANN401  (any model)
    with open(path, "rb") as file:
        begin = file.read(2)
        file.seek(0)
        if begin == b"PK":  # torch.save
            import torch

            return torch.load(path, map_location="cpu", weights_only=False)
        try:
            return pickle.load(file)
        except pickle.UnpicklingError:
            import joblib

            return joblib.load(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    way = parser.add_mutually_exclusive_group(required=True)
    way.add_argument("--function")
    way.add_argument("--pickle")
    args = parser.parse_args()
    connection()  # so that harsanyi.device() is known while the model is made
    if sys.path[0] in ("", os.getcwd()):
        del sys.path[0]  # of -m; PYTHONPATH has it, behind the folder of the config
    if args.function:
        _serve_function(args.function)
    else:
        serve(_unpickled(args.pickle), digest=b"the pickle")


if __name__ == "__main__":
    main()
