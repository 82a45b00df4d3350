import { isStyleSafe } from './html-policy.ts';

/** Colours that a message gives to all of its page. */
export interface BodyColours {
  background?: string;
  text?: string;
}

/** What the `<body>` asks for, by style or by attribute; only colours, as a picture would load. */
export function bodyColours(body: HTMLElement): BodyColours {
  const { backgroundColor, color } = body.style;
  const background = safe(backgroundColor) ?? legacy(body.getAttribute('bgcolor'));
  const text = safe(color) ?? legacy(body.getAttribute('text'));
  return { ...(background && { background }), ...(text && { text }) };
}

function safe(colour: string): string | undefined {
  return colour !== '' && isStyleSafe(`color: ${colour}`) ? colour : undefined;
}

/** A colour in an attribute: a name, or digits that may lack their `#`. */
function legacy(colour: string | null): string | undefined {
  const word = colour?.trim() ?? '';
  if (/^#?(?:[0-9a-f]{3}|[0-9a-f]{6})$/i.test(word)) return `#${word.replace('#', '')}`;
  return /^[a-z]{1,30}$/i.test(word) ? word : undefined;
}
