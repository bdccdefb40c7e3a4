#!/usr/bin/env python3
"""Writes vectors.json, the cases that a program reading plumbline.ledger/1 is held to.

    python3 vectors.py > vectors.json

It shares nothing with the Go code: trees are computed here from their definition in
RFC 6962 (section 2.1), signatures from RFC 8032, notes from c2sp.org/signed-note, with
Python's own hashes. So a case that passes was got right twice, by two routes.

Every case has a name, the check it is for, that check's input, and "fails": empty when
the check must pass, otherwise malformed, signature, proof or commitment. Hashes are
base64 as in the formats; nonces, bodies and commitments are hexadecimal.
"""
import base64
import hashlib
import hmac
import json


def b64(b):
    return base64.b64encode(b).decode()


def sha256(b):
    return hashlib.sha256(b).digest()


# Trees: RFC 6962, section 2.1.

def leaf(entry):
    return sha256(b"\x00" + entry.encode())


def node(left, right):
    return sha256(b"\x01" + left + right)


def split(n):
    k = 1
    while 2 * k < n:
        k *= 2
    return k


def root(leaves):
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return leaves[0]
    k = split(len(leaves))
    return node(root(leaves[:k]), root(leaves[k:]))


def path(m, leaves):
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return path(m, leaves[:k]) + [root(leaves[k:])]
    return path(m - k, leaves[k:]) + [root(leaves[:k])]


def growth(m, leaves):
    def sub(m, d, whole):
        if m == len(d):
            return [] if whole else [root(d)]
        k = split(len(d))
        if m <= k:
            return sub(m, d[:k], whole) + [root(d[k:])]
        return sub(m - k, d[k:], False) + [root(d[:k])]
    return sub(m, leaves, True)


# Signatures: RFC 8032, section 5.1, slowly.

P = 2**255 - 19
L = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, P - 2, P) % P
BY = 4 * pow(5, P - 2, P) % P


def recover_x(y):
    xx = (y * y - 1) * pow(D * y * y + 1, P - 2, P) % P
    x = pow(xx, (P + 3) // 8, P)
    if (x * x - xx) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    return P - x if x % 2 else x


BASE = (recover_x(BY), BY)


def add(p, q):
    (x1, y1), (x2, y2) = p, q
    t = D * x1 * x2 * y1 * y2 % P
    return ((x1 * y2 + x2 * y1) * pow(1 + t, P - 2, P) % P,
            (y1 * y2 + x1 * x2) * pow(1 - t, P - 2, P) % P)


def times(n, p):
    q = (0, 1)
    while n:
        if n & 1:
            q = add(q, p)
        p = add(p, p)
        n >>= 1
    return q


def packed(p):
    return (p[1] | (p[0] & 1) << 255).to_bytes(32, "little")


def number(b):
    return int.from_bytes(b, "little")


class Key:
    def __init__(self, name, seed):
        h = hashlib.sha512(seed).digest()
        self.name = name
        self.a = number(h[:32]) & (1 << 254) - 8 | 1 << 254
        self.prefix = h[32:]
        self.pub = packed(times(self.a, BASE))
        self.hash = sha256(name.encode() + b"\n\x01" + self.pub)[:4]
        self.public = f"{name}+{self.hash.hex()}+{b64(bytes([1]) + self.pub)}"
        self.private = f"PRIVATE+KEY+{name}+{self.hash.hex()}+{b64(bytes([1]) + seed)}"

    def sign(self, text):
        r = number(hashlib.sha512(self.prefix + text).digest()) % L
        big_r = packed(times(r, BASE))
        k = number(hashlib.sha512(big_r + self.pub + text).digest()) % L
        return big_r + ((r + k * self.a) % L).to_bytes(32, "little")

    def line(self, text, hash=None):
        return f"\u2014 {self.name} {b64((hash or self.hash) + self.sign(text.encode()))}\n"


# RFC 8032, section 7.1, test 2: this file's own arithmetic.
RFC = Key("rfc", bytes.fromhex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"))
assert RFC.pub.hex() == "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"
assert RFC.sign(b"\x72").hex() == ("92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
                                   "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00")

ORIGIN = "plumbline.example/ledger"
SITE = Key(ORIGIN, sha256(b"plumbline test vectors: site"))
THIEF = Key(ORIGIN, sha256(b"plumbline test vectors: thief"))
WITNESS = Key("witness.example", sha256(b"plumbline test vectors: witness"))
OTHER = Key("other.example/ledger", sha256(b"plumbline test vectors: other"))

cases = []


def case(check, name, fails="", **given):
    cases.append({"check": check, "name": name, "fails": fails, **given})


# Entries.

def entry(time="2026-11-22T03:32:00.000000Z", actor="A1", action="movement.record", kind="movement",
          record="M-7f3a", version="1", commitment=b64(bytes(range(32)))):
    return (f'{{"format":"plumbline.ledger/1","time":"{time}","actor":"{actor}","action":"{action}","kind":"{kind}",'
            f'"record":"{record}","version":{version},"commitment":"{commitment}"}}')


good = entry()
for name, text in {
    "plain": good,
    "longest": entry("9999-12-31T23:59:59.999999Z", "a" * 64, "a" * 32 + "." + "b" * 32, "k" * 32, "Z" * 64, str(2**63 - 1)),
    "first year": entry("0001-01-01T00:00:00.000000Z"),
    "leap day": entry("2024-02-29T12:00:00.000001Z"),
}.items():
    case("entry", name, entry=text, leaf=b64(leaf(text)))

for name, text in {
    "nothing": "",
    "null": "null",
    "an array": "[" + good + "]",
    "line end": good + "\n",
    "space before": " " + good,
    "space inside": good.replace(":1,", ": 1,"),
    "byte-order mark": "\ufeff" + good,
    "cut short": good[:-1],
    "two entries": good + good,
    "later version of the format": good.replace("ledger/1", "ledger/2"),
    "no format": good.replace('"format":"plumbline.ledger/1",', ""),
    "members in another order": good.replace('"kind":"movement","record":"M-7f3a"', '"record":"M-7f3a","kind":"movement"'),
    "member doubled": good.replace('"version":1', '"version":1,"version":1'),
    "member unknown": good.replace('"version":1', '"version":1,"note":"x"'),
    "member name in capitals": good.replace('"actor"', '"Actor"'),
    "letter escaped": good.replace('"A1"', '"\\u00411"'),
    "member missing": good.replace('"version":1,', ""),
    "member null": good.replace('"version":1', '"version":null'),
    "time with an offset": entry("2026-11-22T10:32:00.000000+07:00"),
    "time with offset zero": entry("2026-11-22T03:32:00.000000+00:00"),
    "time in seconds": entry("2026-11-22T03:32:00Z"),
    "time in nanoseconds": entry("2026-11-22T03:32:00.000000000Z"),
    "time with a comma": entry("2026-11-22T03:32:00,000000Z"),
    "time without a day like it": entry("2026-02-30T03:32:00.000000Z"),
    "leap second": entry("2016-12-31T23:59:60.000000Z"),
    "year 0": entry("0000-12-31T00:00:00.000000Z"),
    "actor empty": entry(actor=""),
    "actor an e-mail address": entry(actor="srey@example.org"),
    "actor a name": entry(actor="Srey Mom"),
    "actor in Khmer": entry(actor="\u179f\u17d2\u179a\u17b8"),
    "actor too long": entry(actor="a" * 65),
    "record a sentence": entry(record="met at the bar."),
    "record empty": entry(record=""),
    "action without a verb": entry(action="movement"),
    "action without a noun": entry(action=".record"),
    "action of three": entry(action="movement.record.again"),
    "action in capitals": entry(action="Movement.record"),
    "kind in capitals": entry(kind="Movement"),
    "kind empty": entry(kind=""),
    "kind begins with a digit": entry(kind="1movement"),
    "kind too long": entry(kind="k" * 33),
    "version 0": entry(version="0"),
    "version negative": entry(version="-1"),
    "version with a point": entry(version="1.0"),
    "version with an exponent": entry(version="1e0"),
    "version with a leading zero": entry(version="01"),
    "version a string": entry(version='"1"'),
    "version too large": entry(version=str(2**63)),
    "commitment of 31 bytes": entry(commitment=b64(bytes(31))),
    "commitment of 33 bytes": entry(commitment=b64(bytes(33))),
    "commitment empty": entry(commitment=""),
    "commitment without padding": entry(commitment=b64(bytes(32)).rstrip("=")),
    "commitment with stray bits": entry(commitment="A" * 42 + "B="),
    "commitment for URLs": entry(commitment=base64.urlsafe_b64encode(b"\xff" * 32).decode()),
    "commitment with a line end": entry(commitment="A" * 20 + "\\n" + "A" * 23 + "="),
    "very long": entry(record="r" * 5000),
}.items():
    case("entry", name, "malformed", entry=text)

# Commitments.

nonce, body = bytes(range(16)), '{"state":"free to go"}'.encode()
made = hmac.digest(nonce, body, "sha256")
case("commitment", "plain", nonce=nonce.hex(), body=body.hex(), commitment=made.hex())
long = bytes(64)
case("commitment", "longest nonce, nothing inside", nonce=long.hex(), body="", commitment=hmac.digest(long, b"", "sha256").hex())
# RFC 4231, test case 1.
case("commitment", "RFC 4231, test case 1", nonce="0b" * 20, body=b"Hi There".hex(),
     commitment="b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7")
for name, given in {
    "another body": (nonce, body.replace(b"free", b"held"), made),
    "another nonce": (bytes(16), body, made),
    "one bit of the commitment": (nonce, body, bytes([made[0] ^ 1]) + made[1:]),
    "a nonce too short": (nonce[:15], body, hmac.digest(nonce[:15], body, "sha256")),
    "no nonce": (b"", body, hmac.digest(b"", body, "sha256")),
    "a nonce too long": (bytes(65), body, hmac.digest(bytes(65), body, "sha256")),
    "a hash without a nonce": (nonce, body, sha256(body)),
}.items():
    case("commitment", name, "commitment", nonce=given[0].hex(), body=given[1].hex(), commitment=given[2].hex())

# A log of eleven entries.

log = [entry(f"2026-11-22T03:{m:02}:00.000000Z", f"A{m % 3}", record=f"M-{m}", version=str(1 + m // 4),
             commitment=b64(hmac.digest(nonce, b"%d" % m, "sha256"))) for m in range(11)]
leaves = [leaf(e) for e in log]
for n in range(len(log) + 1):
    case("root", f"the first {n}", size=n, root=b64(root(leaves[:n])))


def checkpoint(n, of=None):
    return {"origin": ORIGIN, "size": n, "root": b64(root((of or leaves)[:n]))}


def proof(hashes):
    return [b64(h) for h in hashes]


for n, i in [(1, 0), (2, 0), (2, 1), (3, 2), (6, 4), (8, 0), (8, 7), (11, 3), (11, 10)]:
    case("inclusion", f"entry {i} of {n}", checkpoint=checkpoint(n), index=i, entry=log[i], proof=proof(path(i, leaves[:n])))
at, p = checkpoint(11), proof(path(3, leaves))
for name, changed in {
    "one letter of the entry changed": {"entry": log[3].replace("M-3", "M-4")},
    "another entry of the log": {"entry": log[4]},
    "the index before": {"index": 2},
    "the index after": {"index": 4},
    "an index beyond the log": {"index": 11},
    "a negative index": {"index": -1},
    "a smaller size": {"checkpoint": {**at, "size": 8}},
    "a larger size": {"checkpoint": {**at, "size": 17}},
    "the root of another size": {"checkpoint": {**at, "root": checkpoint(10)["root"]}},
    "the root for a proof of nothing": {"checkpoint": {**at, "size": 1}, "index": 0, "proof": []},
    "a hash too few": {"proof": p[:-1]},
    "a hash too many": {"proof": p + p[-1:]},
    "two hashes swapped": {"proof": [p[1], p[0]] + p[2:]},
    "no hashes": {"proof": []},
}.items():
    case("inclusion", name, "proof", **{"checkpoint": at, "index": 3, "entry": log[3], "proof": p, **changed})
for name, changed in {
    "not an entry": {"entry": "hello"},
    "a size beyond all logs": {"checkpoint": {**at, "size": 2**62 + 1}},
    "a negative size": {"checkpoint": {**at, "size": -1}},
    "no origin": {"checkpoint": {**at, "origin": ""}},
}.items():
    case("inclusion", name, "malformed", **{"checkpoint": at, "index": 3, "entry": log[3], "proof": p, **changed})

for m, n in [(0, 0), (0, 5), (1, 1), (1, 2), (3, 7), (4, 8), (6, 11), (8, 11), (11, 11)]:
    case("growth", f"from {m} to {n}", older=checkpoint(m), newer=checkpoint(n),
         proof=proof(growth(m, leaves[:n])) if m else [])
older, newer, p = checkpoint(6), checkpoint(11), proof(growth(6, leaves))
altered = leaves[:2] + [leaf(log[2].replace("M-2", "M-9"))] + leaves[3:]
dropped = leaves[:2] + leaves[3:] + leaves[2:3]
for name, changed in {
    "an early entry changed since": {"newer": checkpoint(11, altered), "proof": proof(growth(6, altered))},
    "an early entry moved to the end": {"newer": checkpoint(11, dropped), "proof": proof(growth(6, dropped))},
    "the same size with another root": {"older": checkpoint(11), "newer": checkpoint(11, altered), "proof": []},
    "the older size wrong": {"older": {**older, "size": 5}},
    # Not 12: a root does not say its size, and the proofs to 11 and to 12 have one shape.
    # What says the size is the signature over the checkpoint.
    "the newer size wrong": {"newer": {**newer, "size": 17}},
    "a log that shrank": {"older": newer, "newer": older},
    "two different logs": {"older": {**older, "origin": "other.example/ledger"}},
    "a hash too few": {"proof": p[:-1]},
    "a hash too many": {"proof": p + p[-1:]},
    "no hashes": {"proof": []},
    "from nothing, with a hash": {"older": checkpoint(0), "proof": p[:1]},
}.items():
    case("growth", name, "proof", **{"older": older, "newer": newer, "proof": p, **changed})
for name, changed in {
    "nothing, with a root of something": {"older": {**older, "size": 0}},
    "a size beyond all logs": {"newer": {**newer, "size": 2**62 + 1}},
    "a negative size": {"older": {**older, "size": -1}},
}.items():
    case("growth", name, "malformed", **{"older": older, "newer": newer, "proof": p, **changed})

# Signed checkpoints.

R = checkpoint(11)["root"]


def text(origin=ORIGIN, size="11", root=R, more=""):
    return f"{origin}\n{size}\n{root}\n{more}"


def signed(t, *keys):
    return t + "\n" + "".join(k.line(t) for k in keys or [SITE])


case("checkpoint", "plain", key=SITE.public, private=SITE.private, signed=signed(text()), checkpoint=checkpoint(11))
empty = checkpoint(0)
case("checkpoint", "of the empty log", key=SITE.public, private=SITE.private, signed=signed(text(size="0", root=empty["root"])), checkpoint=empty)
case("checkpoint", "with a witness after", key=SITE.public, signed=signed(text(), SITE, WITNESS), checkpoint=checkpoint(11))
case("checkpoint", "with a witness before", key=SITE.public, signed=signed(text(), WITNESS, SITE), checkpoint=checkpoint(11))
whole = signed(text())


def stray(s):
    """Sets a bit that the last letter of a signature's 68 bytes in base64 leaves over."""
    assert s.endswith("=\n") and not s.endswith("==\n")
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    return s[:-3] + letters[letters.index(s[-3]) | 1] + s[-2:]


for name, s in {
    "size changed": whole.replace("\n11\n", "\n12\n"),
    "root changed": whole.replace(R, checkpoint(10)["root"]),
    "origin changed": whole.replace(ORIGIN + "\n11", "other.example/ledger\n11"),
    "signature by another key of the same name": signed(text(), THIEF),
    "signature by another key under this key's hash": text() + "\n" + THIEF.line(text(), SITE.hash),
    "signature of another checkpoint": text() + "\n" + SITE.line(text(size="10")),
    "signature of nothing": text() + "\n\u2014 " + ORIGIN + " " + b64(SITE.hash + bytes(64)) + "\n",
    "signature cut short": text() + "\n\u2014 " + ORIGIN + " " + b64(SITE.hash + SITE.sign(text().encode())[:63]) + "\n",
    "witness only": signed(text(), WITNESS),
    "this key, for another log": signed(text(origin="other.example/ledger")),
}.items():
    case("checkpoint", name, "signature", key=SITE.public, signed=s)
case("checkpoint", "another reader's key", "signature", key=OTHER.public, signed=whole)
for name, s in {
    "nothing": "",
    "no signature": text(),
    "no signature line": text() + "\n",
    "no line end at the end": whole[:-1],
    "no blank line": whole.replace("\n\n", "\n"),
    "lines ended in Windows' way": whole.replace("\n", "\r\n"),
    "a line more": signed(text(more="more\n")),
    "a line less": signed(f"{ORIGIN}\n11\n"),
    "size with a leading zero": signed(text(size="011")),
    "size with a plus": signed(text(size="+11")),
    "size negative": signed(text(size="-11")),
    "size beyond all logs": signed(text(size=str(2**62 + 1))),
    "size beyond all numbers": signed(text(size="9" * 30)),
    "size in words": signed(text(size="eleven")),
    "size empty": signed(text(size="")),
    "root too short": signed(text(root=b64(bytes(31)))),
    "root with stray bits": signed(text(root="A" * 42 + "B=")),
    "nothing, with a root of something": signed(text(size="0")),
    "origin empty": signed(text(origin="")),
    "the same signature twice": signed(text(), SITE, SITE),
    "signature with stray bits": stray(whole),
    "witness's signature with stray bits": stray(signed(text(), SITE, WITNESS)),
    "too many signatures": text() + "\n" + SITE.line(text()) * 101,
    "too long": whole + "\u2014 w AAAAAAAA\n" * 2000,
}.items():
    case("checkpoint", name, "malformed", key=SITE.public, signed=s)
for name, key in {
    "no key": "",
    "key without its hash": ORIGIN + "+" + b64(bytes([1]) + SITE.pub),
    "key with another's hash": SITE.public.replace(SITE.hash.hex(), OTHER.hash.hex()),
    "key renamed": SITE.public.replace(ORIGIN, "other.example/ledger"),
    "private key for a public one": SITE.private,
}.items():
    case("checkpoint", name, "malformed", key=key, signed=whole)

print(json.dumps({"format": "plumbline.ledger-vectors/1", "log": log, "cases": cases}, indent=1))
