import type { Attachment, Message } from 'pop3-wasm';
import { isRaster } from './html-policy.ts';

/** The attachments to list: all but the images that the HTML shows in their place. */
export function listedAttachments({ attachments, html }: Message): Attachment[] {
  return attachments.filter(({ contentId, type }) => {
    const shown = html !== undefined && contentId !== undefined && isRaster(type);
    return !(shown && mentions(html, contentId));
  });
}

/** Does the HTML use this Content-ID, written plainly or with percent signs? */
function mentions(html: string, contentId: string): boolean {
  return html.includes(`cid:${contentId}`) || html.includes(`cid:${encodeURIComponent(contentId)}`);
}
