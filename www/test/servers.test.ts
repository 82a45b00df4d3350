import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpoints, readServers, typedServer } from '../src/lib/servers.ts';

test('the list of servers is read with care', () => {
  const hint = { user: 'demo', password: 'demo' };
  assert.deepEqual(
    readServers({
      servers: [
        {
          name: 'work',
          title: 'Work mail',
          tls: 'starttls',
          modes: ['end-to-end'],
          host: 'mx.org',
        },
        { name: 'demo', tls: 'none', modes: ['proxy', 'end-to-end', 'telepathy', 7], hint },
        { name: 7 },
        null,
        { title: 'nameless' },
        { name: 'odd', title: 5, tls: 'magic', modes: 'proxy', host: '', hint: 'x' },
      ],
      typedHosts: 'yes',
    }),
    {
      servers: [
        {
          name: 'work',
          title: 'Work mail',
          tls: 'starttls',
          modes: ['end-to-end'],
          host: 'mx.org',
        },
        { name: 'demo', title: 'demo', tls: 'none', modes: ['proxy', 'end-to-end'], hint },
        { name: 'odd', title: 'odd', tls: 'implicit', modes: ['proxy'] },
      ],
    },
  );
  assert.deepEqual(readServers({ typedHosts: true }), { servers: [], typed: { modes: ['proxy'] } });
  assert.deepEqual(readServers({ servers: [], typedHosts: true, typedHostModes: ['end-to-end'] }), {
    servers: [],
    typed: { modes: ['end-to-end'] },
  });
  for (const odd of [null, 5, 'x', [], {}, { servers: {} }]) {
    assert.deepEqual(readServers(odd), { servers: [] });
  }
  assert.deepEqual(endpoints('https://example.org/mail/'), {
    servers: 'https://example.org/mail/servers.json',
    pop3: 'https://example.org/mail/pop3',
  });
});

test('a typed host is made what the proxy understands, or nothing', () => {
  for (const [typed, server] of [
    ['pop.example.org', 'pop.example.org:995'],
    ['  POP.Example.ORG. ', 'pop.example.org:995'],
    ['pops://pop.example.org', 'pop.example.org:995'],
    ['bücher.example', 'xn--bcher-kva.example:995'],
    ['192.0.2.7', '192.0.2.7:995'],
    ['[2001:db8::7]', '[2001:db8::7]:995'],
    ['pop.example.org:995', 'pop.example.org:995'],
    ['pop.example.org:1995', undefined],
    ['localhost', undefined],
    ['', undefined],
    ['me@example.org', undefined],
    ['example.org/x', undefined],
    ['example.org?x', undefined],
    ['ex ample.org', undefined],
    ['example.org\r\nX: y', undefined],
    ['exa%2fmple.org', undefined],
    ['http://', undefined],
  ] as const) {
    assert.equal(typedServer(typed, 995), server, typed);
  }
  assert.equal(typedServer('pop.example.org', 110), 'pop.example.org:110');
});
