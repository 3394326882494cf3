"""The chart of the page: a check beside other engines, and as rules grow. The same results give the same bytes."""

from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

from benchmarks.peers.everyone import WORKLOAD
from benchmarks.report import Results, number
from benchmarks.timing import OURS, Figure

ACCENT, GREY = "#0b6e4f", "#9aa5b1"
OTHERS = ("#c2571a", "#3d5a80", "#8d6a9f", "#6b705c")
STYLE = {"svg.hashsalt": "scopeguard", "svg.fonttype": "none", "font.family": "sans-serif", "font.size": 10}
GROWTH = "growth of rules"


def draw(results: Results, file: Path) -> None:
    """Write the chart to *file*, an SVG."""
    matplotlib = import_module("matplotlib")
    matplotlib.use("svg")
    plots = import_module("matplotlib.pyplot")
    found = results.by_workload()
    with plots.rc_context(STYLE):
        figure, (left, right) = plots.subplots(1, 2, figsize=(11, 4), width_ratios=(3, 2), layout="constrained")
        bars(left, found.get(WORKLOAD, []))
        for workload, figures in found.items():
            if workload.startswith(GROWTH):
                line(right, workload.removeprefix(f"{GROWTH}, ").replace(GROWTH, OURS), figures)
        right.set(xscale="log", yscale="log", xlabel="rules", title="microseconds a check, as rules grow")
        right.legend(frameon=False, loc="center left", bbox_to_anchor=(0, 0.35))
        for axes in (left, right):
            axes.spines[["top", "right"]].set_visible(False)
        figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
        plots.close(figure)


def bars(axes: Any, figures: Sequence[Figure]) -> None:
    """One bar an engine: its time as a multiple of the hand-written function's."""
    ranked = sorted(figures, key=lambda each: -each.ratio.median)
    colours = [ACCENT if each.engine == OURS else GREY for each in ranked]
    drawn = axes.barh([each.engine for each in ranked], [each.ratio.median for each in ranked], color=colours)
    axes.bar_label(drawn, [number(each.ratio.median) for each in ranked], padding=3)
    axes.set(xscale="log", title="one check, as a multiple of the hand-written function")
    axes.margins(x=0.15)


def line(axes: Any, name: str, figures: Sequence[Figure]) -> None:
    """How one engine's check grows."""
    sizes = [int(each.engine.split()[0].replace(",", "")) for each in figures]
    colour = ACCENT if name == OURS else OTHERS[len(axes.lines) % len(OTHERS)]
    axes.plot(sizes, [each.value.median / 1e3 for each in figures], marker="o", label=name, color=colour)
