import common from './common.json';

/** The English texts. One file for each part of the page. */
export default { ...common };
