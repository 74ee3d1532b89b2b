# SPDX-License-Identifier: GPL-2.0-only
"""Simulates one machine for a day: its /sys, its random faults and its calls of "daxplug apply".

The fake kernel of the tier cli (tests/cli/fake_kernel.c) is preloaded into the command, and answers
what the command writes to /sys. Time is virtual, so the simulation does not wait. The random
decisions depend only on the seed and on the number of the machine.
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
FIRST_DELAY, LONGEST_DELAY = 5, 300     # seconds; the delay doubles after each call that fails
BLOCK = 1 << 27
CALL_TIMEOUT = 300              # seconds of real time; a call that takes longer hangs
KINDS = ("refused", "no_memory", "hook", "outsider", "undo_failed", "gone", "policy_broken", "policy_changed",
         "reboot", "interrupted", "killed")
LASTING = ("refused", "no_memory", "hook", "gone", "policy_broken")     # the other faults last only a moment
DONE, USAGE, INCONSISTENT = 0, 2, 5                                     # daxplug(8), EXIT STATUS
STATES = ("online_movable", "online_kernel", "unplugged")


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
    """A DAX device. Without the module (by_block), the device has no file "state", and the command
    switches its memory blocks one by one."""

    def __init__(self, machine, number, by_block):
        self.machine, self.number, self.by_block = machine, number, by_block
        self.name, self.count = f"dax{number}.0", machine.random.choice((2, 4, 8))
        self.path = f"{machine.sysfs}/bus/dax/devices/{self.name}"
        self.removed_path = f"{machine.home}/aside-{self.name}"
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

    def actual_state(self):
        """Returns the state as it follows from the files in /sys, without daxplug."""
        if not self.is_there():
            return "gone"
        if not self.by_block:
            return read(f"{self.path}/state")
        states = {(read(f"{b}/state"), read(f"{b}/valid_zones")) if os.path.isdir(b) else None for b in self.blocks()}
        if len(states) != 1:
            return "inconsistent"
        only = states.pop()
        if only is None:
            return "unplugged"
        if only[0] == "offline":
            return "offline"
        return "online_movable" if only[1] == "Movable" else "online_kernel"

    def remove_blocks(self):
        for block in self.blocks():
            shutil.rmtree(block, ignore_errors=True)

    def reset(self):
        """Makes the device unplugged, as it is after a boot and after it was inserted again."""
        if self.by_block:
            self.remove_blocks()
            if os.path.lexists(f"{self.path}/driver"):
                os.unlink(f"{self.path}/driver")
        else:
            write(f"{self.path}/state", "unplugged\n")

    def remove(self):
        if self.by_block:
            self.remove_blocks()
        os.rename(self.path, self.removed_path)

    def insert(self):
        os.rename(self.removed_path, self.path)
        self.reset()

    def switch_one_block(self):
        """Takes the first block offline, if it exists, as another program would. With the module, the
        fake /sys has no blocks, so the state becomes "inconsistent"."""
        if not self.by_block:
            if self.actual_state() in ("online_movable", "online_kernel"):
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
        self.next_call, self.delay, self.sequence = None, FIRST_DELAY, 0
        self.stats = {"calls": 0, "faults": {}, "recovery": [], "wrong": []}
        self.last_cause = 0
        self.refused = None
        self.next_fault = None
        by_block = self.random.random() < 0.3
        self.devices = [Device(self, n, by_block) for n in range(1 if by_block else self.random.randint(1, 4))]
        self.last_line = {}

    def write_log(self, text):
        self.log.append(f"{self.now // 3600:02}:{self.now // 60 % 60:02}:{self.now % 60:02} {text}")

    # --- the files of the machine -----------------------------------------------

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

    def schedule(self, seconds, what, *arguments):
        self.sequence += 1
        heapq.heappush(self.events, (self.now + seconds, self.sequence, what, arguments))

    def plan(self):
        """Schedules one to five random faults at random times of the day."""
        for _ in range(self.random.randint(1, 5)):
            kind = self.random.choice(KINDS)
            begin = self.random.randrange(60, DAY)
            self.schedule(begin, self.begin, kind, self.random.randrange(len(self.devices)))

    def begin(self, kind, which):
        device = self.devices[which]
        if kind in self.faults or (kind == "gone" and not device.is_there()):
            return
        self.stats["faults"][kind] = self.stats["faults"].get(kind, 0) + 1
        if kind in LASTING:
            self.faults[kind] = device
            # One fault in twenty does not end on this day.
            length = DAY if self.random.random() < 0.05 else int(self.random.expovariate(1 / 1200)) + 1
            self.schedule(length, self.end, kind, which)
        self.write_log(f"fault {kind} begins{self.describe(kind, device)}")
        getattr(self, "do_" + kind, lambda device: None)(device)
        self.schedule_call()

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
            device.insert()
        elif kind == "hook":
            os.unlink(self.hook)
        elif kind == "policy_broken":
            self.write_policy()
        self.write_log(f"fault {kind} ends{self.describe(kind, device)}")
        if kind in ("gone", "policy_broken"):
            self.schedule_call()
        else:
            # No event tells daxplug that a plug would succeed again, so the next call stays at its time.
            self.last_cause = self.now

    def do_gone(self, device):
        device.remove()

    def do_hook(self, _):
        write(self.hook, "#!/bin/sh\n[ \"$1\" != check ] || { echo 'the database needs it'; exit 1; }\n", 0o755)
        # A reboot unplugs the devices, so that there is a change that the hook can refuse.
        self.do_reboot(None)

    def do_outsider(self, device):
        if device.is_there():
            device.switch_one_block()

    def do_undo_failed(self, device):
        if device.is_there() and not device.by_block:
            device.reset()
            self.next_fault = "undo_failed"

    def do_policy_broken(self, _):
        self.write_policy(broken=True)

    def do_policy_changed(self, device):
        device.wanted = self.random.choice([state for state in STATES if state != device.wanted])
        self.write_log(f"the policy wants {device.name} {device.wanted}")
        self.write_policy("policy_broken" in self.faults)

    def do_reboot(self, _):
        for device in self.devices:
            if device.is_there():
                device.reset()
        shutil.rmtree(self.run, ignore_errors=True)

    def do_refused(self, device):
        self.refused = device.wanted
        self.do_reboot(None)

    do_no_memory = do_refused

    def do_interrupted(self, _):
        self.do_reboot(None)
        self.next_fault = "interrupted"

    def do_killed(self, _):
        self.do_reboot(None)
        self.next_fault = "killed"

    # --- the timer ---------------------------------------------------------------

    def schedule_call(self):
        """Schedules a call after an event on which udev, systemd or the administrator starts daxplug."""
        self.last_cause, self.delay = self.now, FIRST_DELAY
        self.next_call = self.now + FIRST_DELAY

    def environment(self):
        env = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "LD_PRELOAD": self.preload, "DAXPLUG_SYSFS": self.sysfs,
               "DAXPLUG_RUN": self.run, "DAXPLUG_ROOT": self.root, "DAXPLUG_PROC": self.home + "/proc"}
        error = 12 if "no_memory" in self.faults else 16 if "refused" in self.faults else 0
        if error:
            env["FAKE_REFUSE"] = f"{self.refused}:{error}"
            device = self.devices[0]
            if device.by_block:
                block = device.first + self.random.randrange(device.count)
                env["FAKE_FAIL"] = ",".join(f"{block}:{state}:{error}" for state in ("online_movable", "online_kernel"))
        if self.next_fault == "undo_failed":
            env.update(FAKE_ERRNO="16", FAKE_STATE="inconsistent")
        return env

    def call(self):
        env, command = self.environment(), [self.daxplug, "apply", "--json"]
        fault, self.next_fault = self.next_fault, None
        self.stats["calls"] += 1
        if fault in ("interrupted", "killed"):
            return self.call_and_end(command, env, signal.SIGTERM if fault == "interrupted" else signal.SIGKILL)
        done = subprocess.run(command, env=env, capture_output=True, text=True, check=False, timeout=CALL_TIMEOUT)
        return done.returncode, done.stdout, done.stderr

    def call_and_end(self, command, env, how):
        """Calls the command with a fake kernel that does not answer, and sends the command a signal
        when it waits. A command that changes nothing does not wait, and ends by itself."""
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
            readable = select.select([ready, process.stdout], [], [], CALL_TIMEOUT)[0]
            if ready in readable:
                os.read(ready, 1)
                process.send_signal(how)
            out, err = process.communicate(timeout=CALL_TIMEOUT)
        os.close(ready)
        return process.returncode, out, err

    def call_and_judge(self):
        before = {d.name: d.actual_state() for d in self.devices}
        code, out, err = self.call()
        after = {d.name: d.actual_state() for d in self.devices}
        try:
            results = json.loads(out)["results"] if out else []
        except (ValueError, KeyError):
            results = []
        self.judge(code, results, err, before, after)
        met = code == DONE
        if met:
            self.next_call = None
            if not self.faults:
                self.stats["recovery"].append(self.now - self.last_cause)
        else:
            self.next_call, self.delay = self.now + self.delay, min(self.delay * 2, LONGEST_DELAY)

    def judge(self, code, results, err, before, after):
        """Compares what the command reports with the actual states, and logs a line for each device."""
        reports = {}
        for r in results:
            if r["what"] == "state":
                reports[r["name"]] = r
        for d in self.devices:
            r, is_ = reports.get(d.name), after[d.name]
            if r and r["outcome"] == "done":
                self.log_device(d, f"{r['is']} -> {r['want']}: done", is_)
            elif r:
                self.log_device(d, f"{r.get('is', '?')} -> {r['want']}: {r['outcome']}, {r['reason']}", is_)
            elif is_ == "gone":
                self.log_device(d, "is not there", is_)
            elif is_ == d.wanted:
                self.log_device(d, f"is {is_}, as wanted", is_)
            elif code < 0:
                self.log_device(d, f"nothing was said: the command died of signal {-code}", is_)
            else:
                self.report_wrong(f"{d.name} is {is_}, not {d.wanted}, and nothing was said (exit {code})")
            if r and r["outcome"] == "done" and is_ != d.wanted:
                self.report_wrong(f"{d.name}: done, but it is {is_}")
            if r and r["outcome"] != "done" and is_ != before[d.name] and r["exit"] != INCONSISTENT:
                self.report_wrong(f"{d.name}: {r['outcome']}, but it was {before[d.name]} and is {is_}")
            if r and r["outcome"] != "done" and not r["reason"]:
                self.report_wrong(f"{d.name}: {r['outcome']} without a reason")
            if code == DONE and is_ not in (d.wanted, "gone"):
                self.report_wrong(f"exit 0, and {d.name} is {is_}")
        if code == USAGE:
            self.log_change("policy", f"the policy has an error: {err.splitlines()[0] if err else '?'}")
        else:
            self.last_line.pop("policy", None)
        if err and code not in (DONE, USAGE) and not results:
            self.log_change("error", f"exit {code}: {err.splitlines()[0]}")

    def log_device(self, device, text, state):
        self.log_change(device.name, f"{device.name}: {text}; state {state}")

    def log_change(self, about, line):
        """Logs the line if it is not the last line about the same thing. Otherwise the retries would
        add the same line every five minutes."""
        line = line.replace(self.home, "")
        if self.last_line.get(about) != line:
            self.write_log(line)
            self.last_line[about] = line

    def report_wrong(self, text):
        self.write_log(f"WRONG {text}")
        self.stats["wrong"].append(text)

    # --- the day -------------------------------------------------------------------

    def run_day(self):
        self.make()
        self.plan()
        self.write_log("boot")
        self.schedule_call()
        # No fault begins or ends after the day. But the calls go on for LONGEST_DELAY, so that a call
        # follows a fault of the last minutes, too.
        end = DAY + LONGEST_DELAY
        while True:
            event = self.events[0][0] if self.events and self.events[0][0] < DAY else end
            at = min(event, self.next_call if self.next_call is not None else end)
            if at >= end:
                break
            self.now = at
            if self.next_call is not None and self.next_call <= event:
                self.call_and_judge()
            else:
                _, _, what, arguments = heapq.heappop(self.events)
                what(*arguments)
        return self.result()

    def result(self):
        """Returns the devices' states and the log at the end of the day, and removes the files."""
        ends = []
        for d in self.devices:
            ends.append({"name": d.name, "wanted": d.wanted, "is": d.actual_state(), "said": self.last_line.get(d.name, "")})
        answer = dict(self.stats, number=self.number, devices=ends, log=self.log, faults_left=sorted(self.faults),
                      by_block=self.devices[0].by_block, pending=self.next_call is not None)
        shutil.rmtree(self.home)
        return answer
