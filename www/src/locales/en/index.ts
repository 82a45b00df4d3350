import common from './common.json';
import failures from './failures.json';
import list from './list.json';
import reader from './reader.json';
import sidebar from './sidebar.json';

/** The English texts. One file for each part of the page. */
export default { ...common, ...failures, ...list, ...reader, ...sidebar };
