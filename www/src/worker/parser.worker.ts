import { expose, transfer } from 'comlink';
import { parseMessage } from 'pop3-wasm';
import { failed, failureOf, success } from '../lib/outcome.ts';
import type { ParserWorker } from './protocol.ts';

const parser: ParserWorker = {
  async summarise(octets) {
    try {
      const { from, subject, date, mayHaveAttachments } = await parseMessage(octets);
      return success({ from: from[0], subject, date, attachments: mayHaveAttachments });
    } catch (thrown) {
      return failed(failureOf(thrown));
    }
  },

  async parse(octets) {
    try {
      const message = await parseMessage(octets);
      const buffers = message.attachments.map(({ content }) => content.buffer);
      return transfer(success(message), [...new Set(buffers)]);
    } catch (thrown) {
      return failed(failureOf(thrown));
    }
  },
};

expose(parser);
