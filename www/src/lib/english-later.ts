/**
 * The English texts that the first list of mail does without. Each part of the page that shows one
 * imports this, and is itself loaded later.
 */

import later from '../locales/en/later.ts';
import { addEnglish } from './i18n.ts';

addEnglish(later);
