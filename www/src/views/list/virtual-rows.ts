/** Rows drawn beyond each edge, so that a quick scroll does not show blank ones. */
const OVERSCAN = 8;

/** Indices of the rows to draw, the end exclusive. All rows are of one height. */
export function visibleRange(
  scrolled: number,
  height: number,
  rowHeight: number,
  count: number,
): { start: number; end: number } {
  const first = Math.floor(Math.max(0, scrolled) / rowHeight);
  const inSight = Math.ceil(height / rowHeight) + 1;
  const start = Math.max(0, Math.min(first - OVERSCAN, count - inSight - OVERSCAN));
  return { start, end: Math.min(count, first + inSight + OVERSCAN) };
}
