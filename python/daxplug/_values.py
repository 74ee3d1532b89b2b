# SPDX-License-Identifier: LGPL-2.1-or-later
"""What is handed out: tuples and results."""

import dataclasses
import typing

from ._words import Backend, Event, FileStatus, Level, Limit, Outcome, State, Step


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


class User(typing.NamedTuple):
    """A process that uses a device's file. mapped: else it has the file open only."""
    pid: int
    name: str
    mapped: bool


class PolicyError(typing.NamedTuple):
    """An error in the policy: of a file or directory, in a line of it, what to do next."""
    file: typing.Optional[str]
    line: typing.Optional[int]
    text: str
    next: typing.Optional[str]


class PolicyFile(typing.NamedTuple):
    """A file of the policy. hidden_by: the path of one in a layer above."""
    path: str
    status: FileStatus
    hidden_by: typing.Optional[str]
    has_error: bool


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
    failed_step: Step = Step.NONE   # step is its word


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
