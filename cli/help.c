// SPDX-License-Identifier: GPL-2.0-only
/*
 * What --help prints.
 */
#include <string.h>

#include "cli.h"

static const char help_top[] =
"Usage: daxplug COMMAND [OPTION]... [DEV]...\n"
"\n"
"Makes a whole DAX device (CXL memory, persistent memory, memory that the\n"
"firmware set aside) system RAM, or takes it out again: completely, or nothing\n"
"changes.\n"
"\n"
"Commands:\n"
"  list          the DAX devices and their states\n"
"  show DEV...   all about devices\n"
"  plug DEV...   make devices system RAM\n"
"  unplug DEV... take devices out of system RAM\n"
"  watch         tell of changes as they happen\n"
"  apply         bring devices to what the policy says\n"
"  doctor        what is in the way, and what to do\n"
"\n"
"DEV is one of:\n"
"  dax0.0        a device\n"
"  region0       all of a region (also region:region0)\n"
"  node:1        all whose memory is on a NUMA node\n"
"  serial:0x1234 all on a CXL memory device\n"
"  uuid:...      the one of an nvdimm namespace or region\n"
"  all           all that no other driver holds\n"
"\n"
"Options:\n"
"  -h, --help     this help; daxplug COMMAND --help for one command\n"
"  -V, --version  the version\n"
"\n"
"Exit status:\n"
"  0  done, or nothing to do\n"
"  1  apply --check: not as the policy wants it; otherwise no memory, or\n"
"     output that cannot be written\n"
"  2  wrong usage, or an error in the policy\n"
"  3  no such device\n"
"  4  refused, or undone: nothing was changed\n"
"  5  inconsistent: the device is not, or may not be, in one state\n"
"  6  timed out, and undone\n"
"  7  not permitted, or not supported\n"
"For several devices: the first of 5, 6, 4, 7, 3, 2, 1 that applies to any.\n"
"\n"
"Environment, for tests:\n"
"  DAXPLUG_SYSFS  a directory to use instead of /sys\n"
"  DAXPLUG_RUN    a directory to use instead of /run/daxplug\n"
"\n"
"daxplug(8) has the rest.\n";

static const char help_list[] =
"Usage: daxplug list [--json | --metrics]\n"
"\n"
"Lists the DAX devices: size, NUMA node of their memory, where they come from,\n"
"driver, backend, and state as it is now. \"-\" is none; \"?\" cannot be told.\n"
"\n"
"Backends, which carry out a plug or unplug:\n"
"  module  daxplug's own kmem module\n"
"  native  the kmem driver of Linux 7.3 and later\n"
"  blocks  block by block, with an older kmem: the weak one\n"
"\n"
"Options:\n"
"  -j, --json     for programs\n"
"  -m, --metrics  for Prometheus (node_exporter's textfile collector)\n"
"  -h, --help     this help\n";

static const char help_show[] =
"Usage: daxplug show DEV... [--json]\n"
"\n"
"Shows all that is known of devices: also addresses (to root), memory blocks,\n"
"serial numbers, settings, what has happened so far.\n"
"\n"
"Options:\n"
"  -n, --node=N  those of a NUMA node\n"
"  -j, --json    for programs\n"
"  -h, --help    this help\n";

static const char help_plug[] =
"Usage: daxplug plug DEV... [OPTION]...\n"
"\n"
"Makes whole devices (such as dax0.0) system RAM. Every memory block comes\n"
"online, or nothing changes. One that is offline, as after a boot with\n"
"memhp_default_state=offline, is plugged as well. One that is inconsistent is\n"
"mended. Ctrl-C undoes a plug that is running.\n"
"\n"
"Options:\n"
"  -z, --zone=ZONE  where the memory goes:\n"
"                   movable  ZONE_MOVABLE, so that it can leave again\n"
"                            (the default; state online_movable)\n"
"                   kernel   a kernel zone (state online_kernel)\n"
"                   auto     left to the kernel (state online)\n"
"  -r, --replug     if it is plugged in another zone, unplug it first; if it\n"
"                   cannot be plugged then, it is brought back to what it was\n"
"  -t, --timeout=T  undo it after T: 30, 30s, 500ms, 5min, 1h\n"
"  -n, --node=N     those of a NUMA node\n"
"  -d, --dry-run    only say what would be done, or what would prevent it:\n"
"                   exit status as of the plug itself, 4 if it may be refused\n"
"  -q, --quiet      only say what went wrong\n"
"  -j, --json       for programs\n"
"  -h, --help       this help\n";

static const char help_unplug[] =
"Usage: daxplug unplug DEV... [OPTION]...\n"
"\n"
"Takes whole devices (such as dax0.0) out of system RAM. What lies in them moves\n"
"to other memory; if that cannot be done, nothing changes. Ctrl-C undoes an\n"
"unplug that is running.\n"
"\n"
"Options:\n"
"  -t, --timeout=T  undo it after T: 30, 30s, 500ms, 5min, 1h\n"
"  -n, --node=N     those of a NUMA node\n"
"  -d, --dry-run    only say whether it can be taken out now, how much would\n"
"                   move, and what prevents it: exit status 4 if something may\n"
"  -q, --quiet      only say what went wrong\n"
"  -j, --json       for programs\n"
"  -h, --help       this help\n";

static const char help_watch[] =
"Usage: daxplug watch [--json]\n"
"\n"
"Prints a line when a device comes, goes or changes its state, whoever changed\n"
"it, until Ctrl-C. Changes in quick succession may be one line.\n"
"\n"
"Options:\n"
"  -j, --json   one object a line\n"
"  -q, --quiet  do not say when it begins\n"
"  -h, --help   this help\n";

static const char help_apply[] =
"Usage: daxplug apply [DEV]... [OPTION]...\n"
"\n"
"Brings every device (or those named) to what the policy says in\n"
CONFIG_DIR "/*.conf, and lists the changes. What is as wanted\n"
"is left alone. See daxplug.conf(5).\n"
"\n"
"Options:\n"
"  -c, --check       change nothing: exit 0 if all is as wanted, 1 if not\n"
"  -d, --dry-run     change nothing, list what differs, exit 0\n"
"  -t, --timeout=T   for each change, instead of the policy's\n"
"  -n, --node=N      those of a NUMA node\n"
"      --config=DIR  another directory\n"
"  -q, --quiet       only say what went wrong\n"
"  -j, --json        for programs\n"
"  -h, --help        this help\n";

static const char help_doctor[] =
"Usage: daxplug doctor [DEV]... [OPTION]...\n"
"\n"
"Explains: which driver and backend is at work and whether the module is the\n"
"one for this kernel, who else switches memory blocks, what is in the way of an\n"
"unplug and who holds it, and what to do next. It changes nothing.\n"
"Run it as root: otherwise much cannot be seen.\n"
"\n"
"Exit status: 5 if a device is inconsistent; else 0, whatever it says.\n"
"\n"
"Options:\n"
"  -n, --node=N  those of a NUMA node\n"
"  -j, --json    for programs\n"
"  -h, --help    this help\n";

static const struct {
	const char *command;
	const char *text;
} helps[] = {
	{ "list", help_list }, { "show", help_show }, { "plug", help_plug },
	{ "unplug", help_unplug }, { "watch", help_watch },
	{ "apply", help_apply }, { "doctor", help_doctor },
};

/* Of the program itself where @command is NULL. */
int print_help(const char *command)
{
	const char *text = help_top;
	size_t i;

	for (i = 0; command && i < ARRAY_SIZE(helps); i++) {
		if (!strcmp(command, helps[i].command))
			text = helps[i].text;
	}
	fputs(text, stdout);
	return finish_output();
}
