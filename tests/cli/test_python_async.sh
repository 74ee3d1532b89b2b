#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tests of asynchronous changes and of the log in the Python binding, on a made-up kernel. Without
# python3 the test is skipped.

set -u
cd "$(dirname "$0")/../.." || exit 1
. tests/cli/python.sh

start unplugged
answer ""
python "a change in a loop of selectors, and one of asyncio" <<'PYTHON'
import asyncio, selectors
d, change, result = Context().device("dax0.0"), Change(), None
with raises(RuntimeError, "not begun"): change.dispatch()
assert change.start(d, "plug", "movable", timeout=30) is None
with selectors.DefaultSelector() as selector:
    selector.register(change, selectors.EVENT_READ)
    while result is None:
        assert selector.select(10)
        result = change.dispatch()
assert (result.outcome, result.before, result.after) == (Outcome.DONE, State.UNPLUGGED, State.ONLINE_MOVABLE)
assert word() == "online_movable" and result.failed_step is Step.NONE and result.step is None
with raises(RuntimeError, "not begun"): change.dispatch()
async def unplug():
    loop, ended = asyncio.get_running_loop(), asyncio.get_running_loop().create_future()
    def ready():
        result = change.dispatch()
        if result is not None: ended.set_result(result)
    loop.add_reader(change.fileno(), ready)
    change.start(d, Action.UNPLUG)
    try: return await asyncio.wait_for(ended, 10)
    finally: loop.remove_reader(change.fileno())
assert asyncio.run(unplug()).outcome is Outcome.DONE and word() == "unplugged"
assert change.close() is None is change.close()
for call in (change.dispatch, change.fileno, lambda: change.start(d, "repair"), lambda: d.plug(change=change)):
    with raises(ValueError, "closed"): call()
change = Change()
for bad in (("plug", 3), ("unplug", "movable"), ("repair", 0), ("set_mode", "other"), ("jump",), (9,)):
    with raises(ValueError): change.start(d, *bad)
for bad in ((None, "plug"), (change, "plug"), (d, None), (d, Zone.AUTO), (d, "set_mode"), (d, "plug", True)):
    with raises(TypeError): change.start(*bad)
with raises(TypeError): change.start(d, "plug", progress=1)
assert word() == "unplugged"
assert (parse_duration("400d"), parse_duration("500ms")) == (400 * 86400, 0.5)
for bad in ("", "0", "none", "1x", "1\0"):
    with raises(ValueError): parse_duration(bad)
PYTHON
export FAKE_WAIT=1
python "a change that is cancelled, closed, dropped, or ended by what a function raises" <<'PYTHON'
import select
d, change = Context().device("dax0.0"), Change()
def follow(change):
    while True:
        assert select.select([change], [], [], 10)[0]
        result = change.dispatch()
        if result is not None: return result
change.start(d, "plug")
os.read(ready, 1)
assert change.dispatch() is None
for call in (lambda: change.start(d, "plug"), lambda: d.plug(change=change)):
    with raises(RuntimeError, "in use"): call()
change.cancel()
with raises(ChangeInterrupted, "the plug failed", "it was undone"): follow(change)
assert word() == "unplugged"
change.start(d, "plug", timeout=0.2)
try: follow(change)
except ChangeTimeout as e: assert e.limit is Limit.DEADLINE and e.failed_step is Step.NONE, vars(e)
else: raise AssertionError
class Mine(Exception): pass
def progress(p):
    with raises(RuntimeError, "in use"): change.dispatch()
    with raises(RuntimeError, "in use"): change.close()
    raise Mine
change.start(d, "plug", progress=progress)
try: follow(change)
except Mine as e: assert e.daxplug_result.outcome is Outcome.UNDONE and type(e.__cause__) is ChangeInterrupted
else: raise AssertionError
while select.select([ready], [], [], 0)[0]: os.read(ready, 1)
with change:
    change.start(d, "plug")
    os.read(ready, 1)
    pid = os.fork()
    if not pid:
        for call in (change.cancel, change.dispatch, change.fileno, lambda: change.start(d, "plug")):
            with raises(RuntimeError, "another process's"): call()
        assert change.close() is None
        del change; gc.collect()
        os._exit(0)
    assert os.waitpid(pid, 0)[1] == 0 and change.dispatch() is None
assert word() == "unplugged"
change = Change()
change.start(d, "plug")
os.read(ready, 1)
assert change.close().outcome is Outcome.UNDONE
change = Change()
change.start(d, "plug", progress=lambda p, c=change: None)
os.read(ready, 1)
before = len(os.listdir("/proc/self/fd"))
del change; gc.collect()
assert len(os.listdir("/proc/self/fd")) <= before - 2 and word() == "unplugged"
PYTHON
unset FAKE_WAIT
fresh
blocks dax0.0 4
answer ""
python "the log: of calls that wait, of changes that do not, as long as a device" <<'PYTHON'
import select
c, lines, thread = Context(), [], threading.get_ident()
silent = c.device("dax0.0")
def log(level, device, text):
    assert threading.get_ident() == thread and device == "dax0.0" and "\n" not in text
    lines.append((level, text))
c.set_log(log)
d = c.device("dax0.0")
c.set_log(None)
del c, log; gc.collect()
silent.unplug()
assert not lines
d.plug()
assert len(lines) > 4 and {level for level, _ in lines} <= set(LogLevel) and any("ends: done" in t for _, t in lines), lines
del lines[:]
change = Change()
change.start(d, "unplug")
del d; gc.collect()
assert select.select([change], [], [], 10)[0] and not lines
while change.dispatch() is None: select.select([change], [], [], 10)
assert len(lines) > 4
class Mine(Exception): pass
c = Context()
def log(level, device, text): raise Mine
c.set_log(log)
for d in (c.device("dax0.0"), c.devices()[0], c.watch().present()[0].device):
    try: d.plug()
    except Mine as e: assert e.daxplug_result.after is not None
    else: raise AssertionError
    change.start(d, "unplug")
    try:
        while change.dispatch() is None: select.select([change], [], [], 10)
    except Mine as e: assert e.daxplug_result.after is not None
    else: raise AssertionError
for bad in (1, "log"):
    with raises(TypeError): c.set_log(bad)
PYTHON
start unplugged
answer ""
echo always >"$devices/dax0.0/plug/guard"
echo 0 >"$devices/dax0.0/plug/timeout_ms"
python "the log of a setting" <<'PYTHON'
c, lines = Context(), []
c.set_log(lambda *line: lines.append(line))
d = c.device("dax0.0")
d.guard = "off"
assert lines and lines[0][0] is LogLevel.DEBUG and "plug/guard" in lines[0][2], lines
def log(*line): raise ZeroDivisionError
c.set_log(log)
d = c.device("dax0.0")
with raises(ZeroDivisionError): d.timeout = 1
assert d.timeout == 1
PYTHON
finish
