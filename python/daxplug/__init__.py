# SPDX-License-Identifier: LGPL-2.1-or-later
"""libdaxplug for Python: makes a whole DAX device system RAM, or takes it out again.

    import daxplug

    for device in daxplug.Context().devices():
        print(device.name, device.state)
    daxplug.Context().device("dax0.0").plug(zone="movable", timeout=60)

Sizes are in bytes, times in seconds. None means that a value does not exist or is not
known. Every failure raises an Error, which is an OSError with an errno. A change that
fails raises a ChangeError, which has a result. doc/python.md has examples, and
doc/man/libdaxplug.3 says what the library promises.

Some properties are read when the device is found. All others are read from the kernel
each time. Any number of threads may use one Context or one Device. Only one thread at a
time may use a Watch, or a Change while it runs, and only in the process that created it.
"""

from ._change import Change
from ._context import Context
from ._device import Device
from ._errors import (ChangeDenied, ChangeError, ChangeInterrupted, ChangeTimeout, Denied, Error,
                      NotFound)
from ._library import lib as _lib
from ._policy import Policy, Rule, parse_duration, parse_time
from ._values import (Blocker, Blocks, Finding, MemoryDevice, Poison, PolicyError, PolicyFile,
                      Preflight, Progress, Range, Result, User, WatchEvent)
from ._watch import Watch
from ._words import (Action, Backend, Event, FileStatus, Guard, Level, Limit, LogLevel, Match,
                     Memmap, Mode, Origin, Outcome, Stat, State, Step, Zone)

__all__ = [
    "Action", "Backend", "Blocker", "Blocks", "Change", "ChangeDenied", "ChangeError",
    "ChangeInterrupted", "ChangeTimeout", "Context", "Denied", "Device", "Error", "Event",
    "FileStatus", "Finding", "Guard", "Level", "Limit", "LogLevel", "Match", "Memmap",
    "MemoryDevice", "Mode", "NotFound", "Origin", "Outcome", "Poison", "Policy", "PolicyError", "PolicyFile",
    "Preflight", "Progress", "Range", "Result", "Rule", "Stat", "State", "Step", "User",
    "Watch", "WatchEvent", "Zone", "parse_duration", "parse_time",
]
__version__ = _lib.version().decode()

# Tracebacks, pickles and the documentation then use the names that a program uses.
for _name in __all__:
    globals()[_name].__module__ = __name__
del _name
