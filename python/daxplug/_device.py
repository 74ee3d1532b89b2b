# SPDX-License-Identifier: LGPL-2.1-or-later
"""A device."""

import ctypes
import errno
import threading

from ._call import call, collect
from ._change import Change, Changeable, wanted_mode
from ._errors import check
from ._library import (BLOCKER_FN, NO_BLOCK, POISON_FN, SIZE_UNKNOWN, UINT_MAX, USER_FN, RawBlocks,
                       ask, lib, text_of, to_milliseconds, to_seconds)
from ._values import Blocker, Blocks, Finding, MemoryDevice, Poison, Preflight, Range, User
from ._words import (Backend, Guard, Level, Memmap, Mode, Origin, Stat, State, Zone, given,
                     received)

_changing = threading.local()   # names: the devices that this thread changes now


class Device(Changeable):
    """A DAX device. Name, size, node, driver and origin have the values of the time when the
    device was found. All other values are read from the kernel each time. If the device
    was removed, that raises Error with ENODEV."""

    __slots__ = ("_log",)

    @classmethod
    def _of(cls, pointer, log=None):
        device = super()._of(pointer)
        device._log = log       # must live as long as the device
        return device

    def __del__(self, _unref=lib.device_unref):
        _unref(getattr(self, "_pointer", None))

    def __repr__(self):
        return f"<daxplug.Device {self.name}>"

    def _live(self, function, kind, what):
        err, value = ask(function, kind, self._pointer)
        check(err, what, self.name)
        return value

    # values of the time when the device was found

    @property
    def name(self):
        """Such as dax0.0."""
        return text_of(lib.device_get_name(self._pointer))

    @property
    def path(self):
        """Its directory in sysfs."""
        return text_of(lib.device_get_path(self._pointer))

    @property
    def driver(self):
        """Such as kmem, or None."""
        return text_of(lib.device_get_driver(self._pointer))

    @property
    def size(self):
        """All bytes of its ranges, or None; usable is what can be plugged."""
        size = lib.device_get_size(self._pointer)
        return None if size == SIZE_UNKNOWN else size

    @property
    def align(self):
        """The alignment of its mappings, or None."""
        return lib.device_get_align(self._pointer) or None

    @property
    def target_node(self):
        """The NUMA node that its memory is plugged into, or None."""
        node = lib.device_get_target_node(self._pointer)
        return None if node < 0 else node

    @property
    def origin(self):
        """Its Origin."""
        return received(Origin, lib.device_get_origin(self._pointer))

    @property
    def region(self):
        """The kernel's name of its region, or None."""
        return text_of(lib.device_get_region(self._pointer))

    @property
    def uuid(self):
        """The UUID of its region or namespace, or None."""
        return text_of(lib.device_get_uuid(self._pointer))

    @property
    def memory_devices(self):
        """Its CXL memory devices, a list of MemoryDevice in interleave order."""
        found = []
        for index in range(lib.device_get_memdevs(self._pointer)):
            name, serial = ctypes.c_char_p(), ctypes.c_uint64()
            err = lib.device_get_memdev(self._pointer, index, ctypes.byref(name),
                                         ctypes.byref(serial))
            found.append(MemoryDevice(None, None) if err else
                         MemoryDevice(text_of(name.value), serial.value))
        return found

    # values that are read from the kernel each time

    @property
    def ranges(self):
        """Its physical addresses: a list of Range. Only root can read them."""
        found = []
        for index in range(lib.device_get_ranges(self._pointer)):
            start, end = ctypes.c_uint64(), ctypes.c_uint64()
            check(lib.device_get_range(self._pointer, index, ctypes.byref(start),
                                         ctypes.byref(end)),
                   "its ranges cannot be read", self.name)
            found.append(Range(start.value, end.value))
        return found

    @property
    def backend(self):
        """The Backend that would carry out a change."""
        return received(Backend, lib.device_get_backend(self._pointer))

    @property
    def state(self):
        """Its State. Raises Error with EOPNOTSUPP if a driver other than kmem is bound."""
        return received(State, self._live(lib.device_get_state, ctypes.c_int,
                                           "its state cannot be read"))

    @property
    def mode(self):
        """Its Mode, which says which driver is bound now."""
        return received(Mode, self._live(lib.device_get_mode, ctypes.c_int,
                                         "its mode cannot be read"))

    @property
    def block_size(self):
        """The size of a memory block, in bytes."""
        return self._live(lib.device_get_block_size, ctypes.c_uint64,
                          "the size of memory blocks cannot be read")

    @property
    def usable(self):
        """The size of all whole memory blocks, which can be plugged, in bytes."""
        return self._live(lib.device_get_usable, ctypes.c_uint64,
                          "its usable size cannot be read")

    @property
    def online_size(self):
        """Bytes that are system RAM now."""
        return self._live(lib.device_get_online_size, ctypes.c_uint64,
                          "its online size cannot be read")

    @property
    def used(self):
        """Bytes in use. Raises Error with EOPNOTSUPP if that is unknown."""
        return self._live(lib.device_get_used, ctypes.c_uint64,
                          "how much of it is in use is not known")

    @property
    def blocks(self):
        """The numbers of its memory blocks by state: a Blocks."""
        raw = RawBlocks()
        check(lib.device_read_blocks(self._pointer, ctypes.byref(raw), ctypes.sizeof(raw)),
               "its blocks cannot be counted", self.name)
        return Blocks(*(getattr(raw, name) for name in Blocks._fields))

    @property
    def stats(self):
        """The counters of the device: a dict of numbers by names such as "plugs"."""
        values = (ctypes.c_uint64 * len(Stat))()
        check(lib.device_get_stats(self._pointer, values, len(values)),
               "its statistics cannot be read", self.name)
        return {stat.word: values[stat.value] for stat in Stat}

    @property
    def guard(self):
        """Its Guard. It can be set to a member, a name or a number."""
        return received(Guard, self._live(lib.device_get_guard, ctypes.c_int,
                                           "its guard cannot be read"))

    @guard.setter
    def guard(self, guard):
        guard = given(Guard, guard)
        check(call(lib.device_set_guard, self._pointer, guard.value),
               "its guard cannot be set", self.name)

    @property
    def timeout(self):
        """How many seconds any unplug of the device may take; None means no limit."""
        return to_seconds(self._live(lib.device_get_timeout, ctypes.c_uint64,
                                   "its time limit cannot be read"))

    @timeout.setter
    def timeout(self, seconds):
        milliseconds = to_milliseconds(seconds, 2**64 - 1)
        check(call(lib.device_set_timeout, self._pointer, milliseconds),
               "its time limit cannot be set", self.name)

    @property
    def stall(self):
        """How many seconds without progress a block may take; None means no limit."""
        return to_seconds(self._live(lib.device_get_stall, ctypes.c_uint64,
                                   "its stall limit cannot be read"))

    @stall.setter
    def stall(self, seconds):
        milliseconds = to_milliseconds(seconds, 2**64 - 1)
        check(call(lib.device_set_stall, self._pointer, milliseconds),
               "its stall limit cannot be set", self.name)

    @property
    def memmap(self):
        """The Memmap for the next plug, which says where the page structures will be. It can
        be set to a member, a name or a number."""
        return received(Memmap, self._live(lib.device_get_memmap, ctypes.c_int,
                                           "where its page structures are cannot be read"))

    @memmap.setter
    def memmap(self, memmap):
        memmap = given(Memmap, memmap)
        check(call(lib.device_set_memmap, self._pointer, memmap.value),
               "where its page structures are cannot be set", self.name)

    @property
    def memmap_size(self):
        """How many bytes of the device its page structures take."""
        return self._live(lib.device_get_memmap_size, ctypes.c_uint64,
                          "where its page structures are cannot be read")

    @property
    def poisoned(self):
        """How many of its blocks have bad memory."""
        return self._live(lib.device_get_poisoned, ctypes.c_uint,
                          "its blocks with bad memory cannot be counted")

    @property
    def overlap(self):
        """Another Device that is bound to kmem and shares an address with it, or None."""
        err, pointer = ask(lib.device_get_overlap, ctypes.c_void_p, self._pointer)
        if err == errno.ENOENT:
            return None
        check(err, "devices over the same addresses cannot be looked for", self.name)
        return Device._of(pointer, self._log)

    def poison(self):
        """Returns an iterator of Poison: the page frames with bad memory. Only for root."""
        return iter(collect(lib.device_each_poison, self._pointer, POISON_FN,
                             lambda block, pfn, _data: Poison(block, pfn),
                             "its bad pages cannot be read", self.name))

    def blockers(self):
        """Returns an iterator of Blocker: what would prevent an unplug now, what an earlier
        change has met, and bad pages, which prevent nothing. Only for root. It can take a few
        seconds."""
        def make(raw, _data):
            raw = raw.contents
            return Blocker(None if raw.block == NO_BLOCK else raw.block, raw.pfn or None,
                           text_of(raw.kind),
                           None if raw.owner in (None, b"", b"-") else text_of(raw.owner),
                           bool(raw.last))
        return iter(collect(lib.device_each_blocker, self._pointer, BLOCKER_FN, make,
                             "what prevents an unplug cannot be read", self.name))

    def users(self):
        """Returns an iterator of User: the processes that have its file open or mapped. To see
        the processes of all users, run as root."""
        def make(raw, _data):
            raw = raw.contents
            return User(raw.pid, text_of(raw.name), bool(raw.mapped))
        return iter(collect(lib.device_each_user, self._pointer, USER_FN, make,
                            "who uses it cannot be seen", self.name))

    def preflight(self, want, *, replug=False, memmap=Memmap.DEFAULT, quick=False):
        """Returns a Preflight: what would prevent a change. want is a State, a Zone, or the
        name of a state. With quick, the pages that cannot be moved are not searched for."""
        want = want.state if isinstance(want, Zone) else given(State, want)
        change = Change()
        lib.change_set_replug(change._pointer, int(bool(replug)))
        lib.change_set_memmap(change._pointer, given(Memmap, memmap).value)
        err, pointer = ask(lib.device_preflight, ctypes.c_void_p, self._pointer,
                            want.value, change._pointer, int(bool(quick)))
        check(err, "the preflight failed", self.name)
        try:
            return _preflight(pointer)
        finally:
            lib.preflight_free(pointer)

    # changes

    def plug(self, zone=Zone.MOVABLE, *, replug=False, memmap=Memmap.DEFAULT, timeout=None,
             progress=None, change=None):
        """Makes the whole device system RAM. Returns a Result.

        replug    unplug the device first, if it is plugged in another zone or its page
                  structures are in another place than memmap says
        memmap    where the page structures will be: a Memmap
        timeout   seconds after which the change is ended and undone
        progress  a function that this thread calls with a Progress, about ten times a
                  second. Its exception ends the change and is raised again after the undo
        change    a Change, with which another thread can cancel this change
        """
        zone = given(Zone, zone)
        return self._change("plug", lib.device_plug, (zone.value,), replug, timeout,
                            progress, change, given(Memmap, memmap))

    def unplug(self, *, timeout=None, progress=None, change=None):
        """Takes the whole device out of system RAM. Arguments and result are as for plug()."""
        return self._change("unplug", lib.device_unplug, (), False, timeout, progress, change)

    def repair(self, *, timeout=None, progress=None, change=None):
        """Plugs an inconsistent device in the way in which it was last plugged. Arguments and
        result are as for plug()."""
        return self._change("repair", lib.device_repair, (), False, timeout, progress, change)

    def set_mode(self, mode, *, timeout=None, progress=None, change=None):
        """Gives the device to another driver (Mode.DEVDAX or Mode.SYSTEM_RAM), if it is not in
        use. Arguments and result are as for plug()."""
        return self._change("change of mode", lib.device_set_mode, (wanted_mode(mode),), False,
                            timeout, progress, change)

    def check_mode(self, mode):
        """Raises the ChangeError that set_mode() would raise, as far as that is known before.
        Changes nothing."""
        self._change("check of a change of mode", lib.device_check_mode, (wanted_mode(mode),),
                     False, None, None, None)

    def _change(self, verb, function, arguments, replug, timeout, progress, change,
                memmap=Memmap.DEFAULT):
        milliseconds = to_milliseconds(timeout, UINT_MAX)
        if progress is not None and not callable(progress):
            raise TypeError(f"progress is a function, not {progress!r}")
        if change is None:
            change = Change()
        elif not isinstance(change, Change):
            raise TypeError(f"change is a daxplug.Change, not {change!r}")
        name = self.name
        names = _changing.__dict__.setdefault("names", set())
        if name in names:
            raise RuntimeError(f"this thread changes {name} already: it would wait for itself")
        try:
            names.add(name)
            return change._run(verb, name, function, (self._pointer, *arguments),
                               bool(replug), milliseconds, progress, memmap.value)
        finally:
            names.discard(name)


def _preflight(pointer):
    found = Preflight(
        Finding(received(Level, lib.preflight_get_level(pointer, index)),
                -lib.preflight_get_errno(pointer, index),
                text_of(lib.preflight_get_word(pointer, index)),
                text_of(lib.preflight_get_text(pointer, index)))
        for index in range(lib.preflight_get_reasons(pointer)))
    worst = ctypes.c_uint(UINT_MAX)
    found.errno = -lib.preflight_get_worst(pointer, ctypes.byref(worst))
    if worst.value < len(found):
        found.worst = found[worst.value]
    before = ask(lib.preflight_get_before, ctypes.c_int, pointer)[1]
    found.before = None if before is None else received(State, before)
    found.used = ask(lib.preflight_get_used, ctypes.c_uint64, pointer)[1]
    found.room = ask(lib.preflight_get_room, ctypes.c_uint64, pointer)[1]
    return found
