import { expose, transfer } from 'comlink';
import { parseMessage } from 'pop3-wasm/message';
import { failed, failureOf, success } from '../lib/outcome.ts';
import { shownMessage, shownSummary } from '../lib/shown-text.ts';
import type { ParserWorker } from './protocol.ts';

const parser: ParserWorker = {
  async summarise(octets) {
    try {
      const { from, subject, date, mayHaveAttachments } = await parseMessage(octets);
      const attachments = mayHaveAttachments;
      return success(shownSummary({ from: from[0], subject, date, attachments }));
    } catch (thrown) {
      return failed(failureOf(thrown));
    }
  },

  async parse(octets) {
    try {
      const message = shownMessage(await parseMessage(octets));
      // Looking for the messages inside would take them apart.
      message.attachments = message.attachments.map(
        ({ name, type, size, contentId, related, inline, start, end, content }) => ({
          ...(name !== undefined && { name }),
          ...(contentId !== undefined && { contentId }),
          ...{ type, size, related, inline, start, end, content },
        }),
      );
      const buffers = message.attachments.map(({ content }) => content.buffer);
      return transfer(success(message), [...new Set(buffers)]);
    } catch (thrown) {
      return failed(failureOf(thrown));
    }
  },
};

expose(parser);
