import type { Failure } from './lib/outcome.ts';

/** A failure in words a person can act on: what happened and on whose side; what to do. */
export interface FailureWords {
  title: string;
  advice: string;
}

const DEFECT_ADVICE =
  'This is a fault in this page. Reload it; if it happens again, tell whoever runs it.';

export const failureWords: Record<Failure['code'], FailureWords> = {
  // Ours.
  'invalid-argument': {
    title: 'The mail protocol cannot carry what was entered',
    advice: 'User name and password may not hold line breaks. Check them and try again.',
  },
  'wrong-state': {
    title: 'You are no longer signed in',
    advice: 'Sign out and in again. What you see here stays until then.',
  },
  'aborted': { title: 'It was stopped', advice: 'Nothing was changed. Try again if you like.' },
  'stopped-waiting': {
    title: 'You waited no longer for the mail server',
    advice: 'It had not answered. Try again, or sign out and look later.',
  },
  'internal': { title: 'Something went wrong inside this page', advice: DEFECT_ADVICE },
  'worker-died': {
    title: 'The part of this page that talks to the server has stopped',
    advice: 'Sign out and in again.',
  },
  'load-failed': {
    title: 'A part of this page could not be loaded',
    advice:
      'Check your own connection and try again. If it stays away, tell whoever runs this page.',
  },
  'parse-failed': {
    title: 'The message could not be taken apart',
    advice: 'It is damaged or very unusual. Its source can be read and saved.',
  },

  // The mail server said no.
  'auth-failed': {
    title: 'The user name or password is not right',
    advice:
      'The mail server refused them. Check both; some providers want an app password instead of your usual one.',
  },
  'in-use': {
    title: 'The mailbox is in use',
    advice:
      'Another mail program has it open, and the server lets in one at a time. Close that one, or wait a few minutes, and try again.',
  },
  'login-delay': {
    title: 'Too soon after the last sign-in',
    advice: 'The mail server wants a pause between sign-ins. Wait a minute and try again.',
  },
  'sys-temp': {
    title: 'The mail server has a passing problem',
    advice: 'It is on the server’s side. Try again in a few minutes.',
  },
  'sys-perm': {
    title: 'The mail server has a problem that will not pass by itself',
    advice: 'It is on the server’s side. Ask whoever runs your mail.',
  },
  'utf8-required': {
    title: 'The mail server wants a newer kind of mail program',
    advice:
      'The mailbox holds names or messages in an international form that this page did not ask for. Ask whoever runs your mail.',
  },
  'unsupported': {
    title: 'The mail server offers no way to sign in that fits',
    advice: 'It lacks what this way of signing in needs. Ask whoever runs your mail.',
  },
  'plaintext-refused': {
    title: 'The password was not sent, because others could have read it',
    advice:
      'The way to the mail server is not encrypted. Ask whoever runs this page to encrypt it.',
  },
  'rejected': {
    title: 'The mail server refused',
    advice: 'It gave no reason that this page knows. Try again, or ask whoever runs your mail.',
  },
  'gone': {
    title: 'The message is no longer on the server',
    advice: 'It was deleted or moved by another mail program.',
  },
  'unidentifiable': {
    title: 'The message cannot be told from others any more',
    advice:
      'This server gives messages no lasting names, and the connection was lost in between. It was left alone. Mark it again.',
  },

  // The mail server broke the protocol, or a limit.
  'protocol-error': {
    title: 'The mail server answered in a way that makes no sense',
    advice: 'It may not be a POP3 server, or it is broken. Ask whoever runs your mail.',
  },
  'limit-exceeded': {
    title: 'The mail server sent more than this page accepts',
    advice: 'That protects your browser. Ask whoever runs your mail to look at the server.',
  },
  'too-large': {
    title: 'That was more than the proxy lets through',
    advice: 'Whoever runs this page has set a limit. Fetch this message with another mail program.',
  },

  // The way to the proxy, and the session.
  'connect-failed': {
    title: 'The proxy of this page cannot be reached',
    advice: 'Check your own connection. If other sites work, tell whoever runs this page.',
  },
  'connection-lost': {
    title: 'The connection to the mail server was lost',
    advice:
      'The server may have hung up, or the network failed on the way. What you see here is kept; try again.',
  },
  'timeout': {
    title: 'The mail server did not answer in time',
    advice: 'It may be slow or stuck. Try again in a moment.',
  },
  'upstream-closed': {
    title: 'The mail server broke off the connection',
    advice: 'It did so in the middle of its work. What you see here is kept; try again.',
  },
  'idle-timeout': {
    title: 'The connection was closed because nothing happened for a while',
    advice: 'Try again: a new connection is made.',
  },
  'draining': {
    title: 'The proxy of this page is being restarted',
    advice: 'Try again in a moment.',
  },
  'unauthorized': {
    title: 'The proxy of this page does not know you',
    advice:
      'It lets in only people whom it knows. Sign in to this site again, or ask whoever runs it.',
  },
  'upstream-stalled': {
    title: 'The mail server stopped listening',
    advice: 'It took nothing more of what it was sent. What you see here is kept; try again.',
  },
  'client-stalled': {
    title: 'This page was too slow to take the mail',
    advice: 'It may have been asleep. What you see here is kept; try again.',
  },
  'session-expired': {
    title: 'The connection had lasted as long as the proxy allows',
    advice: 'Try again: a new connection is made.',
  },
  'end-to-end-required': {
    title: 'This mail is to be read end-to-end',
    advice:
      'The proxy of this page is not to see it. Choose end-to-end when you sign in, or reload the page.',
  },
  'end-to-end-forbidden': {
    title: 'The proxy allows no end-to-end encryption with this mail server',
    advice: 'Sign in without it, if the proxy may see this mail, or ask whoever runs this page.',
  },
  'rate-limited': {
    title: 'Too many attempts',
    advice: 'The proxy of this page asks you to slow down. Wait a minute and try again.',
  },

  // The way from the proxy to the mail server.
  'servers-unavailable': {
    title: 'The list of mail servers could not be loaded',
    advice:
      'The proxy of this page did not answer. Check your own connection, or tell whoever runs this page.',
  },
  'unknown-server': {
    title: 'The proxy does not know this mail server',
    advice: 'Its configuration may have changed. Reload the page and choose again.',
  },
  'not-allowed': {
    title: 'The proxy does not allow this mail server',
    advice: 'Whoever runs this page decides which servers may be reached. Ask them.',
  },
  'dns': {
    title: 'The mail server’s name was not found',
    advice:
      'The proxy could not look up its address. The name may be misspelt in the proxy’s configuration; tell whoever runs this page.',
  },
  'refused': {
    title: 'The mail server refuses connections',
    advice: 'It may be down, or listen on another port. Try again later, or ask whoever runs it.',
  },
  'unreachable': {
    title: 'The mail server cannot be reached',
    advice:
      'The network between the proxy and the mail server does not get through. Try again later, or tell whoever runs this page.',
  },
  'connect-timeout': {
    title: 'The mail server did not answer the proxy in time',
    advice: 'It may be down or very busy. Try again in a few minutes.',
  },
  'tls-certificate': {
    title: 'The mail server’s certificate is not to be trusted',
    advice:
      'It may have run out, or somebody may be posing as the server. Your password was not sent. Ask whoever runs your mail.',
  },
  'tls-handshake': {
    title: 'No encrypted connection to the mail server could be made',
    advice: 'Your password was not sent. Ask whoever runs your mail which encryption it offers.',
  },
  'stls-unsupported': {
    title: 'The mail server does not offer encryption',
    advice: 'The proxy insists on it, so your password was not sent. Tell whoever runs this page.',
  },
};

export function wordsFor(failure: Failure): FailureWords {
  return failureWords[failure.code] ?? failureWords.internal;
}
