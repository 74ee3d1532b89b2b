#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs in the Debian that tests/fleet/units/run has booted. Hooks must run in the sandbox of the units,
# the timer must repeat a failed apply, and the service must wait for a required device.
. /lab/common.sh
conf=/etc/daxplug/daxplug.conf
# write_policy STATE [LINE...]: writes a policy with the rule "card" for the card, which requests STATE. Each
# LINE is added to the end of the file.
write_policy() {
	printf '%s\n' "[default]" "retry = yes" "[card]" "serial = 1" "state = $1" >$conf
	shift
	for line; do echo "$line" >>$conf; done
}
# from_now: saves the current end of the journal
# since OPTION...: prints the part of the journal that is newer than the last call of from_now
since() { journalctl --sync; journalctl --boot --no-pager --output cat --after-cursor "$cursor" "$@"; }
from_now() { cursor=$(journalctl --boot --lines 0 --show-cursor | sed -n 's/^-- cursor: //p'); }
timers() { systemctl list-units --no-legend --plain --state=active 'daxplug-retry@*.timer' | cut -d ' ' -f 1; }
hook_said() { grep -c "^$1" /run/hook.log; }
has_hook_said() { grep -q "^$1" /run/hook.log; }

up "booted: the system is running, and no unit has failed"
use "$(card 1)"
is "$(truly)" online_movable "the card is plugged"
is "$(grep " $DEV " /run/hook.log | tr '\n' ',')" "check $DEV plug ,pre $DEV plug ,post $DEV plug done," \
	"each hook has run once, in the sandbox of the unit"
is "$(daxplug wait card --timeout 1min && echo ready)" ready "daxplug wait: the rule is met"
is "$(timers)" "" "no timer waits"

# --- a veto, and the retry -----------------------------------------------------------

: >/run/hook.log
: >/run/veto
from_now
write_policy unplugged
systemctl restart daxplug.service 2>/dev/null && fail "the service has not failed" || pass "a hook refuses: the service fails"
is "$(truly)" online_movable "and nothing has changed"
is "$(since -u daxplug.service | grep -c "^daxplug: $DEV: .*a database is in it")" 1 "the journal has the hook's text"
is "$(hook_said check) $(hook_said pre) $(hook_said "post $DEV unplug refused")" "1 0 1" \
	"the hook got the calls check and post, but not pre"
is "$(timers)" daxplug-retry@5s.timer "a timer starts the next try after 5 s"
said() { since -u daxplug.service | grep -q "repeated in $1 s"; }
until_true "after the second try, the delay is 10 s" said 10
until_true "after the third try, the delay is 20 s" said 20
is "$(truly)" online_movable "still nothing has changed"
rm /run/veto
unplugged_now() { [ "$(truly)" = unplugged ]; }
until_true "the hook does not refuse any more: it is unplugged" unplugged_now
service_is_active() { [ "$(systemctl is-active daxplug.service)" = active ]; }
until_true "and the service is well" service_is_active
settled() { [ -z "$(timers)" ] && [ ! -e /run/daxplug/retry ]; }
until_true "no timer waits any more" settled
is "$(hook_said "post $DEV unplug done") $(hook_said pre)" "1 1" "the hooks before and after it have run once"
is "$(systemctl --failed --no-legend)" "" "no unit has failed"

# --- a hook that hangs ------------------------------------------------------------------

: >/run/hang
from_now
write_policy online_movable
systemctl --no-block restart daxplug.service
until_true "a hook hangs: it has begun" has_hook_said "check $DEV plug"
hook_timed_out() { since -u daxplug.service | grep -q '50-test did not end within 60 s'; }
until_true "it is ended at its time limit, and the journal names it" hook_timed_out
# hung_hooks: prints the number of processes of the hook that hangs
hung_hooks() { for file in /proc/[0-9]*/cmdline; do tr '\0' ' ' <"$file"; echo; done 2>/dev/null | grep -c '^tail -f /dev/null'; }
is "$(hung_hooks)" 0 "and none of its processes is left"
is "$(truly)" unplugged "nothing has changed"
rm /run/hang
plugged_now() { [ "$(truly)" = online_movable ]; }
until_true "when it does not hang any more, it is plugged by the next try" plugged_now
until_true "the service is well" service_is_active

# --- a device that is required --------------------------------------------------------------

from_now
write_policy online_movable "[second]" "serial = 2" "state = online_movable" "required = 3s"
systemctl restart daxplug.service 2>/dev/null && fail "the service has not failed" ||
	pass "a required device does not appear: the service fails"
is "$(since -u daxplug.service | grep -c '\[second\]: required, but no device matched it within 3.000 s')" 1 "and names the rule"
is "$(timers)" "" "no retry is scheduled"
write_policy online_movable "[second]" "serial = 2" "state = online_movable" "required = 10min"
systemctl --no-block restart daxplug.service
starting() { [ "$(systemctl is-active daxplug.service)" = activating ]; }
until_true "with more time the service waits" starting
daxplug wait second --timeout 30min >/run/waited 2>&1 &
waiter=$!
lab-cxl-region 2
until_true "the card appears: the service is active" service_is_active
wait $waiter && pass "daxplug wait has ended" || fail "daxplug wait: $(cat /run/waited)"
use "$(card 2)"
is "$(truly)" online_movable "and it is plugged"

# --- the example: a slice is stopped for an unplug --------------------------------------------

systemd-run --quiet --unit heavy --slice big-memory.slice tail -f /dev/null
is "$(systemctl is-active heavy.service)" active "a service of big-memory.slice runs"
is "$(daxplug unplug "$DEV")" "$DEV: online_movable -> unplugged (256.0 MiB)" "drain-slice: the device is unplugged"
is "$(systemctl is-active heavy.service)" inactive "and the service has been stopped for it"
daxplug plug "$DEV" >/dev/null

# --- metrics and health -------------------------------------------------------------------------

mkdir -p /var/lib/prometheus/node-exporter
systemctl start daxplug-metrics.service && pass "daxplug-metrics.service ends well, in its sandbox" ||
	fail "daxplug-metrics.service: $(journal -u daxplug-metrics.service)"
is "$(grep -c "^daxplug_device_state{device=\"$DEV\",state=\"online_movable\"} 1" /var/lib/prometheus/node-exporter/daxplug.prom)" 1 \
	"the file has the state of $DEV"
is "$(daxplug health --timeout 60s >/run/health && echo fine || cat /run/health)" fine "daxplug health: fine"
daxplug unplug "$DEV" >/dev/null
is "$(daxplug health --timeout 60s >/run/health; echo $?)" 1 "against the policy: health says that there is a problem"
daxplug plug "$DEV" >/dev/null
journal -u 'daxplug*' | sed 's/^/# /'
finish
