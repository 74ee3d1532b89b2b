// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tables of commands and options. After a change: make completions.
 */
#include <string.h>

#include "commands.h"
#include "findings.h"

const struct command commands[] = {
	[COMMAND_LIST] = {
		"list", "[DEV]...", false, "the DAX devices and their states",
		"Lists all DAX devices, or those named: size, NUMA node of their memory, where\n"
		"they come from, driver, backend, and state as it is now. \"-\" is none; \"?\"\n"
		"cannot be told. Colours, on a terminal, say what is wrong; NO_COLOR turns them\n"
		"off.\n"
		"\n"
		"Backends, which carry out a plug or unplug:\n"
		"  module  daxplug's own kmem module\n"
		"  native  the kmem driver of Linux 7.3 and later\n"
		"  blocks  block by block, with an older kmem: the weak one\n",
		"\n"
		"Columns:\n"
		"  NAME SIZE NODE ORIGIN DRIVER BACKEND STATE  those without --output\n"
		"  USABLE   what whole memory blocks of it can be plugged\n"
		"  ONLINE   how much of it is system RAM now\n"
		"  USED     how much of that is in use\n"
		"  TIER     the memory tier of its node\n"
		"  REGION   of CXL or persistent memory\n"
		"  SERIAL   of its CXL memory devices\n"
		"  GUARD    who else may switch its memory blocks\n"
		"  MEMMAP   does it hold its own page structures\n"
		"  RULE     the rule of the policy that is for it\n"
		"  WANTED   the state that the policy wants of it\n",
	}, [COMMAND_SHOW] = {
		"show", "[DEV]...", false, "all about devices",
		"Shows all that is known of all devices, or of those named: also addresses (to\n"
		"root), memory blocks, serial numbers, settings, what has happened so far.\n",
		NULL,
	}, [COMMAND_PLUG] = {
		"plug", "DEV...", true, "make devices system RAM",
		"Makes whole devices (such as dax0.0) system RAM. Every memory block comes\n"
		"online, or nothing changes. One that is offline, as after a boot with\n"
		"memhp_default_state=offline, is plugged as well. One that is inconsistent is\n"
		"mended. Ctrl-C undoes a plug that is running.\n",
		NULL,
	}, [COMMAND_UNPLUG] = {
		"unplug", "DEV...", true, "take devices out of system RAM",
		"Takes whole devices (such as dax0.0) out of system RAM. What lies in them moves\n"
		"to other memory; if that cannot be done, nothing changes. Ctrl-C undoes an\n"
		"unplug that is running.\n",
		NULL,
	}, [COMMAND_WATCH] = {
		"watch", NULL, false, "tell of changes as they happen",
		"Prints a line for each device that is there, and the line \"ready\". Then it\n"
		"prints a line when a device comes, goes or changes its state, whoever changed\n"
		"it, until Ctrl-C. Changes in quick succession may be one line.\n",
		NULL,
	}, [COMMAND_APPLY] = {
		"apply", "[DEV]...", false, "bring devices to what the policy says",
		"Brings every device (or those named) to what the policy says in\n"
		CONFIG_DIR "/*.conf (and in the other layers, see\n"
		"daxplug.conf(5)), and lists the changes. What is as wanted is left alone.\n",
		NULL,
	}, [COMMAND_WAIT] = {
		"wait", "DEV|RULE...", true, "wait until devices are as the policy wants them",
		"Waits until each device named is there and in the state that the policy wants of\n"
		"it, or, if the policy wants none, is online. A rule of the policy may be named\n"
		"instead of a device: at least one device of it must be there, and all must be as\n"
		"wanted. A device may be named before it comes. It changes nothing.\n",
		"\n"
		"Exit status: 0 if all are; 6 if the time is over.\n",
	}, [COMMAND_MODE] = {
		"mode", "DEV [MODE]", true, "which driver a device has",
		"Prints the mode of a device: system-ram (the driver kmem has it), devdax\n"
		"(device_dax has it: programs map /dev/dax0.0), none (no driver), other. With\n"
		"MODE, devdax or system-ram, it gives the device to that driver. A device "
		"that is in use is left\n"
		"alone: it becomes devdax only when it is unplugged, and system-ram only while no\n"
		"process has /dev/dax0.0 open or mapped. If it fails, the device is put back; if\n"
		"that fails, too, the message says where it is.\n",
		"\n"
		"system-ram brings no memory online by itself: see daxplug plug.\n",
	}, [COMMAND_HISTORY] = {
		"history", "[DEV]...", false, "the changes that were made",
		"Prints the changes that daxplug has made of all devices, or of those named (by\n"
		"what they were called then, serial:0x1234 or uuid:...): when, from and to what,\n"
		"how it ended, why, who did it, how long it took. The system's journal has them;\n"
		"root and the group systemd-journal may read it.\n",
		NULL,
	}, [COMMAND_DOCTOR] = {
		"doctor", "[DEV]...", false, "what is in the way, and what to do",
		"Explains: which driver and backend is at work and whether the module is the\n"
		"one for this kernel, who else switches memory blocks, what is in the way of an\n"
		"unplug and who holds it, and what to do next. It changes nothing.\n"
		"Run it as root: otherwise much cannot be seen.\n",
		"\n"
		"Each finding ends with its [ID], which stays the same from version to version;\n"
		"daxplug-doctor(8) has them all.\n"
		"\n"
		"Exit status: 5 if a device is inconsistent, or online without a driver; else 1\n"
		"if anything printed is a problem, or with --strict a warning; else 0.\n",
	}, [COMMAND_HEALTH] = {
		"health", "[DEV]...", false, "one line and exit status for a monitor",
		"Prints one line of at most 80 characters that says whether all devices, or those\n"
		"named, are well: consistent, with a driver, without poisoned memory, as the\n"
		"policy wants them, and none of daxplug's units failed. It changes nothing.\n",
		"\n"
		"Exit status: 0 all is well, or there are no devices; 1 a problem; 3 unknown.\n"
		"Node Problem Detector and Nagios read it so; for Nagios 1 is a warning.\n",
	}, [COMMAND_HELP] = {
		"help", "[COMMAND]", false, "how to use daxplug, or a command",
		"Prints what --help prints.\n",
		NULL,
	}, [COMMAND_VERSION] = {
		"version", NULL, false, "the version",
		"Prints the version, as daxplug --version does.\n",
		NULL,
	},
	[COMMANDS] = { .name = NULL },
};

const struct option_row option_rows[] = {
	{ 'c', "check", NULL, NULL, "apply",
	  "change nothing: exit 0 if all is as wanted, 1 if not" },
	{ 'z', "zone", "ZONE", get_zone_string, "plug",
	  "where the memory goes:\n"
	  "movable  ZONE_MOVABLE, so that it can leave again\n"
	  "         (the default; state online_movable)\n"
	  "kernel   a kernel zone (state online_kernel)\n"
	  "auto     left to the kernel (state online)\n"
	  "The state's word will do as well." },
	{ 'o', "output", "COLUMNS", get_column_name, "list",
	  "these columns, with commas between them;\n"
	  "+COLUMNS: behind those that are there without" },
	{ 'b', "bytes", NULL, NULL, "list", "sizes in bytes" },
	{ 'r', "raw", NULL, NULL, "list",
	  "one blank between columns, and none in a value" },
	{ OPT_NOHEADINGS, "noheadings", NULL, NULL, "list", "no line of headings" },
	{ OPT_SORT, "sort", "COLUMN", get_column_name, "list", "in the order of a column" },
	{ OPT_TOTAL, "total", NULL, NULL, "list", "a last line with the sum of the sizes" },
	{ OPT_ID, "id", "IDS", finding_id_name, "doctor",
	  "only findings with these ids, with commas between them" },
	{ OPT_STRICT, "strict", NULL, NULL, "doctor", "exit 1 for warnings, too" },
	{ OPT_STRICT, "strict", NULL, NULL, "apply",
	  "exit 1 also if a rule matches no device,\n"
	  "or a wish cannot be met" },
	{ OPT_WAIT, "wait", NULL, NULL, "apply",
	  "wait for devices of rules with \"required\", as long as\n"
	  "the rule says" },
	{ OPT_ARRIVED, "arrived", NULL, NULL, "apply",
	  "the device has just come (the unit daxplug@.service):\n"
	  "what movable_max decides for all devices together is\n"
	  "left to the first run over the whole policy" },
	{ OPT_PRINT, "print", NULL, NULL, "apply",
	  "change nothing: print the files as one,\n"
	  "and which rule each device has" },
	{ OPT_CHECK_CONFIG, "check-config", NULL, NULL, "apply",
	  "only look for errors in the files: exit 0 or 2" },
	{ 't', "timeout", "T", NULL, "plug unplug mode",
	  "undo it after T: 30s, 500ms, 5min, 1h, 1d; none: no limit" },
	{ 't', "timeout", "T", NULL, "wait",
	  "give up after T: 30s, 5min, 1h; without it, or with none,\n"
	  "it waits as long as it takes" },
	{ 't', "timeout", "T", NULL, "apply",
	  "for each change, instead of the policy's" },
	{ 't', "timeout", "T", NULL, "health",
	  "unknown after T (5s without): 30s, 500ms; none: no limit" },
	{ 'n', "node", "N", NULL, "list show plug unplug apply mode doctor health",
	  "those of a NUMA node" },
	{ OPT_CONFIG, "config", "DIR", NULL, "apply list", "policy files from there" },
	{ OPT_SINCE, "since", "T", NULL, "history",
	  "those since then: 2h, 7d (so long ago), 2026-11-26,\n"
	  "'2026-11-26 14:30', 2026-11-26T13:30:00Z" },
	{ OPT_LINES, "lines", "N", NULL, "history", "the last N" },
	{ OPT_REPLUG, "replug", NULL, NULL, "plug",
	  "if it is plugged in another zone, unplug it first; if it\n"
	  "cannot be plugged then, it is brought back to what it was" },
	{ OPT_MEMMAP, "memmap-on-memory", "WORD", get_memmap_string, "plug",
	  "where the kernel's page structures of it are:\n"
	  "yes  in the device, 1/64 of it; or it is refused\n"
	  "no   in other memory\n"
	  "If it is plugged in another way: with --replug." },
	{ 'd', "dry-run", NULL, NULL, "plug",
	  "only say what would be done, or what would prevent it:\n"
	  "exit status as of the plug itself, 4 if it may be refused" },
	{ 'd', "dry-run", NULL, NULL, "unplug",
	  "only say whether it can be taken out now, how much would\n"
	  "move, and what prevents it: exit status 4 if something may" },
	{ 'd', "dry-run", NULL, NULL, "mode",
	  "only say whether it would be done, or what prevents it:\n"
	  "exit status as of the change itself" },
	{ 'd', "dry-run", NULL, NULL, "apply",
	  "change nothing, list what differs, exit 0" },
	{ OPT_PERSIST, "persist", NULL, NULL, "plug unplug",
	  "and after each boot: writes a rule by serial number or UUID" },
	{ 'q', "quiet", NULL, NULL, "plug unplug apply mode", "only say what went wrong" },
	{ 'q', "quiet", NULL, NULL, "watch", "only changes: neither what is there, nor ready" },
	{ 'm', "metrics", NULL, NULL, "list",
	  "for Prometheus (node_exporter's textfile collector)" },
	{ OPT_WRITE, "write", "FILE", NULL, "list",
	  "with --metrics, to this file, which is replaced in one\n"
	  "piece" },
	{ 'j', "json", NULL, NULL, "list show plug unplug apply mode history doctor",
	  "for programs" },
	{ 'j', "json", NULL, NULL, "watch", "one object a line" },
	{ OPT_TABLE, "table", NULL, NULL, "help",
	  "all commands and options, one a line, for completions" },
	{ 'h', "help", NULL, NULL, NULL, "this help" },
	{ .name = NULL },
};

const struct command *find_command(const char *name)
{
	const struct command *cmd = commands;

	while (cmd->name && strcmp(cmd->name, name) != 0)
		cmd++;
	return cmd->name ? cmd : NULL;
}

/* 0: it has none. */
int get_option_letter(const struct option_row *row)
{
	/* -n is --node of all other commands. */
	if (row->id == OPT_LINES)
		return 'n';
	return row->id < OPT_CONFIG ? row->id : 0;
}

/* Is the command's name one of the words of the row's list? */
bool takes_option(const struct command *cmd, const struct option_row *row)
{
	size_t len = strlen(cmd->name);
	const char *at = row->commands;

	if (!at)
		return true;
	for (; (at = strstr(at, cmd->name)); at += len) {
		if ((at == row->commands || at[-1] == ' ') &&
		    (at[len] == ' ' || !at[len]))
			return true;
	}
	return false;
}
