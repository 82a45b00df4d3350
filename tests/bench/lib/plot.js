/** Plots as SVG, without anything that runs: lines over logarithmic axes, and bars. */

const COLOURS = ['#1f6feb', '#d1242f', '#1a7f37', '#9a6700', '#8250df', '#57606a'];
const WIDTH = 640;

const escape = (text) => text.replace(/[&<>"]/g, (sign) => `&#${sign.codePointAt(0)};`);

function text(x, y, content, more = '') {
  return `<text x="${x}" y="${y}" ${more}>${escape(content)}</text>`;
}

/** White behind, since a README may be read on black. */
function picture(title, height, parts) {
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${WIDTH}" height="${height}" ` +
      `viewBox="0 0 ${WIDTH} ${height}" font-family="sans-serif" font-size="12" fill="#24292f" role="img">`,
    `<title>${escape(title)}</title>`,
    `<rect width="${WIDTH}" height="${height}" fill="#fff"/>`,
    text(16, 24, title, 'font-size="15" font-weight="bold"'),
    ...parts,
    '</svg>\n',
  ].join('\n');
}

/** A bar for each of `bars`, `{ name, value, ours }`; `shown` says a value in words. */
export function bars(title, bars, shown) {
  const most = Math.max(...bars.map(({ value }) => value));
  const [left, room] = [210, WIDTH - 210 - 130];
  const parts = bars.flatMap(({ name, value, ours }, at) => {
    const y = 40 + at * 24;
    const length = Math.max((value / most) * room, 1).toFixed(1);
    return [
      text(left - 8, y + 14, name, 'text-anchor="end"'),
      `<rect x="${left}" y="${y}" width="${length}" height="18" fill="${ours ? COLOURS[0] : '#afb8c1'}"/>`,
      text(left + Number(length) + 6, y + 14, shown(value)),
    ];
  });
  return picture(title, 52 + bars.length * 24, parts);
}

/** A line for each of `lines`, `{ name, points: [[x, y]] }`, on logarithmic axes. */
export function lines(title, xTitle, yTitle, lines) {
  const [left, top, right, bottom] = [70, 44, WIDTH - 170, 320];
  const all = lines.flatMap(({ points }) => points);
  const decades = (at) => {
    const values = all.map((point) => point[at]);
    return [
      Math.floor(Math.log10(Math.min(...values))),
      Math.ceil(Math.log10(Math.max(...values))),
    ];
  };
  const [[x0, x1], [y0, y1]] = [decades(0), decades(1)];
  const x = (value) => left + ((Math.log10(value) - x0) / Math.max(x1 - x0, 1)) * (right - left);
  const y = (value) => bottom - ((Math.log10(value) - y0) / Math.max(y1 - y0, 1)) * (bottom - top);
  const parts = [];
  const number = (power) => (10 ** power).toLocaleString('en', { maximumFractionDigits: 6 });
  for (let power = x0; power <= x1; power += 1) {
    const at = x(10 ** power).toFixed(1);
    parts.push(`<path d="M${at} ${top}V${bottom}" stroke="#d0d7de"/>`);
    parts.push(text(at, bottom + 18, number(power), 'text-anchor="middle"'));
  }
  for (let power = y0; power <= y1; power += 1) {
    const at = y(10 ** power).toFixed(1);
    parts.push(`<path d="M${left} ${at}H${right}" stroke="#d0d7de"/>`);
    parts.push(text(left - 8, Number(at) + 4, number(power), 'text-anchor="end"'));
  }
  parts.push(text((left + right) / 2, bottom + 38, xTitle, 'text-anchor="middle"'));
  parts.push(text(16, top - 6, yTitle));
  for (const [at, { name, points }] of lines.entries()) {
    const colour = COLOURS[at % COLOURS.length];
    const path = points.map((point) => `${x(point[0]).toFixed(1)} ${y(point[1]).toFixed(1)}`);
    parts.push(`<path d="M${path.join('L')}" fill="none" stroke="${colour}" stroke-width="2"/>`);
    for (const point of path) {
      const [cx, cy] = point.split(' ');
      parts.push(`<circle cx="${cx}" cy="${cy}" r="3" fill="${colour}"/>`);
    }
    parts.push(
      `<rect x="${right + 16}" y="${top + at * 20}" width="12" height="12" fill="${colour}"/>`,
    );
    parts.push(text(right + 34, top + 11 + at * 20, name));
  }
  return picture(title, bottom + 52, parts);
}

/**
 * How a quantity grows from the first of these points to the last: how many times `more` there are, how many `times`
 * as much it is, and a `word` for it; both logarithms are taken, so that the slope is the power of growth.
 */
export function growth(points) {
  const [[x0, y0], [x1, y1]] = [points[0], points.at(-1)];
  const power = Math.log(y1 / y0) / Math.log(x1 / x0);
  const word = power > 1.1 ? 'more than' : power > 0.9 ? 'about' : 'less than';
  const more = (x1 / x0).toLocaleString('en', { maximumFractionDigits: 0 });
  return { more, times: (y1 / y0).toFixed(1), word: `${word} in proportion` };
}

/** The same in words, for a quantity that is named by `what`. */
export function slope(points, what) {
  const { more, times, word } = growth(points);
  return `${more} times as many take ${times} times the ${what}, ${word}`;
}
