// SPDX-License-Identifier: GPL-2.0-only
/*
 * layout BTF [RELEASE]: write layout.h, which defines the private structures of the dax
 * bus.
 *
 * struct dev_dax and struct dax_device_driver differ between releases. They are defined in
 * drivers/dax/, and no kernel package contains the headers of that directory. The kernel's
 * own type information (BTF) describes them exactly. So this program reads the BTF of the
 * kernel for which the module is built, and writes the definitions that the module needs.
 *
 * It writes as little as possible. A type that a public header defines is used by its name.
 * A private structure behind a pointer is only declared. A private type that is held by
 * value is written out before its use. The output asserts the offset of every member and
 * the size of every type. If a header disagrees with the BTF, because it is from another
 * configuration or release, the build fails.
 *
 * This program runs on the build machine; it is not linked into kmem.ko.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <bpf/btf.h>
#include <bpf/libbpf.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* The structures to write, in this order, and the members that kmem needs. */
static const struct wanted {
	const char *name;
	/* For each member x that is not in needs, a macro DAXPLUG_HAVE_<have>_X is written. */
	const char *have;
	const char *needs[8];
} wanted[] = {
	{ "dev_dax_range", "DEV_DAX_RANGE", { "range" } },
	{ "dev_dax", "DEV_DAX", { "target_node", "dev", "nr_range", "ranges" } },
	{ "dax_device_driver", "DAX_DRIVER", { "drv", "probe", "remove" } },
};

/*
 * Structures that public headers define, but with different members in different kernels.
 * Only the DAXPLUG_HAVE_ lines of their members are written.
 */
static const struct wanted described[] = {
	{ "bus_type", "BUS_TYPE", { NULL } },
	{ "dentry", "DENTRY", { NULL } },
	{ "memory_block", "MEMORY_BLOCK", { NULL } },
};

/* Functions of the dax bus that are exported but declared in no public header. */
static const char * const functions[] = {
	"__dax_driver_register",
	"dax_driver_unregister",
};

/*
 * The types that public headers define, as far as a structure of the dax bus may use them.
 * A type that is not in this table is written out from the BTF. If a header defines it
 * after all, the compiler reports that, and the type must be added here.
 */
static const struct public {
	const char *header;
	const char *types;	/* tags with their keyword, typedefs without */
} public[] = {
	{ "linux/types.h",
	  " bool u8 u16 u32 u64 s8 s16 s32 s64 __u8 __u16 __u32 __u64 __s8 __s16 __s32 __s64"
	  " uint8_t uint16_t uint32_t uint64_t int8_t int16_t int32_t int64_t"
	  " size_t ssize_t loff_t pgoff_t dev_t gfp_t fmode_t umode_t phys_addr_t dma_addr_t"
	  " resource_size_t uintptr_t atomic_t atomic64_t struct list_head struct hlist_head"
	  " struct hlist_node struct callback_head " },
	{ "linux/atomic.h", " atomic_long_t " },
	{ "linux/cdev.h", " struct cdev " },
	{ "linux/completion.h", " struct completion " },
	{ "linux/device.h",
	  " struct device struct device_driver struct bus_type struct class"
	  " struct device_attribute " },
	{ "linux/idr.h", " struct ida struct idr " },
	{ "linux/ioport.h", " struct resource " },
	{ "linux/kobject.h", " struct kobject struct kset " },
	{ "linux/kref.h", " struct kref " },
	{ "linux/ktime.h", " ktime_t " },
	{ "linux/memory_hotplug.h", " mhp_t " },
	{ "linux/memremap.h", " enum memory_type struct dev_pagemap struct vmem_altmap " },
	{ "linux/mutex.h", " struct mutex " },
	{ "linux/nodemask.h", " nodemask_t " },
	{ "linux/notifier.h", " struct notifier_block " },
	{ "linux/percpu-refcount.h", " struct percpu_ref " },
	{ "linux/pfn_t.h", " pfn_t " },
	{ "linux/range.h", " struct range " },
	{ "linux/rbtree.h", " struct rb_node struct rb_root struct rb_root_cached " },
	{ "linux/refcount.h", " refcount_t " },
	{ "linux/rwsem.h", " struct rw_semaphore " },
	{ "linux/spinlock.h", " spinlock_t raw_spinlock_t rwlock_t " },
	{ "linux/sysfs.h", " struct attribute struct attribute_group " },
	{ "linux/timer.h", " struct timer_list " },
	{ "linux/uuid.h", " uuid_t guid_t " },
	{ "linux/wait.h", " wait_queue_head_t struct wait_queue_head " },
	{ "linux/workqueue.h", " struct work_struct struct delayed_work " },
	{ "linux/xarray.h", " struct xarray " },
};

/* What has been written of a type so far. */
enum mark {
	MARK_NONE,
	MARK_DECLARED,		/* its tag may be used behind a pointer */
	MARK_BUSY,		/* it is being defined */
	MARK_DEFINED,		/* it may be held by value */
};

static const char *libbpf_message;	/* the last message of libbpf */
static const char *file;		/* name of the BTF file, for messages */
static struct btf *btf;
static unsigned char *marks;		/* enum mark, by type id */
static bool headers[ARRAY_SIZE(public)];
static FILE *body;			/* the definitions; written after the headers */
static int complaints;

/* Strings are freed only at the end, because the program is short and the strings are small. */
static char **strings;
static size_t nr_strings;

static void __attribute__((noreturn)) no_memory(void)
{
	fprintf(stderr, "layout: out of memory\n");
	exit(1);
}

static char *vtext(const char *format, va_list args)
{
	char **grown = realloc(strings, (nr_strings + 1) * sizeof(*strings));
	char *s;

	if (!grown)
		no_memory();
	strings = grown;
	if (vasprintf(&s, format, args) < 0)
		no_memory();
	strings[nr_strings++] = s;
	return s;
}

static char * __attribute__((format(printf, 1, 2))) text(const char *format, ...)
{
	va_list args;
	char *s;

	va_start(args, format);
	s = vtext(format, args);
	va_end(args);
	return s;
}

static void free_strings(void)
{
	while (nr_strings)
		free(strings[--nr_strings]);
	free(strings);
}

/* Report why this kernel is not supported. The program continues, to report all reasons. */
static void __attribute__((format(printf, 1, 2))) refuse(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fprintf(stderr, "layout: %s: %s: this kernel is not supported\n", file,
		vtext(format, args));
	va_end(args);
	complaints++;
}

static int keep_message(enum libbpf_print_level level, const char *format, va_list args)
{
	char *s;

	if (level != LIBBPF_DEBUG) {
		s = vtext(format, args);
		s[strcspn(s, "\n")] = '\0';
		libbpf_message = s;
	}
	return 0;
}

static const struct btf_type *type_of(__u32 id)
{
	const struct btf_type *t = btf__type_by_id(btf, id);

	if (!t) {
		fprintf(stderr, "layout: %s: damaged: no type %u\n", file, id);
		exit(1);
	}
	return t;
}

static const char *name_of(__u32 offset)
{
	const char *name = btf__name_by_offset(btf, offset);

	return name ? name : "";
}

static bool is_enum(const struct btf_type *t)
{
	return btf_is_enum(t) || btf_is_enum64(t);
}

/* How C refers to a type that has a name, such as "struct dev_dax" or "phys_addr_t". */
static const char *reference(const struct btf_type *t)
{
	const char *name = name_of(t->name_off);

	switch (btf_kind(t)) {
	case BTF_KIND_STRUCT:
		return text("struct %s", name);
	case BTF_KIND_UNION:
		return text("union %s", name);
	case BTF_KIND_FWD:
		return text("%s %s", btf_kflag(t) ? "union" : "struct", name);
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		return text("enum %s", name);
	default:
		return name;
	}
}

/* Check whether a public header defines a type. If so, include that header. */
static bool is_public(const struct btf_type *t)
{
	const char *word = text(" %s ", reference(t));

	for (size_t i = 0; i < ARRAY_SIZE(public); i++) {
		if (strstr(public[i].types, word)) {
			headers[i] = true;
			return true;
		}
	}
	return false;
}

static const char *declare(__u32 id, const char *inner, int depth);

static const char *indent(int depth)
{
	return text("%.*s", depth, "\t\t\t\t\t\t\t\t");
}

/* Write the enumerators or members between braces. */
static const char *braces(const struct btf_type *t, int depth)
{
	const char *s = "{\n";

	for (__u16 i = 0; i < btf_vlen(t); i++) {
		const char *item;

		if (btf_is_enum64(t)) {
			const struct btf_enum64 *e = btf_enum64(t) + i;

			item = text(btf_kflag(t) ? "%s = %lldLL," : "%s = %lluULL,",
				    name_of(e->name_off), (long long)btf_enum64_value(e));
		} else if (btf_is_enum(t)) {
			const struct btf_enum *e = btf_enum(t) + i;

			item = text(btf_kflag(t) ? "%s = %d," : "%s = %u,",
				    name_of(e->name_off), e->val);
		} else {
			const struct btf_member *m = btf_members(t) + i;

			item = text("%s;", declare(m->type, name_of(m->name_off), depth + 1));
		}
		s = text("%s%s%s\n", s, indent(depth + 1), item);
	}
	return text("%s%s}", s, indent(depth));
}

/* Check whether a declarator that begins with a star needs parentheses. */
static bool binds_tighter(__u32 id)
{
	const struct btf_type *t = type_of(id);

	while (btf_is_mod(t) && !btf_is_ptr(t))
		t = type_of(t->type);
	return btf_is_array(t) || btf_is_func_proto(t);
}

static const char *parameters(const struct btf_type *t)
{
	const char *s = "";

	for (__u16 i = 0; i < btf_vlen(t); i++) {
		const struct btf_param *p = btf_params(t) + i;

		s = text("%s%s%s", s, i ? ", " : "",
			 p->type ? declare(p->type, name_of(p->name_off), 0) : "...");
	}
	return btf_vlen(t) ? s : "void";
}

/* Write a qualifier of a pointer to the right of the star, and any other in front. */
static const char *qualify(const char *word, __u32 id, const char *inner, int depth)
{
	if (id && btf_is_ptr(type_of(id)))
		return declare(id, text("%s%s%s", word, *inner ? " " : "", inner), depth);
	return text("%s %s", word, declare(id, inner, depth));
}

/*
 * Write the C declaration of an object of type @id. It is built from the inside out. @inner
 * is the part that is built already. At first it is only the name of the object.
 *
 * btf_dump__emit_type_decl() is not used, because it distinguishes types of the same name
 * by a suffix (dax_region___2), and the BTF of a kernel may contain a name twice.
 */
static const char *declare(__u32 id, const char *inner, int depth)
{
	const struct btf_type *t = type_of(id);
	const char *gap = *inner ? " " : "";

	switch (btf_kind(t)) {
	case BTF_KIND_UNKN:
		return text("void%s%s", gap, inner);
	case BTF_KIND_PTR:
		inner = text(binds_tighter(t->type) ? "(*%s)" : "*%s", inner);
		return declare(t->type, inner, depth);
	case BTF_KIND_CONST:
		return qualify("const", t->type, inner, depth);
	case BTF_KIND_VOLATILE:
		return qualify("volatile", t->type, inner, depth);
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		return declare(t->type, inner, depth);
	case BTF_KIND_ARRAY:
		inner = text("%s[%u]", inner, btf_array(t)->nelems);
		return declare(btf_array(t)->type, inner, depth);
	case BTF_KIND_FUNC_PROTO:
		inner = text("%s(%s)", inner, parameters(t));
		return declare(t->type, inner, depth);
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		if (!t->name_off)
			return text("%s%s%s%s", reference(t), braces(t, depth), gap, inner);
		break;
	default:
		break;
	}
	return text("%s%s%s", reference(t), gap, inner);
}

static void define(__u32 id);

/* Write what the compiler must know before a type can be used behind a pointer. */
static void mention(__u32 id)
{
	const struct btf_type *t = type_of(id);

	switch (btf_kind(t)) {
	case BTF_KIND_PTR:
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		mention(t->type);
		break;
	case BTF_KIND_ARRAY:
		define(btf_array(t)->type);
		break;
	case BTF_KIND_FUNC_PROTO:
		mention(t->type);
		for (__u16 i = 0; i < btf_vlen(t); i++)
			mention(btf_params(t)[i].type);
		break;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_FWD:
		if (!t->name_off) {
			define(id);
		} else if (marks[id] == MARK_NONE) {
			marks[id] = MARK_DECLARED;
			fprintf(body, "%s;\n", reference(t));
		}
		break;
	default:	/* C has no forward declaration for these */
		define(id);
	}
}

/*
 * Define the types of all members of a structure, also of members of unnamed structures in
 * it. Refuse bitfields, because their offsets cannot be asserted.
 */
static void define_members(const struct btf_type *t, const char *owner)
{
	for (__u16 i = 0; i < btf_vlen(t); i++) {
		const struct btf_member *m = btf_members(t) + i;
		const struct btf_type *type = type_of(m->type);
		const char *name = name_of(m->name_off);

		if (btf_member_bitfield_size(t, i) || btf_member_bit_offset(t, i) % 8 ||
		    (btf_is_int(type) && btf_int_bits(type) != type->size * 8))
			refuse("%s member '%s' is a bitfield", owner, *name ? name : "(unnamed)");
		if (btf_is_composite(type) && !type->name_off)
			define_members(type, owner);
		else
			define(m->type);
	}
}

/* Write an assertion for every member that has a name. */
static void assert_members(const struct btf_type *t, const char *owner, __u32 base)
{
	for (__u16 i = 0; i < btf_vlen(t); i++) {
		const struct btf_member *m = btf_members(t) + i;
		const char *name = name_of(m->name_off);
		__u32 offset = base + btf_member_bit_offset(t, i) / 8;

		if (*name)
			fprintf(body, "DAXPLUG_AT(%s, %s, %u);\n", owner, name, offset);
		else if (btf_is_composite(type_of(m->type)))
			assert_members(type_of(m->type), owner, offset);
	}
}

/* Write what the compiler must know before a type can be held by value. */
static void define(__u32 id)
{
	const struct btf_type *t = type_of(id);
	const char *ref = reference(t);

	switch (btf_kind(t)) {
	case BTF_KIND_UNKN:
	case BTF_KIND_INT:
	case BTF_KIND_FLOAT:
		return;
	case BTF_KIND_PTR:
	case BTF_KIND_FUNC_PROTO:
		mention(id);
		return;
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		define(t->type);
		return;
	case BTF_KIND_ARRAY:
		define(btf_array(t)->type);
		return;
	case BTF_KIND_FWD:
		refuse("the BTF does not say what is in %s", ref);
		return;
	default:
		break;
	}
	if (marks[id] == MARK_BUSY || marks[id] == MARK_DEFINED)
		return;
	marks[id] = MARK_BUSY;
	if (t->name_off && is_public(t)) {
		marks[id] = MARK_DEFINED;
		return;
	}
	if (btf_is_typedef(t)) {
		define(t->type);
		fprintf(body, "\ntypedef %s;\n", declare(t->type, ref, 0));
	} else if (is_enum(t)) {
		if (t->name_off)
			fprintf(body, "\n%s %s;\nDAXPLUG_SIZE(%s, %u);\n",
				ref, braces(t, 0), ref, t->size);
	} else if (btf_is_composite(t)) {
		define_members(t, ref);
		if (t->name_off) {
			fprintf(body, "\n%s %s;\n", ref, braces(t, 0));
			assert_members(t, ref, 0);
			fprintf(body, "DAXPLUG_SIZE(%s, %u);\n", ref, t->size);
		}
	} else {
		refuse("type '%s' is of a kind (%u) that C cannot hold", ref, btf_kind(t));
	}
	marks[id] = MARK_DEFINED;
}

static bool same_shape(const struct btf_type *a, const struct btf_type *b)
{
	if (a->size != b->size || btf_vlen(a) != btf_vlen(b))
		return false;
	for (__u16 i = 0; i < btf_vlen(a); i++) {
		const char *name = name_of(btf_members(a)[i].name_off);

		if (btf_member_bit_offset(a, i) != btf_member_bit_offset(b, i) ||
		    strcmp(name, name_of(btf_members(b)[i].name_off)))
			return false;
	}
	return true;
}

/*
 * Find the structure of this name. Return: its type id; 0, after a message, if there is none,
 * or if there are two that differ.
 */
static __u32 find_struct(const char *name)
{
	__u32 found = 0;

	for (__u32 id = 1; id < btf__type_cnt(btf); id++) {
		const struct btf_type *t = type_of(id);

		if (!btf_is_struct(t) || strcmp(name_of(t->name_off), name))
			continue;
		if (found && !same_shape(type_of(found), t)) {
			refuse("two different structures are named %s", name);
			return 0;
		}
		if (!found)
			found = id;
	}
	if (!found)
		refuse("no struct %s (is its dax bus built in, CONFIG_DAX=y?)", name);
	return found;
}

static bool has_member(const struct btf_type *t, const char *name)
{
	for (__u16 i = 0; i < btf_vlen(t); i++) {
		const struct btf_member *m = btf_members(t) + i;
		const struct btf_type *inner = type_of(m->type);

		if (!strcmp(name_of(m->name_off), name))
			return true;
		if (!m->name_off && btf_is_composite(inner) && has_member(inner, name))
			return true;
	}
	return false;
}

static bool is_needed(const struct wanted *w, const char *name)
{
	for (size_t i = 0; i < ARRAY_SIZE(w->needs) && w->needs[i]; i++)
		if (!strcmp(w->needs[i], name))
			return true;
	return false;
}

/*
 * Write DAXPLUG_HAVE_... for each member that is not in @w->needs. Some kernels lack such a
 * member.
 */
static void write_have_macros(const struct wanted *w, const struct btf_type *t)
{
	for (__u16 i = 0; i < btf_vlen(t); i++) {
		const struct btf_member *m = btf_members(t) + i;
		const struct btf_type *inner = type_of(m->type);
		char *name = text("%s", name_of(m->name_off));

		if (!*name && btf_is_composite(inner))
			write_have_macros(w, inner);
		if (!*name || is_needed(w, name))
			continue;
		for (char *c = name; *c; c++)
			if (*c >= 'a' && *c <= 'z')
				*c += 'A' - 'a';
		fprintf(body, "#define DAXPLUG_HAVE_%s_%s 1\n", w->have, name);
	}
}

static void write_structs(void)
{
	__u32 ids[ARRAY_SIZE(wanted)];

	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++) {
		const struct wanted *w = &wanted[i];

		ids[i] = find_struct(w->name);
		for (size_t n = 0; ids[i] && n < ARRAY_SIZE(w->needs) && w->needs[n]; n++)
			if (!has_member(type_of(ids[i]), w->needs[n]))
				refuse("struct %s has no member '%s'", w->name, w->needs[n]);
	}
	fprintf(body, "/* Members that a kernel may lack: use #ifdef. */\n");
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		if (ids[i])
			write_have_macros(&wanted[i], type_of(ids[i]));
	for (size_t i = 0; i < ARRAY_SIZE(described); i++) {
		__s32 id = btf__find_by_name_kind(btf, described[i].name, BTF_KIND_STRUCT);

		if (id > 0)
			write_have_macros(&described[i], type_of((__u32)id));
	}
	fprintf(body, "\n");
	for (size_t i = 0; i < ARRAY_SIZE(wanted); i++)
		if (ids[i])
			define(ids[i]);
}

/*
 * The prototypes come from the BTF, too. If they were written by hand, a wrong one would not
 * be found, because the check of symbol versions does not compare them.
 */
static void write_functions(void)
{
	for (size_t i = 0; i < ARRAY_SIZE(functions); i++) {
		__s32 id = btf__find_by_name_kind(btf, functions[i], BTF_KIND_FUNC);

		if (id <= 0) {
			refuse("no function %s", functions[i]);
			continue;
		}
		fprintf(body, "\n");
		mention(type_of(id)->type);
		fprintf(body, "%s;\n", declare(type_of(id)->type, functions[i], 0));
	}
}

static void write_header(const char *release, const char *definitions)
{
	printf("/* SPDX-License-Identifier: GPL-2.0-only */\n"
	       "/*\n"
	       " * The private structures of the dax bus of Linux %s.\n"
	       " * Generated by kernel/compat/layout from that kernel's BTF. Do not edit.\n"
	       " */\n"
	       "#ifndef DAXPLUG_LAYOUT_H\n"
	       "#define DAXPLUG_LAYOUT_H\n\n", release);
	for (size_t i = 0; i < ARRAY_SIZE(public); i++)
		if (headers[i])
			printf("#include <%s>\n", public[i].header);
	printf("#include <linux/build_bug.h>\n"
	       "#include <linux/stddef.h>\n\n"
	       "/*\n"
	       " * A header that disagrees with the kernel stops the build here. Sparse is not\n"
	       " * asked: it computes another size for struct device than compilers do.\n"
	       " */\n"
	       "#ifdef __CHECKER__\n"
	       "#define DAXPLUG_AT(type, member, offset) static_assert(1)\n"
	       "#define DAXPLUG_SIZE(type, size) static_assert(1)\n"
	       "#else\n"
	       "#define DAXPLUG_AT(type, member, offset) \\\n"
	       "\tstatic_assert(offsetof(type, member) == (offset), \\\n"
	       "\t\t      #type \".\" #member \" is not where the kernel's BTF has it\")\n"
	       "#define DAXPLUG_SIZE(type, size) \\\n"
	       "\tstatic_assert(sizeof(type) == (size), \\\n"
	       "\t\t      #type \" is not as large as in the kernel's BTF\")\n"
	       "#endif\n\n"
	       "%s\n"
	       "#endif /* DAXPLUG_LAYOUT_H */\n", definitions);
}

int main(int argc, char **argv)
{
	char *definitions = NULL;
	size_t length;

	if (argc < 2 || argc > 3) {
		fprintf(stderr, "usage: layout BTF [RELEASE] > layout.h\n");
		return 2;
	}
	file = argv[1];
	libbpf_set_print(keep_message);
	btf = btf__parse_raw(file);
	if (!btf) {
		int err = errno;

		fprintf(stderr, "layout: %s: libbpf %s cannot read it as BTF: %s%s%s%s\n",
			file, libbpf_version_string(), err == EPROTO ? "it is none" : strerror(err),
			libbpf_message ? " (" : "", libbpf_message ? libbpf_message : "",
			libbpf_message ? ")" : "");
		free_strings();
		return 1;
	}
	marks = calloc(btf__type_cnt(btf), 1);
	body = open_memstream(&definitions, &length);
	if (!marks || !body)
		no_memory();

	write_structs();
	write_functions();
	if (fclose(body))
		no_memory();
	if (!complaints)
		write_header(argc == 3 ? argv[2] : "(unnamed)", definitions);

	free(definitions);
	free(marks);
	btf__free(btf);
	free_strings();
	if (fflush(stdout) || ferror(stdout)) {
		fprintf(stderr, "layout: cannot write: %s\n", strerror(errno));
		return 1;
	}
	return complaints ? 1 : 0;
}
