"""Draws pairs a second as bars, a group a model, one scale a group."""

from html import escape

WIDTH, LABELS, BAR, GAP, HEAD = 800, 270, 18, 5, 34
COLOURS = {"crossrank": "#0b7a75", "": "#9aa5b1"}


def plot_of(speeds):
    """SVG of {model: {"peer precision": pairs a second}}, the fastest of a model first."""
    parts, y = [], 10
    for model, bars in speeds.items():
        parts.append(f'<text x="10" y="{y + 18}" font-size="15" font-weight="bold">{escape(model)}: pairs/s</text>')
        y += HEAD
        room = WIDTH - LABELS - 80
        for entry, speed in sorted(bars.items(), key=lambda item: -item[1]):
            colour = COLOURS["crossrank" if entry.startswith("crossrank ") else ""]
            length = max(1.0, room * speed / max(bars.values()))
            parts.append(f'<text x="{LABELS - 8}" y="{y + 13}" text-anchor="end">{escape(entry)}</text>'
                         f'<rect x="{LABELS}" y="{y}" width="{length:.1f}" height="{BAR}" fill="{colour}"/>'
                         f'<text x="{LABELS + length + 6:.1f}" y="{y + 13}">{speed:.3g}</text>')
            y += BAR + GAP
        y += 14
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{y}" font-family="sans-serif" font-size="13">'
            f'<rect width="{WIDTH}" height="{y}" fill="white"/>{"".join(parts)}</svg>\n')
