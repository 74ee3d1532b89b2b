# SPDX-License-Identifier: GPL-2.0-only
#
# The command. The top Makefile includes this file after lib/lib.mk. Targets, relative to
# the top:
#   build/daxplug  cli (the command and both forms of the library)

CLI_SRC := $(sort $(wildcard cli/*.c))
CLI_OBJ := $(CLI_SRC:%.c=$(BUILD)/user/%.o)
# libsystemd is not linked; only its headers are needed. daxplug history loads it at run time.
CLI_LIBS := -ljson-c -lsmartcols

.PHONY: cli cli-deps
cli: $(BUILD)/daxplug $(BUILD)/libdaxplug.a $(BUILD)/libdaxplug.so.0

cli-deps: lib-deps
	$(call need_package,json-c,libjson-c-dev)
	$(call need_package,smartcols,libsmartcols-dev)
	$(call need_package,libsystemd,libsystemd-dev)

$(BUILD)/user/cli/%.o: USER_FLAGS = $(USER_CPPFLAGS) $(shell $(PKG_CONFIG) --cflags json-c smartcols) \
	$(CPPFLAGS) $(USER_CFLAGS) $(CFLAGS)
$(CLI_OBJ): | cli-deps

# Linked statically with the library, so that only one file must be copied into a guest.
$(BUILD)/daxplug: $(CLI_OBJ) $(BUILD)/libdaxplug.a
	$(CC) $(USER_CFLAGS) $(CFLAGS) $(LDFLAGS) -o $@ $^ $(CLI_LIBS) $(LIB_LIBS)

-include $(CLI_OBJ:.o=.d)
