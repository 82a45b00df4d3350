import type { Attachment, Message } from 'pop3-wasm';
import { isRaster } from './html-policy.ts';
import type { EmbeddedPart } from './html-sanitise.ts';

/** As many as are ever taken out of a message: where there are this many, there may be more. */
export const MOST_ATTACHMENTS = 1_000;

/** The parts that the HTML shows in their place; `pending` until its frame has been filled. */
export type ShownParts = ReadonlySet<EmbeddedPart> | 'pending';

/**
 * The attachments to list: all but the images that the HTML really shows. While that is not known
 * yet, those that it could show wait, lest the list grow and shrink again.
 */
export function listedAttachments({ attachments }: Message, shown: ShownParts): Attachment[] {
  return attachments.filter((part) =>
    shown === 'pending' ? !(part.contentId && isRaster(part.type)) : !shown.has(part),
  );
}
