/** A table in Markdown: the first column, and the `last` where it is text, to the left; all others to the right. */
export function table(titles, rows, { last = 'figures' } = {}) {
  const isText = (at) => at === 0 || (last === 'text' && at === titles.length - 1);
  const sides = titles.map((_, at) => (isText(at) ? '---' : '---:'));
  return [titles, sides, ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
