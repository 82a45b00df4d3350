import { job } from './job.js';
import { parseAlone, parseMessage, Pop3Client, Pop3Error } from './package.js';

export const read = (settings) =>
  job({ parseAlone, parseMessage, Pop3Client, Pop3Error }, settings);
