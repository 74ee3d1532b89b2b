# SPDX-License-Identifier: LGPL-2.1-or-later
"""The policy: its files, its rules, and which rule is for a device."""

import ctypes
import itertools
import os

from ._call import Call, Own
from ._device import Device
from ._errors import check
from ._library import POLICY_ERROR_FN, ask, c_text, lib, text_of
from ._values import PolicyError, PolicyFile
from ._words import FileStatus, Guard, Match, Memmap, State, received

_WORDS = ("device", "region", "uuid", "origin")
_NUMBERS = ("serial", "node", "range", "size")


def parse_time(text):
    """Converts a time limit of the policy to seconds: "30", "500ms", "1h 30min". Returns None
    for "none"."""
    err, milliseconds = ask(lib.time_parse, ctypes.c_uint, c_text(text, "the time"))
    if err:
        raise ValueError(f"{text!r} is no time above 0: 30, 30s, 500ms, 5min, 1h, 1d or none")
    return milliseconds / 1000 if milliseconds else None


def parse_duration(text):
    """Converts a duration of more than 0 to seconds: "30", "500ms", "1h 30min", "400d"."""
    err, milliseconds = ask(lib.duration_parse, ctypes.c_uint64, c_text(text, "the time"))
    if err:
        raise ValueError(f"{text!r} is no time above 0: 30, 30s, 500ms, 5min, 1h or 400d")
    return milliseconds / 1000


class Rule:
    """One section of the policy's files. Two rules are equal if they are the same section.
    A key that neither the rule nor [default] has is None."""

    __slots__ = ("_pointer", "_policy")

    def __init__(self, *_arguments):
        raise TypeError("a daxplug.Rule comes from a daxplug.Policy only")

    @classmethod
    def _of(cls, policy, pointer):
        rule = object.__new__(cls)
        rule._policy = policy   # must live as long as the rule
        rule._pointer = pointer
        return rule

    def __eq__(self, other):
        return isinstance(other, Rule) and self._pointer == other._pointer

    def __hash__(self):
        return hash(self._pointer)

    def __repr__(self):
        return f"<daxplug.Rule [{self.name}] in {self.file}:{self.line}>"

    def __reduce_ex__(self, _protocol):
        raise TypeError("a daxplug.Rule can be neither copied nor pickled")

    @property
    def name(self):
        """The name in the header, between the brackets."""
        return text_of(lib.rule_get_name(self._pointer))

    @property
    def file(self):
        """The path of its file."""
        return text_of(lib.policy_file_get_path(lib.rule_get_file(self._pointer)))

    @property
    def line(self):
        """The number of its first line."""
        return lib.rule_get_line(self._pointer)

    @property
    def is_default(self):
        """True for a section [default]."""
        return bool(lib.rule_is_default(self._pointer))

    @property
    def is_broken(self):
        """True if the rule has an error. Do not change devices that match it."""
        return bool(lib.rule_is_broken(self._pointer))

    @property
    def state(self):
        """The State that the rule requests, or None."""
        err, value = ask(lib.rule_get_state, ctypes.c_int, self._pointer)
        return None if err else received(State, value)

    @property
    def guard(self):
        """The Guard that the rule requests, or None."""
        err, value = ask(lib.rule_get_guard, ctypes.c_int, self._pointer)
        return None if err else received(Guard, value)

    @property
    def timeout(self):
        """The time limit that the rule requests, in seconds; 0 means no limit. Or None."""
        err, milliseconds = ask(lib.rule_get_timeout, ctypes.c_uint, self._pointer)
        return None if err else milliseconds / 1000

    @property
    def memmap(self):
        """The Memmap that the rule requests, YES or NO, or None."""
        err, value = ask(lib.rule_get_memmap, ctypes.c_int, self._pointer)
        return None if err else received(Memmap, value)

    @property
    def required(self):
        """How many seconds its device may take to appear, or None if it is not required."""
        err, milliseconds = ask(lib.rule_get_required, ctypes.c_uint, self._pointer)
        return None if err else milliseconds / 1000

    @property
    def retry(self):
        """True if a change that has failed is repeated later."""
        return bool(lib.rule_get_retry(self._pointer))

    @property
    def keys(self):
        """The keys that match devices: a dict of lists of names, or of pairs (first, last)."""
        found = {}
        for key in _WORDS:
            words = map(lambda i, key=key: lib.rule_get_word(self._pointer, key.encode(), i),
                        itertools.count())
            found[key] = [text_of(word) for word in itertools.takewhile(bool, words)]
        for key in _NUMBERS:
            found[key] = []
            first, last = ctypes.c_uint64(), ctypes.c_uint64()
            while not lib.rule_get_numbers(self._pointer, key.encode(), len(found[key]),
                                           ctypes.byref(first), ctypes.byref(last)):
                found[key].append((first.value, last.value))
        return {key: values for key, values in found.items() if values}


class Policy(Own):
    """The policy that Context.policy() has read. Errors in its files raise no exception. The
    tuple errors has a PolicyError for each."""

    __slots__ = ("errors",)

    @classmethod
    def _read(cls, function, *arguments):
        err, pointer = ask(lib.policy_new, ctypes.c_void_p)
        check(err, "a policy cannot be made")
        policy = cls._of(pointer)
        err, policy.errors = policy._told(function, *arguments)
        check(err, "the policy cannot be read",
              os.fsdecode(arguments[0]) if arguments else None)
        return policy

    def __del__(self, _free=lib.policy_free):
        _free(getattr(self, "_pointer", None))

    def _told(self, function, *arguments):
        """Returns the result of the library, and the errors that it has reported meanwhile."""
        call, told = Call(), []

        def tell(raw, _data):
            raw = raw.contents
            told.append(PolicyError(text_of(raw.file), raw.line or None, text_of(raw.text),
                                    text_of(raw.next)))

        c_tell = POLICY_ERROR_FN(lambda raw, data: call.keep(tell, raw, data))
        try:
            lib.policy_set_error_fn(self._pointer, c_tell, None)
            err = call.run(function, self._pointer, *arguments)
        finally:
            lib.policy_set_error_fn(self._pointer, POLICY_ERROR_FN(), None)
        error = call.take_error()
        if error is not None:
            raise error
        return err, tuple(told)

    @property
    def error_count(self):
        """The number of files and directories with an error."""
        return lib.policy_get_errors(self._pointer)

    @property
    def files(self):
        """Its files: a list of PolicyFile, in the order in which they are read."""
        found = []
        pointer = lib.policy_get_first_file(self._pointer)
        while pointer:
            by = lib.policy_file_get_hidden_by(pointer)
            found.append(PolicyFile(
                text_of(lib.policy_file_get_path(pointer)),
                received(FileStatus, lib.policy_file_get_status(pointer)),
                text_of(lib.policy_file_get_path(by)) if by else None,
                bool(lib.policy_file_has_error(pointer))))
            pointer = lib.policy_file_get_next(pointer)
        return found

    @property
    def rules(self):
        """Its rules: a list of Rule, in the order of files and lines."""
        found = []
        pointer = lib.policy_get_first_rule(self._pointer)
        while pointer:
            found.append(Rule._of(self, pointer))
            pointer = lib.rule_get_next(pointer)
        return found

    def rule(self, device):
        """Returns the first Rule that matches a Device, or None."""
        if not isinstance(device, Device):
            raise TypeError(f"a device is a daxplug.Device, not {device!r}")
        pointer = lib.policy_get_rule(self._pointer, device._pointer)
        return Rule._of(self, pointer) if pointer else None

    def movable_max(self, kernel):
        """Returns how many bytes may be in ZONE_MOVABLE on a machine whose kernel can use
        the given number of bytes for its own data. The result is a pair: the bytes, and the
        section [default] that has the limit. Returns None if there is no limit."""
        most = ctypes.c_uint64()
        pointer = lib.policy_get_movable_max(self._pointer, kernel, ctypes.byref(most))
        return (most.value, Rule._of(self, pointer)) if pointer else None

    def match(self, rule, device):
        """Returns a pair: a Match, which says whether the rule matches the device, and the
        first key that the device does not match, or None."""
        if not isinstance(rule, Rule) or rule._policy is not self:
            raise TypeError(f"a rule is a daxplug.Rule of this policy, not {rule!r}")
        if not isinstance(device, Device):
            raise TypeError(f"a device is a daxplug.Device, not {device!r}")
        key = ctypes.c_char_p()
        match = lib.policy_match(self._pointer, rule._pointer, device._pointer,
                                 ctypes.byref(key))
        return received(Match, match), text_of(key.value)

    def cards_with(self, serial):
        """Returns the names of two cards that both have this serial number, or None."""
        if type(serial) is not int or not 0 < serial < 2**64:
            raise ValueError(f"a serial number is an int from 1 to 2**64 - 1, not {serial!r}")
        one, other = ctypes.c_char_p(), ctypes.c_char_p()
        if not lib.policy_check_serial(self._pointer, serial, ctypes.byref(one),
                                       ctypes.byref(other)):
            return None
        return text_of(one.value), text_of(other.value)

    def check_owner(self, file, path):
        """Raises Denied if users other than root and the caller may write an open file or
        directory, because a policy must not be read from there. file is a descriptor, or an
        object that has one; path is its name."""
        fd = file if type(file) is int else file.fileno()
        err, told = self._told(lib.policy_check_owner, fd, c_text(path, "the path"))
        if err:
            check(err, "; ".join(error.text for error in told), path)
