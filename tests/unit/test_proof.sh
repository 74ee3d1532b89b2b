#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The short form of the proofs with SPIN: the smallest models hold, and one seeded fault of each is
# found. make prove has all of them.

set -u
cd "$(dirname "$0")/../.." || exit 1

exec proof/spin/run --short
