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
    begin = time.perf_counter()
    while True:   # threads find their cores in the first milliseconds
        action()
        if time.perf_counter() - begin > 0.05:
            break
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
    return median(lambda: np.matmul(A, B, out=C), mnist.times(n * k * m))


def network(kind, h):
    rng = np.random.default_rng(1)
    W1 = (rng.standard_normal((784, h)) * (2 / 784) ** 0.5).astype(TYPES[kind])
    W2 = (rng.standard_normal((h, 10)) * (2 / h) ** 0.5).astype(TYPES[kind])
    return [W1, np.zeros(h, TYPES[kind]), W2, np.zeros(10, TYPES[kind])]


def softmax(Z):
    E = np.exp(Z - Z.max(1, keepdims=True))
    return E / E.sum(1, keepdims=True)


def forward(parameters, X):
    W1, b1, W2, b2 = parameters
    A1 = np.maximum(X @ W1 + b1, 0)
    return A1, softmax(A1 @ W2 + b2)


def gradients(parameters, X, Y, rng=None, p=0):
    W1, b1, W2, b2 = parameters
    A1 = np.maximum(X @ W1 + b1, 0)
    if p:
        D = (rng.random(A1.shape, np.float32) >= p) * W1.dtype.type(1 / (1 - p))
        A1 *= D
    dZ2 = (softmax(A1 @ W2 + b2) - Y) * W1.dtype.type(1 / len(X))
    dZ1 = dZ2 @ W2.T
    dZ1 *= D * (A1 > 0) if p else A1 > 0
    return [X.T @ dZ1, dZ1.sum(0), A1.T @ dZ2, dZ2.sum(0)]


def step(parameters, X, Y, rate):
    rate = parameters[0].dtype.type(rate)
    for parameter, gradient in zip(parameters, gradients(parameters, X, Y)):
        parameter -= rate * gradient


def rule_of(parameters, rules):
    """What makes a step of a gradient: plain, or Adam; with weight decay, or without. It works in place, as one does where time counts."""
    kind = parameters[0].dtype.type
    moments = [(np.zeros_like(P), np.zeros_like(P)) for P in parameters] if "adam" in rules else None

    def update(gradients, rate, t):
        if "decay" in rules:
            for W in parameters[::2]:
                W *= kind(1 - rate * 0.01)
        for i, (P, G) in enumerate(zip(parameters, gradients)):
            if not moments:
                P -= kind(rate) * G
                continue
            M, S = moments[i]
            M *= kind(0.9)
            M += kind(0.1) * G
            S *= kind(0.999)
            G *= G
            S += kind(0.001) * G
            np.sqrt(S * kind(1 / (1 - 0.999 ** t)), out=G)
            G += kind(1e-8)
            np.divide(M, G, out=G)
            G *= kind(rate / (1 - 0.9 ** t))
            P -= G
    return update


def epoch(kind, h, batch, examples="60000", threads=None, rules=""):
    (X, Y), parameters, batch = data(kind), network(kind, int(h)), int(batch)
    rules, rng = rules.split("+"), np.random.default_rng(3)
    update, rate, p = rule_of(parameters, rules), 0.001 if "adam" in rules else 0.1, 0.2 if "dropout" in rules else 0
    start = time.perf_counter()
    order = np.random.permutation(int(examples))
    for t, i in enumerate(range(0, len(order), batch), 1):
        chosen = order[i:i + batch]
        update(gradients(parameters, X[chosen], Y[chosen], rng, p), rate, t)
    return (time.perf_counter() - start) * 1000


def full(kind):
    X, Y = data(kind)
    X, Y, parameters = np.ascontiguousarray(X[:41160]), Y[:41160], network(kind, 10)
    return median(lambda: step(parameters, X, Y, 0.1), 7)


def infer(kind, h, count):
    (X, _), parameters, count = data(kind), network(kind, int(h)), int(count)
    return median(lambda: forward(parameters, X[:count])[1].argmax(1), 9 if count > 1000 else 31)


def distort(kind, count):
    """Rotation, scaling, shear, shift and an elastic field, each image its own: what Distortions.csx does, for 500 images at a time."""
    images, kind, rng = data(kind)[0][:int(count)].reshape(-1, 28, 28), TYPES[kind], np.random.default_rng(4)
    distance = np.subtract.outer(np.arange(28), np.arange(28))
    bell = np.exp(-np.arange(-12, 13) ** 2 / 32)
    G = np.where(abs(distance) <= 12, np.exp(-distance ** 2 / 32) / bell.sum(), 0).astype(kind)
    r, c = (np.mgrid[:28, :28] - 13.5).astype(kind)

    def some(block):
        n = len(block)
        U = rng.random((2, n, 28, 28), np.float32).astype(kind) * 2 - 1
        field = 20 * (G @ U @ G)
        angle = np.radians(rng.uniform(-8, 8, n))
        scale, shear, shift = 1 + rng.uniform(-0.08, 0.08, n), rng.uniform(-0.08, 0.08, n), rng.uniform(-0.5, 0.5, (2, n))
        cos, sin = (np.cos(angle) / scale).astype(kind)[:, None, None], (np.sin(angle) / scale).astype(kind)[:, None, None]
        f, (tr, tc) = shear.astype(kind)[:, None, None], shift.astype(kind)[:, :, None, None]
        R = cos * r - sin * (c + f * r) + tr + field[0] + kind(14.5)
        C = sin * r + cos * (c + f * r) + tc + field[1] + kind(14.5)
        bordered = np.zeros((n, 30, 30), kind)
        bordered[:, 1:-1, 1:-1] = block
        R, C = np.clip(R, 0, kind(28.999)), np.clip(C, 0, kind(28.999))
        at_r, at_c = R.astype(np.intp), C.astype(np.intp)
        R -= at_r
        C -= at_c
        flat, first = bordered.reshape(-1), np.arange(n)[:, None, None] * 900 + at_r * 30 + at_c
        above = flat[first] * (1 - C) + flat[first + 1] * C
        below = flat[first + 30] * (1 - C) + flat[first + 31] * C
        return above * (1 - R) + below * R
    return median(lambda: np.concatenate([some(images[i:i + 500]) for i in range(0, len(images), 500)]), 1)


mnist.serve({"product": product, "epoch": epoch, "full": full, "infer": infer, "distort": distort})
