#!/usr/bin/env python3
"""Trees of salaries and points, written from docs/spec alone.

Only the standard library of Python 3.8 is used; BLAKE3 is written out below. The
program speaks the protocol of docs/spec/conformance.md and answers the operations
that a generator of trees needs; of all others it says that they are unsupported.

    probity conformance run -- python3 docs/spec/examples/treegen.py
"""

import json
import sys

# BLAKE3 (its paper, section 2), with the default length of 32 bytes.

MASK = 0xFFFFFFFF
IV = (0x6A09E667, 0xBB67AE85, 0x3C6EF372, 0xA54FF53A,
      0x510E527F, 0x9B05688C, 0x1F83D9AB, 0x5BE0CD19)
ORDER = (2, 6, 3, 10, 7, 0, 4, 13, 1, 11, 12, 5, 9, 14, 15, 8)
CHUNK_START, CHUNK_END, PARENT, ROOT = 1, 2, 4, 8


def turn(x, n):
    return ((x >> n) | (x << (32 - n))) & MASK


def mix(s, a, b, c, d, x, y):
    s[a] = (s[a] + s[b] + x) & MASK
    s[d] = turn(s[d] ^ s[a], 16)
    s[c] = (s[c] + s[d]) & MASK
    s[b] = turn(s[b] ^ s[c], 12)
    s[a] = (s[a] + s[b] + y) & MASK
    s[d] = turn(s[d] ^ s[a], 8)
    s[c] = (s[c] + s[d]) & MASK
    s[b] = turn(s[b] ^ s[c], 7)


def compress(chain, block, counter, length, flags):
    """The first eight words of the compression function."""
    m = [int.from_bytes(block[4 * i:4 * i + 4], "little") for i in range(16)]
    s = list(chain) + list(IV[:4]) + [counter & MASK, counter >> 32, length, flags]
    for step in range(7):
        mix(s, 0, 4, 8, 12, m[0], m[1])
        mix(s, 1, 5, 9, 13, m[2], m[3])
        mix(s, 2, 6, 10, 14, m[4], m[5])
        mix(s, 3, 7, 11, 15, m[6], m[7])
        mix(s, 0, 5, 10, 15, m[8], m[9])
        mix(s, 1, 6, 11, 12, m[10], m[11])
        mix(s, 2, 7, 8, 13, m[12], m[13])
        mix(s, 3, 4, 9, 14, m[14], m[15])
        m = [m[i] for i in ORDER]
    return [s[i] ^ s[i + 8] for i in range(8)]


def words(chain):
    return b"".join(w.to_bytes(4, "little") for w in chain)


def subtree(data, first, root):
    """The chaining value of a part of the input whose first chunk is given."""
    end = ROOT if root else 0
    if len(data) <= 1024:
        chain = list(IV)
        blocks = max(1, (len(data) + 63) // 64)
        for i in range(blocks):
            block = data[64 * i:64 * i + 64]
            flags = (CHUNK_START if i == 0 else 0) | (CHUNK_END | end if i == blocks - 1 else 0)
            chain = compress(chain, block.ljust(64, b"\0"), first, len(block), flags)
        return chain
    chunks = (len(data) + 1023) // 1024
    left = 1 << ((chunks - 1).bit_length() - 1)
    a = subtree(data[:1024 * left], first, False)
    b = subtree(data[1024 * left:], first + left, False)
    return compress(IV, words(a) + words(b), 0, 64, PARENT | end)


def H(data):
    return words(subtree(data, 0, True))


# Canonical CBOR (wire.md section 1).

def head(major, n):
    for low, size in ((24, 1), (25, 2), (26, 4), (27, 8)):
        if n < 24:
            return bytes([major << 5 | n])
        if n < 1 << 8 * size:
            return bytes([major << 5 | low]) + n.to_bytes(size, "big")
    raise ValueError("a number beyond 64 bits")


def cbor(x):
    if isinstance(x, int):
        return head(0, x)
    if isinstance(x, bytes):
        return head(2, len(x)) + x
    if isinstance(x, str):
        b = x.encode()
        return head(3, len(b)) + b
    return head(4, len(x)) + b"".join(map(cbor, x))


def amount(n):
    if not 0 <= n < 1 << 128:
        raise ValueError("no amount")
    return n.to_bytes((n.bit_length() + 7) // 8, "big")


# Merkle lists (wire.md section 5).

def merkle(items):
    if not items:
        return H(b"")
    if len(items) == 1:
        return H(b"\0" + items[0])
    k = 1 << ((len(items) - 1).bit_length() - 1)
    return H(b"\1" + merkle(items[:k]) + merkle(items[k:]))


# Addresses (wire.md section 2): bech32m with the prefix prb.

LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def polymod(values):
    generators = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
    c = 1
    for v in values:
        top = c >> 25
        c = (c & 0x1FFFFFF) << 5 ^ v
        for i, g in enumerate(generators):
            if top >> i & 1:
                c ^= g
    return c


PREFIX = [ord(c) >> 5 for c in "prb"] + [0] + [ord(c) & 31 for c in "prb"]


def address(text):
    if not text.startswith("prb1") or len(text) != 42 or any(c not in LETTERS for c in text[4:]):
        raise ValueError("no address")
    data = [LETTERS.index(c) for c in text[4:]]
    if polymod(PREFIX + data) != 0x2BC830A3:
        raise ValueError("no address: its checksum is wrong")
    n = 0
    for d in data[:32]:
        n = n << 5 | d
    return n.to_bytes(20, "big")


# Trees (contribution.md section 4, oracle.md section 5).

def tree(ruleset, subject, start, total, leaves):
    pages = [cbor(leaves[i:i + 128]) for i in range(0, len(leaves), 128)]
    root = merkle(pages)
    manifest = cbor([ruleset, subject, start, len(leaves), total, root])
    return {"hash": "0x" + H(b"tree" + manifest).hex(), "manifest": "0x" + manifest.hex(),
            "root": "0x" + root.hex(), "pages": len(pages)}


def salary_tree(q):
    leaves, total = [], 0
    for l in q["leaves"]:
        n = int(l["amount"])
        if n:
            leaves.append([address(l["address"]), l["book"], amount(n)])
            total += n
    leaves.sort(key=lambda l: (l[0], l[1]))
    if any(a[:2] == b[:2] for a, b in zip(leaves, leaves[1:])):
        raise ValueError("a leaf twice")
    return tree("salary/1", q["to"].to_bytes(32, "big"), q["from"], total, leaves)


def points_tree(q):
    leaves = [[l["identity"], l["micropoints"], [address(a) for a in l["addresses"]]] for l in q["leaves"]]
    leaves.sort(key=lambda l: l[0].encode())
    if any(a[0] == b[0] for a, b in zip(leaves, leaves[1:])) or any(l[1] == 0 or len(l[2]) > 16 for l in leaves):
        raise ValueError("no leaves of a tree")
    return tree("contribution/1", unhex(q["subject"]), q["number"], sum(l[1] for l in leaves), leaves)


def epoch_state(q):
    subject = q["epoch"].to_bytes(32, "big")
    return {"hash": "0x" + H(b"state" + cbor(["state/1", subject, unhex(q["root"])])).hex()}


# PAC (contribution.md section 6).

def divide(x, w):
    total = sum(w)
    out = [x * v // total for v in w]
    order = sorted(range(len(w)), key=lambda i: -(x * w[i] % total))
    for i in order[:x - sum(out)]:
        out[i] += 1
    return out


def pac(q):
    owners = [(int(o["minted"]), int(o["points"])) for o in q["owners"]]
    k = [i for i, (_, p) in enumerate(owners) if p > 0]
    extra = [0] * len(owners)
    if not k:
        return {"total": "0", "extra": [str(x) for x in extra]}
    m, p = [owners[i][0] for i in k], [owners[i][1] for i in k]
    P, T = sum(p), sum(m)
    if T == 0:
        target = int(q["initial"])
    elif q["mode"] == "published":
        target = -(-max(m) * P // min(p))
    elif divide(T, p) == m:
        target = T
    else:
        target = max([T] + [-(-a * P // b) for a, b in zip(m, p)])
    d = [a - b for a, b in zip(divide(target, p), m)]
    if T > 0 and q.get("growth") is not None and sum(d) > T * q["growth"] // 10**6:
        d = divide(T * q["growth"] // 10**6, d)
    for i, x in zip(k, d):
        extra[i] = x
    return {"total": str(T + sum(d)), "extra": [str(x) for x in extra]}


# The protocol of conformance.md.

def unhex(text):
    if not text.startswith("0x"):
        raise ValueError("no hex")
    return bytes.fromhex(text[2:])


OPERATIONS = {
    "hash": lambda q: {"hash": "0x" + H(unhex(q["data"])).hex()},
    "merkle": lambda q: {"root": "0x" + merkle([unhex(i) for i in q["items"]]).hex()},
    "salary.tree": salary_tree,
    "points.tree": points_tree,
    "epoch.state": epoch_state,
    "pac": pac,
}


def main():
    for line in sys.stdin:
        q = json.loads(line)
        a = {"id": q.get("id")}
        if q["op"] not in OPERATIONS:
            a["unsupported"] = True
        else:
            try:
                a["out"] = OPERATIONS[q["op"]](q["in"])
            except (ValueError, KeyError, OverflowError) as e:
                a["error"] = str(e) or "refused"
        print(json.dumps(a), flush=True)


if __name__ == "__main__":
    main()
