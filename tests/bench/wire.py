"""One mail at a time, one that is very large, and a server that is far away."""
import base64
import random
import time
from statistics import quantiles

from board import link
from corpus import corpus
from watch import Watch


def latency(world, count):
    """From the server's EXISTS, as it goes over the wire, to the sink's 250 for the first and the second letter."""
    world.fill([])
    first, second = [], []
    with link(world.tools, world.directory, world.dovecot.ports["imap"], 0) as line:
        one = world.relay(tls=False, port=line.port)
        one.start()
        mails = corpus("small", count + 2, seed="latency")
        start = world.sink.count
        try:
            for number, raw in enumerate(mails):
                told, taken = line.count, world.sink.count
                world.drop(raw)
                if number == 0:     # the program starts meanwhile
                    world.sink.wait(start + 2, 60)
                else:
                    world.sink.wait(taken + 2, 60)
                    if line.count > told:
                        first.append((world.sink.stamp(taken) - line.stamp(told)) * 1000)
                        second.append((world.sink.stamp(taken + 1) - line.stamp(told)) * 1000)
                time.sleep(0.15)    # acknowledged, and waiting again
        finally:
            one.stop()
        one.forget()
    cut, cut2 = (quantiles(sorted(times), n=20, method="inclusive") for times in (first, second))
    return {"mails": len(first), "median_ms": cut[9], "p95_ms": cut[18],
            "both_median_ms": cut2[9], "both_p95_ms": cut2[18]}


def large(world, size=50_000_000):
    """Memory of the whole relay while one mail of 50 MB passes."""
    rng = random.Random(50)
    head, *_ = next(corpus("small", 1, seed="large")).partition(b"Content-Type:")
    top = b'Content-Type: multipart/mixed; boundary="mix"\r\n\r\n' \
          b'--mix\r\nContent-Type: text/plain\r\n\r\nThe core dump.\r\n--mix\r\n' \
          b'Content-Type: application/octet-stream; name="core"\r\nContent-Transfer-Encoding: base64\r\n' \
          b'Content-Disposition: attachment; filename="core"\r\n\r\n'
    end = b"--mix--\r\n"
    lines = (size - len(head) - len(top) - len(end)) // 78
    raw = head + top + base64.encodebytes(rng.randbytes(lines * 57)).replace(b"\n", b"\r\n") + end
    world.fill([])
    world.drop(raw)
    before, one, began = world.sink.count, world.relay(), time.monotonic()
    running = one.start()
    watch = Watch(running.pid, every=0.02)
    world.sink.wait(before + 2, 120)
    one.settled(2, 60)
    seconds = time.monotonic() - began
    watch.stop()
    cpu = one.stop()
    letters = one.sizes()
    one.forget()
    return {"bytes": len(raw), "letters_bytes": sum(letters), "seconds": seconds, "cpu_seconds": cpu,
            "sum_rss": watch.rss, "sum_pss": watch.pss, "peak_rss": watch.peak}


def far(world, files, trip=0.020):
    """Fetching a backlog over a round trip of 20 ms: round trips a mail, by time and by turns at the line."""
    found = {"mails": len(files), "trip_ms": trip * 1000}
    for name, delay in (("near", 0), ("far", trip / 2)):
        world.fill(files)
        with link(world.tools, world.directory, world.dovecot.ports["imap"], delay) as line:
            one = world.relay(tls=False, port=line.port)
            seconds, _ = one.once("fetch", "--once")
            found[f"{name}_seconds"], found[f"{name}_turns"] = seconds, line.turns
            found[f"{name}_fetched"] = one.ask("SELECT COUNT(*) FROM journal")
            one.forget()
    found["trips_by_time"] = (found["far_seconds"] - found["near_seconds"]) / (trip * len(files))
    found["trips_by_turns"] = found["far_turns"] / len(files)
    return found
