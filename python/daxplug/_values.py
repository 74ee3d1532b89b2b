# SPDX-License-Identifier: LGPL-2.1-or-later
"""Tuples and results that other classes return."""

import dataclasses
import typing

from ._words import Backend, Event, FileStatus, Level, Limit, Outcome, State, Step


class Range(typing.NamedTuple):
    """A range of physical addresses. end is the address of the last byte."""
    start: int
    end: int


class MemoryDevice(typing.NamedTuple):
    """A CXL memory device. Name and serial number are None if the kernel does not show it."""
    name: typing.Optional[str]
    serial: typing.Optional[int]


class Blocks(typing.NamedTuple):
    """The numbers of memory blocks by state. Blocks of kernel and movable are online."""
    total: int
    absent: int
    offline: int
    kernel: int
    movable: int


class Blocker(typing.NamedTuple):
    """One reason that prevents an unplug, or a bad page (kind "poisoned"), which prevents
    nothing. last: an earlier change has met it, and it may not exist any more. owner is None if
    the user of the page is not known."""
    block: typing.Optional[int]
    pfn: typing.Optional[int]
    kind: str
    owner: typing.Optional[str]
    last: bool


class User(typing.NamedTuple):
    """A process that uses the file of a device. mapped is False if the file is only open."""
    pid: int
    name: str
    mapped: bool


class PolicyError(typing.NamedTuple):
    """An error in the policy. file is a file or directory; next says what to do."""
    file: typing.Optional[str]
    line: typing.Optional[int]
    text: str
    next: typing.Optional[str]


class PolicyFile(typing.NamedTuple):
    """A file of the policy. hidden_by is the path of the file that is read instead."""
    path: str
    status: FileStatus
    hidden_by: typing.Optional[str]
    has_error: bool


class Poison(typing.NamedTuple):
    """A page frame with bad memory."""
    block: int
    pfn: int


class Finding(typing.NamedTuple):
    """One reason in a preflight. errno is positive, or 0 for a note."""
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
    """The progress of a change. done and total are blocks, pages are pages that were moved,
    elapsed and left are seconds."""
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
    """The result of a change. space is a pair (needed, available) of bytes, and holder a pair
    (pid, command)."""
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
    failed_step: Step = Step.NONE   # step is its name


class Preflight(list):
    """A list of Finding. If it is empty, the change can still fail.

    errno    the errno with which the change would fail; 0 if no reason is known
    worst    the Finding with that errno, or None
    before   the State of the device, or None
    used     the largest number of bytes that an unplug would have to move, or None
    room     how many bytes are available elsewhere, or None
    """

    errno = 0
    worst = before = used = room = None
