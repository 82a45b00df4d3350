/**
 * Every word that the page says, in English. One module, so that another language is one more.
 * Failures are in `locales/en/failures.json`.
 */

const plural = new Intl.PluralRules('en');

function counted(count: number, one: string, other: string): string {
  const shown = new Intl.NumberFormat('en').format(count);
  return `${shown} ${plural.select(count) === 'one' ? one : other}`;
}

const messagesOf = (count: number): string => counted(count, 'message', 'messages');

export const words = {
  app: 'Mail',
  dismiss: 'Dismiss',
  retry: 'Try again',
  serverSaid: 'The server said:',

  signIn: {
    heading: 'Sign in to your mailbox',
    lead: 'Your mail stays on your mail server until you delete it.',
    server: 'Mail server',
    user: 'User name',
    password: 'Password',
    showPassword: 'Show password',
    submit: 'Sign in',
    connecting: 'Connecting…',
    cancel: 'Cancel',
    cancelled: 'Signing in was cancelled.',
    demo: (user: string) =>
      `This is a demo mailbox. It is filled in for you: the user is “${user}”. What you delete comes back when the demo starts again.`,
    loadingServers: 'Looking for mail servers…',
    noServers: 'No mail server is set up here.',
    noServersDetail: 'Whoever runs this page must name one in the proxy’s configuration.',
    security: {
      implicit: 'The connection to the mail server is encrypted.',
      starttls: 'The connection to the mail server is encrypted.',
      none: 'The connection from the proxy to this mail server is not encrypted.',
    },
    privacy:
      'The password is kept in this tab’s memory until you sign out. It is never stored and never logged.',
  },

  farewell: {
    heading: 'You are signed out.',
    deleted: (count: number) => `${messagesOf(count)} deleted from the server.`,
    nothing: 'Nothing was deleted.',
    notDeleted: (count: number) =>
      `${messagesOf(count)} marked for deletion ${count === 1 ? 'was' : 'were'} left on the server.`,
    unsure: (count: number) =>
      `The server never said whether ${messagesOf(count)} went. Sign in to see.`,
  },

  inbox: {
    heading: 'Inbox',
    title: (user: string, unread: number) => (unread > 0 ? `(${unread}) ${user}` : user),
    check: 'Check for new mail',
    checkShort: 'Check mail',
    checking: 'Checking…',
    signOut: 'Sign out',
    help: 'Keyboard shortcuts',
    grid: 'Messages',
    count: messagesOf,
    unread: (count: number) => `${new Intl.NumberFormat('en').format(count)} not read`,
    filling: (done: number, all: number) => `Fetching ${done} of ${all}`,
    empty: 'This mailbox is empty.',
    emptyDetail: 'When mail arrives, “Check for new mail” brings it here.',
    number: (number: number) => `Message ${number}`,
    noHeaders: 'Open it to see what it is',
    waiting: 'Fetching…',
    noSubject: '(no subject)',
    noSender: '(no sender)',
    attachments: 'Has attachments',
    unreadMark: 'Not read',
    marked: 'Will be deleted',
    mark: 'Delete',
    unmark: 'Restore',
    added: (count: number) =>
      count === 0 ? 'No new mail.' : `${counted(count, 'new message', 'new messages')}.`,
    gone: (count: number) =>
      `${messagesOf(count)} ${count === 1 ? 'is' : 'are'} no longer on the server.`,
    reconnected: 'The connection had been lost; you are signed in again.',
    listedAnew: (count: number) => `The list was fetched anew: ${messagesOf(count)}.`,
    marksLost: 'Some messages are no longer marked for deletion',
    marksLostDetail:
      'The session in which they were marked has ended, and this mail server cannot tell which messages they were. Nothing was deleted. Mark them again:',
    checkAsks: (count: number) =>
      `Checking for new mail would lose ${counted(count, 'mark', 'marks')} for deletion`,
    checkAsksDetail:
      'Checking begins a new session, and this mail server cannot tell there which messages were marked. Sign out to delete them first.',
    checkAnyway: 'Check anyway',
    dontCheck: 'Keep the marks',
    filled: (count: number) => `${messagesOf(count)} listed.`,
    transport: {
      implicit: (version?: string) =>
        `Encrypted to the mail server${version ? ` (${version})` : ''}`,
      starttls: (version?: string) =>
        `Encrypted to the mail server${version ? ` (${version})` : ''}`,
      none: () => 'Not encrypted between the proxy and the mail server',
    },
    transportShort: { implicit: 'Encrypted', starttls: 'Encrypted', none: 'Not encrypted' },
  },

  deletion: {
    toast: (subject: string) => `“${subject}” will be deleted when you sign out.`,
    undo: 'Undo',
    restored: (count: number) => `${messagesOf(count)} restored.`,
    pending: (count: number) => `${messagesOf(count)} will be deleted when you sign out.`,
    undoAll: 'Undo all',
    signingOut: (count: number) =>
      count === 0 ? 'Signing out…' : `Deleting ${messagesOf(count)} and signing out…`,
    stopWaiting: 'Stop waiting',
    slow: 'The mail server takes its time to answer.',
    failedHeading: 'Not everything could be deleted',
    failedDone: (count: number) => `${messagesOf(count)} deleted.`,
    failedKept: (count: number) =>
      count === 1
        ? 'This message is still on the server:'
        : 'These messages are still on the server:',
    failedUnsure: (count: number) =>
      count === 1
        ? 'The server never said whether this message went:'
        : 'The server never said whether these messages went:',
    andMore: (count: number) => `and ${count} more`,
    leave: 'Sign out without deleting',
    stay: 'Stay signed in',
  },

  message: {
    pane: 'Message',
    none: 'No message is open',
    noneDetail: 'Choose one from the list. The keys j and k move, Enter opens.',
    back: 'Back to the list',
    previous: 'Previous message',
    next: 'Next message',
    saveSource: 'Save as .eml',
    from: 'From',
    to: 'To',
    cc: 'Cc',
    replyTo: 'Reply to',
    date: 'Date',
    noDate: 'No date',
    moreRecipients: (count: number) => `and ${count} more`,
    loading: (received: string, expected: string) => `Fetching ${received} of ${expected}`,
    loadingLabel: 'Fetching the message',
    failed: 'The message could not be fetched',
    unparsed: 'This message could not be taken apart. Its source is below, and it can be saved.',
    gone: 'This message is no longer in the list. What you see is this tab’s copy.',
    views: 'Ways to see the message',
    html: 'Formatted',
    text: 'Plain text',
    headers: 'Headers',
    source: 'Source',
    frame: 'Formatted message',
    emptyBody: 'This message has no text.',
    tooLong: (shown: string, all: string) => `The first ${shown} of ${all} are shown.`,
    showAll: 'Show all',
    showMore: 'Show more',
    restInFile: 'The rest is in the file that “Save as .eml” gives.',
    emptyHtml: 'The formatted text shows nothing.',
    showText: 'Show plain text',
    htmlTooLong: (size: string) => `The formatted text is ${size} long and may be slow to show.`,
    remoteBlocked: (count: number) =>
      `${counted(count, 'image', 'images')} from elsewhere ${count === 1 ? 'is' : 'are'} not loaded, so that the sender does not learn that you read this.`,
    loadRemote: 'Load images',
    attachments: (count: number) => counted(count, 'attachment', 'attachments'),
    attachmentsCut: (count: number) =>
      `The first ${new Intl.NumberFormat('en').format(count)} are shown; what follows is in the file that “Save as .eml” gives.`,
    save: 'Save',
    saveNamed: (name: string) => `Save ${name}`,
    unnamed: 'attachment',
  },

  link: {
    heading: 'Is this where you want to go?',
    named: (named: string, host: string) => `The link names ${named} but leads to ${host}.`,
    userinfo: 'What stands before the @ is a user name, not the place that is reached.',
    letters: 'The name has letters beyond a to z, which can look like others. It is shown encoded.',
    number: 'The place has a number instead of a name.',
    open: 'Open',
    cancel: 'Cancel',
  },

  help: {
    heading: 'Keyboard shortcuts',
    close: 'Close',
    off: 'They do nothing while you type in a field.',
    licences: 'Open-source licences',
    enabled: 'Use single-key shortcuts',
    keys: [
      ['j / ↓', 'Next message'],
      ['k / ↑', 'Previous message'],
      ['Home / End', 'First or last message'],
      ['o / Enter', 'Open the message'],
      ['u / Esc', 'Back to the list'],
      ['# / Delete', 'Mark for deletion'],
      ['Ctrl+Z / ⌘Z', 'Undo the last deletion'],
      ['r', 'Check for new mail'],
      ['?', 'This help'],
    ] as const,
  },
};
