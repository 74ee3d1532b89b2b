# SPDX-License-Identifier: LGPL-2.1-or-later
"""The enums of the library, and their names."""

import ctypes
import enum
import re

from ._library import ask, c_text, lib, text_of


class Enum(enum.IntEnum):
    """A number of the library, and its name, which str() returns."""

    @property
    def word(self):
        return self.name.lower()

    def __str__(self):
        return self.word

    def __format__(self, spec):
        return format(str(self), spec)

    @classmethod
    def parse(cls, word):
        """Returns the member with this name. Raises ValueError for another name."""
        for member in cls:
            if member.word == word:
                return member
        raise ValueError(f"{word!r} is no {cls.__name__.lower()}:"
                         f" {', '.join(member.word for member in cls)}")


def _prefix(cls):
    """Returns the prefix of the library's functions: file_status for FileStatus."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", cls.__name__).lower()


class _Named(Enum):
    """An enum for which the library has functions that return and parse names."""

    @property
    def word(self):
        raw = getattr(lib, _prefix(type(self)) + "_name")(self.value)
        return text_of(raw) or self.name.lower()

    @classmethod
    def parse(cls, word):
        """Returns the member with this name. Raises ValueError for another name."""
        if not isinstance(word, str):
            raise TypeError(f"a word is a str, not {word!r}")
        parse = getattr(lib, _prefix(cls) + "_parse")
        err, value = ask(parse, ctypes.c_int, c_text(word, "the word"))
        if err:
            raise ValueError(f"{word!r} is no {cls.__name__.lower()}:"
                             f" {', '.join(member.word for member in cls)}")
        return cls(value)


class Zone(_Named):
    """The memory zone of a plugged device."""
    AUTO = 0
    KERNEL = 1
    MOVABLE = 2

    @property
    def state(self):
        """The state of a device that is plugged in this zone."""
        return received(State, ask(lib.zone_state, ctypes.c_int, self.value)[1])


class State(_Named):
    """The state of a device. Only a Watch returns the last two."""
    UNPLUGGED = 0
    OFFLINE = 1
    ONLINE = 2
    ONLINE_KERNEL = 3
    ONLINE_MOVABLE = 4
    INCONSISTENT = 5
    OTHER_DRIVER = 6
    UNKNOWN = 7


class Backend(_Named):
    """How a device is plugged and unplugged."""
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
    """Which other programs may switch single blocks of a device."""
    OFF = 0
    TRANSITION = 1
    ALWAYS = 2


class Memmap(_Named):
    """Where the page structures of a device are. YES: in the device itself. NO: in other
    memory. DEFAULT: as the driver decides."""
    DEFAULT = 0
    NO = 1
    YES = 2


class Mode(_Named):
    """The driver of a device, which decides how the device can be used."""
    NONE = 0
    DEVDAX = 1
    SYSTEM_RAM = 2
    OTHER = 3


class Stat(_Named):
    """The counters of a device."""
    PLUGS = 0
    UNPLUGS = 1
    REFUSALS = 2
    UNDOS = 3
    FAILED_UNDOS = 4
    VETOES = 5
    PAGES_MOVED = 6
    STALLS = 7


class FileStatus(_Named):
    """Whether a file of the policy was read, or why not."""
    READ = 0
    MASKED = 1
    HIDDEN = 2
    REFUSED = 3


class Match(_Named):
    """Whether a rule matches a device, or why not."""
    YES = 0
    NO = 1
    UNKNOWN = 2
    SERIAL = 3
    NO_RULE = 4


class Step(_Named):
    """The step in which a change failed."""
    NONE = 0
    OPEN = 1
    LOCK = 2
    DRIVER = 3
    STATE = 4
    USERS = 5
    OVERLAP = 6
    LEFT_BEHIND = 7
    SIZE = 8
    BIND = 9
    UNBIND = 10
    RESERVE = 11
    ADD = 12
    ONLINE = 13
    CHECK = 14
    ROOM = 15
    ASK = 16
    OFFLINE = 17
    REMOVE = 18
    RELEASE = 19
    FOREIGN = 20
    UNPLUG = 21
    PLUG = 22
    NODE = 23
    MEMMAP = 24
    CONSENT = 25


class Action(Enum):
    """The actions of Change.start()."""
    PLUG = 0
    UNPLUG = 1
    REPAIR = 2
    SET_MODE = 3


class LogLevel(Enum):
    """The severity of a log message, with the numbers of syslog."""
    WARNING = 4
    INFO = 6
    DEBUG = 7


class Outcome(Enum):
    """How a change ended."""
    NOTHING = 0
    DONE = 1
    UNDONE = 2
    INCONSISTENT = 3


class Limit(Enum):
    """Which time limit ended a change."""
    NONE = 0
    DEADLINE = 1
    TIMEOUT = 2
    STALL = 3


class Level(Enum):
    """The severity of a finding of a preflight."""
    NOTE = 0
    MAY_FAIL = 1
    FAILS = 2


class Event(Enum):
    """What has happened to a device."""
    ADDED = 0
    REMOVED = 1
    CHANGED = 2
    PRESENT = 3


def received(cls, value):
    """Returns the member for a value of the library. If a newer library has a value without a
    member, returns a member UNKNOWN_n."""
    try:
        return cls(value)
    except ValueError:
        member = int.__new__(cls, value)
        member._name_ = f"UNKNOWN_{value}"
        member._value_ = value
        return member


def given(cls, value):
    """Converts an argument, which is a member, a name or a number, to a member. A member of
    another enum is refused."""
    if isinstance(value, cls):
        return cls(value.value)
    if isinstance(value, str):
        return cls.parse(value)
    if type(value) is int:
        return cls(value)
    raise TypeError(f"a {cls.__name__.lower()} is a daxplug.{cls.__name__}, its word or its"
                    f" number, not {value!r}")
