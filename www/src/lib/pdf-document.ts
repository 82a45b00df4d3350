/** A PDF file that can be drawn; what draws it is loaded when the first one is opened. */
export interface PdfDocument {
  pages: number;
  /**
   * Draws a page, counted from 1, as wide as `width` CSS pixels on a screen of `density` pixels
   * each. Rejects where the page is broken or takes too long.
   */
  draw(page: number, canvas: HTMLCanvasElement, width: number, density: number): Promise<void>;
  /** Its text, for those who do not see the drawing. */
  textOf(page: number): Promise<string>;
  close(): void;
}
