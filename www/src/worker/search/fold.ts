/** Combining marks that people leave out when they type: accents, and the vowel signs of Arabic. */
const MARKS = /[\u0300-\u036f\u064b-\u0652\u0670\u0640]+/g;
const ASCII = /^[\0-\x7f]*$/;

/**
 * Text in the form in which it is compared: without case, accents, ligatures and widths, so that
 * "muller" finds "Müller" and half-width kana find full ones.
 */
export function fold(text: string): string {
  if (ASCII.test(text)) return text.toLowerCase();
  return text
    .normalize('NFKD')
    .replace(MARKS, '')
    .toLowerCase()
    .replaceAll('ß', 'ss')
    .replaceAll('ς', 'σ')
    .normalize('NFC');
}
