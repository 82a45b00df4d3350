import {
  catalogueOf,
  chooseLanguage,
  currentLanguage,
  directionOf,
  speak,
  type Catalogue,
} from '../lib/i18n.ts';
import { logDefect } from '../lib/log.ts';
import type { MailStore } from './mail-store.ts';

/**
 * Keeps the page in the language that the settings say, or the browser. Resolves once it is in the
 * first one, so that nothing is drawn in another before.
 */
export async function followLanguage(store: MailStore, root: HTMLElement): Promise<void> {
  let wanted = currentLanguage();

  async function follow(): Promise<void> {
    const chosen = chooseLanguage(store.state.settings.language, navigator.languages);
    if (chosen === wanted && root.lang === chosen) return;
    wanted = chosen;
    let texts: Catalogue;
    try {
      texts = await catalogueOf(chosen);
    } catch (thrown) {
      logDefect('language', thrown);
      store.toasts.fail({ code: 'load-failed', blame: 'package' });
      return;
    }
    // Another one was chosen meanwhile.
    if (wanted !== chosen) return;
    speak(chosen, texts, navigator.languages);
    root.lang = chosen;
    root.dir = directionOf(chosen);
    store.languageChanged();
  }

  store.subscribe(() => void follow());
  window.addEventListener('languagechange', () => void follow());
  await follow();
}
