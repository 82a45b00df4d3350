import accounts from './accounts.json';
import bar from './bar.json';
import common from './common.json';
import empty from './empty.json';
import failures from './failures.json';
import help from './help.json';
import list from './list.json';
import notify from './notify.json';
import page from './page.json';
import progress from './progress.json';
import reader from './reader.json';
import settings from './settings.json';
import sidebar from './sidebar.json';
import status from './status.json';
import toolbar from './toolbar.json';
import trust from './trust.json';

export default {
  ...accounts,
  ...bar,
  ...common,
  ...empty,
  ...failures,
  ...help,
  ...list,
  ...notify,
  ...page,
  ...progress,
  ...reader,
  ...settings,
  ...sidebar,
  ...status,
  ...toolbar,
  ...trust,
};
