import { parse } from '@formatjs/icu-messageformat-parser';
import type { Plugin } from 'vite';

/** Without these, a message is its own text (ICU MessageFormat). */
const SYNTAX = /[{}']/;

/**
 * Takes the messages of the catalogues apart when the page is built, so that it carries no parser.
 * A message that is nothing but text stays as it is.
 */
export function catalogues(): Plugin {
  return {
    name: 'catalogues',
    apply: 'build',
    enforce: 'pre',
    config: () => ({
      resolve: {
        alias: [
          {
            find: /^@formatjs\/icu-messageformat-parser$/,
            replacement: '@formatjs/icu-messageformat-parser/no-parser.js',
          },
        ],
      },
    }),
    transform: {
      filter: { id: /\/src\/locales\/[^/]+\/[^/]+\.json$/ },
      handler(source, id) {
        const texts = JSON.parse(source) as Record<string, string>;
        const parsed = Object.entries(texts).map(([key, text]) => [key, take(text, key, id)]);
        return { code: JSON.stringify(Object.fromEntries(parsed)), map: null };
      },
    },
  };
}

function take(text: string, key: string, file: string): unknown {
  if (!SYNTAX.test(text)) return text;
  try {
    return parse(text, { ignoreTag: true });
  } catch (thrown) {
    throw new Error(`${file}: ${key} is no message in ICU's format`, { cause: thrown });
  }
}
