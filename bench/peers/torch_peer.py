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
    A, B = torch.rand(int(n), int(k), dtype=TYPES[kind]), torch.rand(int(k), int(m), dtype=TYPES[kind])
    C = torch.empty(int(n), int(m), dtype=TYPES[kind])
    return median(lambda: torch.mm(A, B, out=C), mnist.times(int(n) * int(k) * int(m)))


def network(kind, h, p=0):
    return torch.nn.Sequential(torch.nn.Linear(784, h), torch.nn.ReLU(), *([torch.nn.Dropout(p)] if p else []), torch.nn.Linear(h, 10)).to(TYPES[kind])


def training(kind, h, rules=()):
    model = network(kind, int(h), 0.2 if "dropout" in rules else 0)
    weights, biases = ([P for P in model.parameters() if (P.dim() > 1) == isWeight] for isWeight in (True, False))
    decay = 0.01 if "decay" in rules else 0
    if "adam" in rules:   # AdamW: the weights decay as in (9.8), apart from the gradient
        optimiser = torch.optim.AdamW([{"params": weights, "weight_decay": decay}, {"params": biases, "weight_decay": 0}], 0.001)
    else:
        optimiser = torch.optim.SGD(model.parameters(), 0.1)
    loss = torch.nn.CrossEntropyLoss()

    def step(X, y):
        optimiser.zero_grad()
        loss(model(X), y).backward()
        optimiser.step()
    return step


def epoch(kind, h, batch, examples="60000", threads=None, rules=""):
    X, step, batch = data(kind), training(kind, h, rules.split("+")), int(batch)
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
        return median(lambda: model(X).argmax(1), 9 if int(count) > 1000 else 31)


def distort(kind, count):
    """Rotation, scaling, shear, shift and an elastic field, each image its own, for 500 images at a time: the field smoothed by a convolution, the images read by grid_sample."""
    images = data(kind)[:int(count)].reshape(-1, 1, 28, 28)
    bell = torch.exp(-torch.arange(-12, 13, dtype=TYPES[kind]) ** 2 / 32)
    bell /= bell.sum()

    def some(block):
        n = len(block)
        drawn = lambda *shape: torch.rand(*shape, dtype=TYPES[kind]) * 2 - 1
        field = torch.conv2d(drawn(2 * n, 1, 28, 28), bell.view(1, 1, -1, 1), padding=(12, 0))
        field = 20 * torch.conv2d(field, bell.view(1, 1, 1, -1), padding=(0, 12)).view(n, 28, 28, 2)
        angle, scale, shear, shift = drawn(n) * 0.1396, 1 + drawn(n) * 0.08, drawn(n) * 0.08, drawn(n, 2) * 0.5
        cos, sin = torch.cos(angle) / scale, torch.sin(angle) / scale
        # grid_sample counts from -1 to 1 across the image.
        maps = torch.stack([torch.stack([cos, sin + shear, shift[:, 0] / 14], 1), torch.stack([-sin, cos, shift[:, 1] / 14], 1)], 1)
        grid = torch.nn.functional.affine_grid(maps, block.shape, align_corners=False) + field / 14
        return torch.nn.functional.grid_sample(block, grid, align_corners=False)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)   # as the library does it: the other core trains meanwhile
    try:
        with torch.no_grad():
            return median(lambda: torch.cat([some(images[i:i + 500]) for i in range(0, len(images), 500)]), 1)
    finally:
        torch.set_num_threads(threads)


# Debian's PyTorch starts with one thread. More of them can be slower: take what is faster here.
best = min((epoch("float", 128, 64, "3000"), threads) for threads in (1, 2) for _ in (torch.set_num_threads(threads),))
torch.set_num_threads(best[1])
mnist.serve({"product": product, "epoch": epoch, "full": full, "infer": infer, "distort": distort})
