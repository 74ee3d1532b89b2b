# SPDX-License-Identifier: LGPL-2.1-or-later
"""The context, which finds devices."""

import ctypes
import errno

from ._device import Device
from ._errors import check
from ._library import ask, c_text, lib, text_of
from ._log import TELL, Log
from ._policy import Policy
from ._watch import Watch


class Context:
    """Finds devices in /sys, or in another directory that has bus/dax in it.

    It owns no handle: each call creates a context of the library for itself. So any thread
    may use it, and so may a signal handler while another call runs.
    """

    __slots__ = ("_log", "_root")

    def __init__(self, root=None):
        self._root = None if root is None else c_text(root, "the root")
        self._log = None
        self._with(lambda _ctx: None)   # raises an Error if the root is empty

    def set_log(self, function):
        """Sets the function for log messages about devices that are found from now on.
        function(level, device, text) gets a LogLevel, the name of the device and one line.
        With None, there are no messages. The thread that changes the device, or that
        dispatches the Change, calls the function. An exception of the function ends the
        change, and is raised again after the undo."""
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
        """Returns all DAX devices: a list of Device, sorted by region and number."""
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
        """Returns the Device of that name. Raises Error with ENODEV if there is none."""
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
        """The former value of auto_online_blocks, if a change was killed before it restored
        that value, or None."""
        def look(ctx):
            err, word = ask(lib.get_left_auto_online, ctypes.c_char_p, ctx)
            if err == errno.ENOENT:
                return None
            check(err, "it cannot be read")
            return text_of(word)
        return self._with(look)

    def policy(self, *, directory=None, file=None):
        """Reads the Policy of this machine, or the files *.conf of one directory, or one file.
        Serial numbers are compared with those of the cards that exist now."""
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
        """A pair: the bytes of memory in ZONE_MOVABLE or CMA, and the bytes that the kernel can
        use for its own data. None if the sizes are not known."""
        movable, kernel = ctypes.c_uint64(), ctypes.c_uint64()
        err = -lib.get_zone_sizes(ctypes.byref(movable), ctypes.byref(kernel))
        if err == errno.EOPNOTSUPP:
            return None
        check(err, "it cannot be read")
        return movable.value, kernel.value

    def watch(self):
        """Returns a Watch of all devices."""
        log = self._log

        def begin(ctx):
            err, pointer = ask(lib.watch_new, ctypes.c_void_p, ctx)
            check(err, "the devices cannot be watched")
            return Watch._of(pointer, log)
        return self._with(begin, log)
