import { expose, transfer } from 'comlink';
import { parseMessage, type Attachment } from 'pop3-wasm/message';
import { failed, failureOf, success, type Outcome } from '../lib/outcome.ts';
import { shownMessage, shownText } from '../lib/shown-text.ts';
import type { ParserWorker } from './parser-protocol.ts';

const UNREADABLE = failed({ code: 'parse-failed', blame: 'package' });

/** Without the messages inside, which looking for would take apart, and without text made anew. */
function plain(part: Attachment): Attachment {
  const { name, type, contentId, description, method, charset, related, inline } = part;
  const { size, start, end, content } = part;
  return {
    ...(name !== undefined && { name }),
    ...(contentId !== undefined && { contentId }),
    ...(description !== undefined && { description: shownText(description) }),
    ...(method !== undefined && { method }),
    ...(charset !== undefined && { charset }),
    ...{ type, size, related, inline, start, end, content },
  };
}

/** What reads calendars, contacts and containers is loaded by the first of them. */
async function read<T, From>(reader: () => Promise<(from: From) => T>, from: From) {
  try {
    return success((await reader())(from)) as Outcome<T>;
  } catch {
    return UNREADABLE;
  }
}

const parser: ParserWorker = {
  async parse(octets) {
    try {
      const message = shownMessage(await parseMessage(octets));
      message.attachments = message.attachments.map(plain);
      const buffers = message.attachments.map(({ content }) => content.buffer);
      return transfer(success(message), [...new Set(buffers)]);
    } catch (thrown) {
      return failed(failureOf(thrown));
    }
  },

  readCalendar: (text) => read(async () => (await import('../lib/calendar.ts')).readCalendar, text),
  readContacts: (text) => read(async () => (await import('../lib/contacts.ts')).readContacts, text),

  async unpack(octets) {
    const files = await read(async () => (await import('../lib/tnef.ts')).unpackTnef, octets);
    // Each of them is a view of what came.
    return transfer(files, [octets.buffer]);
  },
};

expose(parser);
