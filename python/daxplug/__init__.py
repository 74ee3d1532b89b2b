# SPDX-License-Identifier: LGPL-2.1-or-later
"""libdaxplug for Python: plug a whole DAX device as memory, or unplug it whole.

    import daxplug

    for device in daxplug.Context().devices():
        print(device.name, device.state)
    daxplug.Context().device("dax0.0").plug(zone="movable", timeout=60)

Sizes are in bytes, times in seconds. None stands for what does not exist or is not
known. Every failure is an Error, which is an OSError with an errno; a change that fails
is a ChangeError, which has a result. doc/python.md has examples, doc/man/libdaxplug.3
what the library promises.

Every live property asks the kernel anew. Any number of threads may use one Context or
one Device. A Watch, and a Change while it runs, is for one thread at a time, and for
the process that made it.
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

# A traceback, a pickle and the documentation name them as a program does.
for _name in __all__:
    globals()[_name].__module__ = __name__
del _name
