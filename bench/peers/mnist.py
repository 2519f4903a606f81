"""The MNIST training images for the peers: rows of 784 numbers from 0 to 1, and labels."""
import gzip
import os

import numpy

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "data")


def load(prefix="train"):
    with gzip.open(os.path.join(FOLDER, f"{prefix}-images-idx3-ubyte.gz")) as file:
        pixels = numpy.frombuffer(file.read(), numpy.uint8, offset=16).reshape(-1, 784)
    with gzip.open(os.path.join(FOLDER, f"{prefix}-labels-idx1-ubyte.gz")) as file:
        labels = numpy.frombuffer(file.read(), numpy.uint8, offset=8)
    return pixels, labels


def times(multiplications):
    """How often a product is measured in a round: the large ones take long enough by themselves."""
    return 31 if multiplications < 3e8 else 5 if multiplications < 3e9 else 3


def serve(works):
    """Reads lines such as "epoch float 128 64", runs that work, and answers with its milliseconds; "-" when there is none."""
    print("ready", flush=True)
    while line := input():
        name, *arguments = line.split()
        milliseconds = works[name](*arguments) if name in works else None
        print("-" if milliseconds is None else repr(milliseconds), flush=True)
