import first from './first.ts';
import later from './later.ts';

/** All English texts. One file for each part of the page. */
export default { ...first, ...later };
