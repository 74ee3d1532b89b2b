#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tests of the Python binding on a made-up kernel. It must agree with the headers, and read, change and
# watch devices. Misuse, signals, forks and threads may raise an exception, but must never crash.
# Without python3 the test is skipped.

set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/cli/python.sh

### it agrees with the headers

start unplugged
python "each function of the headers is declared as there, and used" <<'PYTHON'
import glob, re
text = "".join(read(f) for f in sorted(glob.glob("lib/daxplug*.h")))
code = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
code = re.sub(r"static inline .*?\n}", "", code, flags=re.S)
declared = {}
for result, name, arguments in re.findall(r"^([a-z][\w ]*?[\s*]+)daxplug_(\w+)\(([^;{]*)\);", code, re.M):
    declared[name] = [" ".join(t.split()) for t in [result, *arguments.split(",")] if arguments != "void"] or [result.strip()]
def kind(text, is_result=False):
    kinds = {"uint64_t": ctypes.c_uint64, "int": ctypes.c_int, "unsigned int": ctypes.c_uint,
             "size_t": ctypes.c_size_t, "daxplug_progress_fn": _library.PROGRESS_FN,
             "daxplug_consent_fn": _library.CONSENT_FN, "daxplug_ended_fn": _library.ENDED_FN,
             "daxplug_poison_fn": _library.POISON_FN, "daxplug_log_fn": _library.LOG_FN, "daxplug_blocker_fn": _library.BLOCKER_FN,
             "daxplug_user_fn": _library.USER_FN, "daxplug_policy_error_fn": _library.POLICY_ERROR_FN}
    if "*" in text:
        return ctypes.c_char_p if re.match(r"const char \*\w*$", text) else ctypes.c_void_p
    words = text.split()
    if not is_result:
        words = words[:-1]
    if words[0] == "enum":
        return ctypes.c_int
    return None if words == ["void"] else kinds[" ".join(words)]
exported = set(re.findall(r"\bdaxplug_(\w+);", read("lib/libdaxplug.map")))
assert len(exported) > 80 and exported == set(declared), exported ^ set(declared)
# The binding does not export ref, because Python counts references itself.
assert exported - set(_library.FUNCTIONS) == {"ref"}, exported - set(_library.FUNCTIONS)
source = "".join(read(f) for f in glob.glob("python/daxplug/*.py"))
for name, types in _library.FUNCTIONS.items():
    want = [kind(t, i == 0) for i, t in enumerate(declared[name])]
    assert list(types) == want, (name, declared[name], types)
    named = re.fullmatch(r"(\w+)_(name|parse)", name)
    assert re.search(rf"\b_?lib\.{name}\b", source) or named and named[1].title().replace("_", "") in dir(daxplug), name
PYTHON
python "enums and structures are those of the headers, words those of the library" <<'PYTHON'
import glob, re
text = "".join(read(f) for f in sorted(glob.glob("lib/daxplug*.h")))
code = re.sub(r"/\*.*?\*/", "", text, flags=re.S)
enums = re.findall(r"^enum daxplug_(\w+) \{(.*?)\};", code, re.M | re.S)
assert len(enums) == 17, [e[0] for e in enums]
for name, body in enums:
    want, value = {}, 0
    prefix = {"log_level": "LOG"}.get(name, name.upper())
    for member in body.split(","):
        found = re.match(rf"\s*DAXPLUG_({prefix}_(\w+)|STATS)\s*(?:=\s*(\d+))?", member)
        if not found:
            assert not member.strip(), member
            continue
        value = int(found[3]) if found[3] else value
        if found[2]:
            want[found[2]] = value
        value += 1
    cls = getattr(daxplug, name.title().replace("_", ""))
    assert want == {m.name: m.value for m in cls}, (name, want)
    assert cls.__name__ in daxplug.__all__ and cls.__module__ == "daxplug"
    for m in cls:
        assert str(m) == f"{m}" == m.word, m
        assert m.word.replace("-", "_") == m.name.lower(), (m, m.word)
        if m not in (State.OTHER_DRIVER, State.UNKNOWN):
            assert cls.parse(m.word) is m and _words.given(cls, m.word) is m
    with raises(ValueError): cls.parse("nonsense")
    with raises(ValueError): cls(99)
types = {"unsigned int": ctypes.c_uint, "uint64_t": ctypes.c_uint64, "int": ctypes.c_int,
         "const char *": ctypes.c_char_p}
for name, cls in (("blocks", _library.RawBlocks), ("blocker", _library.RawBlocker),
                  ("user", _library.RawUser), ("policy_error", _library.RawPolicyError), ("progress", _library.RawProgress),
                  ("watch_event", _library.RawWatchEvent)):
    body = re.search(rf"^struct daxplug_{name} \{{(.*?)\}};", code, re.M | re.S)[1]
    want = []
    for member in filter(str.strip, body.split(";")):
        kind, field = re.fullmatch(r"\s*(.*?)(\w+)\s*", member, re.S).groups()
        kind = kind.strip()
        want.append((field, ctypes.c_int if kind.startswith("enum") else
                     ctypes.c_void_p if kind.startswith("struct") else types[kind]))
    assert want == cls._fields_, (name, want)
assert (_library.NO_BLOCK, _library.SIZE_UNKNOWN) == (2**64 - 1, 2**64 - 1)
assert "DAXPLUG_NO_BLOCK UINT64_MAX" in code and "DAXPLUG_SIZE_UNKNOWN UINT64_MAX" in code
assert daxplug.__version__ == read("VERSION").strip()
assert {z.state for z in Zone} == {State.ONLINE, State.ONLINE_KERNEL, State.ONLINE_MOVABLE}
later = _words.received(Backend, 77)
assert (int(later), later.name, str(later)) == (77, "UNKNOWN_77", "unknown")
PYTHON

### reading

start online_movable
device dax2.0 134217728 - 2 device_dax
card dax0.0 7 0x1234 0x5678
plug=$devices/dax0.0/plug
printf 'total 32\nabsent 0\noffline 1\nkernel 2\nmovable 29\n' >"$plug/blocks"
printf 'plugs 3\npages_moved 7\n' >"$plug/stats"
echo transition >"$plug/guard"
echo 1500 >"$plug/timeout_ms"
echo 0 >"$plug/stall_ms"
printf '%s\n' 'now memory33 0x108000 pinned VmPin:12' 'now memory33 0x108001 held -' >"$plug/blockers"
printf 'memory34 0x110000\n' >"$plug/poison"
python "a device's properties" <<'PYTHON'
a, b = Context()
assert [d.name for d in Context().devices()] == ["dax0.0", "dax2.0"] and repr(a) == "<daxplug.Device dax0.0>"
assert (a.size, a.align, a.target_node, a.driver) == (4 << 30, 2 << 20, 3, "kmem")
assert (b.driver, b.target_node, b.region, b.uuid) == ("device_dax", None, None, None)
assert a.path.endswith("/dax0.0") and a.origin is Origin.CXL and a.region == "region7" and a.uuid is None
assert a.memory_devices == [("mem70", 0x1234), ("mem71", 0x5678)] and b.memory_devices == []
assert (a.backend, a.state) == (Backend.MODULE, State.ONLINE_MOVABLE)
assert a.ranges == [(0x100000000, 0x1ffffffff)] and len(b.ranges) == 2
assert (a.block_size, a.usable) == (128 << 20, 4 << 30)
assert a.blocks == (32, 0, 1, 2, 29) and a.online_size == 31 * (128 << 20)
assert set(a.stats) == {s.word for s in Stat} and a.stats["pages_moved"] == 7
assert a.guard is Guard.TRANSITION and a.timeout == 1.5 and a.stall is None
with raises(Error, "dax0.0", "Operation not supported"): a.memmap
setting = a.path + "/plug/memmap_on_memory"
open(setting, "w").write("default\n")
assert a.memmap is Memmap.DEFAULT
a.memmap = "yes"
assert a.memmap is Memmap.YES and open(setting).read().strip() == "yes"
with raises(ValueError): a.memmap = "force"
os.unlink(setting)
a.guard = "always"
assert a.guard is Guard.ALWAYS
a.guard = Guard.OFF
a.timeout, a.stall = None, 0.0001
assert (a.timeout, a.stall) == (None, 0.001) and a.guard is Guard.OFF
assert list(a.blockers()) == [(33, 0x108000, "pinned", "VmPin:12", False),
                              (33, 0x108001, "held", None, False)], list(a.blockers())
assert list(a.poison()) == [(34, 0x110000)] and a.overlap is None
with raises(Error, "dax2.0", "Operation not supported") as e: b.state
with raises(Error): b.stats
with raises(Error): a.used
assert Context().left_auto_online is None and Context().zone_sizes is None and Context(os.environ["DAXPLUG_SYSFS"]).device("dax0.0").size
for call in (lambda: Context().device("dax9.0"), lambda: Context().device("../dax0.0")):
    try: call()
    except Error as e: assert e.errno == errno.ENODEV and type(e) is Error
with raises(NotFound): Context("/nonexistent").devices()
PYTHON
python "a handle outlives all else, whatever is collected first" <<'PYTHON'
before = len(os.listdir("/proc/self/fd"))
context = Context(); watch = context.watch(); found = context.devices(); change = Change()
device = found[0]; blockers = device.blockers()
del context, found; gc.collect()
for _ in range(3): Context().devices()
assert device.state == State.ONLINE_MOVABLE and list(blockers)
assert device.preflight("unplugged", quick=True).before == State.ONLINE_MOVABLE
cycle = [device, watch, change]; cycle.append(cycle)
del device, watch, change, cycle; gc.collect()
assert len(os.listdir("/proc/self/fd")) == before
PYTHON

### changes

start unplugged
answer ""
python "plug and unplug" <<'PYTHON'
d = Context().device("dax0.0")
r = d.plug()
assert (r.outcome, r.before, r.after, r.backend) == (Outcome.DONE, State.UNPLUGGED, State.ONLINE_MOVABLE, Backend.MODULE)
assert word() == "online_movable" and r.begun and r.step is r.block is r.holder is r.space is None
assert d.plug(Zone.MOVABLE).outcome is Outcome.NOTHING and d.repair().outcome is Outcome.NOTHING
assert d.plug("kernel", replug=True, timeout=30).after is State.ONLINE_KERNEL
assert d.unplug(change=Change()).outcome is Outcome.DONE and word() == "unplugged"
assert d.preflight(Zone.MOVABLE).before is State.UNPLUGGED
PYTHON
start online_kernel
answer ""
python "a refusal has its details" <<'PYTHON'
import pickle
d = Context().device("dax0.0")
p = d.preflight(State.ONLINE_MOVABLE)
assert (p.errno, p.worst.word, p.worst.level, p.worst.errno) == (errno.EBUSY, "zone", Level.FAILS, errno.EBUSY), p
assert p.worst in p and not d.preflight("online_movable", replug=True).errno
with raises(ChangeError, "[Errno 16] the plug failed: Device or resource busy", "it was undone: 'dax0.0'"):
    d.plug()
try: d.plug()
except OSError as error: e = pickle.loads(pickle.dumps(error))
assert (e.errno, e.filename, e.outcome, e.before, e.after) == (16, "dax0.0", Outcome.UNDONE, State.ONLINE_KERNEL, State.ONLINE_KERNEL)
assert e.step is e.block is e.stuck is None and e.limit is Limit.NONE and e.result.backend is Backend.MODULE
PYTHON
start online_movable
export FAKE_KMSG=$tmp/kmsg FAKE_LOG="kmem: dax0.0: unplug failed: offline of memory51: -EACCES; not undone: memory32"
: >"$FAKE_KMSG"
answer 13 inconsistent
export FAKE_LOG
python "a failed undo has step, block and what is stuck" <<'PYTHON'
try: Context().device("dax0.0").unplug()
except PermissionError as e:
    assert type(e) is ChangeDenied and (e.errno, e.step, e.block, e.stuck) == (13, "offline", 51, 32), vars(e)
    assert e.outcome is Outcome.INCONSISTENT and e.after is State.INCONSISTENT
    assert "step offline, memory51; memory32 could not be changed back; the state is now inconsistent" in str(e), e
else: raise AssertionError
PYTHON
unset FAKE_KMSG FAKE_LOG
start unplugged
answer "" gone
python "a device that goes away meanwhile, and is away" <<'PYTHON'
d = Context().device("dax0.0")
try: d.plug()
except ChangeError as e: assert e.after is None and "the state is now not known" in str(e), e
else: raise AssertionError
assert d.name == "dax0.0" and d.size == 4 << 30 and d.backend is Backend.NONE and not Context().devices()
for look in ("state", "blocks", "stats", "guard", "timeout", "usable", "overlap"):
    try: getattr(d, look)
    except Error as e: assert e.errno == errno.ENODEV, (look, e)
    else: raise AssertionError(look)
for call in (d.plug, d.unplug, d.repair, d.blockers, d.poison):
    try: call()
    except Error as e: assert e.errno == errno.ENODEV, (call, e)
    else: raise AssertionError(call)
assert d.preflight("unplugged").worst.word == "gone"
PYTHON

### interrupted changes: the kernel waits until a signal ends the write

start unplugged
answer ""
export FAKE_WAIT=1
python "a timeout" <<'PYTHON'
try: Context().device("dax0.0").plug(timeout=0.2)
except TimeoutError as e: assert type(e) is ChangeTimeout and e.limit is Limit.DEADLINE and e.outcome is Outcome.UNDONE, e
else: raise AssertionError
assert word() == "unplugged"
PYTHON
python "an exception of the progress function comes out after the undo, others are let alone" <<'PYTHON'
d = Context().device("dax0.0")
class Mine(Exception): pass
seen = []
def progress(p):
    seen.append(p)
    if len(seen) == 3: raise Mine("enough")
try: d.plug(progress=progress)
except Mine as e:
    assert e.daxplug_result.outcome is Outcome.UNDONE and type(e.__cause__) is ChangeInterrupted
else: raise AssertionError
assert len(seen) == 3 and word() == "unplugged" and seen[0].left is None and not seen[0].undoing
for error in (SystemExit, KeyboardInterrupt, StopIteration, GeneratorExit):
    def progress(p): raise error
    with raises(error): d.plug(progress=progress)
PYTHON
python "Change.cancel(): before, from the progress function, from another thread" <<'PYTHON'
d, change = Context().device("dax0.0"), Change()
change.cancel()
with raises(ChangeInterrupted): d.plug(change=change)
with raises(ChangeInterrupted): d.plug(change=change, progress=lambda p: change.cancel())
while not os.read(ready, 1): pass
thread = once_it_waits(change.cancel)
with raises(ChangeInterrupted, "[Errno 4] the plug failed: Interrupted system call; it was undone"): d.plug(change=change)
thread.join()
PYTHON
python "Ctrl-C: KeyboardInterrupt after the undo, and the handlers are back" <<'PYTHON'
import random
d = Context().device("dax0.0")
alarms = []
signal.signal(signal.SIGALRM, lambda *a: alarms.append(a))
before = {n: signal.getsignal(n) for n in signal.valid_signals()}
for thread_too in (False, True, False, True):
    # While the change waits, send SIGINT after a random time, so that some arrive as a callback begins.
    def interrupt():
        os.kill(os.getpid(), signal.SIGALRM)
        time.sleep(random.random() / 20)
        os.kill(os.getpid(), signal.SIGINT)
    thread = once_it_waits(interrupt)
    try: d.plug(progress=(lambda p: None) if thread_too else None)
    except KeyboardInterrupt as e:
        assert e.daxplug_result.outcome is Outcome.UNDONE and type(e.__cause__) is ChangeInterrupted
    else: raise AssertionError
    thread.join()
    assert word() == "unplugged"
assert len(alarms) == 4
assert before == {n: signal.getsignal(n) for n in signal.valid_signals()}
PYTHON
python "a signal whose handler raises nothing is no reason to give up" <<'PYTHON'
d, change, alarms = Context().device("dax0.0"), Change(), []
def handler(number, frame):
    alarms.append(number)
    if len(alarms) == 2: change.cancel()
signal.signal(signal.SIGALRM, handler)
signal.setitimer(signal.ITIMER_REAL, 0.2, 0.2)
with raises(ChangeInterrupted): d.plug(change=change)
assert len(alarms) >= 2
signal.setitimer(signal.ITIMER_REAL, 0)
PYTHON
python "Ctrl-C in the main thread, the change in another" <<'PYTHON'
import queue
d, change, ended = Context().device("dax0.0"), Change(), queue.Queue()
def plug():
    try: ended.put(d.plug(change=change))
    except ChangeInterrupted as e: ended.put(e)
try:
    threading.Thread(target=plug, daemon=True).start()
    once_it_waits(lambda: os.kill(os.getpid(), signal.SIGINT))
    # Wait in short steps: if the signal comes just before Python sleeps, it does not wake Python.
    while ended.empty():
        with contextlib.suppress(queue.Empty): raise AssertionError(ended.get(timeout=1))
except KeyboardInterrupt: change.cancel()
assert type(ended.get()) is ChangeInterrupted and word() == "unplugged"
PYTHON
python "a Change and a device that are in use say so" <<'PYTHON'
d, change, other = Context().device("dax0.0"), Change(), []
def progress(p):
    for call in (lambda: d.plug(), lambda: Context().device("dax0.0").unplug(change=change)):
        with raises(RuntimeError, "this thread changes dax0.0 already"): call()
    def elsewhere():
        with raises(RuntimeError, "in use"): d.plug(change=change)
        other.append(1)
    thread = threading.Thread(target=elsewhere); thread.start(); thread.join()
    raise ZeroDivisionError
with raises(ZeroDivisionError): d.plug(change=change, progress=progress)
assert other
PYTHON
python "a fork meanwhile, and one between" <<'PYTHON'
d, change, children = Context().device("dax0.0"), Change(), []
watch = Context().watch()
def progress(p):
    if not children:
        pid = os.fork()
        if not pid: return      # back to the change, which the child must not continue
        children.append(os.waitpid(pid, 0)[1])
    raise ZeroDivisionError
with raises(ZeroDivisionError): d.plug(progress=progress)
assert children == [os.EX_SOFTWARE << 8] and word() == "unplugged"
pid = os.fork()
if not pid:
    assert d.state is State.UNPLUGGED and d.size
    for call in (change.cancel, lambda: d.plug(change=change), lambda: watch.wait(0), watch.fileno):
        with raises(RuntimeError, "another process's"): call()
    watch.close()
    del d, change, watch
    gc.collect()
    sys.exit(0)
assert os.waitpid(pid, 0)[1] == 0
assert watch.wait(0) is None and d.state is State.UNPLUGGED
watch.close()
PYTHON
unset FAKE_WAIT

fresh
blocks dax0.0 8
answer ""
FAKE_FAIL="35:online_movable:16"
export FAKE_FAIL
python "backend blocks: a block that refuses is named, progress counts blocks" <<'PYTHON'
d, seen = Context().device("dax0.0"), []
try: d.plug(progress=seen.append)
except ChangeError as e:
    assert (e.errno, e.step, e.block, e.outcome, e.result.backend) == (16, "online", 35, Outcome.UNDONE, Backend.BLOCKS), vars(e)
else: raise AssertionError
del os.environ["FAKE_FAIL"]
ctypes.CDLL(None).unsetenv(b"FAKE_FAIL")
assert d.plug(progress=seen.append).after is State.ONLINE_MOVABLE and d.blocks.movable == 8
assert all(0 <= p.done <= p.total or not p.total for p in seen), seen
PYTHON
unset FAKE_FAIL

### the driver of a device

export DAXPLUG_PROC=$tmp/proc
# dax DRIVER: makes dax0.0 of four blocks. /dev/full exists on every machine and is used as the device
# file. Process 77 is in a made-up /proc.
dax() {
	fresh
	answer ""
	blocks dax0.0 4
	mkdir -p "$drivers/device_dax" "$DAXPLUG_PROC/77/task/77/fd" "$DAXPLUG_PROC/77/map_files"
	touch "$drivers/device_dax/"{bind,unbind,new_id,remove_id}
	printf '%d:%d\n' "0x$(stat -c %t /dev/full)" "0x$(stat -c %T /dev/full)" >"$devices/dax0.0/dev"
	echo reader >"$DAXPLUG_PROC/77/comm"
	: >"$DAXPLUG_PROC/77/task/77/maps"
	ln -s "../../../bus/dax/drivers/$1" "$devices/dax0.0/driver"
}
dax device_dax
python "the mode, and who uses the device" <<'PYTHON'
d = Context().device("dax0.0")
assert d.mode is Mode.DEVDAX and str(Mode.SYSTEM_RAM) == "system-ram" and list(d.users()) == []
assert d.check_mode("system-ram") is None and d.mode is Mode.DEVDAX
r = d.set_mode(Mode.SYSTEM_RAM, timeout=30)
assert r.outcome is Outcome.DONE and d.mode is Mode.SYSTEM_RAM and Context().device("dax0.0").driver == "kmem"
assert d.set_mode("system-ram").outcome is Outcome.NOTHING
for bad in ("none", "other", Mode.NONE, Mode.OTHER, 99, "ram"):
    for call in (d.set_mode, d.check_mode):
        with raises(ValueError): call(bad)
for bad in (None, True, Zone.MOVABLE):
    with raises(TypeError): d.set_mode(bad)
assert d.mode is Mode.SYSTEM_RAM
PYTHON
dax device_dax
ln -s /dev/full "$DAXPLUG_PROC/77/task/77/fd/5"
python "a device in use keeps its driver" <<'PYTHON'
import shutil
d = Context().device("dax0.0")
assert list(d.users()) == [(77, "reader", False)], list(d.users())
for call in (d.set_mode, d.check_mode):
    try: call("system-ram")
    except ChangeError as e:
        assert (e.errno, e.step, e.result.holder) == (errno.EBUSY, "users", (77, "reader")), vars(e)
        assert "process 77 (reader) uses the device; nothing was changed" in str(e), e
    else: raise AssertionError
assert d.mode is Mode.DEVDAX
shutil.rmtree(devices + "dax0.0")
for call in (lambda: d.mode, d.users, lambda: d.set_mode("devdax"), lambda: d.check_mode("devdax")):
    try: call()
    except Error as e: assert e.errno == errno.ENODEV, (call, e)
    else: raise AssertionError(call)
PYTHON
rm -r "$DAXPLUG_PROC"
unset DAXPLUG_PROC

### the policy

start unplugged
answer ""
device dax2.0 134217728 - 2 device_dax
card dax0.0 7 0x1234
mkdir -p "$DAXPLUG_ROOT/etc/daxplug/daxplug.conf.d" "$DAXPLUG_ROOT/usr/lib/daxplug/daxplug.conf.d"
printf '[default]\nguard = always\n[card]\nserial = 0x1234, 9\norigin = cxl\nstate = movable\ntimeout = 1h 30min\n' \
	>"$DAXPLUG_ROOT/etc/daxplug/daxplug.conf.d/a.conf"
echo nonsense >"$DAXPLUG_ROOT/usr/lib/daxplug/daxplug.conf.d/a.conf"
printf '[bad]\nnode = 1\nstate = onlin\n' >"$DAXPLUG_ROOT/etc/daxplug/daxplug.conf.d/b.conf"
chmod -R go-w "$DAXPLUG_ROOT"
python "the policy: files, errors, rules, and why a rule matches or not" <<'PYTHON'
import copy
top = os.environ["DAXPLUG_ROOT"] + "/etc/daxplug/daxplug.conf.d/"
c = Context(); a, b = c; p = c.policy()
assert [(f.path, f.status, f.has_error) for f in p.files if f.hidden_by is None] == [
    (top + "a.conf", FileStatus.READ, False), (top + "b.conf", FileStatus.READ, True)], p.files
assert [f.hidden_by for f in p.files if f.status is FileStatus.HIDDEN] == [top + "a.conf"]
assert p.error_count == 1 and len(p.errors) == 1 and p.errors[0].next is None, p.errors
assert (p.errors[0].file, p.errors[0].line) == (top + "b.conf", 3) and "state = onlin" in p.errors[0].text
default, card, bad = p.rules
assert (default.is_default, card.is_default, bad.is_broken, card.is_broken) == (True, False, True, False)
assert (card.name, card.file, card.line) == ("card", top + "a.conf", 3)
assert (card.state, card.guard, card.timeout) == (State.ONLINE_MOVABLE, Guard.ALWAYS, 5400)
assert (default.state, default.timeout, bad.state) == (None, None, None)
assert card.keys == {"origin": ["cxl"], "serial": [(0x1234, 0x1234), (9, 9)]}, card.keys
assert p.rule(a) == card and hash(p.rule(a)) == hash(card) and p.rule(a) != bad and p.rule(b) is None
assert p.match(card, a) == (Match.YES, None) and p.match(card, b) == (Match.NO, "origin")
assert p.match(default, a) == (Match.NO_RULE, None) and p.match(bad, a) == (Match.NO, "node")
assert p.cards_with(0x1234) is None and p.cards_with(2**64 - 1) is None
one = c.policy(file=top + "b.conf")
assert [r.name for r in one.rules] == ["bad"] and len(c.policy(directory=top).rules) == 3
os.chmod(top + "a.conf", 0o666)
p2 = c.policy()
assert "everybody may write it" in p2.errors[0].text and "chmod go-w" in p2.errors[0].next
with open(top + "a.conf") as f:
    with raises(Denied, "refused: everybody may write it"): p.check_owner(f, f.name)
    os.chmod(f.fileno(), 0o644)
    assert p.check_owner(f.fileno(), f.name) is None
with raises(NotFound, "/nonexistent"): c.policy(directory="/nonexistent")
assert c.policy(file="/nonexistent").error_count == 1
for bad_call in (lambda: p.rule(None), lambda: p.match(card, None), lambda: one.match(card, a),
                 lambda: p.match(None, a), lambda: Policy(), lambda: Rule(), lambda: copy.copy(card),
                 lambda: copy.copy(p), lambda: c.policy(file=1)):
    with raises(TypeError): bad_call()
for bad_call in (lambda: c.policy(file="a", directory="b"), lambda: c.policy(file="a\0b"),
                 lambda: p.cards_with(0), lambda: p.cards_with(2**64), lambda: parse_time("0")):
    with raises(ValueError): bad_call()
assert (parse_time("500ms"), parse_time("1h 30min"), parse_time("none")) == (0.5, 5400, None)
rule = p.rule(a); del p, default, card, bad, p2, one; gc.collect()
assert rule.name == "card" and rule.keys
raw = object.__new__(Policy); del raw; gc.collect()
PYTHON

### watching

start unplugged
answer ""
python "watch: what happens comes, in any thread's time, until it is closed" <<'PYTHON'
events = os.open(os.environ["FAKE_EVENTS"], os.O_RDWR)
d = Context().device("dax0.0")
with Context().watch() as watch:
    there = watch.present()
    assert [(e.type, e.device.name, e.before, e.after) for e in there] == [
        (Event.PRESENT, "dax0.0", State.UNPLUGGED, State.UNPLUGGED)], there
    assert watch.present() == []
    assert watch.wait(0) is None and watch.wait(0.01) is None and watch.fileno() >= 0
    d.plug(); os.write(events, b"x")
    e = watch.wait(10)
    assert (e.type, e.device.name, e.before, e.after) == (Event.CHANGED, "dax0.0", State.UNPLUGGED, State.ONLINE_MOVABLE)
    os.rename(devices + "dax0.0", devices + "../gone"); os.write(events, b"x")
    e = next(watch)
    assert (e.type, e.after) == (Event.REMOVED, State.UNPLUGGED) and iter(watch) is watch
    os.rename(devices + "../gone", devices + "dax0.0")
    def later():
        os.write(events, b"x")
    threading.Thread(target=later).start()
    for e in watch: break
    assert e.type is Event.ADDED and e.device.size == 4 << 30
    ended = []
    thread = threading.Thread(target=lambda: ended.append(list(watch)))
    thread.start()
    while not watch._busy.locked(): time.sleep(0.001)
    with raises(RuntimeError, "in use"): watch.wait(0)
    with raises(RuntimeError, "in use"): watch.fileno()
    with raises(RuntimeError, "in use"): watch.present()
    watch.close()
    thread.join(10)
    assert ended == [[]] and watch._pointer is None
with Context().watch() as later:
    d.unplug(); os.write(events, b"x")
    assert [(e.type, e.after) for e in later.present()] == [(Event.PRESENT, State.ONLINE_MOVABLE)]
    last = later.wait(10)
    assert (last.type, last.before, last.after) == (Event.CHANGED, State.ONLINE_MOVABLE, State.UNPLUGGED), last
    assert later.wait(0) is None and later.present() == []
    d.plug()
watch.close()
for call in (watch.wait, watch.fileno, watch.present):
    with raises(ValueError, "closed"): call()
assert list(watch) == [] and e.device.state
w = Context().watch()
signal.signal(signal.SIGALRM, lambda *a: w.close())
signal.setitimer(signal.ITIMER_REAL, 0.1)
assert list(w) == []
w = Context().watch()
signal.signal(signal.SIGALRM, signal.default_int_handler)
with raises(KeyboardInterrupt):
    signal.setitimer(signal.ITIMER_REAL, 0.1)
    next(w)
assert w.wait(0) is None
PYTHON

### misuse

start unplugged
answer ""
python "wrong types and values are refused before anything is done" <<'PYTHON'
import copy, pickle
c = Context(); d = c.device("dax0.0"); w = c.watch(); ch = Change()
for zone in (None, True, 1.0, b"movable", State.ONLINE, [], object()):
    with raises(TypeError): d.plug(zone)
for zone in ("", "Movable", "online_movable", "movable\0", 3, -1, 2**70):
    with raises(ValueError): d.plug(zone)
for bad in ("1", True, b"", []):
    with raises(TypeError): d.plug(timeout=bad)
    with raises(TypeError): d.stall = bad
for bad in (0, -1, float("nan"), float("inf"), 2**32, 1e300):
    with raises(ValueError): d.plug(timeout=bad)
for bad in (float("inf"), 2**64, 0):
    with raises(ValueError): d.timeout = bad
with raises(TypeError): d.plug(progress=1)
for bad in (1, d, w, object()):
    with raises(TypeError): d.plug(change=bad)
with raises(TypeError): d.preflight(None)
with raises(Error): d.preflight(State.INCONSISTENT)
with raises(TypeError): d.guard = True
with raises(ValueError): d.guard = "sometimes"
for bad in (None, 1, b"dax0.0", d):
    with raises(TypeError): c.device(bad)
with raises(ValueError): c.device("dax0.0\0x")
with raises(Error): c.device("dax0.0\udc80" + "x" * 5000)
with raises(ValueError): Context("/sys\0")
with raises(TypeError): Context(1.5)
with raises(Error): Context("")
for own in (d, w, ch):
    for f in (copy.copy, copy.deepcopy, pickle.dumps):
        with raises(TypeError): f(own)
for cls in (Device, Watch):
    with raises(TypeError): cls()
    with raises(TypeError): cls(123)
    with raises(TypeError): object.__new__(cls, 1)
    del cls
with raises(AttributeError): d.sate = 1
with raises(AttributeError): d.state = "online"
for bad in (-1, float("nan"), True):
    with raises(ValueError): w.wait(bad)
raw = object.__new__(Device); del raw; gc.collect()
raw = object.__new__(Watch); del raw; gc.collect()
assert word() == "unplugged"
PYTHON
python "a change asks for consent, and tells its end" <<'PYTHON'
c = Context(); d = c.device("dax0.0"); change = Change(); seen = []
d.unplug()
def no(before, want): seen.append((before, want)); return False
def fails(call):
    try: call()
    except ChangeError as error: return error
    raise AssertionError("it does not fail")
import select
def ends():
    while (result := change.dispatch()) is None: select.select([change], [], [])
    return result
def bad(before, want): raise KeyError("the database needs it")
change.set_consent(no, lambda outcome, err: seen.append((outcome, err)))
e = fails(lambda: d.plug(change=change))
assert e.errno == errno.ECANCELED and e.step == "consent" and not e.result.begun
assert seen == [(State.UNPLUGGED, State.ONLINE_MOVABLE), (Outcome.UNDONE, errno.ECANCELED)] and word() == "unplugged", seen
change.set_consent(bad)
assert isinstance(fails(lambda: d.plug(change=change)).__cause__, KeyError) and word() == "unplugged"
change.start(d, "plug")
assert isinstance(fails(ends).__cause__, KeyError) and word() == "unplugged"
change.set_consent(lambda before, want: True)
assert d.plug(change=change).outcome is Outcome.DONE and word() == "online_movable"
change.set_consent(None)
assert d.unplug(change=change).outcome is Outcome.DONE
with raises(TypeError): change.set_consent(1)
PYTHON
python "many threads and the collector on the same objects" <<'PYTHON'
sys.setswitchinterval(1e-5)
c = Context(); d = c.device("dax0.0"); failed = []
end = time.monotonic() + 1
def work(i):
    try:
        while time.monotonic() < end:
            for x in c: assert x.state in State and x.blocks is not None if i % 2 else x.name
            (d.plug if i == 0 else d.unplug)() if i < 2 else c.watch().close()
            if i == 3: gc.collect()
    except Error as e:
        if e.errno not in (errno.EBUSY, errno.EPROTO): failed.append(e)
    except BaseException as e: failed.append(e)
threads = [threading.Thread(target=work, args=(i,)) for i in range(4)]
for t in threads: t.start()
for t in threads: t.join()
assert not failed, failed
PYTHON
name="without the library the import says what to install"
LD_LIBRARY_PATH=/nonexistent "$python" -c 'import daxplug' >"$tmp/out" 2>"$tmp/err"
if grep -q '^ImportError: libdaxplug cannot be loaded: .*install libdaxplug0' "$tmp/err"; then ok; else fail; fi

finish
