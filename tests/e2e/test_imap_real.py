"""The IMAP edge and a real Dovecot: fetched byte for byte, acknowledged in each way, waited for, and never fooled by TLS."""
import os
import statistics
import tempfile
import time
from pathlib import Path

import pytest

from support import Dovecot
from support.certificates import Certificates
from support.imap_tool import ImapTool
from support.proxy import FaultProxy, Fault

USER = "ada@example.com"


def mail(number, size=300):
    """A mail of about that size, each different."""
    line = f"{number:06} " + "x" * 68 + "\r\n"
    return (f"Subject: number {number}\r\n\r\n" + line * max(1, size // len(line))).encode()


@pytest.fixture(scope="module")
def certificates():
    """A certificate authority, where Dovecot's account can read it."""
    with tempfile.TemporaryDirectory(prefix="escrelay-ca.") as directory:
        Path(directory).chmod(0o711)
        yield Certificates(Path(directory) / "certificates")


@pytest.fixture(scope="module")
def shared(certificates):
    """One Dovecot for all."""
    directory = Path(tempfile.mkdtemp(prefix="escrelay-imap."))
    server = Dovecot(directory, [USER], certificates.good())
    yield server
    server.stop()


@pytest.fixture
def dovecot(shared, certificates):
    """The same, as on its first day."""
    if shared.without or shared.certificate != certificates.good():
        shared.restart(without=set(), certificate=certificates.good())
    shared.empty()
    return shared


def tool(server, certificates, **settings):
    """A tool for this server: TLS from the start, its authority known."""
    settings = {"host": "localhost", "tls": "implicit", "ca": certificates.ca, "deadline": 10,
                "password": server.users[USER]} | settings
    port = settings.pop("port", server.ports["imaps" if settings["tls"] == "implicit" else "imap"])
    return ImapTool(port, **settings)


# --- what is fetched -------------------------------------------------------------------------


@pytest.mark.parametrize("tls", ["implicit", "starttls", "off"])
def test_fetch_byte_for_byte(dovecot, certificates, tls, tmp_path):
    """Mails of all sizes around the pieces' come out as they went in, with their server's date."""
    sizes = [200, 16384, 65535, 65536, 65537, 131072, 500000]
    texts = [mail(n, size)[:size - 2] + b"\r\n" for n, size in enumerate(sizes)]
    texts.append(b"Subject: odd\r\n\r\n\xff\xfe {5}\r\n* BYE (((\r\n)\r\n1 OK\r\n")
    for text in texts:
        dovecot.deliver(USER, text)
    with tool(dovecot, certificates, tls=tls) as imap:
        imap.ok("open")
        uids = imap.list()
        assert len(uids) == len(texts)
        mails = imap.mails(imap.ok("save", tmp_path, "all"))
        assert [(got.uid, got.ok, got.cut) for got in mails] == [(uid, True, False) for uid in uids]
        assert all(abs(got.date - time.time()) < 60 for got in mails)
    assert sorted((tmp_path / f"{uid}.eml").read_bytes() for uid in uids) == sorted(texts)
    assert all("\\Seen" not in stored.flags for stored in dovecot.messages(USER))


def test_over_the_limit(dovecot, certificates, tmp_path):
    """C11: of a mail that is too large the first 64 KiB come, and the truth about its size."""
    for text in (mail(1, 900), mail(2, 300000), mail(3, 900), mail(4, 200000)):
        dovecot.deliver(USER, text)
        time.sleep(0.01)
    with tool(dovecot, certificates, limit=100000) as imap:
        imap.ok("open")
        uids = imap.list()
        mails = {got.uid: got for got in imap.mails(imap.ok("save", tmp_path, "all"))}
    assert len(mails) == 4
    for stored in dovecot.messages(USER):
        got, large = mails[stored.uid], len(stored.raw) > 100000
        assert got.cut == large and got.size == len(stored.raw) and got.ok
        assert (tmp_path / f"{stored.uid}.eml").read_bytes() == stored.raw[:65536 if large else None]
    assert sorted(mails) == uids


def test_vanished_and_seen(dovecot, certificates):
    """C7, C15: mails that others removed meanwhile are simply not given; that somebody read one changes nothing."""
    for number in range(6):
        dovecot.deliver(USER, mail(number))
    with tool(dovecot, certificates) as imap:
        imap.ok("open")
        uids = imap.list()
        with dovecot.imap(USER) as other:
            other.select("INBOX")
            other.uid("STORE", f"{uids[1]},{uids[4]}", "+FLAGS", r"(\Deleted)")
            other.uid("STORE", f"{uids[2]}", "+FLAGS", r"(\Seen)")
            other.expunge()
        left = [uid for uid in uids if uid not in (uids[1], uids[4])]
        assert [got.uid for got in imap.mails(imap.ok("fetch", "all"))] == left
        imap.ok("ack", "all")
        assert imap.list() == []
        assert imap.mails(imap.ok("fetch", "all")) == []
    assert dovecot.count(USER, "Done") == 4


# --- acknowledging ---------------------------------------------------------------------------


@pytest.mark.parametrize("ack, without", [("move", ()), ("move", ("MOVE",)), ("copy", ()), ("copy", ("MOVE",))])
def test_put_aside(dovecot, certificates, ack, without):
    """C8: into a folder that is made when it is missing; only what was named; twice is fine."""
    if without:
        dovecot.restart(without=set(without))
        dovecot.empty()
    for number in range(8):
        dovecot.deliver(USER, mail(number))
    with tool(dovecot, certificates, ack=ack, done="Escalations/Done & Über") as imap:
        imap.ok("open")
        uids = imap.list()
        with dovecot.imap(USER) as other:       # somebody else's mark is not ours to expunge
            other.select("INBOX")
            other.uid("STORE", str(uids[7]), "+FLAGS", r"(\Deleted)")
        imap.ok("ack", *uids[:3], uids[5])
        imap.ok("ack", *uids[:3], uids[5])
        assert imap.list() == [uids[3], uids[4], uids[6], uids[7]]
    done = "Escalations/Done &- &ANw-ber"
    assert len(dovecot.messages(USER, done)) == 4
    with dovecot.imap(USER) as other:
        assert any(done in line.decode() for line in other.lsub()[1])


def test_keyword(dovecot, certificates):
    """The mails stay where they are and are not listed any more."""
    for number in range(5):
        dovecot.deliver(USER, mail(number))
    with tool(dovecot, certificates, ack="keyword") as imap:
        imap.ok("open")
        uids = imap.list()
        imap.ok("ack", uids[0], uids[1], uids[4])
        assert imap.list() == uids[2:4]
        imap.ok("ack", "all")
        assert imap.list() == []
    assert all("$Escrelayed" in stored.flags for stored in dovecot.messages(USER))
    with tool(dovecot, certificates, ack="keyword") as imap:
        imap.ok("open")
        assert imap.list() == []


def test_neither_move_nor_uidplus(dovecot, certificates):
    """C8: a server that can do neither safely is told of at once."""
    dovecot.restart(without={"MOVE", "UIDPLUS"})
    dovecot.empty()
    with tool(dovecot, certificates) as imap:
        answer = imap.do("open")
        assert answer.status == "CONFIG" and "use a keyword" in answer.what


def test_two_hundred_in_one_go(dovecot, certificates):
    """More than a window; fetched, put aside, gone. The speed is printed (pytest -s)."""
    for number in range(200):
        dovecot.deliver(USER, mail(number, 22000))
    with tool(dovecot, certificates) as imap:
        imap.ok("open")
        uids = imap.list()
        assert len(uids) == 200
        answer = imap.ok("fetch", "all")
        assert [got.uid for got in imap.mails(answer) if got.ok] == uids
        again = min(imap.ok("fetch", "all").seconds for _ in range(3))
        print(f"\n{200 / max(answer.seconds, 0.001):.0f} mails of 22 kB a second from cold, {200 / max(again, 0.001):.0f} then")
        imap.ok("ack", "all")
        assert imap.list() == []
    assert dovecot.count(USER, "Done") == 200


# --- waiting ---------------------------------------------------------------------------------


@pytest.mark.parametrize("tls", ["implicit", "off"])
def test_idle_wakes(dovecot, certificates, tls):
    """New mail is told of within a second or two; without any the time just passes."""
    with tool(dovecot, certificates, tls=tls) as imap:
        imap.ok("open")
        imap.list()
        assert 1 <= imap.ok("wait", 1).seconds < 3
        delays = []
        for number in range(3):
            imap.begin("wait", 30)
            time.sleep(0.2)
            dovecot.deliver(USER, mail(number))
            delivered = time.monotonic()
            assert imap.finish().status == "OK"
            delays.append(time.monotonic() - delivered)
            assert len(imap.list()) == number + 1
        print(f"\nwoken after {statistics.median(delays):.2f} s")
        assert max(delays) < 3


def test_without_idle(dovecot, certificates):
    """It only waits."""
    dovecot.restart(without={"IDLE"})
    dovecot.empty()
    with tool(dovecot, certificates) as imap:
        imap.ok("open")
        imap.begin("wait", 2)
        dovecot.deliver(USER, mail(1))
        assert 2 <= imap.finish().seconds < 4
        assert len(imap.list()) == 1


# --- TLS -------------------------------------------------------------------------------------


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
@pytest.mark.parametrize("kind, words", [
    ("wrong_name", "does not match"), ("expired", "expired"), ("self_signed", "NOT trusted")])
def test_bad_certificate(dovecot, certificates, tls, kind, words):
    """C14: refused before a word of ours is said, and why is said."""
    dovecot.restart(certificate=getattr(certificates, kind)())
    with tool(dovecot, certificates, tls=tls) as imap:
        answer = imap.do("open")
        assert answer.status == "TLS" and words in answer.what, answer


@pytest.mark.parametrize("tls", ["implicit", "starttls"])
def test_unknown_authority(dovecot, certificates, tls, tmp_path):
    """C14: a good certificate of an authority that is not ours."""
    del certificates
    with tool(dovecot, Certificates(tmp_path), tls=tls) as imap:
        answer = imap.do("open")
        assert answer.status == "TLS" and "trusted" in answer.what, answer


def test_system_authorities(dovecot, certificates):
    """Without a CA file the system's authorities count, and ours is none of them."""
    with ImapTool(dovecot.ports["imaps"], host="localhost", tls="implicit") as imap:
        answer = imap.do("open")
        assert answer.status == "TLS", answer
    with tool(dovecot, certificates, ca="/nonexistent/ca.pem") as imap:
        answer = imap.do("open")
        assert answer.status == "CONFIG" and "/nonexistent/ca.pem" in answer.what, answer


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1"])
def test_name_and_address(dovecot, certificates, host):
    """A certificate may name the address itself."""
    with tool(dovecot, certificates, host=host) as imap:
        imap.ok("open")


def test_tls_to_a_plain_port(dovecot, certificates):
    """The commonest mistake in a configuration ends in words, not in silence."""
    with tool(dovecot, certificates, port=dovecot.ports["imap"]) as imap:
        answer = imap.do("open")
        assert answer.status == "TLS" and "handshake" in answer.what, answer


def test_password_refused(dovecot, certificates):
    """C6: class AUTH, with the server's words."""
    with tool(dovecot, certificates, password="wrong") as imap:
        answer = imap.do("open")
        assert answer.status == "AUTH" and "AUTHENTICATIONFAILED" in answer.what, answer


def test_no_such_folder(dovecot, certificates):
    """Class CONFIG."""
    with tool(dovecot, certificates, folder="Nowhere") as imap:
        answer = imap.do("open")
        assert answer.status == "CONFIG" and "SELECT" in answer.what, answer


# --- broken connections ----------------------------------------------------------------------


@pytest.mark.parametrize("action", ["close", "reset", "stall", "drip", "blackhole"])
def test_broken_in_mid_literal(dovecot, certificates, action):
    """C3-C5, L2-L4: a real fetch that breaks off: GONE, in time, with an idle processor; then all over again, whole."""
    for number in range(3):
        dovecot.deliver(USER, mail(number, 5000))
    fault = Fault(action, match=rb"BODY\[\] \{\d+\}\r\n", after=1000, every=0.2)
    with FaultProxy(dovecot.ports["imap"], fault) as proxy:
        with tool(dovecot, certificates, tls="off", port=proxy.port, deadline=2) as imap:
            imap.ok("open")
            imap.list()
            before = imap.cpu()
            answer = imap.do("fetch", "all")
            assert answer.status == "GONE" and answer.seconds < 6, answer
            assert not any(got.ok for got in imap.mails(answer))
            assert imap.cpu() - before < 1
        proxy.faults = ()
        with tool(dovecot, certificates, tls="off", port=proxy.port) as imap:
            imap.ok("open")
            imap.list()
            assert len(imap.mails(imap.ok("fetch", "all"))) == 3


def test_memory_stays_small(dovecot, certificates):
    """C11: a mail of 30 MB passes through in pieces."""
    if "asan" in str(os.environ.get("ESCRELAY", "asan")):
        pytest.skip("a sanitizer's memory is its own")
    dovecot.deliver(USER, mail(1, 30_000_000))
    with tool(dovecot, certificates, limit=50_000_000, deadline=60) as imap:
        imap.ok("open")
        imap.list()
        (got,) = imap.mails(imap.ok("fetch", "all"))
        assert got.ok and got.bytes > 29_000_000
        for pid in (imap.pid, imap.child()):
            status = Path(f"/proc/{pid}/status").read_text("ascii")
            peak = int(status.partition("VmHWM:")[2].split()[0])
            assert peak < 32_000, status
