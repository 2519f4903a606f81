"""Drew the pictures of this folder; run it only to change them: python3 draw.py (NumPy 1.24 and Pillow 9.4).

A pen runs along smooth curves through a few points. Each digit of each hand has its own points, moved at random, its own
slant and pressure, and a hand that trembles. The "photographs" are computed too: uneven light, noise of a camera, JPEG.
The same versions give the same files.
"""
from pathlib import Path

import numpy as np
from PIL import Image, ImageFilter

# Strokes of each digit as points (x to the right, y down) in a square of side 1. Two ways where people write two.
FORMS = {
    "0": [[[(.62, .03), (.30, .06), (.07, .35), (.10, .72), (.38, .98), (.75, .90), (.95, .55), (.85, .18), (.60, .02), (.45, .07)]],
          [[(.50, .02), (.18, .15), (.08, .50), (.20, .88), (.52, .99), (.82, .82), (.92, .45), (.78, .12), (.48, .01)]]],
    "1": [[[(.52, .00), (.50, .35), (.50, .70), (.48, 1.0)]],
          [[(.28, .27), (.42, .14), (.58, .00)], [(.58, .00), (.57, .50), (.55, 1.0)]]],
    "2": [[[(.12, .25), (.27, .06), (.57, .00), (.82, .15), (.78, .40), (.48, .70), (.10, .97)], [(.10, .97), (.40, .93), (.70, .97), (.95, .92)]],
          [[(.15, .20), (.40, .00), (.75, .10), (.75, .40), (.45, .75), (.18, .95), (.08, .84), (.26, .78), (.55, .94), (.95, .93)]]],
    "3": [[[(.12, .12), (.45, .00), (.80, .12), (.73, .36), (.40, .47)], [(.40, .47), (.78, .54), (.90, .78), (.58, .98), (.10, .90)]],
          [[(.18, .05), (.55, .02), (.80, .16), (.68, .38), (.38, .48), (.74, .55), (.88, .75), (.62, .97), (.12, .93)]]],
    "4": [[[(.30, .00), (.20, .30), (.08, .58), (.50, .57), (.95, .52)], [(.72, .12), (.68, .55), (.65, 1.0)]],
          [[(.65, .00), (.36, .34), (.06, .66)], [(.06, .66), (.50, .64), (.98, .63)], [(.66, .02), (.65, .50), (.64, 1.0)]]],
    "5": [[[(.25, .04), (.20, .25), (.15, .46)], [(.15, .46), (.50, .37), (.86, .54), (.84, .84), (.50, 1.0), (.08, .90)], [(.25, .04), (.55, .05), (.88, .00)]],
          [[(.85, .02), (.50, .03), (.25, .05)], [(.25, .05), (.22, .25), (.18, .45)], [(.18, .45), (.55, .40), (.88, .62), (.70, .92), (.30, 1.0), (.08, .90)]]],
    "6": [[[(.75, .00), (.40, .20), (.13, .55), (.15, .85), (.45, 1.0), (.80, .87), (.81, .62), (.50, .52), (.20, .68)]],
          [[(.60, .00), (.28, .28), (.12, .65), (.25, .95), (.60, .98), (.82, .75), (.60, .55), (.30, .62), (.16, .78)]]],
    "7": [[[(.08, .08), (.45, .06), (.90, .03)], [(.90, .03), (.64, .42), (.44, 1.0)]],
          [[(.08, .08), (.45, .05), (.88, .04)], [(.88, .04), (.66, .40), (.45, 1.0)], [(.34, .52), (.55, .49), (.78, .47)]]],
    "8": [[[(.75, .12), (.45, .00), (.20, .18), (.45, .43), (.80, .68), (.72, .93), (.40, 1.0), (.13, .82), (.30, .55), (.70, .35), (.82, .15), (.68, .06)]],
          [[(.70, .08), (.35, .02), (.22, .22), (.52, .46), (.82, .72), (.60, .98), (.25, .93), (.18, .70), (.50, .45), (.78, .22), (.66, .04)]]],
    "9": [[[(.82, .20), (.55, .00), (.20, .15), (.20, .42), (.50, .50), (.80, .24)], [(.82, .16), (.80, .55), (.70, 1.0)]],
          [[(.80, .22), (.52, .01), (.20, .17), (.26, .44), (.58, .46), (.80, .20), (.80, .55), (.66, .90), (.30, .99)]]],
    "k": [[[(.15, .00), (.13, .50), (.15, 1.0)], [(.85, .02), (.50, .30), (.17, .55)], [(.35, .42), (.60, .70), (.92, 1.0)]]],
}
FINE = 4  # drawn so many times larger, then reduced: smooth edges


def smooth_noise(random, n, waves):
    """n numbers of about the size 1 that change slowly: a few sine waves of random phase."""
    t = np.linspace(0, 1, n)
    return sum(np.sin(2 * np.pi * (k * t + random.random())) / k for k in range(1, waves + 1)) / np.sqrt(waves)


def curve(points, n=240):
    """A Catmull-Rom curve through the points."""
    p = np.array([2 * np.array(points[0]) - points[1], *points, 2 * np.array(points[-1]) - points[-2]])
    at = np.linspace(0, len(points) - 1 - 1e-9, n)
    i, u = at.astype(int), (at % 1)[:, None]
    a, b, c, d = p[i], p[i + 1], p[i + 2], p[i + 3]
    return 0.5 * (2 * b + (c - a) * u + (2 * a - 5 * b + 4 * c - d) * u**2 + (3 * b - a - 3 * c + d) * u**3)


def ink(random, form, width, height, tall, pen, slant, tremble, taper):
    """The share of ink, 0 to 1, of each pixel."""
    wide = tall * random.uniform(0.55, 0.75)
    left = random.uniform(0.12 * width, max(0.13 * width, 0.86 * width - wide))
    top = random.uniform(0.10 * height, max(0.11 * height, 0.88 * height - tall))
    turn = np.radians(random.normal(0, 3))
    y, x = np.mgrid[0:height * FINE, 0:width * FINE]
    sheet = np.zeros((height * FINE, width * FINE))
    for points in form:
        moved = [tuple(np.array(p) + random.normal(0, 0.018, 2)) for p in points]
        line = curve(moved)
        for axis in (0, 1):
            line[:, axis] += tremble * smooth_noise(random, len(line), 5)
        line = line - 0.5
        line[:, 0] -= slant * line[:, 1]
        line = line * [wide, tall]
        line = line @ np.array([[np.cos(turn), np.sin(turn)], [-np.sin(turn), np.cos(turn)]])
        line = (line + [left + wide / 2, top + tall / 2]) * FINE
        radius = pen / 2 * FINE * (1 + 0.12 * smooth_noise(random, len(line), 3))
        radius *= 1 - taper * np.linspace(0, 1, len(line)) ** 4
        for (px, py), r in zip(line, radius):
            box = np.s_[max(0, int(py - r) - 1):int(py + r) + 2, max(0, int(px - r) - 1):int(px + r) + 2]
            sheet[box] = np.maximum(sheet[box], np.hypot(x[box] - px, y[box] - py) <= r)
    return sheet.reshape(height, FINE, width, FINE).mean((1, 3))


def grain(random, shape, blur):
    """Noise with the standard deviation 1, whose grains are so many pixels wide."""
    noise = random.normal(0, 1, shape)
    for axis in (0, 1):
        noise = sum(np.roll(noise, shift, axis) for shift in range(-blur, blur + 1))
    return noise / noise.std()


def pad(random, form):
    """Drawn with a mouse on a white field, as on the drawing pad of the course's site."""
    share = ink(random, form, 280, 280, random.uniform(120, 215), random.uniform(13, 22), random.normal(0, 0.08), 0.012, 0)
    return 255 * (1 - share)


def paper(random, form):
    """A ballpoint pen on paper, photographed by the light of a lamp at one side."""
    share = ink(random, form, 320, 280, random.uniform(130, 190), random.uniform(7, 11), random.uniform(0.12, 0.38), 0.006, 0.35)
    y, x = np.mgrid[-1:1:280j, -1:1:320j]
    direction = random.uniform(0, 2 * np.pi)
    light = 195 + 34 * (np.cos(direction) * x + np.sin(direction) * y) - 6 * (x**2 + y**2)
    light += 2 * grain(random, light.shape, 2)
    pen = np.array([0.25, 0.32, 0.68]) if random.random() < 0.6 else np.array([0.2, 0.2, 0.22])
    colour = light[..., None] * [1.0, 0.98, 0.93] * (1 - share[..., None] * (1 - pen) * random.uniform(0.8, 0.95))
    blurred = Image.fromarray(np.clip(colour, 0, 255).astype("u1")).filter(ImageFilter.GaussianBlur(0.8))
    return np.array(blurred) + random.normal(0, 3.5, colour.shape)


def chalk(random, form):
    """Chalk on a blackboard: light on dark, with a rough edge."""
    share = ink(random, form, 240, 240, random.uniform(110, 180), random.uniform(10, 15), random.normal(0.08, 0.06), 0.008, 0.1)
    rough = np.clip(1.15 + 0.30 * grain(random, share.shape, 1), 0, 1)
    board = 48 + 4 * grain(random, share.shape, 3)
    return (board + (215 - board) * share * rough)[..., None] * [0.96, 1.0, 0.95]


def main():
    folder = Path(__file__).parent
    for number, (hand, ending) in enumerate([(pad, "png"), (paper, "jpg"), (chalk, "jpg")]):
        for name, forms in FORMS.items():
            if name == "k" and hand is not paper:
                continue
            random = np.random.default_rng([number, ord(name)])
            pixels = hand(random, forms[int(random.integers(len(forms)))])
            picture = Image.fromarray(np.clip(pixels, 0, 255).astype("u1"))
            target = folder / (f"letter-{name}.{ending}" if name == "k" else f"{hand.__name__}-{name}.{ending}")
            picture.save(target, **({"optimize": True} if ending == "png" else {"quality": 80}))


main()
