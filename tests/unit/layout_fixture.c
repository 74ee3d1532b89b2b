// SPDX-License-Identifier: GPL-2.0-only
/*
 * layout_fixture CASE > btf: write the BTF of an invented kernel, for layout.sh.
 *
 *   good      a dax bus with every kind of member that the generator supports
 *   missing   four needed members of struct dev_dax and struct dax_device_driver are missing
 *   bitfield  struct dev_dax has two bitfields
 *   twice     there are two different structures named dev_dax
 *   nodax     a kernel without the dax bus
 */
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include <bpf/btf.h>

static struct btf *btf;
static int offset;	/* the offset of the next member, in bytes */

static void field(const char *name, int type, int size)
{
	int align = size < 8 ? size : 8;

	offset = (offset + align - 1) / align * align;
	btf__add_field(btf, name, type, offset * 8, 0);
	offset += size;
}

/* A structure with one member, long x[longs]. */
static int opaque(const char *name, int longs, int of_long)
{
	int words = btf__add_array(btf, of_long, of_long, longs);
	int type = btf__add_struct(btf, name, longs * 8);

	btf__add_field(btf, "x", words, 0, 0);
	return type;
}

static void add_function(const char *name, int returns, int driver)
{
	int proto = btf__add_func_proto(btf, returns);

	btf__add_func_param(btf, "dax_drv", driver);
	btf__add_func(btf, name, BTF_FUNC_GLOBAL, proto);
}

static void add_dax(bool missing, bool bitfield)
{
	int of_int = btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	int of_long = btf__add_int(btf, "long int", 8, BTF_INT_SIGNED);
	int u64 = btf__add_typedef(btf, "u64", of_long);
	int device = opaque("device", 3, of_long);
	int driver = opaque("device_driver", 2, of_long);
	int range = opaque("range", 2, of_long);
	/* Types that no public header defines: a structure inside another one, and a typedef. */
	int inner = opaque("dax_inner", 1, of_long);
	int outer = btf__add_struct(btf, "dax_outer", 16);
	int own, mode, pair, either, forward, region, constant, dev, dev_ptr, range_ptr;
	int probe, remove, drv, drv_ptr;

	btf__add_field(btf, "inner", inner, 0, 0);
	btf__add_field(btf, "count", of_long, 64, 0);
	own = btf__add_typedef(btf, "dax_own_t", of_int);
	mode = btf__add_enum(btf, "dax_mode", 4);
	btf__add_enum_value(btf, "DAX_MODE_ONE", 1);
	btf__add_enum_value(btf, "DAX_MODE_TWO", 7);
	pair = btf__add_struct(btf, NULL, 8);
	btf__add_field(btf, "low", of_int, 0, 0);
	btf__add_field(btf, "high", of_int, 32, 0);
	either = btf__add_union(btf, NULL, 8);
	btf__add_field(btf, "whole", u64, 0, 0);
	btf__add_field(btf, NULL, pair, 0, 0);
	/* Two types with one name: a forward declaration and a structure. */
	forward = btf__add_ptr(btf, btf__add_fwd(btf, "dax_region", BTF_FWD_STRUCT));
	region = btf__add_ptr(btf, opaque("dax_region", 1, of_long));
	constant = btf__add_const(btf, btf__add_ptr(btf, btf__add_const(btf, own)));

	btf__add_struct(btf, "dev_dax_range", 24);
	offset = 0;
	field("range", range, 16);
	field("pgoff", of_long, 8);
	range_ptr = btf__add_ptr(btf, (int)btf__type_cnt(btf) - 1);

	dev = btf__add_struct(btf, "dev_dax", bitfield ? 112 : 104);
	offset = 0;
	field("region", region, 8);
	field("parent", forward, 8);
	field("target_node", of_int, 4);
	field("mode", mode, 4);
	field("outer", outer, 16);
	field(NULL, either, 8);
	field("limit", constant, 8);
	field("dev", device, 24);
	if (!missing) {
		field("nr_range", of_int, 4);
		field("own", own, 4);
		field("ranges", range_ptr, 8);
	}
	offset = 96;
	field("cached_size", u64, 8);
	if (bitfield) {
		btf__add_field(btf, "busy", of_int, 104 * 8, 1);
		btf__add_field(btf, "gone", of_int, 104 * 8 + 1, 1);
	}
	dev_ptr = btf__add_ptr(btf, dev);

	probe = btf__add_func_proto(btf, of_int);
	btf__add_func_param(btf, NULL, dev_ptr);
	probe = btf__add_ptr(btf, probe);
	remove = btf__add_func_proto(btf, 0);
	btf__add_func_param(btf, NULL, dev_ptr);
	remove = btf__add_array(btf, of_int, btf__add_ptr(btf, remove), 2);
	drv = btf__add_struct(btf, "dax_device_driver", 40);
	offset = 0;
	field("drv", driver, 16);
	if (!missing) {
		field("probe", probe, 8);
		btf__add_field(btf, "remove", remove, 24 * 8, 0);
	}
	drv_ptr = btf__add_ptr(btf, drv);
	add_function("__dax_driver_register", of_int, drv_ptr);
	add_function("dax_driver_unregister", 0, drv_ptr);
}

int main(int argc, char **argv)
{
	const char *what = argc == 2 ? argv[1] : "";
	const void *raw;
	__u32 size;

	btf = btf__new_empty();
	if (!btf)
		return 1;
	if (strcmp(what, "nodax"))
		add_dax(!strcmp(what, "missing"), !strcmp(what, "bitfield"));
	else
		btf__add_int(btf, "int", 4, BTF_INT_SIGNED);
	if (!strcmp(what, "twice"))
		btf__add_struct(btf, "dev_dax", 64);
	raw = btf__raw_data(btf, &size);
	if (!raw || fwrite(raw, 1, size, stdout) != size)
		return 1;
	btf__free(btf);
	return 0;
}
