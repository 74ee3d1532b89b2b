# SPDX-License-Identifier: LGPL-2.1-or-later
#
# libdaxplug, for the top Makefile to include. Targets, relative to the top:
#   build/libdaxplug.a  build/libdaxplug.so.0
# CC, AR, CPPFLAGS, CFLAGS and LDFLAGS are honoured (and may be empty).

DAXPLUG_VERSION ?= $(file <VERSION)

USER_CPPFLAGS := -D_GNU_SOURCE -DDAXPLUG_VERSION='"$(DAXPLUG_VERSION)"' -Ilib
USER_CFLAGS := -std=gnu11 -Wall -Wextra -O2 -g

LIB_SRC := $(sort $(wildcard lib/*.c))
LIB_OBJ := $(LIB_SRC:%.c=build/%.o)

build/lib/%.o: lib/%.c
	@mkdir -p $(@D)
	$(CC) $(USER_CPPFLAGS) $(CPPFLAGS) $(USER_CFLAGS) -fPIC $(CFLAGS) \
		-MMD -MP -c -o $@ $<

build/libdaxplug.a: $(LIB_OBJ)
	@rm -f $@
	$(AR) rcs $@ $^

build/libdaxplug.so.0: $(LIB_OBJ) lib/libdaxplug.map
	$(CC) $(USER_CFLAGS) $(CFLAGS) $(LDFLAGS) -shared \
		-Wl,-soname,libdaxplug.so.0 \
		-Wl,--version-script=lib/libdaxplug.map -o $@ $(LIB_OBJ)

-include $(LIB_OBJ:.o=.d)
