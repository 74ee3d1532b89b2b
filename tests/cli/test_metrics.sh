#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
#
# Tests of daxplug list --metrics in a made-up system: the complete text (metrics.golden has every
# metric), the last change of a device, and the file of --write. tests/fleet/prometheus/run checks
# the text with promtool.
#
# usage: test_metrics.sh [--update] [COMMAND]	(--update: writes metrics.golden)

set -u
update=
[ "${1:-}" != --update ] || { update=1; shift; }
. "$(dirname "$0")/fake.sh"
golden=$(realpath "$(dirname "$0")")/metrics.golden

. "$(dirname "$0")/metrics.sh"

### all of it

machine
run "every metric" 0 list --metrics
[ -z "$update" ] || steady <"$tmp/out" >"$golden"
name="every metric: as in metrics.golden"
steady <"$tmp/out" | diff "$golden" - >"$tmp/differs"
code=$?
if [ $code -eq 0 ]; then ok; else fail "$(cat "$tmp/differs")"; fi
name="each metric has one HELP and one TYPE, and its samples behind them"
if awk '
	$2 == "HELP" { help[$3]++; at = $3; next }
	$2 == "TYPE" { type[$3]++; if ($3 != at) bad = bad " " $3; next }
	{ sub(/[{ ].*/, ""); if ($0 != at) bad = bad " " $0 }
	END { for (n in help) if (help[n] != 1 || type[n] != 1) bad = bad " " n; print bad; exit bad != "" }' \
	"$tmp/out" >"$tmp/bad"; then ok; else fail "$(cat "$tmp/bad")"; fi
run "a directory without a policy" 0 list --metrics --config "$tmp"
name="$name: no sample of the policy"
if grep -q '^daxplug_device_\(wanted\|policy\)' "$tmp/out"; then fail; else ok; fi
fresh
run "no device at all" 0 list --metrics
name="no device at all: no sample of a device"
if grep -q '^daxplug_device' "$tmp/out"; then fail; else ok; fi
has out "daxplug_policy_errors 0"
has out "daxplug_build_info{version=\"$("$daxplug" version | cut -d' ' -f2)\"} 1"
rm -r "$DAXPLUG_SYSFS"
run "no sysfs" 7 list --metrics
out ""

### names that need an escape, and a policy with errors

fresh
device 'dax0.0' 134217728 3 1 kmem unplugged
rm "$devices/dax0.0/driver"
ln -s '../../../bus/dax/drivers/a"b\c' "$devices/dax0.0/driver"
policy '[a]' 'device = dax0.*' 'state = onlien' '[b]' 'nonsense = 1'
run "labels are escaped" 0 list --metrics
has out 'driver="a\"b\\c"'
has out "daxplug_policy_errors 1"
name="a broken rule wants nothing"
if grep -q '^daxplug_device_\(wanted\|policy\)' "$tmp/out"; then fail; else ok; fi
err ""
mkdir "$tmp/other"
printf '%s\n' '[a]' 'device = dax0.*' 'state = unplugged' >"$tmp/other/1.conf"
run "another policy" 0 list --metrics --config "$tmp/other"
has out 'daxplug_device_policy_mismatch{device="dax0.0"} 0'

### the last change

fresh
answer ""
device dax0.0 134217728 3 1 kmem unplugged
run "before a change" 0 list --metrics
name="before a change: no sample of one"
if grep -q '^daxplug_device_last' "$tmp/out"; then fail; else ok; fi
before=$(date +%s)
run "a change" 0 plug dax0.0
run "after it" 0 list --metrics
has out 'daxplug_device_last_transition_info{device="dax0.0",to="online_movable",outcome="done"} 1'
has out 'daxplug_device_last_transition_success{device="dax0.0"} 1'
name="its time is now, and its duration less"
stamp=$(sed -n 's/^daxplug_device_last_transition_timestamp_seconds{device="dax0.0"} //p' "$tmp/out")
lasted=$(sed -n 's/^daxplug_device_last_transition_duration_seconds{device="dax0.0"} //p' "$tmp/out")
if [[ $stamp =~ ^[0-9]+\.[0-9]{3}$ && $lasted =~ ^[0-9]+\.[0-9]{3}$ ]] && [ "${stamp%.*}" -ge "$before" ] &&
	[ "${stamp%.*}" -le "$(date +%s)" ] && [ "${lasted%.*}" -le $((${stamp%.*} - before + 1)) ]; then ok; else fail "$stamp $lasted"; fi
cp "$DAXPLUG_RUN/dax0.0.last" "$tmp/last"
run "nothing to do is no change" 0 plug dax0.0
run "a dry run is no change" 0 unplug --dry-run dax0.0
name="nothing to do leaves the last change"
if cmp -s "$tmp/last" "$DAXPLUG_RUN/dax0.0.last"; then ok; else fail; fi
answer 16 online_movable
run "a change that is refused" 4 unplug dax0.0
run "after a change that was refused" 0 list --metrics
has out 'daxplug_device_last_transition_info{device="dax0.0",to="unplugged",outcome="undone"} 1'
has out 'daxplug_device_last_transition_success{device="dax0.0"} 0'
answer ""
policy '[a]' 'device = dax0.*' 'state = unplugged'
run "by the policy" 0 apply
run "after it" 0 list --metrics
has out 'daxplug_device_last_transition_info{device="dax0.0",to="unplugged",outcome="done"} 1'
name="every user may read the file of the last change, whatever the umask"
if [ "$(stat -c %a "$DAXPLUG_RUN/dax0.0.last")" = 644 ]; then ok; else fail; fi
for text in "" "x" "1 2 online" "1 -2 online_movable done" '1 2 on"line done' "1 2 online done
} evil" "99999999999999999999 1 online done"; do
	printf '%s' "$text" >"$DAXPLUG_RUN/dax0.0.last"
	run "a malformed file of the last change: $text" 0 list --metrics
	name="a malformed file of the last change, no sample of it: ${text%%$'\n'*}"
	case $text in *evil*) wanted=4 ;; *) wanted=0 ;; esac
	if [ "$(grep -c '^daxplug_device_last' "$tmp/out")" = $wanted ] && ! grep -q evil "$tmp/out"; then ok; else fail; fi
done
rm "$DAXPLUG_RUN/dax0.0.last"
cp "$tmp/last" "$tmp/before"
ln -s "$tmp/last" "$DAXPLUG_RUN/dax0.0.last"
run "a link in place of the file of the last change" 0 list --metrics
name="a link in place of that file is ignored"
if grep -q '^daxplug_device_last' "$tmp/out"; then fail; else ok; fi
run "a link: the change is made" 0 plug dax0.0 --quiet
name="a link: the link and its target are unchanged"
if cmp -s "$tmp/last" "$tmp/before" && [ -L "$DAXPLUG_RUN/dax0.0.last" ]; then ok; else fail; fi
rm -r "$DAXPLUG_RUN"
: >"$DAXPLUG_RUN"
run "the last change cannot be recorded, and the change is made" 0 unplug dax0.0
wrote dax0.0 unplugged
rm "$DAXPLUG_RUN"

### the file

machine
mkdir "$tmp/textfile"
file=$tmp/textfile/daxplug.prom
# alone NAME: claims that the directory contains the file and nothing else
alone() {
	name=$1
	if [ "$(ls -A "$tmp/textfile")" = daxplug.prom ]; then ok; else fail "$(ls -A "$tmp/textfile")"; fi
}
(umask 077; run "a new file" 0 list --metrics --write "$file"; exit "$failed") || failed=$((failed + 1))
number=$((number + 1))
run "list --metrics once more" 0 list --metrics
name="the file has what is printed, and every user may read it"
if cmp -s "$tmp/out" "$file" && [ "$(stat -c %a "$file")" = 644 ]; then ok; else fail; fi
alone "nothing else is there"
echo old >"$file"
(cd "$tmp/textfile" && run "in this directory" 0 list --metrics --write daxplug.prom; exit "$failed") || failed=$((failed + 1))
number=$((number + 1))
name="the old file is replaced"
if cmp -s "$tmp/out" "$file" || grep -q daxplug_build_info "$file"; then ok; else fail; fi
alone "nothing else is there then"

export FAKE_WAIT_RENAME=daxplug.prom
answer ""
echo old >"$file"
waiting "$daxplug" list --metrics --write "$file"
child=$!
name="before the rename the old file is there, and no other *.prom"
if [ "$(cat "$file")" = old ] && [ "$(cd "$tmp/textfile" && echo *.prom)" = daxplug.prom ] &&
	[ -e "$tmp/textfile/.daxplug.prom.$child.tmp" ]; then ok; else fail "$(ls -A "$tmp/textfile")"; fi
unset FAKE_WAIT_RENAME
run "a second command at the same time" 0 list --metrics --write "$file"
name="the second command keeps the temporary file of the first"
if [ -e "$tmp/textfile/.daxplug.prom.$child.tmp" ]; then ok; else fail; fi
echo old >"$file"
disown
kill -KILL $child
tail --pid=$child -f /dev/null
name="killed before the rename: the old file is there"
if [ "$(cat "$file")" = old ] && [ -e "$tmp/textfile/.daxplug.prom.$child.tmp" ]; then ok; else fail; fi
touch "$tmp/textfile/.daxplug.prom.tmp" "$tmp/textfile/.daxplug.prom.1.tmp" "$tmp/textfile/.daxplug.promx.$child.tmp" \
	"$tmp/textfile/.daxplug.prom.x.tmp" "$tmp/textfile/.other.prom.$child.tmp"
run "a command after one that was killed" 0 list --metrics --write "$file"
name="it removes the temporary file of the killed command, and no other"
if [ ! -e "$tmp/textfile/.daxplug.prom.$child.tmp" ] && [ "$(find "$tmp/textfile" -name '.*.tmp' | wc -l)" = 5 ]; then ok; else fail "$(ls -A "$tmp/textfile")"; fi
rm "$tmp/textfile"/.*.tmp

name="no space: the old file stays"
echo old >"$file"
said=$(trap '' XFSZ; ulimit -f 0; "$daxplug" list --metrics --write "$file" 2>&1)
code=$?
echo "$said" >"$tmp/err"
if [ $code -eq 1 ] && [ "$(cat "$file")" = old ]; then ok; else fail "exit $code"; fi
has err "$file not written: File too large"
alone "no space: no other file is there"
run "no such directory" 1 list --metrics --write "$tmp/none/daxplug.prom"
has err "not written: No such file or directory"
run "a directory" 1 list --metrics --write "$tmp/textfile"
has err "not written: Is a directory"
run "a directory, by its end" 1 list --metrics --write "$tmp/textfile/"
ln -s "$file" "$tmp/link"
run "a link" 1 list --metrics --write "$tmp/link"
has err "not written: it exists and is not a regular file"
name="the link and its target stay"
if [ -L "$tmp/link" ] && [ "$(cat "$file")" = old ]; then ok; else fail; fi
mkfifo "$tmp/fifo"
run "a FIFO" 1 list --metrics --write "$tmp/fifo"
run "not without metrics" 2 list --write "$file"
has err "--write needs --metrics"
rm -r "$DAXPLUG_SYSFS"
run "no sysfs, no file" 7 list --metrics --write "$file"
name="no sysfs: the old file stays"
if [ "$(cat "$file")" = old ]; then ok; else fail; fi

finish
