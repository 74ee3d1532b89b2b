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

import ctypes
import dataclasses
import enum
import errno as _errno
import math
import os
import select
import signal
import threading
import time
import typing

__all__ = [
    "Backend", "Blocker", "Blocks", "Change", "ChangeDenied", "ChangeError",
    "ChangeInterrupted", "ChangeTimeout", "Context", "Denied", "Device", "Error", "Event",
    "Finding", "Guard", "Level", "Limit", "MemoryDevice", "NotFound", "Origin", "Outcome",
    "Poison", "Preflight", "Progress", "Range", "Result", "Stat", "State", "Watch",
    "WatchEvent", "Zone",
]


# --- the library -------------------------------------------------------------------

class _Blocks(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint)
                for name in ("total", "absent", "offline", "kernel", "movable")]


class _Blocker(ctypes.Structure):
    _fields_ = [("block", ctypes.c_uint64), ("pfn", ctypes.c_uint64),
                ("kind", ctypes.c_char_p), ("owner", ctypes.c_char_p), ("last", ctypes.c_int)]


class _Progress(ctypes.Structure):
    _fields_ = [("done", ctypes.c_uint), ("total", ctypes.c_uint),
                ("pages", ctypes.c_uint64), ("elapsed_ms", ctypes.c_uint),
                ("left_ms", ctypes.c_uint), ("undoing", ctypes.c_int),
                ("waiting", ctypes.c_int), ("holder", ctypes.c_int),
                ("holder_name", ctypes.c_char_p)]


class _WatchEvent(ctypes.Structure):
    _fields_ = [("type", ctypes.c_int), ("dev", ctypes.c_void_p),
                ("before", ctypes.c_int), ("after", ctypes.c_int)]


_BLOCKER_FN = ctypes.CFUNCTYPE(None, ctypes.POINTER(_Blocker), ctypes.c_void_p)
_POISON_FN = ctypes.CFUNCTYPE(None, ctypes.c_uint64, ctypes.c_uint64, ctypes.c_void_p)
_PROGRESS_FN = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(_Progress), ctypes.c_void_p)

_VOID = None
_HANDLE = ctypes.c_void_p       # a pointer to what only the library looks into
_OUT = ctypes.c_void_p          # a pointer to what it sets
_TEXT = ctypes.c_char_p
_INT = ctypes.c_int             # an enum as well
_UINT = ctypes.c_uint
_U64 = ctypes.c_uint64
_SIZE = ctypes.c_size_t

# What each function returns and takes. The test compares it with the headers.
_FUNCTIONS = {
    "version": (_TEXT,),
    "new": (_INT, _OUT),
    "unref": (_HANDLE, _HANDLE),
    "set_sysfs_root": (_INT, _HANDLE, _TEXT),
    "get_left_auto_online": (_INT, _HANDLE, _OUT),
    "scan": (_INT, _HANDLE),
    "device_get_first": (_HANDLE, _HANDLE),
    "device_get_next": (_HANDLE, _HANDLE),
    "device_get_by_name": (_INT, _HANDLE, _TEXT, _OUT),
    "device_ref": (_HANDLE, _HANDLE),
    "device_unref": (_HANDLE, _HANDLE),
    "device_get_name": (_TEXT, _HANDLE),
    "device_get_path": (_TEXT, _HANDLE),
    "device_get_driver": (_TEXT, _HANDLE),
    "device_get_size": (_U64, _HANDLE),
    "device_get_block_size": (_INT, _HANDLE, _OUT),
    "device_get_usable": (_INT, _HANDLE, _OUT),
    "device_get_online_size": (_INT, _HANDLE, _OUT),
    "device_get_used": (_INT, _HANDLE, _OUT),
    "device_get_align": (_U64, _HANDLE),
    "device_get_target_node": (_INT, _HANDLE),
    "device_get_ranges": (_UINT, _HANDLE),
    "device_get_range": (_INT, _HANDLE, _UINT, _OUT, _OUT),
    "device_get_origin": (_INT, _HANDLE),
    "device_get_region": (_TEXT, _HANDLE),
    "device_get_uuid": (_TEXT, _HANDLE),
    "device_get_memdevs": (_UINT, _HANDLE),
    "device_get_memdev": (_INT, _HANDLE, _UINT, _OUT, _OUT),
    "device_get_backend": (_INT, _HANDLE),
    "device_get_state": (_INT, _HANDLE, _OUT),
    "device_read_blocks": (_INT, _HANDLE, _OUT, _SIZE),
    "device_get_stats": (_INT, _HANDLE, _OUT, _UINT),
    "device_get_guard": (_INT, _HANDLE, _OUT),
    "device_set_guard": (_INT, _HANDLE, _INT),
    "device_get_timeout": (_INT, _HANDLE, _OUT),
    "device_set_timeout": (_INT, _HANDLE, _U64),
    "device_get_stall": (_INT, _HANDLE, _OUT),
    "device_set_stall": (_INT, _HANDLE, _U64),
    "device_get_poisoned": (_INT, _HANDLE, _OUT),
    "device_each_poison": (_INT, _HANDLE, _POISON_FN, _HANDLE),
    "device_each_blocker": (_INT, _HANDLE, _BLOCKER_FN, _HANDLE),
    "device_get_overlap": (_INT, _HANDLE, _OUT),
    "state_name": (_TEXT, _INT),
    "zone_state": (_INT, _INT, _OUT),
    "zone_name": (_TEXT, _INT),
    "backend_name": (_TEXT, _INT),
    "origin_name": (_TEXT, _INT),
    "guard_name": (_TEXT, _INT),
    "stat_name": (_TEXT, _INT),
    "state_parse": (_INT, _TEXT, _OUT),
    "zone_parse": (_INT, _TEXT, _OUT),
    "backend_parse": (_INT, _TEXT, _OUT),
    "origin_parse": (_INT, _TEXT, _OUT),
    "guard_parse": (_INT, _TEXT, _OUT),
    "stat_parse": (_INT, _TEXT, _OUT),
    "change_new": (_INT, _OUT),
    "change_free": (_VOID, _HANDLE),
    "change_set_deadline": (_VOID, _HANDLE, _UINT),
    "change_set_progress": (_VOID, _HANDLE, _PROGRESS_FN, _HANDLE),
    "change_cancel": (_VOID, _HANDLE),
    "change_get_begun": (_INT, _HANDLE),
    "change_get_holder": (_INT, _HANDLE, _OUT, _OUT),
    "change_set_replug": (_VOID, _HANDLE, _INT),
    "change_get_restored": (_INT, _HANDLE),
    "change_get_outcome": (_INT, _HANDLE),
    "change_get_backend": (_INT, _HANDLE),
    "change_get_before": (_INT, _HANDLE, _OUT),
    "change_get_after": (_INT, _HANDLE, _OUT),
    "change_get_step": (_TEXT, _HANDLE),
    "change_get_block": (_INT, _HANDLE, _OUT),
    "change_get_stuck": (_INT, _HANDLE, _OUT),
    "change_get_limit": (_INT, _HANDLE),
    "change_get_space": (_INT, _HANDLE, _OUT, _OUT),
    "device_preflight": (_INT, _HANDLE, _INT, _HANDLE, _INT, _OUT),
    "preflight_free": (_VOID, _HANDLE),
    "preflight_get_before": (_INT, _HANDLE, _OUT),
    "preflight_get_reasons": (_UINT, _HANDLE),
    "preflight_get_level": (_INT, _HANDLE, _UINT),
    "preflight_get_errno": (_INT, _HANDLE, _UINT),
    "preflight_get_word": (_TEXT, _HANDLE, _UINT),
    "preflight_get_text": (_TEXT, _HANDLE, _UINT),
    "preflight_get_worst": (_INT, _HANDLE, _OUT),
    "preflight_get_used": (_INT, _HANDLE, _OUT),
    "preflight_get_room": (_INT, _HANDLE, _OUT),
    "device_plug": (_INT, _HANDLE, _INT, _HANDLE),
    "device_unplug": (_INT, _HANDLE, _HANDLE),
    "device_repair": (_INT, _HANDLE, _HANDLE),
    "watch_new": (_INT, _HANDLE, _OUT),
    "watch_free": (_VOID, _HANDLE),
    "watch_get_fd": (_INT, _HANDLE),
    "watch_next": (_INT, _HANDLE, _OUT),
}


class _Library:
    """Each function of the library under its name without the prefix."""

    def __init__(self):
        try:
            library = ctypes.CDLL("libdaxplug.so.0")
            for name, (result, *arguments) in _FUNCTIONS.items():
                function = getattr(library, "daxplug_" + name)
                function.restype = result
                function.argtypes = arguments
                setattr(self, name, function)
        except (OSError, AttributeError) as error:
            raise ImportError(f"libdaxplug cannot be loaded: {error}; install libdaxplug0"
                              " of the same version") from error


_lib = _Library()
__version__ = _lib.version().decode()

_NO_BLOCK = 2**64 - 1
_SIZE_UNKNOWN = 2**64 - 1
_UINT_MAX = 2**32 - 1


def _text(raw):
    return None if raw is None else os.fsdecode(raw)


def _c_text(text, what):
    """The bytes of a str or path; a NUL in it would end it for the library."""
    raw = os.fsencode(text)
    if b"\0" in raw:
        raise ValueError(f"{what} has a NUL in it: {text!r}")
    return raw


def _ask(function, kind, *arguments):
    """What a getter sets. Return: its error, positive, or 0; the value."""
    value = kind()
    err = -function(*arguments, ctypes.byref(value))
    return err, value.value if not err else None


def _milliseconds(seconds, limit):
    """None, which is no limit, is 0 for the library; 0 would not mean what it says."""
    if seconds is None:
        return 0
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise TypeError(f"a time is a number of seconds or None, not {seconds!r}")
    if math.isnan(seconds) or seconds <= 0:
        raise ValueError(f"a time limit is more than 0 s, or None for no limit, not {seconds!r}")
    if math.isinf(seconds) or seconds * 1000 > limit:
        raise ValueError(f"a time limit is at most {limit / 1000} s, or None for no limit")
    return min(limit, math.ceil(seconds * 1000))


def _seconds(milliseconds):
    return milliseconds / 1000 if milliseconds else None


# --- words ----------------------------------------------------------------------------

class _Enum(enum.IntEnum):
    """A number of the library with its word, which str() gives."""

    @property
    def word(self):
        return self.name.lower()

    def __str__(self):
        return self.word

    def __format__(self, spec):
        return format(str(self), spec)

    @classmethod
    def parse(cls, word):
        """The member by its word; ValueError for another word."""
        for member in cls:
            if member.word == word:
                return member
        raise ValueError(f"{word!r} is no {cls.__name__.lower()}:"
                         f" {', '.join(member.word for member in cls)}")


class _Named(_Enum):
    """Its words are those that the library has functions for."""

    @property
    def word(self):
        raw = getattr(_lib, type(self).__name__.lower() + "_name")(self.value)
        return _text(raw) or self.name.lower()

    @classmethod
    def parse(cls, word):
        """The member by its word; ValueError for another word."""
        if not isinstance(word, str):
            raise TypeError(f"a word is a str, not {word!r}")
        parse = getattr(_lib, cls.__name__.lower() + "_parse")
        err, value = _ask(parse, ctypes.c_int, _c_text(word, "the word"))
        if err:
            raise ValueError(f"{word!r} is no {cls.__name__.lower()}:"
                             f" {', '.join(member.word for member in cls)}")
        return cls(value)


class Zone(_Named):
    """Which memory zone a plugged device goes to."""
    AUTO = 0
    KERNEL = 1
    MOVABLE = 2

    @property
    def state(self):
        """The state that plugging into it leads to."""
        return _received(State, _ask(_lib.zone_state, ctypes.c_int, self.value)[1])


class State(_Named):
    """What a device is. Only a Watch has the last two."""
    UNPLUGGED = 0
    OFFLINE = 1
    ONLINE = 2
    ONLINE_KERNEL = 3
    ONLINE_MOVABLE = 4
    INCONSISTENT = 5
    OTHER_DRIVER = 6
    UNKNOWN = 7


class Backend(_Named):
    """What carries out a plug or unplug."""
    NONE = 0
    MODULE = 1
    NATIVE = 2
    BLOCKS = 3


class Origin(_Named):
    """Where a device comes from."""
    UNKNOWN = 0
    CXL = 1
    PMEM = 2
    HMEM = 3


class Guard(_Named):
    """Who else may switch a device's blocks one by one."""
    OFF = 0
    TRANSITION = 1
    ALWAYS = 2


class Stat(_Named):
    """What a device's driver counts."""
    PLUGS = 0
    UNPLUGS = 1
    REFUSALS = 2
    UNDOS = 3
    FAILED_UNDOS = 4
    VETOES = 5
    PAGES_MOVED = 6
    STALLS = 7


class Outcome(_Enum):
    """How a change ended."""
    NOTHING = 0
    DONE = 1
    UNDONE = 2
    INCONSISTENT = 3


class Limit(_Enum):
    """Which time limit ended a change."""
    NONE = 0
    DEADLINE = 1
    TIMEOUT = 2
    STALL = 3


class Level(_Enum):
    """How much a finding of a preflight weighs."""
    NOTE = 0
    MAY_FAIL = 1
    FAILS = 2


class Event(_Enum):
    """What has happened to a device."""
    ADDED = 0
    REMOVED = 1
    CHANGED = 2


def _received(cls, value):
    """A member; for a value of a newer library one that this module has no name for."""
    try:
        return cls(value)
    except ValueError:
        member = int.__new__(cls, value)
        member._name_ = f"UNKNOWN_{value}"
        member._value_ = value
        return member


def _given(cls, value):
    """A member, from one, its word or its number. Members of other enums are none."""
    if isinstance(value, cls):
        return cls(value.value)
    if isinstance(value, str):
        return cls.parse(value)
    if type(value) is int:
        return cls(value)
    raise TypeError(f"a {cls.__name__.lower()} is a daxplug.{cls.__name__}, its word or its"
                    f" number, not {value!r}")


# --- what is handed out ---------------------------------------------------------------

class Range(typing.NamedTuple):
    """Physical addresses; end is the last byte's."""
    start: int
    end: int


class MemoryDevice(typing.NamedTuple):
    """A CXL memory device; both are None if the kernel does not name it."""
    name: typing.Optional[str]
    serial: typing.Optional[int]


class Blocks(typing.NamedTuple):
    """Memory blocks by what they are; kernel and movable are online."""
    total: int
    absent: int
    offline: int
    kernel: int
    movable: int


class Blocker(typing.NamedTuple):
    """What prevents an unplug. last: it stopped the last unplug, and may be gone."""
    block: typing.Optional[int]
    pfn: typing.Optional[int]
    kind: str
    owner: typing.Optional[str]
    last: bool


class Poison(typing.NamedTuple):
    """A page frame whose memory is bad."""
    block: int
    pfn: int


class Finding(typing.NamedTuple):
    """One reason of a preflight. errno is positive, 0 for a note."""
    level: Level
    errno: int
    word: str
    text: str


class WatchEvent(typing.NamedTuple):
    """One change of state."""
    type: Event
    device: "Device"
    before: State
    after: State


@dataclasses.dataclass(frozen=True)
class Progress:
    """How far a change has come: blocks, pages moved, seconds."""
    done: int
    total: int
    pages: int
    elapsed: float
    left: typing.Optional[float]
    undoing: bool
    waiting: bool
    holder: typing.Optional[int]
    holder_name: typing.Optional[str]


@dataclasses.dataclass(frozen=True)
class Result:
    """How a change ended. space is (needed, available) bytes, holder (pid, command)."""
    outcome: Outcome
    backend: Backend
    before: typing.Optional[State]
    after: typing.Optional[State]
    step: typing.Optional[str]
    block: typing.Optional[int]
    stuck: typing.Optional[int]
    limit: Limit
    space: typing.Optional[typing.Tuple[int, int]]
    restored: bool
    begun: bool
    holder: typing.Optional[typing.Tuple[int, str]]


class Preflight(list):
    """The Findings. An empty one is no promise.

    errno    what the change would fail with, 0 if nothing is known
    worst    the Finding that says so, or None
    before   the State of the device, or None
    used     how many bytes an unplug has to move at most, or None
    room     how many bytes are available elsewhere, or None
    """

    errno = 0
    worst = before = used = room = None


# --- errors ---------------------------------------------------------------------------

class Error(OSError):
    """What the library could not do: errno, strerror, and in filename of which device."""


class Denied(Error, PermissionError):
    """An Error that is a PermissionError too."""


class NotFound(Error, FileNotFoundError):
    """An Error that is a FileNotFoundError too: there is no sysfs."""


class ChangeError(Error):
    """A change that failed. result is its Result; the same names are here as well."""

    result = None

    def _of_result(name):
        return property(lambda self: getattr(self.result, name, None),
                        doc=f"{name} of the Result")

    outcome = _of_result("outcome")
    step = _of_result("step")
    block = _of_result("block")
    stuck = _of_result("stuck")
    limit = _of_result("limit")
    before = _of_result("before")
    after = _of_result("after")
    del _of_result


class ChangeDenied(ChangeError, PermissionError):
    """A ChangeError that is a PermissionError too."""


class ChangeTimeout(ChangeError, TimeoutError):
    """A ChangeError that is a TimeoutError too: one of the time limits ended it."""


class ChangeInterrupted(ChangeError, InterruptedError):
    """A ChangeError that is an InterruptedError too: it was cancelled."""


_ERRORS = {_errno.EACCES: Denied, _errno.EPERM: Denied, _errno.ENOENT: NotFound}
_CHANGE_ERRORS = {_errno.EACCES: ChangeDenied, _errno.EPERM: ChangeDenied,
                  _errno.ETIMEDOUT: ChangeTimeout, _errno.EINTR: ChangeInterrupted}


def _check(err, what, name=None):
    """Raises for an errno, positive or negative."""
    err = abs(err)
    if err:
        raise _ERRORS.get(err, Error)(err, f"{what}: {os.strerror(err)}", name)


def _change_error(err, verb, name, result):
    text = f"the {verb} failed: {os.strerror(err)}"
    if result.step:
        text += f", step {result.step}"
    if result.block is not None:
        text += f", memory{result.block}"
    if result.limit != Limit.NONE:
        text += f", limit {result.limit}"
    if result.holder:
        text += ", process {} ({}) holds the lock".format(*result.holder)
    if result.stuck is not None:
        text += f"; memory{result.stuck} could not be put back"
    if result.outcome == Outcome.INCONSISTENT:
        text += f"; the state is now {result.after or 'not known'}: see daxplug doctor"
    elif result.begun:
        text += "; it was undone"
    else:
        text += "; nothing was changed"
    error = _CHANGE_ERRORS.get(err, ChangeError)(err, text, name)
    error.result = result
    return error


# --- calls that call back -------------------------------------------------------------

class _Call:
    """A call of the library during which Python code runs.

    ctypes prints and drops an exception that leaves a callback. A signal handler of the
    program can raise one before the first line of any callback, where no "try" can catch
    it. So while a call runs each handler is called by way of this object, which keeps
    the first exception. Handlers run in the main thread only.
    """

    def __init__(self):
        self.error = None
        self._holds = False
        self._handlers = {}
        self._pid = os.getpid()

    def _handle(self, number, frame):
        handler = self._handlers[number]
        if not self._holds:     # an exception has kept it from being put back
            return handler(number, frame)
        return self.keep(handler, number, frame)

    def keep(self, function, *arguments):
        """Calls a function of the program and keeps what it raises."""
        try:
            function(*arguments)
        except BaseException as error:
            if self.error is None:
                self.error = error
        # A child that was forked in there has neither the library's helper thread nor a
        # change of its own; it would take the parent's events.
        if os.getpid() != self._pid:
            os._exit(os.EX_SOFTWARE)

    def _hold_handlers(self):
        if threading.current_thread() is not threading.main_thread():
            return
        self._holds = True
        for number in signal.valid_signals():
            handler = signal.getsignal(number)
            if callable(handler):
                self._handlers[number] = handler
                signal.signal(number, self._handle)

    def _put_handlers_back(self):
        self._holds = False
        for number, handler in self._handlers.items():
            if signal.getsignal(number) == self._handle:
                signal.signal(number, handler)

    def run(self, function, *arguments):
        """Return: what the library returns. Then look at error."""
        try:
            self._hold_handlers()
            return function(*arguments)
        finally:
            self._put_handlers_back()

    def take_error(self):
        """The exception that was kept; without it, nothing refers in a circle."""
        error, self.error = self.error, None
        return error


def _collect(function, pointer, kind, make, what, name):
    """All that a daxplug_device_each_ function names, as a list."""
    while True:
        call = _Call()
        found = []
        each = kind(lambda *arguments: call.keep(lambda: found.append(make(*arguments))))
        n = call.run(function, pointer, each, None)
        error = call.take_error()
        if error is not None:
            raise error
        # A handler that raised nothing is no reason to give up (PEP 475).
        if n != -_errno.EINTR:
            _check(min(n, 0), what, name)
            return found


class _Own:
    """What has a handle of the library: it can be neither copied nor pickled, since it is
    freed once."""

    __slots__ = ("_pointer", "__weakref__")

    def __new__(cls, *_arguments, **_keywords):
        raise TypeError(f"a daxplug.{cls.__name__} comes from daxplug.Context only")

    @classmethod
    def _of(cls, pointer):
        """The reference is the new object's."""
        own = object.__new__(cls)
        own._pointer = pointer
        return own

    def __reduce_ex__(self, _protocol):
        raise TypeError(f"a daxplug.{type(self).__name__} can be neither copied nor pickled")


class Change(_Own):
    """What a change needs that another thread, or a progress function, may cancel:
    device.plug(change=change) here, change.cancel() there. For one change at a time, one
    after the other."""

    __slots__ = ("_busy", "_pid")

    def __new__(cls):
        err, pointer = _ask(_lib.change_new, ctypes.c_void_p)
        _check(err, "a change cannot be made")
        change = cls._of(pointer)
        change._busy = threading.Lock()
        change._pid = os.getpid()
        return change

    def __del__(self, _free=_lib.change_free):
        _free(getattr(self, "_pointer", None))

    def _check_process(self):
        if os.getpid() != self._pid:
            raise RuntimeError("the daxplug.Change is another process's, before a fork")

    def cancel(self):
        """Gives the change up that runs, or else the next one before it begins. It is
        undone, unless it has been carried out by then, and raises ChangeInterrupted."""
        self._check_process()
        _lib.change_cancel(self._pointer)

    def _result(self):
        get = self._pointer
        step = _text(_lib.change_get_step(get))
        pid, command = ctypes.c_int(), ctypes.c_char_p()
        needed, available = ctypes.c_uint64(), ctypes.c_uint64()
        waited = not _lib.change_get_holder(get, ctypes.byref(pid), ctypes.byref(command))
        short = not _lib.change_get_space(get, ctypes.byref(needed), ctypes.byref(available))
        states = [_ask(ask, ctypes.c_int, get)[1]
                  for ask in (_lib.change_get_before, _lib.change_get_after)]
        before, after = (None if s is None else _received(State, s) for s in states)
        return Result(
            outcome=_received(Outcome, _lib.change_get_outcome(get)),
            backend=_received(Backend, _lib.change_get_backend(get)),
            before=before, after=after, step=step,
            block=_ask(_lib.change_get_block, ctypes.c_uint64, get)[1],
            stuck=_ask(_lib.change_get_stuck, ctypes.c_uint64, get)[1],
            limit=_received(Limit, _lib.change_get_limit(get)),
            space=(needed.value, available.value) if short else None,
            restored=bool(_lib.change_get_restored(get)),
            begun=bool(_lib.change_get_begun(get)),
            holder=(pid.value, _text(command.value)) if waited else None)

    def _run(self, verb, name, function, arguments, replug, milliseconds, progress):
        self._check_process()
        if not self._busy.acquire(blocking=False):
            raise RuntimeError("the daxplug.Change is in use")
        call = _Call()

        def tick(raw, _data):
            # Signal handlers have had their turn by now: what they raise is kept.
            if progress is not None and call.error is None:
                call.keep(lambda: progress(_progress(raw.contents)))
            return int(call.error is not None)

        # Even without a progress function: with one, a handled signal is no reason to
        # give up, and the handler, which runs before tick, decides.
        c_tick = _PROGRESS_FN(tick)
        try:
            _lib.change_set_replug(self._pointer, int(replug))
            _lib.change_set_deadline(self._pointer, milliseconds)
            _lib.change_set_progress(self._pointer, c_tick, None)
            try:
                err = -call.run(function, *arguments, self._pointer)
            finally:
                _lib.change_set_progress(self._pointer, _PROGRESS_FN(), None)
            result = self._result()
        finally:
            self._busy.release()
        failure = _change_error(err, verb, name, result) if err else None
        error = call.take_error()
        if error is not None:
            _attach(error, result)
            if failure is not None and error.__cause__ is None and error is not failure:
                raise error from failure
            raise error
        if failure is not None:
            raise failure
        return result


def _attach(error, result):
    """What was raised meanwhile says what became of the change."""
    try:
        error.daxplug_result = result
    except AttributeError:      # it has no room for it
        pass


def _progress(raw):
    return Progress(
        done=raw.done, total=raw.total, pages=raw.pages, elapsed=raw.elapsed_ms / 1000,
        left=None if raw.left_ms == _UINT_MAX else raw.left_ms / 1000,
        undoing=bool(raw.undoing), waiting=bool(raw.waiting),
        holder=raw.holder or None, holder_name=_text(raw.holder_name) or None)


# --- devices --------------------------------------------------------------------------

_changing = threading.local()   # names: the devices that this thread changes now


class Device(_Own):
    """A DAX device. Its name, size, node, driver and origin are as they were when it was
    found; all else is asked for anew. One that has gone raises Error with ENODEV."""

    __slots__ = ()

    def __del__(self, _unref=_lib.device_unref):
        _unref(getattr(self, "_pointer", None))

    def __repr__(self):
        return f"<daxplug.Device {self.name}>"

    def _live(self, function, kind, what):
        err, value = _ask(function, kind, self._pointer)
        _check(err, what, self.name)
        return value

    # as it was when it was found

    @property
    def name(self):
        """Such as dax0.0."""
        return _text(_lib.device_get_name(self._pointer))

    @property
    def path(self):
        """Its directory in sysfs."""
        return _text(_lib.device_get_path(self._pointer))

    @property
    def driver(self):
        """Such as kmem, or None."""
        return _text(_lib.device_get_driver(self._pointer))

    @property
    def size(self):
        """All bytes of its ranges, or None; usable is what can be plugged."""
        size = _lib.device_get_size(self._pointer)
        return None if size == _SIZE_UNKNOWN else size

    @property
    def align(self):
        """The alignment of its mappings, or None."""
        return _lib.device_get_align(self._pointer) or None

    @property
    def target_node(self):
        """The NUMA node that its memory is plugged into, or None."""
        node = _lib.device_get_target_node(self._pointer)
        return None if node < 0 else node

    @property
    def origin(self):
        """Its Origin."""
        return _received(Origin, _lib.device_get_origin(self._pointer))

    @property
    def region(self):
        """The kernel's name of its region, or None."""
        return _text(_lib.device_get_region(self._pointer))

    @property
    def uuid(self):
        """The UUID of its region or namespace, or None."""
        return _text(_lib.device_get_uuid(self._pointer))

    @property
    def memory_devices(self):
        """Its CXL memory devices, a list of MemoryDevice in interleave order."""
        found = []
        for index in range(_lib.device_get_memdevs(self._pointer)):
            name, serial = ctypes.c_char_p(), ctypes.c_uint64()
            err = _lib.device_get_memdev(self._pointer, index, ctypes.byref(name),
                                         ctypes.byref(serial))
            found.append(MemoryDevice(None, None) if err else
                         MemoryDevice(_text(name.value), serial.value))
        return found

    # live

    @property
    def ranges(self):
        """Its physical addresses, a list of Range. For root."""
        found = []
        for index in range(_lib.device_get_ranges(self._pointer)):
            start, end = ctypes.c_uint64(), ctypes.c_uint64()
            _check(_lib.device_get_range(self._pointer, index, ctypes.byref(start),
                                         ctypes.byref(end)),
                   "its ranges cannot be read", self.name)
            found.append(Range(start.value, end.value))
        return found

    @property
    def backend(self):
        """The Backend that would carry out a change."""
        return _received(Backend, _lib.device_get_backend(self._pointer))

    @property
    def state(self):
        """Its State. Error with EOPNOTSUPP if a driver other than kmem has it."""
        return _received(State, self._live(_lib.device_get_state, ctypes.c_int,
                                           "its state cannot be read"))

    @property
    def block_size(self):
        """Bytes in a memory block."""
        return self._live(_lib.device_get_block_size, ctypes.c_uint64,
                          "the size of memory blocks cannot be read")

    @property
    def usable(self):
        """Bytes in whole memory blocks: what can be plugged."""
        return self._live(_lib.device_get_usable, ctypes.c_uint64,
                          "its usable size cannot be read")

    @property
    def online_size(self):
        """Bytes that are system RAM now."""
        return self._live(_lib.device_get_online_size, ctypes.c_uint64,
                          "its online size cannot be read")

    @property
    def used(self):
        """Bytes in use. Error with EOPNOTSUPP if that cannot be known."""
        return self._live(_lib.device_get_used, ctypes.c_uint64,
                          "how much of it is in use is not known")

    @property
    def blocks(self):
        """Its memory blocks, counted: Blocks."""
        raw = _Blocks()
        _check(_lib.device_read_blocks(self._pointer, ctypes.byref(raw), ctypes.sizeof(raw)),
               "its blocks cannot be counted", self.name)
        return Blocks(*(getattr(raw, name) for name in Blocks._fields))

    @property
    def stats(self):
        """What has happened to it so far: a dict of numbers, by words such as plugs."""
        values = (ctypes.c_uint64 * len(Stat))()
        _check(_lib.device_get_stats(self._pointer, values, len(values)),
               "its statistics cannot be read", self.name)
        return {stat.word: values[stat.value] for stat in Stat}

    @property
    def guard(self):
        """Its Guard; a member, word or number sets it."""
        return _received(Guard, self._live(_lib.device_get_guard, ctypes.c_int,
                                           "its guard cannot be read"))

    @guard.setter
    def guard(self, guard):
        guard = _given(Guard, guard)
        _check(_lib.device_set_guard(self._pointer, guard.value),
               "its guard cannot be set", self.name)

    @property
    def timeout(self):
        """How many seconds an unplug may take, whoever asks for it; None is no limit."""
        return _seconds(self._live(_lib.device_get_timeout, ctypes.c_uint64,
                                   "its time limit cannot be read"))

    @timeout.setter
    def timeout(self, seconds):
        milliseconds = _milliseconds(seconds, 2**64 - 1)
        _check(_lib.device_set_timeout(self._pointer, milliseconds),
               "its time limit cannot be set", self.name)

    @property
    def stall(self):
        """How many seconds a block may go without progress; None is no limit."""
        return _seconds(self._live(_lib.device_get_stall, ctypes.c_uint64,
                                   "its stall limit cannot be read"))

    @stall.setter
    def stall(self, seconds):
        milliseconds = _milliseconds(seconds, 2**64 - 1)
        _check(_lib.device_set_stall(self._pointer, milliseconds),
               "its stall limit cannot be set", self.name)

    @property
    def poisoned(self):
        """How many of its blocks have bad memory."""
        return self._live(_lib.device_get_poisoned, ctypes.c_uint,
                          "its blocks with bad memory cannot be counted")

    @property
    def overlap(self):
        """Another Device that is bound to kmem and shares an address with it, or None."""
        err, pointer = _ask(_lib.device_get_overlap, ctypes.c_void_p, self._pointer)
        if err == _errno.ENOENT:
            return None
        _check(err, "devices over the same addresses cannot be looked for", self.name)
        return Device._of(pointer)

    def poison(self):
        """The page frames whose memory is bad, an iterator of Poison. For root."""
        return iter(_collect(_lib.device_each_poison, self._pointer, _POISON_FN,
                             lambda block, pfn, _data: Poison(block, pfn),
                             "its bad pages cannot be read", self.name))

    def blockers(self):
        """What would stop an unplug now, an iterator of Blocker. For root; it can take a
        few seconds."""
        def make(raw, _data):
            raw = raw.contents
            return Blocker(None if raw.block == _NO_BLOCK else raw.block, raw.pfn or None,
                           _text(raw.kind), _text(raw.owner) or None, bool(raw.last))
        return iter(_collect(_lib.device_each_blocker, self._pointer, _BLOCKER_FN, make,
                             "what prevents an unplug cannot be read", self.name))

    def preflight(self, want, *, replug=False, quick=False):
        """What would keep a change from success: a Preflight. want is a State, a Zone, or
        a state's word. quick: do not ask for each page that cannot be moved."""
        want = want.state if isinstance(want, Zone) else _given(State, want)
        change = Change()
        _lib.change_set_replug(change._pointer, int(bool(replug)))
        err, pointer = _ask(_lib.device_preflight, ctypes.c_void_p, self._pointer,
                            want.value, change._pointer, int(bool(quick)))
        _check(err, "the preflight failed", self.name)
        try:
            return _preflight(pointer)
        finally:
            _lib.preflight_free(pointer)

    # changes

    def plug(self, zone=Zone.MOVABLE, *, replug=False, timeout=None, progress=None,
             change=None):
        """Makes the whole device system RAM. Return: a Result.

        replug    unplug it first if it is plugged in another zone
        timeout   seconds until it is given up and undone
        progress  called with a Progress about ten times a second in this thread; what it
                  raises ends the change and is raised again after the undo
        change    a Change, by which another thread can cancel this one
        """
        zone = _given(Zone, zone)
        return self._change("plug", _lib.device_plug, (zone.value,), replug, timeout,
                            progress, change)

    def unplug(self, *, timeout=None, progress=None, change=None):
        """Takes the whole device out of system RAM. As plug()."""
        return self._change("unplug", _lib.device_unplug, (), False, timeout, progress, change)

    def repair(self, *, timeout=None, progress=None, change=None):
        """Plugs an inconsistent device the way it was last plugged. As plug()."""
        return self._change("repair", _lib.device_repair, (), False, timeout, progress, change)

    def _change(self, verb, function, arguments, replug, timeout, progress, change):
        milliseconds = _milliseconds(timeout, _UINT_MAX)
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
                               bool(replug), milliseconds, progress)
        finally:
            names.discard(name)


def _preflight(pointer):
    found = Preflight(
        Finding(_received(Level, _lib.preflight_get_level(pointer, index)),
                -_lib.preflight_get_errno(pointer, index),
                _text(_lib.preflight_get_word(pointer, index)),
                _text(_lib.preflight_get_text(pointer, index)))
        for index in range(_lib.preflight_get_reasons(pointer)))
    worst = ctypes.c_uint(_UINT_MAX)
    found.errno = -_lib.preflight_get_worst(pointer, ctypes.byref(worst))
    if worst.value < len(found):
        found.worst = found[worst.value]
    before = _ask(_lib.preflight_get_before, ctypes.c_int, pointer)[1]
    found.before = None if before is None else _received(State, before)
    found.used = _ask(_lib.preflight_get_used, ctypes.c_uint64, pointer)[1]
    found.room = _ask(_lib.preflight_get_room, ctypes.c_uint64, pointer)[1]
    return found


class Context:
    """Where devices are looked for: /sys, or another directory that holds bus/dax.

    It has no handle: each look has a context of the library of its own. So any thread may
    use it, and a signal handler too while a look runs.
    """

    __slots__ = ("_root",)

    def __init__(self, root=None):
        self._root = None if root is None else _c_text(root, "the root")
        self._with(lambda _ctx: None)   # an empty root is refused here

    def _with(self, function):
        err, ctx = _ask(_lib.new, ctypes.c_void_p)
        _check(err, "a context cannot be made")
        try:
            if self._root is not None:
                _check(_lib.set_sysfs_root(ctx, self._root), "that is no root of sysfs")
            return function(ctx)
        finally:
            _lib.unref(ctx)

    def devices(self):
        """All DAX devices, a list of Device, sorted by region and number."""
        def scan(ctx):
            _check(_lib.scan(ctx), "devices cannot be looked for")
            found = []
            pointer = _lib.device_get_first(ctx)
            while pointer:
                found.append(Device._of(_lib.device_ref(pointer)))
                pointer = _lib.device_get_next(pointer)
            return found
        return self._with(scan)

    def __iter__(self):
        return iter(self.devices())

    def device(self, name):
        """The Device of that name. Error with ENODEV if there is none."""
        if not isinstance(name, str):
            raise TypeError(f"a name is a str such as 'dax0.0', not {name!r}")
        raw = _c_text(name, "the name")

        def look_up(ctx):
            err, pointer = _ask(_lib.device_get_by_name, ctypes.c_void_p, ctx, raw)
            _check(err, "the device cannot be looked up", name)
            return Device._of(pointer)
        return self._with(look_up)

    @property
    def left_auto_online(self):
        """What a change that was killed has not put back into auto_online_blocks, a word,
        or None."""
        def look(ctx):
            err, word = _ask(_lib.get_left_auto_online, ctypes.c_char_p, ctx)
            if err == _errno.ENOENT:
                return None
            _check(err, "it cannot be read")
            return _text(word)
        return self._with(look)

    def watch(self):
        """A Watch of all devices."""
        def begin(ctx):
            err, pointer = _ask(_lib.watch_new, ctypes.c_void_p, ctx)
            _check(err, "the devices cannot be watched")
            return Watch._of(pointer)
        return self._with(begin)


class Watch(_Own):
    """Changes of state as they happen: an iterator of WatchEvent that waits for the next
    one, until it is closed. With an event loop: add fileno() to it for reading and call
    wait(0) until that is None."""

    __slots__ = ("_busy", "_closed", "_pid", "_wake")

    @classmethod
    def _of(cls, pointer):
        watch = super()._of(pointer)
        watch._busy = threading.Lock()
        watch._closed = False
        watch._pid = os.getpid()
        watch._wake = -1
        watch._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        return watch

    def __del__(self, _free=_lib.watch_free, _close=os.close):
        _free(getattr(self, "_pointer", None))
        # Not before: another thread may be about to write to it.
        if getattr(self, "_wake", -1) >= 0:
            _close(self._wake)

    def __enter__(self):
        return self

    def __exit__(self, *_error):
        self.close()

    def __iter__(self):
        return self

    def _check_open(self):
        if self._closed:
            raise ValueError("the daxplug.Watch is closed")
        if os.getpid() != self._pid:
            raise RuntimeError("the daxplug.Watch is another process's, before a fork")

    def close(self):
        """Stops watching. Any thread may do it, and a signal handler: who waits for an
        event gets ValueError, a loop over it ends."""
        self._closed = True
        if self._busy.acquire(blocking=False):
            pointer, self._pointer = self._pointer, None
            if pointer is not None:
                _lib.watch_free(pointer)
            self._busy.release()
        elif os.getpid() == self._pid:
            # Who uses it sees that it is closed, and frees it.
            os.eventfd_write(self._wake, 1)

    def fileno(self):
        """A descriptor to wait for. Neither read nor close it."""
        self._check_open()
        if not self._busy.acquire(blocking=False):
            raise RuntimeError("the daxplug.Watch is in use")
        try:
            self._check_open()
            return _lib.watch_get_fd(self._pointer)
        finally:
            self._release()

    def _release(self):
        self._busy.release()
        if self._closed:
            self.close()

    def _next(self):
        event = ctypes.POINTER(_WatchEvent)()
        n = _lib.watch_next(self._pointer, ctypes.byref(event))
        _check(min(n, 0), "the devices cannot be looked at")
        if not n:
            return None
        raw = event.contents
        return WatchEvent(_received(Event, raw.type), Device._of(_lib.device_ref(raw.dev)),
                          _received(State, raw.before), _received(State, raw.after))

    def wait(self, timeout=None):
        """The next WatchEvent, or None after so many seconds without one."""
        if timeout is not None and (isinstance(timeout, bool) or timeout != timeout or timeout < 0):
            raise ValueError(f"a timeout is a number of seconds from 0 on, or None, not {timeout!r}")
        self._check_open()
        if not self._busy.acquire(blocking=False):
            raise RuntimeError("the daxplug.Watch is in use")
        try:
            end = None if timeout is None else time.monotonic() + timeout
            poll = select.poll()
            poll.register(_lib.watch_get_fd(self._pointer), select.POLLIN)
            poll.register(self._wake, select.POLLIN)
            while True:
                self._check_open()
                event = self._next()
                if event is not None:
                    return event
                left = None if end is None else end - time.monotonic()
                if left is not None and left <= 0:
                    return None
                poll.poll(None if left is None else min(math.ceil(left * 1000), 2**31 - 1))
        finally:
            self._release()

    def __next__(self):
        if self._closed:
            raise StopIteration
        try:
            return self.wait()
        except ValueError:
            if self._closed:
                raise StopIteration from None
            raise
