# SPDX-License-Identifier: GPL-2.0-only
"""One made-up machine of the simulation: its /sys, its faults and its day.

The kernel's part is that of the tier cli (tests/cli/fake_kernel.c), preloaded into the
command. Time is virtual: nobody waits. What the machine decides at random depends on the seed
and its number alone.
"""

import heapq
import json
import os
import random
import select
import shutil
import signal
import subprocess
import tempfile

DAY = 24 * 60 * 60
FIRST, LONGEST = 5, 300         # seconds from one try to the next: doubled, and at most
BLOCK = 1 << 27
HANG = 300                      # seconds of real time after which a call is called hung
KINDS = ("refused", "no_memory", "hook", "outsider", "undo_failed", "gone", "policy_broken", "policy_changed",
         "reboot", "interrupted", "killed")
LASTING = ("refused", "no_memory", "hook", "gone", "policy_broken")     # the others are over at once
DONE, USAGE, INCONSISTENT = 0, 2, 5                                     # daxplug(8), EXIT STATUS
WORDS = ("online_movable", "online_kernel", "unplugged")


def write(path, text, mode=None):
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, "w", encoding="utf-8") as file:
        file.write(text)
    if mode:
        os.chmod(path, mode)


def read(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read().strip()
    except OSError:
        return None


class Device:
    """One that daxplug's module has (a file state), or one of single blocks."""

    def __init__(self, machine, number, by_block):
        self.machine, self.number, self.by_block = machine, number, by_block
        self.name, self.count = f"dax{number}.0", machine.random.choice((2, 4, 8))
        self.path = f"{machine.sysfs}/bus/dax/devices/{self.name}"
        self.aside = f"{machine.home}/aside-{self.name}"
        self.first = 32 + number * 64
        self.wanted = None

    def make(self):
        base, size = self.first * BLOCK, self.count * BLOCK
        write(f"{self.path}/align", "2097152\n")
        write(f"{self.path}/size", f"{size}\n")
        write(f"{self.path}/target_node", f"{self.number + 1}\n")
        write(f"{self.path}/mapping0/start", f"{base:#x}\n")
        write(f"{self.path}/mapping0/end", f"{base + size - 1:#x}\n")
        if self.by_block:
            write(f"{self.path}/fake_blocks", "".join(f"{self.first + i}\n" for i in range(self.count)))
        else:
            os.symlink("../../../bus/dax/drivers/kmem", f"{self.path}/driver")
            write(f"{self.path}/state", "unplugged\n")
            os.makedirs(f"{self.path}/plug")

    def blocks(self):
        return [f"{self.machine.sysfs}/devices/system/memory/memory{self.first + i}" for i in range(self.count)]

    def is_there(self):
        return os.path.isdir(self.path)

    def truth(self):
        """What it is, by the files and without daxplug."""
        if not self.is_there():
            return "gone"
        if not self.by_block:
            return read(f"{self.path}/state")
        seen = {(read(f"{b}/state"), read(f"{b}/valid_zones")) if os.path.isdir(b) else None for b in self.blocks()}
        if len(seen) != 1:
            return "inconsistent"
        one = seen.pop()
        if one is None:
            return "unplugged"
        if one[0] == "offline":
            return "offline"
        return "online_movable" if one[1] == "Movable" else "online_kernel"

    def remove_blocks(self):
        for block in self.blocks():
            shutil.rmtree(block, ignore_errors=True)

    def unplug_by_itself(self):
        """As it is after a boot, or when it comes back."""
        if self.by_block:
            self.remove_blocks()
            if os.path.lexists(f"{self.path}/driver"):
                os.unlink(f"{self.path}/driver")
        else:
            write(f"{self.path}/state", "unplugged\n")

    def take_out(self):
        if self.by_block:
            self.remove_blocks()
        os.rename(self.path, self.aside)

    def put_back(self):
        os.rename(self.aside, self.path)
        self.unplug_by_itself()

    def meddle(self):
        """Somebody else switches one block, as far as there is one."""
        if not self.by_block:
            if self.truth() in ("online_movable", "online_kernel"):
                write(f"{self.path}/state", "inconsistent\n")
            return
        for block in self.blocks()[:1]:
            if os.path.isdir(block):
                write(f"{block}/state", "offline\n")
                write(f"{block}/valid_zones", "Movable Normal\n")


class Machine:
    def __init__(self, seed, number, daxplug, preload):
        self.random = random.Random(f"{seed}/{number}")
        self.number, self.daxplug, self.preload = number, daxplug, preload
        self.home = tempfile.mkdtemp(prefix=f"daxplug-{number:04}-")
        self.sysfs, self.root, self.run = self.home + "/sys", self.home + "/root", self.home + "/run"
        self.policy, self.hook = self.root + "/etc/daxplug/daxplug.conf", self.root + "/etc/daxplug/hooks.d/10-no"
        self.now, self.log, self.faults, self.events = 0, [], {}, []
        self.due, self.wait, self.order = None, FIRST, 0
        self.stats = {"calls": 0, "faults": {}, "recovery": [], "wrong": []}
        self.last_cause = 0
        self.refused = None
        self.once = None
        by_block = self.random.random() < 0.3
        self.devices = [Device(self, n, by_block) for n in range(1 if by_block else self.random.randint(1, 4))]
        self.last = {}

    def say(self, text):
        self.log.append(f"{self.now // 3600:02}:{self.now // 60 % 60:02}:{self.now % 60:02} {text}")

    # --- what is there ---------------------------------------------------------

    def make(self):
        memory = f"{self.sysfs}/devices/system/memory"
        write(f"{memory}/block_size_bytes", f"{BLOCK:x}\n")
        write(f"{memory}/auto_online_blocks", "offline\n")
        for name in ("bind", "unbind", "new_id", "remove_id"):
            write(f"{self.sysfs}/bus/dax/drivers/kmem/{name}", "")
        for device in self.devices:
            device.make()
            device.wanted = self.random.choice(("online_movable", "online_movable", "online_kernel"))
        self.write_policy()

    def write_policy(self, broken=False):
        text = ""
        for d in self.devices:
            text += f"[device {d.number}]\nnode = {d.number + 1}\nstate = {d.wanted}\n"
        write(self.policy, text + ("[typo\n" if broken else ""), 0o644)

    # --- faults ----------------------------------------------------------------

    def later(self, seconds, what, *arguments):
        self.order += 1
        heapq.heappush(self.events, (self.now + seconds, self.order, what, arguments))

    def plan(self):
        """A few faults over the day. One in twenty of those that can last does to its end."""
        for _ in range(self.random.randint(1, 5)):
            kind = self.random.choice(KINDS)
            begin = self.random.randrange(60, DAY)
            self.later(begin, self.begin, kind, self.random.randrange(len(self.devices)))

    def begin(self, kind, which):
        device = self.devices[which]
        if kind in self.faults or (kind == "gone" and not device.is_there()):
            return
        self.stats["faults"][kind] = self.stats["faults"].get(kind, 0) + 1
        if kind in LASTING:
            self.faults[kind] = device
            length = DAY if self.random.random() < 0.05 else int(self.random.expovariate(1 / 1200)) + 1
            self.later(length, self.end, kind, which)
        self.say(f"fault {kind} begins{self.describe(kind, device)}")
        getattr(self, "do_" + kind, lambda device: None)(device)
        self.cause()

    def describe(self, kind, device):
        if kind in ("refused", "no_memory"):
            return ": the kernel refuses to plug"
        if kind in ("gone", "outsider", "undo_failed", "policy_changed"):
            return f" at {device.name}"
        return ""

    def end(self, kind, which):
        device = self.devices[which]
        del self.faults[kind]
        if kind == "gone":
            device.put_back()
        elif kind == "hook":
            os.unlink(self.hook)
        elif kind == "policy_broken":
            self.write_policy()
        self.say(f"fault {kind} ends{self.describe(kind, device)}")
        # What refuses a plug is not announced to anybody when it is over.
        if kind in ("gone", "policy_broken"):
            self.cause()
        else:
            self.last_cause = self.now

    def do_gone(self, device):
        device.take_out()

    def do_hook(self, _):
        write(self.hook, "#!/bin/sh\n[ \"$1\" != check ] || { echo 'the database needs it'; exit 1; }\n", 0o755)
        # Something to refuse.
        self.do_reboot(None)

    def do_outsider(self, device):
        if device.is_there():
            device.meddle()

    def do_undo_failed(self, device):
        if device.is_there() and not device.by_block:
            device.unplug_by_itself()
            self.once = "undo_failed"

    def do_policy_broken(self, _):
        self.write_policy(broken=True)

    def do_policy_changed(self, device):
        device.wanted = self.random.choice([w for w in WORDS if w != device.wanted])
        self.say(f"the policy wants {device.name} {device.wanted}")
        self.write_policy("policy_broken" in self.faults)

    def do_reboot(self, _):
        for device in self.devices:
            if device.is_there():
                device.unplug_by_itself()
        shutil.rmtree(self.run, ignore_errors=True)

    def do_refused(self, device):
        self.refused = device.wanted
        self.do_reboot(None)

    do_no_memory = do_refused

    def do_interrupted(self, _):
        self.do_reboot(None)
        self.once = "interrupted"

    def do_killed(self, _):
        self.do_reboot(None)
        self.once = "killed"

    # --- the timer ---------------------------------------------------------------

    def cause(self):
        """Something has happened that udev, systemd or the administrator tells daxplug of."""
        self.last_cause, self.wait = self.now, FIRST
        self.due = self.now + FIRST

    def environment(self):
        env = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "LD_PRELOAD": self.preload, "DAXPLUG_SYSFS": self.sysfs,
               "DAXPLUG_RUN": self.run, "DAXPLUG_ROOT": self.root, "DAXPLUG_PROC": self.home + "/proc"}
        error = 12 if "no_memory" in self.faults else 16 if "refused" in self.faults else 0
        if error:
            env["FAKE_REFUSE"] = f"{self.refused}:{error}"
            device = self.devices[0]
            if device.by_block:
                block = device.first + self.random.randrange(device.count)
                env["FAKE_FAIL"] = ",".join(f"{block}:{word}:{error}" for word in ("online_movable", "online_kernel"))
        if self.once == "undo_failed":
            env.update(FAKE_ERRNO="16", FAKE_STATE="inconsistent")
        return env

    def call(self):
        env, command = self.environment(), [self.daxplug, "apply", "--json"]
        once, self.once = self.once, None
        self.stats["calls"] += 1
        if once in ("interrupted", "killed"):
            return self.call_and_end(command, env, signal.SIGTERM if once == "interrupted" else signal.SIGKILL)
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=HANG)
        return done.returncode, done.stdout, done.stderr

    def call_and_end(self, command, env, how):
        """The kernel takes its time, and somebody ends the command meanwhile. It may have nothing
        to wait for: then it ends by itself."""
        device = self.devices[0]
        if device.by_block:
            env.update(FAKE_WAIT_BLOCK=f"{device.first + device.count - 1}", FAKE_WAIT_WORD=device.wanted)
        else:
            env["FAKE_WAIT"] = "1"
        env["FAKE_READY"] = self.home + "/ready"
        if not os.path.exists(env["FAKE_READY"]):
            os.mkfifo(env["FAKE_READY"])
        ready = os.open(env["FAKE_READY"], os.O_RDWR)
        with subprocess.Popen(command, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            readable = select.select([ready, process.stdout], [], [], HANG)[0]
            if ready in readable:
                os.read(ready, 1)
                process.send_signal(how)
            out, err = process.communicate(timeout=HANG)
        os.close(ready)
        return process.returncode, out, err

    def tick(self):
        before = {d.name: d.truth() for d in self.devices}
        code, out, err = self.call()
        after = {d.name: d.truth() for d in self.devices}
        try:
            results = json.loads(out)["results"] if out else []
        except (ValueError, KeyError):
            results = []
        self.judge(code, results, err, before, after)
        met = code == DONE
        if met:
            self.due = None
            if not self.faults:
                self.stats["recovery"].append(self.now - self.last_cause)
        else:
            self.due, self.wait = self.now + self.wait, min(self.wait * 2, LONGEST)

    def judge(self, code, results, err, before, after):
        """What the command says against the truth, and a line of the log for each device."""
        told = {}
        for r in results:
            if r["what"] == "state":
                told[r["name"]] = r
        for d in self.devices:
            r, is_ = told.get(d.name), after[d.name]
            if r and r["outcome"] == "done":
                self.note(d, f"{r['is']} -> {r['want']}: done", is_)
            elif r:
                self.note(d, f"{r.get('is', '?')} -> {r['want']}: {r['outcome']}, {r['reason']}", is_)
            elif is_ == "gone":
                self.note(d, "is not there", is_)
            elif is_ == d.wanted:
                self.note(d, f"is {is_}, as wanted", is_)
            elif code < 0:
                self.note(d, f"nothing was said: the command died of signal {-code}", is_)
            else:
                self.wrong(f"{d.name} is {is_}, not {d.wanted}, and nothing was said (exit {code})")
            if r and r["outcome"] == "done" and is_ != d.wanted:
                self.wrong(f"{d.name}: done, but it is {is_}")
            if r and r["outcome"] != "done" and is_ != before[d.name] and r["exit"] != INCONSISTENT:
                self.wrong(f"{d.name}: {r['outcome']}, but it was {before[d.name]} and is {is_}")
            if r and r["outcome"] != "done" and not r["reason"]:
                self.wrong(f"{d.name}: {r['outcome']} without a reason")
            if code == DONE and is_ not in (d.wanted, "gone"):
                self.wrong(f"exit 0, and {d.name} is {is_}")
        if code == USAGE:
            self.say_once("policy", f"the policy has an error: {err.splitlines()[0] if err else '?'}")
        else:
            self.last.pop("policy", None)
        if err and code not in (DONE, USAGE) and not results:
            self.say_once("error", f"exit {code}: {err.splitlines()[0]}")

    def note(self, device, text, truth):
        self.say_once(device.name, f"{device.name}: {text}; state {truth}")

    def say_once(self, about, line):
        """Every five minutes the same is one line."""
        line = line.replace(self.home, "")
        if self.last.get(about) != line:
            self.say(line)
            self.last[about] = line

    def wrong(self, text):
        self.say(f"WRONG {text}")
        self.stats["wrong"].append(text)

    # --- the day -------------------------------------------------------------------

    def day(self):
        self.make()
        self.plan()
        self.say("boot")
        self.cause()
        while True:
            event = self.events[0][0] if self.events else DAY
            at = min(event, self.due if self.due is not None else DAY)
            if at >= DAY:
                break
            self.now = at
            if self.due is not None and self.due <= event:
                self.tick()
            else:
                _, _, what, arguments = heapq.heappop(self.events)
                what(*arguments)
        return self.result()

    def result(self):
        """At the end: what is, what is said, and whether the log alone says the same."""
        ends = []
        for d in self.devices:
            ends.append({"name": d.name, "wanted": d.wanted, "is": d.truth(), "said": self.last.get(d.name, "")})
        answer = dict(self.stats, number=self.number, devices=ends, log=self.log, faults_left=sorted(self.faults),
                      by_block=self.devices[0].by_block, pending=self.due is not None)
        shutil.rmtree(self.home)
        return answer
