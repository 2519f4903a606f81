"""The same work in NumPy, written as one writes it there: one row is one example, every line is one equation."""
import time

import numpy as np

import mnist

TYPES = {"float": np.float32, "double": np.float64}
PIXELS, LABELS = mnist.load()
cache = {}


def data(kind):
    if kind not in cache:
        cache[kind] = ((PIXELS / 255).astype(TYPES[kind]), np.eye(10, dtype=TYPES[kind])[LABELS])
    return cache[kind]


def median(action, times):
    action()
    taken = []
    for _ in range(times):
        start = time.perf_counter()
        action()
        taken.append(time.perf_counter() - start)
    return sorted(taken)[times // 2] * 1000


def product(kind, n, k, m):
    n, k, m = int(n), int(k), int(m)
    A, B = np.random.rand(n, k).astype(TYPES[kind]), np.random.rand(k, m).astype(TYPES[kind])
    C = np.empty((n, m), TYPES[kind])
    return median(lambda: np.matmul(A, B, out=C), 31)


def network(kind, h):
    rng = np.random.default_rng(1)
    W1 = (rng.standard_normal((784, h)) * (2 / 784) ** 0.5).astype(TYPES[kind])
    W2 = (rng.standard_normal((h, 10)) * (2 / h) ** 0.5).astype(TYPES[kind])
    return [W1, np.zeros(h, TYPES[kind]), W2, np.zeros(10, TYPES[kind])]


def forward(parameters, X):
    W1, b1, W2, b2 = parameters
    A1 = np.maximum(X @ W1 + b1, 0)
    Z2 = A1 @ W2 + b2
    E = np.exp(Z2 - Z2.max(1, keepdims=True))
    return A1, E / E.sum(1, keepdims=True)


def step(parameters, X, Y, rate):
    W1, b1, W2, b2 = parameters
    A1, A2 = forward(parameters, X)
    dZ2 = (A2 - Y) * W1.dtype.type(1 / len(X))
    dZ1 = (dZ2 @ W2.T) * (A1 > 0)
    dW1, dW2 = X.T @ dZ1, A1.T @ dZ2
    rate = W1.dtype.type(rate)
    W1 -= rate * dW1
    b1 -= rate * dZ1.sum(0)
    W2 -= rate * dW2
    b2 -= rate * dZ2.sum(0)


def epoch(kind, h, batch, examples="60000", threads=None):
    (X, Y), parameters, batch = data(kind), network(kind, int(h)), int(batch)
    start = time.perf_counter()
    order = np.random.permutation(int(examples))
    for i in range(0, len(order), batch):
        chosen = order[i:i + batch]
        step(parameters, X[chosen], Y[chosen], 0.1)
    return (time.perf_counter() - start) * 1000


def full(kind):
    X, Y = data(kind)
    X, Y, parameters = np.ascontiguousarray(X[:41160]), Y[:41160], network(kind, 10)
    return median(lambda: step(parameters, X, Y, 0.1), 7)


def infer(kind, h, count):
    (X, _), parameters, count = data(kind), network(kind, int(h)), int(count)
    return median(lambda: forward(parameters, X[:count])[1].argmax(1), 31)


mnist.serve({"product": product, "epoch": epoch, "full": full, "infer": infer})
