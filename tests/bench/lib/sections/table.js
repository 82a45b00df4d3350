/** A table in Markdown, its first column to the left and all others to the right. */
export const table = (titles, rows) =>
  [titles, titles.map((_, at) => (at === 0 ? '---' : '---:')), ...rows]
    .map((cells) => `| ${cells.join(' | ')} |`)
    .join('\n');
