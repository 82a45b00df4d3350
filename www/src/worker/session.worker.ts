import { expose } from 'comlink';
import { Pop3Client } from 'pop3-wasm';
import { MailSession } from './session.ts';

expose(new MailSession((options) => Pop3Client.connect(options)));
