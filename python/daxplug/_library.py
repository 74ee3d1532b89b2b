# SPDX-License-Identifier: LGPL-2.1-or-later
"""Loads libdaxplug.so, with the types of arguments and results of its functions."""

import ctypes
import math
import os


class RawBlocks(ctypes.Structure):
    _fields_ = [(name, ctypes.c_uint)
                for name in ("total", "absent", "offline", "kernel", "movable")]


class RawBlocker(ctypes.Structure):
    _fields_ = [("block", ctypes.c_uint64), ("pfn", ctypes.c_uint64),
                ("kind", ctypes.c_char_p), ("owner", ctypes.c_char_p), ("last", ctypes.c_int)]


class RawUser(ctypes.Structure):
    _fields_ = [("pid", ctypes.c_int), ("name", ctypes.c_char_p), ("mapped", ctypes.c_int)]


class RawProgress(ctypes.Structure):
    _fields_ = [("done", ctypes.c_uint), ("total", ctypes.c_uint),
                ("pages", ctypes.c_uint64), ("elapsed_ms", ctypes.c_uint),
                ("left_ms", ctypes.c_uint), ("undoing", ctypes.c_int),
                ("waiting", ctypes.c_int), ("holder", ctypes.c_int),
                ("holder_name", ctypes.c_char_p)]


class RawWatchEvent(ctypes.Structure):
    _fields_ = [("type", ctypes.c_int), ("dev", ctypes.c_void_p),
                ("before", ctypes.c_int), ("after", ctypes.c_int)]


class RawPolicyError(ctypes.Structure):
    _fields_ = [("file", ctypes.c_char_p), ("line", ctypes.c_uint), ("text", ctypes.c_char_p),
                ("next", ctypes.c_char_p)]


BLOCKER_FN = ctypes.CFUNCTYPE(None, ctypes.POINTER(RawBlocker), ctypes.c_void_p)
USER_FN = ctypes.CFUNCTYPE(None, ctypes.POINTER(RawUser), ctypes.c_void_p)
POISON_FN = ctypes.CFUNCTYPE(None, ctypes.c_uint64, ctypes.c_uint64, ctypes.c_void_p)
POLICY_ERROR_FN = ctypes.CFUNCTYPE(None, ctypes.POINTER(RawPolicyError), ctypes.c_void_p)
LOG_FN = ctypes.CFUNCTYPE(None, ctypes.c_int, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_void_p)
CONSENT_FN = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.c_int,
                              ctypes.c_void_p)
ENDED_FN = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.c_int, ctypes.c_int, ctypes.c_void_p)
PROGRESS_FN = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(RawProgress), ctypes.c_void_p)

_VOID = None
_HANDLE = ctypes.c_void_p       # a pointer to a structure that only the library reads
_OUT = ctypes.c_void_p          # a pointer to a variable that the function sets
_TEXT = ctypes.c_char_p
_INT = ctypes.c_int             # also for an enum
_UINT = ctypes.c_uint
_U64 = ctypes.c_uint64
_SIZE = ctypes.c_size_t

# The types of the result and of the arguments of each function. A test compares them with
# the headers.
FUNCTIONS = {
    "version": (_TEXT,),
    "new": (_INT, _OUT),
    "unref": (_HANDLE, _HANDLE),
    "set_sysfs_root": (_INT, _HANDLE, _TEXT),
    "get_left_auto_online": (_INT, _HANDLE, _OUT),
    "get_zone_sizes": (_INT, _OUT, _OUT),
    "set_log": (_VOID, _HANDLE, LOG_FN, _HANDLE),
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
    "device_get_memmap": (_INT, _HANDLE, _OUT),
    "device_set_memmap": (_INT, _HANDLE, _INT),
    "device_get_memmap_size": (_INT, _HANDLE, _OUT),
    "device_get_stall": (_INT, _HANDLE, _OUT),
    "device_set_stall": (_INT, _HANDLE, _U64),
    "device_get_poisoned": (_INT, _HANDLE, _OUT),
    "device_each_poison": (_INT, _HANDLE, POISON_FN, _HANDLE),
    "device_each_blocker": (_INT, _HANDLE, BLOCKER_FN, _HANDLE),
    "device_get_overlap": (_INT, _HANDLE, _OUT),
    "device_get_mode": (_INT, _HANDLE, _OUT),
    "device_each_user": (_INT, _HANDLE, USER_FN, _HANDLE),
    "state_name": (_TEXT, _INT),
    "zone_state": (_INT, _INT, _OUT),
    "zone_name": (_TEXT, _INT),
    "backend_name": (_TEXT, _INT),
    "origin_name": (_TEXT, _INT),
    "guard_name": (_TEXT, _INT),
    "memmap_name": (_TEXT, _INT),
    "mode_name": (_TEXT, _INT),
    "step_name": (_TEXT, _INT),
    "stat_name": (_TEXT, _INT),
    "state_parse": (_INT, _TEXT, _OUT),
    "zone_parse": (_INT, _TEXT, _OUT),
    "backend_parse": (_INT, _TEXT, _OUT),
    "origin_parse": (_INT, _TEXT, _OUT),
    "guard_parse": (_INT, _TEXT, _OUT),
    "memmap_parse": (_INT, _TEXT, _OUT),
    "mode_parse": (_INT, _TEXT, _OUT),
    "stat_parse": (_INT, _TEXT, _OUT),
    "step_parse": (_INT, _TEXT, _OUT),
    "change_new": (_INT, _OUT),
    "change_free": (_VOID, _HANDLE),
    "change_set_deadline": (_VOID, _HANDLE, _UINT),
    "change_set_progress": (_VOID, _HANDLE, PROGRESS_FN, _HANDLE),
    "change_set_consent": (_VOID, _HANDLE, CONSENT_FN, ENDED_FN, _HANDLE),
    "change_cancel": (_VOID, _HANDLE),
    "change_start": (_INT, _HANDLE, _HANDLE, _INT, _INT),
    "change_get_fd": (_INT, _HANDLE),
    "change_dispatch": (_INT, _HANDLE, _OUT),
    "change_get_begun": (_INT, _HANDLE),
    "change_get_holder": (_INT, _HANDLE, _OUT, _OUT),
    "change_set_replug": (_VOID, _HANDLE, _INT),
    "change_set_memmap": (_VOID, _HANDLE, _INT),
    "change_get_restored": (_INT, _HANDLE),
    "change_get_outcome": (_INT, _HANDLE),
    "change_get_backend": (_INT, _HANDLE),
    "change_get_before": (_INT, _HANDLE, _OUT),
    "change_get_after": (_INT, _HANDLE, _OUT),
    "change_get_step": (_TEXT, _HANDLE),
    "change_get_failed_step": (_INT, _HANDLE),
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
    "device_set_mode": (_INT, _HANDLE, _INT, _HANDLE),
    "device_check_mode": (_INT, _HANDLE, _INT, _HANDLE),
    "watch_new": (_INT, _HANDLE, _OUT),
    "watch_free": (_VOID, _HANDLE),
    "watch_get_fd": (_INT, _HANDLE),
    "watch_present": (_INT, _HANDLE, _OUT),
    "watch_next": (_INT, _HANDLE, _OUT),
    "policy_new": (_INT, _OUT),
    "policy_free": (_VOID, _HANDLE),
    "policy_set_error_fn": (_VOID, _HANDLE, POLICY_ERROR_FN, _HANDLE),
    "policy_read": (_INT, _HANDLE),
    "policy_read_dir": (_INT, _HANDLE, _TEXT),
    "policy_read_file": (_INT, _HANDLE, _TEXT),
    "policy_get_errors": (_UINT, _HANDLE),
    "policy_check_owner": (_INT, _HANDLE, _INT, _TEXT),
    "policy_get_first_file": (_HANDLE, _HANDLE),
    "policy_file_get_next": (_HANDLE, _HANDLE),
    "policy_file_get_path": (_TEXT, _HANDLE),
    "policy_file_get_status": (_INT, _HANDLE),
    "policy_file_get_hidden_by": (_HANDLE, _HANDLE),
    "policy_file_has_error": (_INT, _HANDLE),
    "policy_get_first_rule": (_HANDLE, _HANDLE),
    "rule_get_next": (_HANDLE, _HANDLE),
    "rule_get_name": (_TEXT, _HANDLE),
    "rule_get_file": (_HANDLE, _HANDLE),
    "rule_get_line": (_UINT, _HANDLE),
    "rule_is_default": (_INT, _HANDLE),
    "rule_is_broken": (_INT, _HANDLE),
    "rule_get_state": (_INT, _HANDLE, _OUT),
    "rule_get_guard": (_INT, _HANDLE, _OUT),
    "rule_get_timeout": (_INT, _HANDLE, _OUT),
    "rule_get_memmap": (_INT, _HANDLE, _OUT),
    "rule_get_required": (_INT, _HANDLE, _OUT),
    "rule_get_retry": (_INT, _HANDLE),
    "policy_get_movable_max": (_HANDLE, _HANDLE, _U64, _OUT),
    "rule_get_word": (_TEXT, _HANDLE, _TEXT, _UINT),
    "rule_get_numbers": (_INT, _HANDLE, _TEXT, _UINT, _OUT, _OUT),
    "policy_read_cards": (_INT, _HANDLE, _HANDLE),
    "policy_check_serial": (_INT, _HANDLE, _U64, _OUT, _OUT),
    "policy_match": (_INT, _HANDLE, _HANDLE, _HANDLE, _OUT),
    "policy_get_rule": (_HANDLE, _HANDLE, _HANDLE),
    "duration_parse": (_INT, _TEXT, _OUT),
    "time_parse": (_INT, _TEXT, _OUT),
    "file_status_name": (_TEXT, _INT),
    "file_status_parse": (_INT, _TEXT, _OUT),
    "match_name": (_TEXT, _INT),
    "match_parse": (_INT, _TEXT, _OUT),
}


class _Library:
    """Has each function of the library as an attribute, without the prefix daxplug_."""

    def __init__(self):
        try:
            library = ctypes.CDLL("libdaxplug.so.0")
            for name, (result, *arguments) in FUNCTIONS.items():
                function = getattr(library, "daxplug_" + name)
                function.restype = result
                function.argtypes = arguments
                setattr(self, name, function)
        except (OSError, AttributeError) as error:
            raise ImportError(f"libdaxplug cannot be loaded: {error}; install libdaxplug0"
                              " of the same version") from error


lib = _Library()

NO_BLOCK = 2**64 - 1
SIZE_UNKNOWN = 2**64 - 1
UINT_MAX = 2**32 - 1


def text_of(raw):
    return None if raw is None else os.fsdecode(raw)


def c_text(text, what):
    """Converts a str or path to bytes. A NUL is refused, because it would end the string."""
    raw = os.fsencode(text)
    if b"\0" in raw:
        raise ValueError(f"{what} has a NUL in it: {text!r}")
    return raw


def ask(function, kind, *arguments):
    """Calls a getter. Returns a positive errno or 0, and the value, or None after an error."""
    value = kind()
    err = -function(*arguments, ctypes.byref(value))
    return err, value.value if not err else None


def to_milliseconds(seconds, limit):
    """Converts a time limit. None, which means no limit, is 0 for the library. The number 0 is
    refused, because it could be meant as no time at all."""
    if seconds is None:
        return 0
    if isinstance(seconds, bool) or not isinstance(seconds, (int, float)):
        raise TypeError(f"a time is a number of seconds or None, not {seconds!r}")
    if math.isnan(seconds) or seconds <= 0:
        raise ValueError(f"a time limit is more than 0 s, or None for no limit, not {seconds!r}")
    if math.isinf(seconds) or seconds * 1000 > limit:
        raise ValueError(f"a time limit is at most {limit / 1000} s, or None for no limit")
    return min(limit, math.ceil(seconds * 1000))


def to_seconds(milliseconds):
    return milliseconds / 1000 if milliseconds else None
