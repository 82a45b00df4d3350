import help from './help.json';
import reader from './reader.json';
import settings from './settings.json';
import trust from './trust.json';

/** The English texts of what is loaded later (`lib/english-later.ts`). */
export default { ...help, ...reader, ...settings, ...trust };
