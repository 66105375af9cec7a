"""The installed relay under a real systemd: its units start, heal, reload and stop as the docs say.

One machine for the whole file, installed as README.md tells an operator to; the tests are its days,
one after the other. Mail comes from and goes to the lab's servers. Where no machine can be booted, the skip says why.
"""
import re
import shutil

import pytest

from support import mails
from support.nspawn import Cannot, Machine
from support.observer import Store, observe
from support.process import wait_until
from support.relay import Relay

STAGES = ("fetch", "decide", "send")
UNITS = tuple(f"escrelay-{stage}.service" for stage in STAGES)
SECRETS = "/etc/escrelay/credentials"


class Installed:
    """The relay on the machine; to the observer it is a relay like any other."""

    def __init__(self, machine, lab, work):
        self.machine, self.lab, self.delivered, self.sinks, self.remembered = machine, lab, [], [], None
        self.store = machine.state / "escrelay.db"
        self.conf = Relay(work, lab, "escrelay")

    def logged(self):
        """What the units wrote to the journal."""
        return self.machine.journal(*UNITS)

    def configure(self, **parts):
        """Writes relay.conf with these parts changed."""
        self.conf.configure(**parts)
        self.machine.write("/etc/escrelay/relay.conf", self.text())

    def text(self):
        """relay.conf as an operator would have it: with systemd's credentials, and /var/lib."""
        text = self.conf.conf.read_text().replace(f"{self.conf.directory}/escrelay.db", "/var/lib/escrelay/escrelay.db")
        text = text.replace(str(self.lab.ca), "/etc/escrelay/ca.pem")
        for name in ("imap-password", "smtp-password"):
            text = text.replace(f"password file {self.conf.directory}/password", f"password credential {name}", 1)
        return text

    def deliver(self, mail):
        """A mail comes through the border."""
        self.lab.send(mail)
        self.delivered.append(mail)
        return mail

    def works(self, subject):
        """A forward becomes a case, with its two letters; then nothing is under way and all invariants hold."""
        to = sum(map(self.lab.count, ("keegan", "bola", "valery")))
        ada = self.lab.count("ada")
        self.deliver(mails.forward(mails.ticket(subject=subject)))
        self.wait(lambda: self.lab.count("ada") > ada and sum(map(self.lab.count, ("keegan", "bola", "valery"))) > to,
                  f"the letters of {subject!r} have come")
        self.holds()
        [case] = [row for row in Store(self.store).escalation if row["subject"] == subject]
        return case

    def holds(self):
        """Waits until nothing is under way, and lets the observer judge."""
        self.wait(self.quiet, "the relay is quiet")
        observe(self.lab, self, self.delivered)

    def quiet(self):
        """Nothing waits to be fetched, judged or sent."""
        store = Store(self.store)
        return (self.lab.count("escalations") == 0 and all(row["state"] != "kept" for row in store.journal)
                and all(row["state"] in ("sent", "refused", "dropped") for row in store.outbox))

    def stop(self):
        """Stops the relay: systemctl waits for the target alone, and the units, part of it, end after it."""
        self.machine.run("systemctl", "stop", "escrelay.target")
        self.wait(lambda: {self.machine.show(unit, "ActiveState") for unit in UNITS} <= {"inactive", "failed"},
                  "all units have ended")

    def wait(self, true, what, timeout=40):
        """Waits; if in vain, the journal is shown."""
        try:
            return wait_until(true, what, timeout)
        except TimeoutError as late:
            raise AssertionError(f"{late}\n{self.machine.journal()[-8000:]}") from None

    def logs(self, pattern, times=1):
        """Waits until the units have written this so many times."""
        self.wait(lambda: len(re.findall(pattern, self.logged())) >= times, f"the journal says {pattern}")

    def main_pids(self):
        """The main process of each unit."""
        return [int(self.machine.show(unit, "MainPID")) for unit in UNITS]

    def active(self):
        """Whether all units are up, each with a main process."""
        states = self.machine.run("systemctl", "is-active", *UNITS, check=False).stdout.split()
        return states == ["active"] * 3 and all(self.main_pids())


@pytest.fixture(scope="module")
def installed(servers, tmp_path_factory):
    """Installed by the steps of README.md, checked, and enabled at every boot; started by the first test."""
    work = tmp_path_factory.mktemp("nspawn")
    try:
        machine = Machine(work / "machine")
    except Cannot as why:
        pytest.skip(f"no machine with systemd can be booted here: {why}")
    try:
        servers.reset()
        (work / "relay").mkdir()
        machine.install()
        relay = Installed(machine, servers, work / "relay")
        machine.run("systemd-sysusers")
        machine.write("/etc/escrelay/ca.pem", servers.ca.read_text())
        relay.configure()
        machine.run("install", "-d", "-m", "700", SECRETS)
        for name in ("imap-password", "smtp-password"):
            machine.write(f"{SECRETS}/{name}", servers.password("escalations") + "\n", mode="600")
        machine.run("systemctl", "daemon-reload")
        yield relay
    finally:
        machine.stop()
        assert not machine.group.exists(), "a control group is left behind"
        assert str(machine.directory) not in open("/proc/mounts", encoding="utf-8").read(), "a mount is left behind"
        shutil.rmtree(machine.directory, ignore_errors=True)


def test_the_steps_of_the_readme_end_in_a_relay_that_works(installed):
    """Goal: checked online, enabled and started: all three notify that they are ready, and mail flows."""
    machine = installed.machine
    machine.run("env", f"CREDENTIALS_DIRECTORY={SECRETS}", "escrelay", "check", "--online")
    machine.run("systemctl", "enable", "--now", "escrelay.target")
    assert installed.active()
    for unit in UNITS:
        assert machine.show(unit, "Type") == "notify" and machine.show(unit, "NRestarts") == "0"
    assert "mailbox support: connected" in machine.show(UNITS[0], "StatusText")
    case = installed.works("Indexed search is down")
    assert "reception only permitted" not in machine.journal(), "the service manager hears nobody but the parents"
    assert case["state"] == "assigned" and case["engineer"] == "keegan"


def test_systemd_finds_no_fault_with_the_installed_units(installed):
    """Goal: as installed, with the real program: verify is silent, and each unit's exposure is at most 2.0."""
    machine = installed.machine
    verify = machine.run("systemd-analyze", "verify", "--man=no", *UNITS, "escrelay.target")
    assert "escrelay" not in verify.stderr, verify.stderr
    for unit in UNITS:
        line = machine.run("systemd-analyze", "security", "--no-pager", unit).stdout.splitlines()[-1]
        assert float(re.search(r"level for \S+: ([\d.]+)", line)[1]) <= 2.0, line


def test_each_stage_is_locked_in_as_its_unit_says(installed):
    """Goal: seen from the kernel: nobody is root, decide has a network of its own without a way out, and only the two
    that log in have a password, one each."""
    machine = installed.machine
    outside = machine.run("readlink", "/proc/1/ns/net").stdout
    for stage, unit, pid in zip(STAGES, UNITS, installed.main_pids()):
        status = machine.run("cat", f"/proc/{pid}/status").stdout
        user = machine.run("id", "-u", "escrelay").stdout.strip()
        assert re.search(rf"^Uid:\t{user}\t{user}", status, re.M), status
        assert "NoNewPrivs:\t1" in status and "Seccomp:\t2" in status, status
        assert re.search(r"^CapEff:\t0+$", status, re.M), status
        network = machine.run("readlink", f"/proc/{pid}/ns/net").stdout
        assert (network != outside) == (stage == "decide")
        held = machine.run("find", f"/run/credentials/{unit}", "-type", "f", "-printf", "%f\n", check=False).stdout
        assert held.split() == {"fetch": ["imap-password"], "decide": [], "send": ["smtp-password"]}[stage]


def test_a_reload_takes_what_changed_and_refuses_what_is_broken(installed):
    """D9. Goal: `systemctl reload`: Valery alone is on rotation and gets the next case; then a mistake: the reload of all three
    fails and says why, they stay up as the processes that they were, and Valery gets the next one too; a rule that fails its
    example fails decide's reload alone; mended, all is taken again."""
    reload = ("systemctl", "reload", *UNITS)
    before, whole = installed.main_pids(), installed.conf.parts["rotation"]
    installed.configure(rotation=whole.replace("keegan bola valery", "valery"))
    installed.machine.run(*reload)
    installed.logs("was read anew", 3)
    assert installed.works("After the reload")["engineer"] == "valery"

    installed.configure(rotation=whole.replace("keegan bola valery", "keegan nobody"))
    assert installed.machine.run(*reload, check=False).returncode != 0
    installed.logs(r"escrelay\[\d+\]: relay\.conf:\d+:\d+: error: .*'nobody'", 3)
    installed.logs("the configuration from before stays in force", 3)
    for unit in UNITS:
        assert "stays in force" in installed.machine.run("systemctl", "status", "--no-pager", unit).stdout
    assert installed.works("After the mistake")["engineer"] == "valery"

    installed.configure(rotation=whole)
    late = "/etc/escrelay/rules/99-late.rules"
    installed.machine.write(late, 'rule "late" { subject ~ /plums/; matches examples/question.eml }\n')
    for unit in UNITS:
        refused = installed.machine.run("systemctl", "reload", unit, check=False).returncode != 0
        assert refused == (unit == UNITS[1])
    installed.logs(r"99-late\.rules:1:\d+: error: .*late")
    installed.logs("was read anew", 5)

    installed.machine.run("rm", late)
    installed.machine.run(*reload)
    installed.logs("was read anew", 8)
    assert installed.main_pids() == before and installed.active()


def restarted(installed, before):
    """Waits until each stage is another process than before, and up."""
    installed.wait(lambda: installed.active() and not set(before) & set(installed.main_pids()), "all are up again")


def test_each_stage_survives_its_death(installed):
    """Goal: kill -9 of each main process, with mail under way: systemd starts it again, and all invariants hold."""
    before = installed.main_pids()
    installed.deliver(mails.forward(mails.ticket(subject="While they die")))
    for unit in UNITS:
        installed.machine.run("systemctl", "kill", "--kill-whom=main", "--signal=KILL", unit)
    restarted(installed, before)
    installed.works("After their death")
    assert {row["subject"] for row in Store(installed.store).escalation} >= {"While they die", "After their death"}


def test_what_hangs_is_found_by_the_watchdog(installed):
    """Goal: each main process stopped in its tracks is ended and started anew; WatchdogSec is shorter here."""
    machine = installed.machine
    for unit in UNITS:
        machine.write(f"/run/systemd/system/{unit}.d/test.conf", "[Service]\nWatchdogSec=1s\n")
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "restart", *UNITS)
    pids = installed.main_pids()
    machine.run("sh", "-c", f"kill -STOP {' '.join(map(str, pids))}")
    restarted(installed, pids)
    for unit in UNITS:
        assert "Watchdog timeout" in machine.journal(unit)
        machine.run("rm", "-r", f"/run/systemd/system/{unit}.d")
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "restart", *UNITS)
    installed.works("After the watchdog")


def test_an_operator_in_the_group_looks_and_acts_and_a_stranger_is_told_what_he_lacks(installed):
    """Goal: Olga, of the group, lists and releases; Sven, who is not, learns which group it takes."""
    machine = installed.machine
    machine.run("useradd", "--groups", "escrelay", "olga")
    machine.run("useradd", "sven")
    assert "After their death" in machine.run("escrelay", "list", "--json", user="olga").stdout
    installed.deliver(mails.outsider())
    installed.wait(lambda: Store(installed.store).quarantine, "it is held")
    [held] = Store(installed.store).quarantine
    machine.run("escrelay", "quarantine", "release", held["journal"], user="olga")
    installed.wait(lambda: Store(installed.store).escalation[-1]["subject"] == "Cheap seats", "her release is judged")
    for command in (("list",), ("quarantine", "release", held["journal"])):
        refused = machine.run("escrelay", *command, user="sven", check=False)
        assert refused.returncode == 3 and "group escrelay" in refused.stderr, refused
        assert "adduser" in refused.stderr or "usermod" in refused.stderr, refused.stderr
    installed.holds()


def test_what_an_operator_makes_anew_belongs_to_the_group(installed):
    """Goal: the lock files are gone and Olga's command is the first to make them: the relay starts all the same."""
    machine = installed.machine
    installed.stop()
    machine.run("sh", "-c", "rm /var/lib/escrelay/*.lock /var/lib/escrelay/*.wake-*")
    [letter, *_] = Store(installed.store).outbox
    machine.run("escrelay", "queue", "retry", letter["id"], user="olga", check=False)
    machine.run("sh", "-c", "umask 022; escrelay send --once", check=False)
    machine.run("systemctl", "start", "escrelay.target")
    assert installed.active()
    installed.works("After Olga")


def test_it_stops_in_its_time_and_starts_at_the_next_boot(installed):
    """Goal: `systemctl stop escrelay.target`, in the midst of work: all end by themselves, none is killed, nothing
    fails; multi-user.target wants it again, and started it goes on where it was."""
    machine = installed.machine
    for number in range(3):
        installed.deliver(mails.forward(mails.ticket(subject=f"In the midst {number}")))
    since = len(machine.journal(*UNITS))
    installed.stop()
    said = machine.journal(*UNITS)[since:]
    assert "SIGKILL" not in said and "timed out" not in said and "Failed" not in said, said
    for unit in UNITS:
        assert machine.show(unit, "ActiveState") == "inactive" and machine.show(unit, "Result") == "success"
        assert f"Stopped {unit}" in said, said
    machine.run("systemctl", "start", "multi-user.target")
    assert installed.active()
    installed.works("The last one")
    subjects = [row["subject"] for row in Store(installed.store).escalation]
    assert {f"In the midst {number}" for number in range(3)} <= set(subjects) and len(set(subjects)) == len(subjects)
