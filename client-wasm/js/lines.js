/** Reads what the module for messages says: a value a line, as its `lines.rs` writes them. */

/** Stands for a text that is there and empty. */
const EMPTY = '\0';

/** Lines, and which of them is next. */
class Lines {
  constructor(text) {
    this.lines = text.split('\n');
    this.at = 0;
  }

  text() {
    return this.lines[this.at++];
  }

  number() {
    return Number(this.lines[this.at++]);
  }

  flag() {
    return this.lines[this.at++] === '1';
  }

  /** Gives the object the text that the next line is; an empty one is no text. */
  optional(object, name) {
    const text = this.lines[this.at++];
    if (text !== '') object[name] = text === EMPTY ? '' : text;
  }

  optionalNumber(object, name) {
    const text = this.lines[this.at++];
    if (text !== '') object[name] = Number(text);
  }

  list(read) {
    const items = [];
    for (let left = this.number(); left > 0; left -= 1) items.push(read(this));
    return items;
  }

  texts() {
    const count = this.number();
    if (count === 0) return [];
    this.at += count;
    return this.lines.slice(this.at - count, this.at);
  }
}

/** Of a message what its header says, and whether the body may have HTML, and has a report. */
export function envelope(text) {
  const lines = new Lines(text);
  const message = {};
  lines.optional(message, 'subject');
  lines.optionalNumber(message, 'date');
  lines.optional(message, 'messageId');
  lines.optional(message, 'returnPath');
  const [sender] = lines.list(address);
  if (sender !== undefined) message.sender = sender;
  message.from = lines.list(address);
  message.to = lines.list(address);
  message.cc = lines.list(address);
  message.bcc = lines.list(address);
  message.replyTo = lines.list(address);
  message.deliveredTo = lines.texts();
  message.inReplyTo = lines.texts();
  message.references = lines.texts();
  const [list] = lines.list(mailingList);
  if (list !== undefined) message.list = list;
  message.mayHaveAttachments = lines.flag();
  const mayHaveHtml = lines.flag();
  const hasReport = lines.flag();
  message.bodyStart = lines.number();
  return { message, mayHaveHtml, hasReport };
}

/** The `attachments` and the `report`, and the `plain` text and the `html`. */
export function body(text) {
  const start = text.indexOf('\n') + 1;
  const [table, plain, html] = text.slice(0, start - 1).split(' ');
  const tableEnd = start + Number(table);
  const plainEnd = tableEnd + Number(plain);
  const lines = new Lines(text.slice(start, tableEnd));
  const attachments = lines.list(attachment);
  const [report] = lines.list(reported);
  return {
    attachments,
    report,
    plain: plain === '' ? undefined : text.slice(tableEnd, plainEnd),
    html: html === '' ? undefined : text.slice(plainEnd),
  };
}

/** The fields of a header. */
export const headers = (text) => new Lines(text).list(headerField);

/** The way of a message. */
export const received = (text) => new Lines(text).list(hop);

function address(lines) {
  const mailbox = {};
  lines.optional(mailbox, 'name');
  mailbox.address = lines.text();
  lines.optional(mailbox, 'group');
  return mailbox;
}

function mailingList(lines) {
  const list = {};
  lines.optional(list, 'id');
  lines.optional(list, 'name');
  list.post = lines.texts();
  list.help = lines.texts();
  list.subscribe = lines.texts();
  list.unsubscribe = lines.texts();
  list.oneClick = lines.flag();
  list.owner = lines.texts();
  list.archive = lines.texts();
  return list;
}

function attachment(lines) {
  const part = {};
  lines.optional(part, 'name');
  part.type = lines.text();
  lines.optional(part, 'disposition');
  lines.optional(part, 'contentId');
  lines.optional(part, 'description');
  lines.optional(part, 'method');
  lines.optional(part, 'charset');
  part.related = lines.flag();
  part.inline = lines.flag();
  lines.optional(part, 'encoding');
  part.start = lines.number();
  part.end = lines.number();
  return part;
}

function reported(lines) {
  return {
    type: lines.text(),
    fields: lines.list(reportField),
    recipients: lines.list(recipient),
  };
}

function recipient(lines) {
  const result = {};
  lines.optional(result, 'originalRecipient');
  lines.optional(result, 'finalRecipient');
  lines.optional(result, 'action');
  lines.optional(result, 'status');
  lines.optional(result, 'diagnostic');
  result.fields = lines.list(reportField);
  return result;
}

const reportField = (lines) => ({ name: lines.text(), value: lines.text() });

const headerField = (lines) => ({
  name: lines.text(),
  value: lines.text(),
  start: lines.number(),
  end: lines.number(),
});

function hop(lines) {
  const result = {};
  lines.optional(result, 'from');
  lines.optional(result, 'ip');
  lines.optional(result, 'by');
  lines.optional(result, 'with');
  lines.optional(result, 'id');
  lines.optional(result, 'for');
  lines.optionalNumber(result, 'date');
  return result;
}
