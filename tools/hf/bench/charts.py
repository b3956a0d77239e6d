# SPDX-License-Identifier: GPL-2.0
"""The pictures, drawn by matplotlib (Debian package python3-matplotlib)."""
from ..paths import HarnessError
from . import curves, report
from .rows import GOALS, HIGHEST_GOAL, MEAN_GOAL, ratios

GOOD, BAD, LINUX, INK = "#1b7f4d", "#c8501e", "#4a5a78", "#222222"


def _pyplot():
    try:
        import matplotlib
    except ImportError as error:
        raise HarnessError("no charts without matplotlib (Debian package "
                           "python3-matplotlib)") from error
    matplotlib.use("svg")
    # Text stays text, and the same figures give the same file.
    matplotlib.rcParams.update({
        "svg.fonttype": "none", "svg.hashsalt": "holdfast",
        "font.family": "DejaVu Sans", "font.size": 9, "text.color": INK})
    from matplotlib import pyplot
    return pyplot


def _save(figure, path):
    figure.savefig(path, metadata={"Date": None}, facecolor="white")


def _short(value):
    for size, unit in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if value >= size:
            return f"{value / (1e3 if unit == 'k' else size):.3g} {unit}"
    return f"{value:,.0f}"


def _row(axes, y, name, ours, linux, ratio):
    goal = GOALS[name]
    colour = GOOD if ours <= goal else BAD
    axes.plot([ratio, 1], [y, y], color="#d8dce4", lw=1.2, zorder=1)
    axes.plot([goal / linux] * 2, [y - 0.36, y + 0.36], color=INK, lw=1.6,
              zorder=2)
    axes.plot(ratio, y, "o", color=colour, ms=6.5, zorder=3)
    axes.text(1.13, y, f"{_short(ours)} / {_short(linux)}", va="center",
              fontsize=8, color=colour)


def table(ours, linux, path):
    """Every row's share of Linux's instructions, on a logarithmic scale."""
    pyplot = _pyplot()
    by_row = ratios(ours, linux)
    figure, axes = pyplot.subplots(
        figsize=(9, 1.8 + 0.215 * len(by_row)), layout="constrained")
    for y, (name, ratio) in enumerate(by_row.items()):
        _row(axes, y, name, ours[name], linux[name], ratio)
    met = sum(ours[name] <= GOALS[name] for name in by_row)
    (_, mean, _), (worst, highest, _) = report.overall(ours, linux)
    axes.axvline(1, color=LINUX, lw=1.8)
    axes.axvline(HIGHEST_GOAL, color=BAD, lw=0.9, ls=":")
    axes.axvline(mean, color=GOOD if mean <= MEAN_GOAL else BAD, lw=0.9,
                 ls="--")
    axes.set_xscale("log")
    axes.set_xlim(min(*by_row.values(), *(
        GOALS[name] / linux[name] for name in by_row)) * 0.8, 1.1)
    marks = [1000, 300, 100, 30, 10, 5, 2, 1]
    axes.set_xticks([1 / m for m in marks], [
        f"1/{m}" if m > 1 else "Linux" for m in marks])
    axes.xaxis.set_tick_params(which="minor", size=0)
    axes.tick_params(top=True, labeltop=True, length=3)
    axes.set_yticks(range(len(by_row)), list(by_row))
    axes.set_ylim(len(by_row) - 0.4, -0.6)
    axes.grid(axis="x", which="major", color="#eceef2")
    for side in ("left", "right"):
        axes.spines[side].set_visible(False)
    axes.tick_params(axis="y", length=0)
    figure.suptitle(
        "Guest instructions of an operation: Holdfast's share of Linux 6.1's\n"
        f"{met} of {len(by_row)} goals met  ·  geometric mean {mean:.3f} "
        f"(dashed; goal {MEAN_GOAL})  ·  highest {highest:.2f} "
        f"(dotted: {HIGHEST_GOAL:.2f})\n"
        "green: goal met · orange: missed · black tick: the goal · "
        "at the right: Holdfast / Linux", fontsize=9.5, linespacing=1.6)
    _save(figure, path)
    pyplot.close(figure)


def _ticks(axes, span):
    """Plain numbers; in a narrow range more than one to a decade."""
    from matplotlib import ticker
    axes.yaxis.set_major_locator(ticker.LogLocator(
        subs=(1, 2, 5) if span < 50 else (1,)))
    axes.yaxis.set_minor_formatter(ticker.NullFormatter())
    axes.yaxis.set_major_formatter(lambda value, _: _short(value))
    axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.0f}")


def _curve_panel(axes, curve, verdict, ours, linux):
    operation, found, allowed, _, wrong = verdict
    colour = BAD if wrong else GOOD
    for figures, style in (
            (linux, {"color": LINUX, "marker": "s", "label": "Linux 6.1"}),
            (ours, {"color": colour, "marker": "o", "label": "Holdfast"})):
        found_points = curves.points(figures, operation)
        if found_points:
            axes.plot(*zip(*found_points), ms=4, lw=1.4, **style)
    values = [v for f in (ours, linux)
              for _, v in curves.points(f, operation)]
    if 0 not in [n for n, _ in curves.points(ours, operation)]:
        axes.set_xscale("log")
    axes.set_yscale("log")
    axes.set_ylim(min(values) / 2, max(values) * 2)
    axes.grid(color="#eceef2")
    _ticks(axes, max(values) / min(values))
    axes.set_title(f"{curve.operations[operation][0]}\n" + (
        wrong or f"{found} (may be {allowed})"), fontsize=9, color=colour)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)


def curve(name, ours, linux, path):
    """One panel for each operation, the two kernels' lines in it."""
    pyplot = _pyplot()
    what = curves.CURVES[name]
    verdicts = curves.verdicts(name, ours, linux)
    columns = min(len(verdicts), 3)
    rows = -(-len(verdicts) // columns)
    figure, panels = pyplot.subplots(
        rows, columns, figsize=(3.3 * columns + 0.4, 2.7 * rows + 0.7),
        layout="constrained", squeeze=False)
    for number, axes in enumerate(panels.flat):
        if number < len(verdicts):
            _curve_panel(axes, what, verdicts[number], ours, linux)
        else:
            axes.set_axis_off()
    panels[0][0].legend(frameon=False, fontsize=8)
    figure.supxlabel(what.over, fontsize=9)
    figure.supylabel("guest instructions", fontsize=9)
    _save(figure, path)
    pyplot.close(figure)


FLAME_LEAST = 0.002     # of all samples; what is narrower is left out


def _boxes(stacks):
    """[(depth, left, width, name)] of the frames, in samples."""
    boxes, starts = {}, {}
    for stack in sorted(stacks):
        for depth, name in enumerate(stack):
            path = stack[:depth + 1]
            if path not in boxes:
                left = starts.get(path[:-1], 0)
                boxes[path] = [depth, left, 0, name]
                starts[path] = left
            boxes[path][2] += stacks[stack]
            starts[path[:-1]] = boxes[path][1] + boxes[path][2]
    return boxes.values()


def flames(stacks, path):
    """A flame graph, roots at the top, of {tuple of names: samples}."""
    pyplot = _pyplot()
    total = sum(stacks.values())
    boxes = [(depth, left / total, width / total, name) for
             depth, left, width, name in _boxes(stacks)
             if width / total >= FLAME_LEAST]
    depth = 1 + max(box[0] for box in boxes)
    figure, axes = pyplot.subplots(figsize=(13, 0.6 + 0.24 * depth),
                                   layout="constrained")
    for level, left, width, name in boxes:
        kernel = name.endswith("_[k]")
        axes.barh(level, width, 0.94, left, linewidth=0.4,
                  edgecolor="white", color="#e8a36b" if kernel else "#8fb3d9")
        text = name.removesuffix("_[k]")
        room = int(width * 165)         # letters of this size
        if room >= 3:
            axes.text(left + 0.002, level, text if len(text) <= room else
                      text[:room - 1] + "…", va="center", fontsize=7)
    axes.set_xlim(0, 1)
    axes.set_ylim(depth - 0.4, -0.6)
    axes.set_axis_off()
    axes.set_title(f"{total:,} samples · blue: the program · orange: the "
                   "kernel", fontsize=9, loc="left")
    _save(figure, path)
    pyplot.close(figure)
