# SPDX-License-Identifier: LGPL-2.1-or-later
"""Where devices are found."""

import ctypes
import errno

from ._device import Device
from ._errors import check
from ._library import ask, c_text, lib, text_of
from ._log import TELL, Log
from ._policy import Policy
from ._watch import Watch


class Context:
    """Where devices are looked for: /sys, or another directory that holds bus/dax.

    It has no handle: each look has a context of the library of its own. So any thread may
    use it, and a signal handler too while a look runs.
    """

    __slots__ = ("_log", "_root")

    def __init__(self, root=None):
        self._root = None if root is None else c_text(root, "the root")
        self._log = None
        self._with(lambda _ctx: None)   # an empty root is refused here

    def set_log(self, function):
        """Calls function(level, device, text) with a LogLevel, a device's name and a line,
        for each thing that the library does to a device that is found from now on. None:
        nobody is told. It is called in the thread that changes the device, or dispatches
        the Change. What it raises ends the change, and is raised again after the undo."""
        if function is not None and not callable(function):
            raise TypeError(f"a log is a function or None, not {function!r}")
        self._log = None if function is None else Log(function)

    def _with(self, function, log=None):
        err, ctx = ask(lib.new, ctypes.c_void_p)
        check(err, "a context cannot be made")
        try:
            if self._root is not None:
                check(lib.set_sysfs_root(ctx, self._root), "that is no root of sysfs")
            if log is not None:
                lib.set_log(ctx, TELL, log.number)
            return function(ctx)
        finally:
            lib.unref(ctx)

    def devices(self):
        """All DAX devices, a list of Device, sorted by region and number."""
        log = self._log

        def scan(ctx):
            check(lib.scan(ctx), "devices cannot be looked for")
            found = []
            pointer = lib.device_get_first(ctx)
            while pointer:
                found.append(Device._of(lib.device_ref(pointer), log))
                pointer = lib.device_get_next(pointer)
            return found
        return self._with(scan, log)

    def __iter__(self):
        return iter(self.devices())

    def device(self, name):
        """The Device of that name. Error with ENODEV if there is none."""
        if not isinstance(name, str):
            raise TypeError(f"a name is a str such as 'dax0.0', not {name!r}")
        raw = c_text(name, "the name")
        log = self._log

        def look_up(ctx):
            err, pointer = ask(lib.device_get_by_name, ctypes.c_void_p, ctx, raw)
            check(err, "the device cannot be looked up", name)
            return Device._of(pointer, log)
        return self._with(look_up, log)

    @property
    def left_auto_online(self):
        """What a change that was killed has not put back into auto_online_blocks, a word,
        or None."""
        def look(ctx):
            err, word = ask(lib.get_left_auto_online, ctypes.c_char_p, ctx)
            if err == errno.ENOENT:
                return None
            check(err, "it cannot be read")
            return text_of(word)
        return self._with(look)

    def policy(self, *, directory=None, file=None):
        """The Policy of this machine, or of the files *.conf of one directory, or of one
        file. Serial numbers match as the cards are now."""
        if directory is not None and file is not None:
            raise ValueError("a policy is of a directory or of a file")
        if directory is not None:
            policy = Policy._read(lib.policy_read_dir, c_text(directory, "the directory"))
        elif file is not None:
            policy = Policy._read(lib.policy_read_file, c_text(file, "the file"))
        else:
            policy = Policy._read(lib.policy_read)

        def read_cards(ctx):
            check(lib.scan(ctx), "devices cannot be looked for")
            check(lib.policy_read_cards(policy._pointer, ctx), "cards cannot be looked at")
        self._with(read_cards)
        return policy

    @property
    def zone_sizes(self):
        """Bytes of the machine that are in ZONE_MOVABLE or CMA, and bytes that the kernel can
        use for its own data: a pair, or None if it is not known."""
        movable, kernel = ctypes.c_uint64(), ctypes.c_uint64()
        err = -lib.get_zone_sizes(ctypes.byref(movable), ctypes.byref(kernel))
        if err == errno.EOPNOTSUPP:
            return None
        check(err, "it cannot be read")
        return movable.value, kernel.value

    def watch(self):
        """A Watch of all devices."""
        log = self._log

        def begin(ctx):
            err, pointer = ask(lib.watch_new, ctypes.c_void_p, ctx)
            check(err, "the devices cannot be watched")
            return Watch._of(pointer, log)
        return self._with(begin, log)
