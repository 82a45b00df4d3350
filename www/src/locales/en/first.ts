import accounts from './accounts.json';
import bar from './bar.json';
import common from './common.json';
import empty from './empty.json';
import failures from './failures.json';
import list from './list.json';
import notify from './notify.json';
import page from './page.json';
import progress from './progress.json';
import sidebar from './sidebar.json';
import status from './status.json';
import toolbar from './toolbar.json';

/** The English texts that the page begins with, and those of failures, which may come at any time. */
export default {
  ...accounts,
  ...bar,
  ...common,
  ...empty,
  ...failures,
  ...list,
  ...notify,
  ...page,
  ...progress,
  ...sidebar,
  ...status,
  ...toolbar,
};
