# SPDX-License-Identifier: GPL-2.0-only OR LGPL-2.1-or-later
#
# make unit runs the tests that need no booted kernel: tests/unit/run and tests/cli/run.
# This file builds their programs into build/unit/, from the sources of the engine and of the
# library. The Makefile at the top includes it.
#
# Every test_NAME.c in tests/unit and tests/cli is a test. If it needs more than the engine and
# cmocka, the variables UNIT_SRCS_test_NAME, UNIT_CFLAGS_test_NAME and UNIT_LIBS_test_NAME
# name the rest. Scripts are found by their names (tests/shared/programs.sh).

UNIT_CFLAGS := -std=gnu11 -Wall -Wextra -Werror -g -O1 \
	       -fsanitize=address,undefined -fno-sanitize-recover=all
UNIT_TESTS := $(basename $(notdir $(wildcard tests/unit/test_*.c tests/cli/test_*.c)))
UNIT_BINS := $(UNIT_TESTS:%=build/unit/%)
UNIT_ENGINE := $(patsubst engine/%.c,build/unit/engine/%.o,\
			  $(wildcard engine/*.c))
# The library is compiled once, for all tests that use it.
UNIT_LIB := $(patsubst lib/%.c,build/unit/lib/%.o,$(wildcard lib/*.c))

UNIT_SRCS_test_transaction := tests/unit/model.c tests/unit/trial.c
UNIT_SRCS_test_steps := $(UNIT_SRCS_test_transaction)
UNIT_SRCS_test_library := build/unit/fake_kernel.o build/unit/fake_reads.o $(UNIT_LIB)
UNIT_CFLAGS_test_library := $(USER_CPPFLAGS)
UNIT_LIBS_test_library := -ludev
UNIT_SRCS_test_change := $(UNIT_SRCS_test_library)
UNIT_CFLAGS_test_change := $(USER_CPPFLAGS)
UNIT_LIBS_test_change := -ludev
UNIT_SRCS_test_repair := $(UNIT_SRCS_test_library)
UNIT_CFLAGS_test_repair := $(USER_CPPFLAGS)
UNIT_LIBS_test_repair := -ludev
UNIT_SRCS_test_async := $(UNIT_SRCS_test_library)
UNIT_CFLAGS_test_async := $(USER_CPPFLAGS)
UNIT_LIBS_test_async := -ludev
UNIT_SRCS_test_policy := $(UNIT_SRCS_test_library)
UNIT_CFLAGS_test_policy := $(USER_CPPFLAGS)
UNIT_LIBS_test_policy := -ludev -Wl,--wrap=strndup

.PHONY: unit unit-build unit-deps

unit: unit-build
	@status=0; for tier in unit cli; do CC="$(CC)" tests/$$tier/run || status=1; done; exit $$status

unit-build: $(UNIT_BINS)

unit-deps:
	@pkg-config --exists cmocka || { \
		echo "The unit tests need cmocka:" \
		     "apt-get install libcmocka-dev" \
		     "(lab/deps installs everything)" >&2; exit 1; }

build/unit/engine/%.o: engine/%.c $(wildcard engine/*.h)
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS) -c -o $@ $<

build/unit/lib/%.o: lib/%.c $(wildcard lib/*.h engine/*.h)
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS) $(USER_CPPFLAGS) -c -o $@ $<

# The fake kernel is built without AddressSanitizer, because it runs on a stack of its own.
build/unit/fake_%.o: tests/cli/fake_%.c
	@mkdir -p $(@D)
	$(CC) -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -g -O1 -c -o $@ $<

# $$(UNIT_SRCS_$$*) is expanded for each test separately, when make knows the name of the test.
.SECONDEXPANSION:
$(UNIT_BINS): build/unit/%: $$(wildcard tests/unit/$$*.c tests/cli/$$*.c) $$(UNIT_SRCS_$$*) \
		$(UNIT_ENGINE) \
		$(wildcard engine/*.h tests/unit/*.h tests/cli/*.h lib/*.h) | unit-deps
	@mkdir -p $(@D)
	$(CC) $(UNIT_CFLAGS) $(UNIT_CFLAGS_$*) -o $@ $(filter %.c %.o,$^) \
		$(shell pkg-config --libs cmocka 2>/dev/null) $(UNIT_LIBS_$*)
