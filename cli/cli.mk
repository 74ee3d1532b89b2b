# SPDX-License-Identifier: GPL-2.0-only
#
# The command, for the top Makefile to include after lib/lib.mk. Targets,
# relative to the top:
#   build/daxplug  cli (the command and both forms of the library)

CLI_SRC := $(sort $(wildcard cli/*.c))
CLI_OBJ := $(CLI_SRC:%.c=build/%.o)

.PHONY: cli
cli: build/daxplug build/libdaxplug.a build/libdaxplug.so.0

build/cli/%.o: cli/%.c
	@mkdir -p $(@D)
	$(CC) $(USER_CPPFLAGS) $(CPPFLAGS) $(USER_CFLAGS) $(CFLAGS) \
		-MMD -MP -c -o $@ $<

# The library is linked in: one file to copy into a guest.
build/daxplug: $(CLI_OBJ) build/libdaxplug.a
	$(CC) $(USER_CFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^

-include $(CLI_OBJ:.o=.d)
