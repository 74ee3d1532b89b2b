// SPDX-License-Identifier: GPL-2.0-only
/* Reads, prints, makes and mutates programs. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

const struct op_type op_types[OP_KINDS] = {
	[OP_STATE] = { "state", { ARG_DEVICE, ARG_STATE }, 30 },
	[OP_HOTPLUG] = { "hotplug", { ARG_DEVICE, ARG_HOTPLUG }, 2 },
	[OP_READ] = { "read", { ARG_DEVICE, ARG_FILE }, 6 },
	[OP_GUARD] = { "guard", { ARG_DEVICE, ARG_GUARD }, 5 },
	[OP_POLICY] = { "policy", { ARG_DEVICE, ARG_POLICY }, 4 },
	[OP_MEMMAP] = { "memmap", { ARG_DEVICE, ARG_MEMMAP }, 4 },
	[OP_STALL] = { "stall", { ARG_DEVICE, ARG_MS }, 3 },
	[OP_TIMEOUT] = { "timeout", { ARG_DEVICE, ARG_MS }, 3 },
	[OP_POISON] = { "poison", { ARG_DEVICE, ARG_POISON }, 2 },
	[OP_PARAM] = { "param", { ARG_SWITCH, ARG_BOOL }, 5 },
	[OP_POLICIES] = { "policies", { ARG_POLICIES }, 2 },
	[OP_INITIAL] = { "initial", { ARG_MEMMAP }, 2 },
	[OP_BLOCK] = { "block", { ARG_DEVICE, ARG_BLOCK, ARG_BLOCK_STATE }, 12 },
	[OP_AUTO] = { "auto", { ARG_AUTO }, 2 },
	[OP_BIND] = { "bind", { ARG_DEVICE }, 6 },
	[OP_UNBIND] = { "unbind", { ARG_DEVICE }, 7 },
	[OP_REMOVE] = { "remove", { ARG_DEVICE }, 2 },
	[OP_BACK] = { "back", { ARG_DEVICE }, 2 },
	[OP_RELOAD] = { "reload", { ARG_NONE }, 1 },
	[OP_SIGNAL] = { "signal", { ARG_PROCESS, ARG_SIGNAL }, 5 },
	[OP_ALARM] = { "alarm", { ARG_PAUSE }, 5 },
	[OP_PAUSE] = { "pause", { ARG_PAUSE }, 5 },
	[OP_USE] = { "use", { ARG_DEVICE, ARG_USE, ARG_MIB }, 8 },
	[OP_HOG] = { "hog", { ARG_MIB }, 1 },
	[OP_DROP] = { "drop", { ARG_NONE }, 2 },
	[OP_FAIL] = { "fail", { ARG_KIND, ARG_DEPTH, ARG_TIMES }, 8 },
	[OP_VETO] = { "veto", { ARG_ACTION, ARG_ERRNO }, 4 },
	[OP_REFUSE] = { "refuse", { ARG_REFUSE, ARG_DEVICE, ARG_BLOCK }, 6 },
	[OP_CLAIM] = { "claim", { ARG_DEVICE, ARG_BLOCK }, 2 },
	[OP_SPOIL] = { "spoil", { ARG_DEVICE, ARG_BLOCK, ARG_PAGE }, 4 },
	[OP_DEMOTE] = { "demote", { ARG_BOOL }, 1 },
	[OP_THREAD] = { "interrupt", { ARG_DEVICE }, 2 },
};

#define BAD "bogus"

static const char *const words[][16] = {
	[ARG_DEVICE] = { "a", "b" },
	[ARG_BLOCK] = { "0", "1", "2", "3" },
	[ARG_PROCESS] = { "0", "1", "2" },
	[ARG_STATE] = { "online_movable", "unplugged", "online_kernel", "online", "offline", BAD },
	[ARG_HOTPLUG] = { "online_movable", "unplug", "online", "online_kernel", "unplugged", BAD },
	[ARG_FILE] = { "state", "hotplug", "plug/guard", "plug/policy", "plug/blocks", "plug/stats",
		       "plug/blockers", "plug/timeout_ms", "plug/stall_ms", "plug/poison",
		       "plug/memmap_on_memory" },
	[ARG_GUARD] = { "off", "transition", "always", BAD },
	[ARG_POLICY] = { "default", "offline", "unplugged", "online", "online_kernel",
			 "online_movable", BAD },
	[ARG_MEMMAP] = { "default", "yes", "no", BAD },
	[ARG_MS] = { "0", "1", "100", "1000", "4000", "4294967295", BAD },
	[ARG_POISON] = { "forget", BAD },
	[ARG_SWITCH] = { "check_space_before_plug", "dry_run_before_unplug", "ask_other_notifiers",
			 "steer_pages_away", "keep_demotion_out", "end_unplug_on_oom",
			 "end_stalled_offline", "retire_poisoned_pages" },
	[ARG_BOOL] = { "N", "Y", BAD },
	[ARG_POLICIES] = { "none", "hmem:online_movable", "hmem:offline,dax1.0:unplugged",
			   "dax0.0:online", "cxl:online,hmem:online_kernel,dax1.0:default", BAD },
	[ARG_BLOCK_STATE] = { "offline", "online_movable", "online", "online_kernel" },
	[ARG_AUTO] = { "offline", "online", "online_kernel", "online_movable" },
	[ARG_SIGNAL] = { "INT", "KILL" },
	[ARG_PAUSE] = { "1", "10", "50", "200", "700" },
	[ARG_MIB] = { "1", "16", "64", "200", "2000" },
	[ARG_USE] = { "anonymous", "locked", "shared", "pipe", "dma", "table", "huge",
		      "file" },
	[ARG_KIND] = { "slab", "page", "nothing" },
	[ARG_DEPTH] = { "8", "16", "32" },
	[ARG_TIMES] = { "1", "2", "5", "1of5", "1of20" },
	[ARG_ACTION] = { "MEM_GOING_ONLINE", "MEM_GOING_OFFLINE" },
	[ARG_ERRNO] = { "-12", "-16", "0" },
	[ARG_REFUSE] = { "offline", "online", "after", "slow", "none" },
	[ARG_PAGE] = { "0", "1", "511", "512", "5000", "32767" },
};

static unsigned int arg_count(enum arg arg)
{
	unsigned int n = 0;

	while (n < 16 && words[arg][n])
		n++;
	return n;
}

const char *arg_word(enum arg arg, unsigned int value)
{
	return words[arg][value];
}

bool arg_is_bad(enum arg arg, unsigned int value)
{
	return !strcmp(words[arg][value], BAD);
}

static uint64_t random_state;

void random_seed(uint64_t seed)
{
	random_state = seed * 0x9e3779b97f4a7c15ULL;
}

uint64_t random_below(uint64_t below)
{
	uint64_t x = random_state += 0x9e3779b97f4a7c15ULL;

	x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93ULL;
	x = (x ^ (x >> 32)) * 0xd6e8feb86659fd93ULL;
	return below ? (x ^ (x >> 32)) % below : 0;
}

static bool parse_op(struct op *op, char *text)
{
	char *word, *rest = NULL;
	unsigned int i, value;

	word = strtok_r(text, " ", &rest);
	if (!word)
		return false;
	for (op->kind = 0; op->kind < OP_KINDS; op->kind++)
		if (!strcmp(word, op_types[op->kind].name))
			break;
	if (op->kind == OP_KINDS)
		return false;
	for (i = 0; i < MAX_ARGS && op_types[op->kind].arg[i]; i++) {
		enum arg arg = op_types[op->kind].arg[i];

		word = strtok_r(NULL, " ", &rest);
		for (value = 0; word && value < arg_count(arg); value++)
			if (!strcmp(word, words[arg][value]))
				break;
		if (!word || value == arg_count(arg))
			return false;
		op->arg[i] = (uint8_t)value;
	}
	return !strtok_r(NULL, " ", &rest);
}

bool program_parse(struct program *p, const char *text)
{
	char *copy = strdup(text), *line, *part, *lines = NULL, *parts;
	unsigned int proc = 0;
	bool good = copy;

	memset(p, 0, sizeof(*p));
	for (line = copy ? strtok_r(copy, "|\n", &lines) : NULL; good && line;
	     line = strtok_r(NULL, "|\n", &lines), proc++) {
		if (proc == MAX_PROCS) {
			good = false;
			break;
		}
		parts = NULL;
		for (part = strtok_r(line, ";", &parts); good && part;
		     part = strtok_r(NULL, ";", &parts)) {
			good = p->len[proc] < MAX_OPS &&
			       parse_op(&p->op[proc][p->len[proc]], part);
			p->len[proc]++;
		}
	}
	free(copy);
	return good && !program_is_empty(p);
}

void program_print(const struct program *p, char *text, size_t size)
{
	unsigned int proc, i, a;
	size_t n = 0;

	for (proc = 0; proc < MAX_PROCS; proc++) {
		if (!p->len[proc])
			continue;
		if (n)
			n += (size_t)snprintf(text + n, size - n, " | ");
		for (i = 0; i < p->len[proc] && n < size; i++) {
			const struct op *op = &p->op[proc][i];
			const struct op_type *type = &op_types[op->kind];

			n += (size_t)snprintf(text + n, size - n, "%s%s", i ? "; " : "",
					      type->name);
			for (a = 0; a < MAX_ARGS && type->arg[a] && n < size; a++)
				n += (size_t)snprintf(text + n, size - n, " %s",
						      arg_word(type->arg[a], op->arg[a]));
		}
	}
}

bool program_is_empty(const struct program *p)
{
	return !p->len[0] && !p->len[1] && !p->len[2];
}

void program_remove(struct program *p, unsigned int proc, unsigned int op)
{
	p->len[proc]--;
	memmove(&p->op[proc][op], &p->op[proc][op + 1],
		(p->len[proc] - op) * sizeof(p->op[proc][0]));
}

static void random_arg(struct op *op, unsigned int a)
{
	enum arg arg = op_types[op->kind].arg[a];
	unsigned int value = (unsigned int)random_below(arg_count(arg));

	/* Choose the invalid string less often: an action that is refused reaches little. */
	if (arg_is_bad(arg, value) && random_below(4))
		value = (unsigned int)random_below(arg_count(arg));
	op->arg[a] = (uint8_t)value;
}

static void random_op(struct op *op)
{
	unsigned int sum = 0, pick, kind, a;

	for (kind = 0; kind < OP_KINDS; kind++)
		sum += op_types[kind].weight;
	pick = (unsigned int)random_below(sum);
	for (kind = 0; pick >= op_types[kind].weight; kind++)
		pick -= op_types[kind].weight;
	memset(op, 0, sizeof(*op));
	op->kind = (uint8_t)kind;
	for (a = 0; a < MAX_ARGS && op_types[kind].arg[a]; a++)
		random_arg(op, a);
}

static void insert(struct program *p, unsigned int proc, const struct op *op)
{
	unsigned int at = (unsigned int)random_below(p->len[proc] + 1U);

	if (p->len[proc] == MAX_OPS)
		return;
	memmove(&p->op[proc][at + 1], &p->op[proc][at],
		(p->len[proc] - at) * sizeof(p->op[proc][0]));
	p->op[proc][at] = *op;
	p->len[proc]++;
}

void program_make(struct program *p)
{
	unsigned int procs = 1 + (unsigned int)random_below(MAX_PROCS), proc, n;
	struct op op;

	memset(p, 0, sizeof(*p));
	for (proc = 0; proc < procs; proc++) {
		for (n = 2 + (unsigned int)random_below(4); n; n--) {
			random_op(&op);
			insert(p, proc, &op);
		}
	}
}

static struct op *random_place(struct program *p, unsigned int *proc, unsigned int *at)
{
	unsigned int all = p->len[0] + p->len[1] + p->len[2];
	unsigned int n = all ? (unsigned int)random_below(all) : 0;

	for (*proc = 0; *proc < MAX_PROCS - 1 && n >= p->len[*proc]; ++*proc)
		n -= p->len[*proc];
	*at = n;
	return &p->op[*proc][n];
}

static void mutate_once(struct program *p, const struct program *other)
{
	unsigned int proc, at, a, nr_args = 0;
	struct op op, *where = random_place(p, &proc, &at);
	struct program from = *other;

	switch (random_below(10)) {
	case 0 ... 2:
		random_op(&op);
		insert(p, random_below(3) ? proc : (unsigned int)random_below(MAX_PROCS), &op);
		break;
	case 3 ... 5:
		while (nr_args < MAX_ARGS && op_types[where->kind].arg[nr_args])
			nr_args++;
		if (nr_args)
			random_arg(where, (unsigned int)random_below(nr_args));
		break;
	case 6:
		program_remove(p, proc, at);
		break;
	case 7:
		/* Move an action to any place in any process. */
		op = *where;
		program_remove(p, proc, at);
		insert(p, (unsigned int)random_below(MAX_PROCS), &op);
		break;
	case 8:
		/* Replace a process by a process of the other program. */
		random_place(&from, &a, &at);
		proc = (unsigned int)random_below(MAX_PROCS);
		p->len[proc] = from.len[a];
		memcpy(p->op[proc], from.op[a], sizeof(p->op[proc]));
		break;
	default:
		insert(p, proc, random_place(&from, &a, &at));
	}
}

void program_mutate(struct program *p, const struct program *other)
{
	unsigned int n = 1 + (unsigned int)random_below(4);

	while (n--) {
		if (program_is_empty(p))
			program_make(p);
		mutate_once(p, other);
	}
	if (program_is_empty(p))
		program_make(p);
}
