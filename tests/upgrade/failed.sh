#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# Runs in a system whose new kernel, RELEASE, has no module of ours, because DKMS could not build it.
# The memory of the card that the policy plugs must be in use, in whatever zone, and the system must
# report that the module is missing.
. /lab/common.sh
release=$1

is "$(uname -r), $(modinfo -F version kmem)" "$release, " "the new kernel, with its own kmem"
udevadm settle
is "$(systemctl is-system-running --wait)" degraded "the system is up, and is degraded"
is "$(systemctl --failed --plain --no-legend | grep -c '^daxplug-wait\.service ')" 1 "daxplug-wait.service has failed"
is "$(journal -p err -u daxplug-wait.service | grep -c "DKMS has installed no kmem module for $release")" 1 \
	"and has said in the journal, as an error, what is missing"
use "$(card 1)"
if in_use; then pass "the memory of the card is in use: $(truly)"; else fail "the memory of the card is not in use: $(truly)"; fi
is "$(daxplug doctor | grep -c 'package daxplug-dkms')" 1 "daxplug doctor says it, too"
systemctl --failed --plain --no-legend | sed 's/^/# /'
journal -u 'daxplug*' | sed 's/^/# /'
finish
