"""One job by Python's poplib, and what came of it as a line of JSON.

usage: python3 poplib_peer.py '{"job", "port", "user", "password", "ca", "limit", "known"}'
"""

import hashlib
import json
import poplib
import ssl
import sys
import time

task = json.loads(sys.argv[1])
job, limit = task["job"], task["limit"]
poplib._MAXLINE = 1 << 20

start = time.monotonic()
if task.get("ca"):
    context = ssl.create_default_context(cafile=task["ca"])
    client = poplib.POP3_SSL("127.0.0.1", task["port"], context=context)
else:
    client = poplib.POP3("127.0.0.1", task["port"])
client.user(task["user"])
client.pass_(task["password"])
uidl = [line.split(b" ", 1) for line in client.uidl()[1]]
messages = []
count = 0
first = None


def fetch(numbers, one):
    global count, first
    for number in numbers:
        messages.append(one(number))
        first = first or time.monotonic() - start
        count += 1


if job == "list":
    client.list()
    newest = [int(number) for number, _ in uidl][-limit:]
    fetch(reversed(newest), lambda number: client.top(number, 0)[1])
elif job == "all":
    fetch([int(number) for number, _ in uidl][:limit], lambda number: client.retr(number)[1])
elif job == "new":
    with open(task["known"], "rb") as file:
        known = set(file.read().split(b"\n"))
    fresh = [int(number) for number, uid in uidl if uid not in known]
    fetch(fresh[:limit], lambda number: client.retr(number)[1])
else:
    for number in [int(number) for number, _ in uidl][::2][:limit]:
        client.dele(number)
        count += 1
    client.quit()
seconds = time.monotonic() - start
processor = time.process_time()
with open("/proc/self/status") as status:
    memory = next(int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
if job != "delete":
    client.quit()

octets = 0
digest = hashlib.sha256()
for lines in messages:
    message = b"".join(line + b"\n" for line in lines)
    octets += len(message)
    digest.update(hashlib.sha256(message).digest())
outcome = {
    "count": count,
    "octets": octets,
    "digest": digest.hexdigest(),
    "seconds": seconds,
    "first": first,
    "processor": processor,
    "memory": memory * 1024,
}
print(json.dumps(outcome))
