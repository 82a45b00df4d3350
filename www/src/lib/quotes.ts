/** Plain text as paragraphs of one quote depth, and its signature. */

export interface TextBlock {
  /** How many `>` stood before each line. */
  depth: number;
  /** After the `-- ` line: the sender's signature. */
  signature: boolean;
  text: string;
}

/** Deeper than this is shown like this: a line of a thousand `>` is an attack on the layout. */
const DEEPEST = 6;

const QUOTE_MARKS = /^(?:> ?)+/;

export function textBlocks(text: string): TextBlock[] {
  return blocksOf(text.trimEnd(), false);
}

/** Blocks of a part of a text; `signature` tells whether that began before the part. */
export function blocksOf(text: string, signature: boolean): TextBlock[] {
  const blocks: { depth: number; signature: boolean; lines: string[] }[] = [];
  for (const line of text.split(/\r\n|\r|\n/)) {
    // A line of `>` with no space is a quote too, but `>From ` is a mailbox's escape for `From `.
    const marks = /^>From /.test(line) ? '' : (QUOTE_MARKS.exec(line)?.[0] ?? '');
    const depth = Math.min(DEEPEST, marks.replaceAll(' ', '').length);
    if (depth === 0 && line === '-- ') signature = true;
    const content = line.slice(marks.length);
    const last = blocks.at(-1);
    if (last && last.depth === depth && last.signature === signature) last.lines.push(content);
    else blocks.push({ depth, signature, lines: [content] });
  }
  return blocks.map(({ depth, signature: isSignature, lines }) => ({
    depth,
    signature: isSignature,
    text: lines.join('\n'),
  }));
}
