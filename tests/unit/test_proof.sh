#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Runs the short form of the proofs with SPIN: the smallest models hold, and one seeded fault in each
# is found. "make prove" runs all proofs.

set -u
cd "$(dirname "$0")/../.." || exit 1

exec proof/spin/run --short
