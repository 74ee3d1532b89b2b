# SPDX-License-Identifier: LGPL-2.1-or-later
#
# libdaxplug, for the top Makefile to include. Targets, relative to the top:
#   build/libdaxplug.a  build/libdaxplug.so.0  build/libdaxplug.pc
# CC, AR, CPPFLAGS, CFLAGS and LDFLAGS are honoured (and may be empty); for another
# architecture also LD, OBJCOPY, PKG_CONFIG, and BUILD, a directory in build/ of its own.

BUILD := build
OBJCOPY ?= objcopy
PKG_CONFIG ?= pkg-config

DAXPLUG_VERSION ?= $(file <VERSION)

USER_CPPFLAGS := -D_GNU_SOURCE -DDAXPLUG_VERSION='"$(DAXPLUG_VERSION)"' -Ilib
USER_CFLAGS := -std=gnu11 -Wall -Wextra -O2 -g

LIB_SRC := $(sort $(wildcard lib/*.c engine/*.c))
LIB_OBJ := $(LIB_SRC:%.c=$(BUILD)/user/%.o)
LIB_LIBS := -ludev

# Print one line that names the package. Without this, the compiler would only say that a header
# is missing.
need_package = @$(PKG_CONFIG) --exists $(1) || { \
	echo "daxplug needs $(1): apt-get install $(2) (lab/deps installs all)" >&2; \
	exit 1; }

.PHONY: lib-deps
lib-deps:
	$(call need_package,libudev,libudev-dev)

$(BUILD)/user/lib/%.o $(BUILD)/user/engine/%.o: USER_FLAGS = $(USER_CPPFLAGS) $(CPPFLAGS) $(USER_CFLAGS) -fPIC $(CFLAGS)
$(BUILD)/user/%.o: %.c | lib-deps
	@mkdir -p $(@D)
	$(CC) $(USER_FLAGS) -MMD -MP -c -o $@ $<

# The archive contains one object, and only names that begin with daxplug_ are visible in it. So the
# names of the engine cannot be the same as names of a program.
$(BUILD)/libdaxplug.a: $(LIB_OBJ)
	@rm -f $@
	$(LD) -r -o $(BUILD)/libdaxplug.o $^
	$(OBJCOPY) --wildcard --keep-global-symbol='daxplug_*' $(BUILD)/libdaxplug.o
	$(AR) rcs $@ $(BUILD)/libdaxplug.o

$(BUILD)/libdaxplug.so.0: $(LIB_OBJ) lib/libdaxplug.map
	$(CC) $(USER_CFLAGS) $(CFLAGS) $(LDFLAGS) -shared \
		-Wl,-soname,libdaxplug.so.0 -Wl,--no-undefined \
		-Wl,--version-script=lib/libdaxplug.map -o $@ $(LIB_OBJ) $(LIB_LIBS)

-include $(LIB_OBJ:.o=.d)
