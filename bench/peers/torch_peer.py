"""The same work in PyTorch, as its tutorials write it."""
import time

import torch

import mnist

TYPES = {"float": torch.float32, "double": torch.float64}
PIXELS, LABELS = mnist.load()
LABELS = torch.tensor(LABELS.astype("int64"))
cache = {}


def data(kind):
    if kind not in cache:
        cache[kind] = torch.tensor(PIXELS.astype("float32")).to(TYPES[kind]) / 255
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
    A, B = torch.rand(int(n), int(k), dtype=TYPES[kind]), torch.rand(int(k), int(m), dtype=TYPES[kind])
    C = torch.empty(int(n), int(m), dtype=TYPES[kind])
    return median(lambda: torch.mm(A, B, out=C), 31)


def network(kind, h):
    return torch.nn.Sequential(torch.nn.Linear(784, h), torch.nn.ReLU(), torch.nn.Linear(h, 10)).to(TYPES[kind])


def training(kind, h):
    model = network(kind, int(h))
    optimiser, loss = torch.optim.SGD(model.parameters(), 0.1), torch.nn.CrossEntropyLoss()

    def step(X, y):
        optimiser.zero_grad()
        loss(model(X), y).backward()
        optimiser.step()
    return step


def epoch(kind, h, batch, examples="60000", threads=None):
    X, step, batch = data(kind), training(kind, h), int(batch)
    start = time.perf_counter()
    order = torch.randperm(int(examples))
    for i in range(0, len(order), batch):
        chosen = order[i:i + batch]
        step(X[chosen], LABELS[chosen])
    return (time.perf_counter() - start) * 1000


def full(kind):
    X, y, step = data(kind)[:41160], LABELS[:41160], training(kind, 10)
    return median(lambda: step(X, y), 7)


def infer(kind, h, count):
    X, model = data(kind)[:int(count)], network(kind, int(h))
    with torch.no_grad():
        return median(lambda: model(X).argmax(1), 31)


# Debian's PyTorch starts with one thread. More of them can be slower: take what is faster here.
best = min((epoch("float", 128, 64, "3000"), threads) for threads in (1, 2) for _ in (torch.set_num_threads(threads),))
torch.set_num_threads(best[1])
mnist.serve({"product": product, "epoch": epoch, "full": full, "infer": infer})
