"""Reads a mailbox by Python's poplib, and prints what it found as JSON.

Arguments: host, port, user, password.
"""

import base64
import json
import poplib
import sys

# By itself it takes no line of more than 2,048 octets.
poplib._MAXLINE = 1 << 24


def pairs(lines):
    """The numbers and the words after them, of LIST or UIDL."""
    return [line.decode("latin-1").split(" ", 1) for line in lines]


def message(answer):
    """What a message has come to: its count of octets, and its lines."""
    _, lines, octets = answer
    joined = b"".join(line + b"\r\n" for line in lines)
    return {"size": octets, "octets": base64.b64encode(joined).decode("ascii")}


host, port, user, password = sys.argv[1:]
client = poplib.POP3(host, int(port), timeout=20)
client.user(user)
client.pass_(password)
sizes = pairs(client.list()[1])
numbers = [int(number) for number, _ in sizes]
found = {
    "stat": client.stat(),
    "list": sizes,
    "uidl": pairs(client.uidl()[1]),
    "list one": [client.list(n).decode("latin-1").split(" ", 1)[1] for n in numbers],
    "uidl one": [client.uidl(n).decode("latin-1").split(" ", 1)[1] for n in numbers],
    "retr": [message(client.retr(n)) for n in numbers],
    "top 0": [message(client.top(n, 0)) for n in numbers],
    "top 5": [message(client.top(n, 5)) for n in numbers],
}
client.quit()
json.dump(found, sys.stdout)
