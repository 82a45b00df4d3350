import bar from './bar.json';
import common from './common.json';
import empty from './empty.json';
import failures from './failures.json';
import help from './help.json';
import list from './list.json';
import page from './page.json';
import reader from './reader.json';
import sidebar from './sidebar.json';
import status from './status.json';
import toolbar from './toolbar.json';

/** The English texts. One file for each part of the page. */
export default {
  ...bar,
  ...common,
  ...empty,
  ...failures,
  ...help,
  ...list,
  ...page,
  ...reader,
  ...sidebar,
  ...status,
  ...toolbar,
};
