# SPDX-License-Identifier: GPL-2.0-only
#
#   make fuzz-guest-build    build the fuzzer of the running module for the guest

FUZZ_GUEST_SRC := $(wildcard tests/fuzz-guest/*.c)

.PHONY: fuzz-guest-build
fuzz-guest-build: $(BUILD)/fuzz-guest-tools/fuzz

# Linked statically, because the guest has another C library.
$(BUILD)/fuzz-guest-tools/fuzz: $(FUZZ_GUEST_SRC) tests/fuzz-guest/fuzz.h
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -Wall -Wextra -O2 -static -o $@ $(FUZZ_GUEST_SRC)
