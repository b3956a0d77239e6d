# SPDX-License-Identifier: GPL-2.0
"""How a cost grows: decided by a fit, not by eye.

Four models, a + b g(n), are fitted by least squares of the relative error
(costs span decades; plain squares would see the largest n only).  A model's
residual is the root of the mean of those squares.  The growth is that of the
slowest model whose residual is within TOLERANCE; if none is, that of the model
with the least.  A cost that falls, or moves by less than TOLERANCE altogether,
is constant.
"""
import math

TOLERANCE = 0.10
MODELS = {              # slowest first
    "constant": lambda n: 0,
    "logarithmic": math.log1p,
    "linear": lambda n: n,
    "quadratic": lambda n: n * n,
}
ORDER = list(MODELS)


def _fit(xs, ys):
    """(a, b) that minimise the sum of ((y - a - b x) / y) squared, b >= 0."""
    weights = [1 / (y * y) for y in ys]
    total = sum(weights)
    mean_x = sum(w * x for w, x in zip(weights, xs)) / total
    mean_y = sum(w * y for w, y in zip(weights, ys)) / total
    spread = sum(w * (x - mean_x) ** 2 for w, x in zip(weights, xs))
    slope = spread and sum(w * (x - mean_x) * (y - mean_y) for w, x, y in
                           zip(weights, xs, ys)) / spread
    slope = max(slope, 0)
    return mean_y - slope * mean_x, slope


def residuals(points):
    """{model: its residual} for [(n, cost)]."""
    ys = [y for _, y in points]
    found = {}
    for name, growth in MODELS.items():
        xs = [growth(n) for n, _ in points]
        a, b = _fit(xs, ys)
        found[name] = math.sqrt(sum(
            ((y - a - b * x) / y) ** 2 for x, y in zip(xs, ys)) / len(ys))
    return found


def growth(points):
    """The name of the model that the points follow."""
    errors = residuals(points)
    good = [name for name in ORDER if errors[name] <= TOLERANCE]
    return good[0] if good else min(ORDER, key=errors.get)


def is_worse(found, allowed):
    return ORDER.index(found) > ORDER.index(allowed)
