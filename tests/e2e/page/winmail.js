/** A `winmail.dat` as Outlook makes one ([MS-OXTNEF]), with files in it. */

const u16 = (value) => Buffer.from(Uint16Array.of(value).buffer);
const u32 = (value) => Buffer.from(Uint32Array.of(value).buffer);
const padded = (octets) => Buffer.concat([octets, Buffer.alloc(-octets.length & 3)]);
const utf16 = (text) => Buffer.from(`${text}\0`, 'utf16le');

const MESSAGE = 1;
const ATTACHMENT = 2;

function attribute(level, id, value) {
  const sum = value.reduce((all, octet) => (all + octet) & 0xffff, 0);
  return Buffer.concat([Buffer.of(level), u32(id), u32(value.length), value, u16(sum)]);
}

/** A property of varying length, with its one value. */
function property(type, id, value) {
  return Buffer.concat([u16(type), u16(id), u32(1), u32(value.length), padded(value)]);
}

/** One that goes by a name, of fixed length, as Outlook puts them among the others. */
function namedProperty(name, value) {
  const label = utf16(name);
  const named = [Buffer.alloc(16, 7), u32(1), u32(label.length), padded(label)];
  return Buffer.concat([u16(0x03), u16(0x8001), ...named, u32(value)]);
}

function attachment({ name, title = 'SHORT~1.TXT', type, content, message }) {
  const object = message && Buffer.concat([Buffer.alloc(16, 9), message]);
  const properties = [
    namedProperty('Odd', 5),
    Buffer.concat([u16(0x0b), u16(0x7ffe), u32(0)]),
    ...(name === undefined ? [] : [property(0x1f, 0x3707, utf16(name))]),
    ...(type === undefined ? [] : [property(0x1e, 0x370e, Buffer.from(`${type}\0`))]),
    ...(object ? [property(0x0d, 0x3701, object)] : []),
  ];
  return Buffer.concat([
    attribute(ATTACHMENT, 0x00069002, Buffer.alloc(14)),
    attribute(ATTACHMENT, 0x00018010, Buffer.from(`${title}\0`, 'latin1')),
    ...(content === undefined ? [] : [attribute(ATTACHMENT, 0x0006800f, Buffer.from(content))]),
    attribute(ATTACHMENT, 0x00069005, Buffer.concat([u32(properties.length), ...properties])),
  ]);
}

/**
 * Each file has `content` or, as an attached message, `message`: another container. `name` is the long
 * name and `title` the short one, in the code page.
 */
export function winmail(files, { codePage = 1252 } = {}) {
  return Buffer.concat([
    u32(0x223e9f78),
    u16(1),
    attribute(MESSAGE, 0x00089006, u32(0x00010000)),
    attribute(MESSAGE, 0x00069007, Buffer.concat([u32(codePage), u32(0)])),
    ...files.map(attachment),
  ]);
}
