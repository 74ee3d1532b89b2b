#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Tests packaging/kubernetes without a cluster. It checks the manifests against a schema, and runs the
# agent and the hook with a made-up kubectl and a made-up sysfs.
set -u
cd "$(dirname "$0")/../.." || exit
[ -x build/daxplug ] || { echo "skipped kubernetes: build/daxplug is not built: run make"; exit 77; }
# Debian installs python3-yaml and python3-kubernetes for Debian's own Python only, and the first python3
# in PATH can be another one.
/usr/bin/python3 -c 'import yaml' 2>/dev/null || { echo "skipped kubernetes: python3-yaml is not installed (lab/deps --fleet installs it)"; exit 77; }
kubernetes=$PWD/packaging/kubernetes
status=0
/usr/bin/python3 -B tests/fleet/manifests.py "$kubernetes"/*.yaml || status=1
# The check must also find a mistake, so give it a manifest with mistyped fields.
mistyped=$(mktemp)
sed 's/^  selector:/  selectors:/; s/hostPath:/hostPaths:/' "$kubernetes/daemonset.yaml" >"$mistyped"
if /usr/bin/python3 -c 'import kubernetes' 2>/dev/null; then
	if /usr/bin/python3 -B tests/fleet/manifests.py "$mistyped" | grep 'selectors: no such field' >/dev/null; then
		echo "ok a manifest with a mistyped field is found"
	else
		echo "not ok a manifest with a mistyped field is found"
		status=1
	fi
fi
rm "$mistyped"

set -- build/daxplug
. tests/cli/fake.sh
requests=$tmp/requests
mkdir "$tmp/bin"
# The made-up kubectl writes its arguments to kubectl.log. If the file "refuses" exists, a drain prints
# that file as its error and fails. If the FIFO "drains" exists, a drain waits until it can read a line from
# it. If the FIFO "uncordoned" exists, an uncordon writes a line to it.
printf '%s\n' '#!/bin/sh' "echo \"\$*\" >>$tmp/kubectl.log" \
	"if [ \"\$1\" = drain ] && [ -e $tmp/refuses ]; then cat $tmp/refuses >&2; exit 1; fi" \
	"if [ \"\$1\" = drain ] && [ -p $tmp/drains ]; then read -r line <$tmp/drains; fi" \
	"if [ \"\$1\" = uncordon ] && [ -p $tmp/uncordoned ]; then echo >$tmp/uncordoned; fi" >"$tmp/bin/kubectl"
printf '%s\n' '#!/bin/sh' "LD_PRELOAD=$tmp/fake.so exec $daxplug \"\$@\"" >"$tmp/bin/daxplug"
chmod 755 "$tmp/bin"/*
start() {
	fresh
	device dax0.0 4294967296 1 1 kmem online_movable
	mkdir -p "$DAXPLUG_ROOT/etc/daxplug/hooks.d"
	printf '%s\n' "total 32" "absent 0" "offline 0" "kernel 0" "movable 32" >"$devices/dax0.0/plug/blocks"
	# daxplug runs a hook without the variables of this test, so the path of the requests must be in the
	# hook itself.
	sed "s,^requests=.*,requests=$requests," "$kubernetes/hook" >"$DAXPLUG_ROOT/etc/daxplug/hooks.d/50-kubernetes"
	chmod 755 "$DAXPLUG_ROOT/etc/daxplug/hooks.d/50-kubernetes"
	printf '%s\n' "[all]" "node = 1" "state = online_movable" >"$DAXPLUG_ROOT/etc/daxplug/daxplug.conf"
	rm -rf "$requests" "$tmp/refuses"
	: >"$tmp/kubectl.log"
	preload=$tmp/fake.so
}
export NODE_NAME=node-1 HOST='' REQUESTS=$requests
# asked CALLS WHAT: claims that kubectl was called with these arguments. Labels are left out.
asked() {
	name=$2
	if [ "$(grep -v ^label "$tmp/kubectl.log")" = "$1" ]; then ok; else fail "kubectl was called with: $(cat "$tmp/kubectl.log")"; fi
}

start
run "without an agent nothing is unplugged" 4 unplug dax0.0
has err "hook 50-kubernetes: no agent of Kubernetes has been here since the boot"
wrote dax0.0 online_movable
ONCE=1 PATH=$tmp/bin:$PATH sh "$kubernetes/agent" >/dev/null 2>&1
name="the agent reports the node's devices"
labels="label node node-1 --overwrite daxplug.local/policy=met daxplug.local/devices=1 daxplug.local/online-mib=4096 daxplug.local/inconsistent=0"
if [ "$(cat "$tmp/kubectl.log")" = "$labels" ]; then ok; else fail "$(cat "$tmp/kubectl.log")"; fi
: >"$tmp/kubectl.log"
DAXPLUG_HOOK_SECONDS=2 run "an agent that does not answer" 4 unplug dax0.0
has err "hook 50-kubernetes"
wrote dax0.0 online_movable
name="no request is left"
if [ -z "$(ls "$requests")" ]; then ok; else fail "$(ls "$requests")"; fi

start
mkdir "$requests"
PATH=$tmp/bin:$PATH sh "$kubernetes/agent" >/dev/null 2>&1 &
pid=$!
mkfifo "$tmp/uncordoned"
drain="drain node-1 --ignore-daemonsets --pod-selector=daxplug.local/leaves=yes --timeout=50s"
run "an unplug drains the node" 0 unplug dax0.0
wrote dax0.0 unplugged
# The agent uncordons the node after the command has ended, so wait for that. The limit is reached only
# if the agent hangs.
timeout 60 cat "$tmp/uncordoned" >/dev/null
rm "$tmp/uncordoned"
asked "$drain
uncordon node-1" "the node is uncordoned after the unplug"
run "a plug does not drain the node" 0 plug dax0.0
echo "error when evicting pods/db-0: Cannot evict pod as it would violate the pod's disruption budget." >"$tmp/refuses"
: >"$tmp/kubectl.log"
run "pods that cannot be evicted" 4 unplug dax0.0
has err "hook 50-kubernetes: the node is not drained: error when evicting pods/db-0: Cannot evict pod as it would violate"
wrote dax0.0 online_movable
asked "$drain
uncordon node-1" "the node is uncordoned after a failed drain"
rm "$tmp/refuses"
: >"$tmp/kubectl.log"
mkfifo "$tmp/drains" "$tmp/uncordoned"
DAXPLUG_HOOK_SECONDS=2 run "a drain that takes too long" 4 unplug dax0.0
has err "hook 50-kubernetes"
wrote dax0.0 online_movable
timeout 60 sh -c "echo >'$tmp/drains'"
timeout 60 cat "$tmp/uncordoned" >/dev/null
asked "$drain
uncordon node-1" "the node is uncordoned when the late drain has ended"
rm "$tmp/drains" "$tmp/uncordoned"
kill $pid
wait $pid 2>/dev/null
[ $status -eq 0 ] || failed=1
finish
