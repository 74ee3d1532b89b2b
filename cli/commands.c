// SPDX-License-Identifier: GPL-2.0-only
/*
 * The tables of commands and options. After a change: make completions.
 */
#include <string.h>

#include "commands.h"
#include "findings.h"

const struct command commands[] = {
	[COMMAND_LIST] = {
		"list", "[DEV]...", false, "list the DAX devices and their states",
		"Lists all DAX devices, or those named: size, NUMA node of their memory, origin,\n"
		"driver, backend, and actual state. \"-\" means none, and \"?\" not known. On a\n"
		"terminal, colours mark problems; NO_COLOR turns them off.\n"
		"\n"
		"A backend carries out a plug or unplug:\n"
		"  module  daxplug's kmem module\n"
		"  native  the kmem driver of Linux 7.3 and later\n"
		"  blocks  block by block, with an older kmem; other programs can disturb it\n",
		"\n"
		"Columns:\n"
		"  NAME SIZE NODE ORIGIN DRIVER BACKEND STATE  the default\n"
		"  USABLE   size of its complete memory blocks, which can be plugged\n"
		"  ONLINE   size that is system RAM now\n"
		"  USED     size of the memory in use\n"
		"  TIER     the memory tier of its node\n"
		"  REGION   its region of CXL or persistent memory\n"
		"  SERIAL   serial numbers of its CXL memory devices\n"
		"  GUARD    may other programs switch its memory blocks\n"
		"  MEMMAP   are its page structures in the device\n"
		"  RULE     the rule of the policy that matches it\n"
		"  WANTED   the state that the policy requests\n",
	}, [COMMAND_SHOW] = {
		"show", "[DEV]...", false, "show all details of devices",
		"Shows all that is known about all devices, or those named: also addresses (to\n"
		"root only), memory blocks, serial numbers, settings and statistics.\n",
		NULL,
	}, [COMMAND_PLUG] = {
		"plug", "DEV...", true, "make devices system RAM",
		"Makes complete devices (such as dax0.0) system RAM. Either every memory block is\n"
		"brought online, or nothing changes. A device that is offline, as after a boot\n"
		"with memhp_default_state=offline, is plugged, too. A device that is inconsistent\n"
		"is repaired. Ctrl-C undoes a plug that is running.\n",
		NULL,
	}, [COMMAND_UNPLUG] = {
		"unplug", "DEV...", true, "take devices out of system RAM",
		"Takes complete devices (such as dax0.0) out of system RAM. Their content is\n"
		"migrated to other memory. If that is not possible, nothing changes. Ctrl-C\n"
		"undoes an unplug that is running.\n",
		NULL,
	}, [COMMAND_WATCH] = {
		"watch", NULL, false, "print changes as they happen",
		"Prints a line for each device that exists, and the line \"ready\". Then it\n"
		"prints a line when a device appears, disappears or changes its state, whichever\n"
		"program changed it, until Ctrl-C. Changes in quick succession may be one line.\n",
		NULL,
	}, [COMMAND_APPLY] = {
		"apply", "[DEV]...", false, "change devices to what the policy requests",
		"Changes every device (or those named) to what the policy requests in\n"
		CONFIG_DIR "/*.conf (and in the other layers, see\n"
		"daxplug.conf(5)), and lists the changes. Devices that already have the wanted\n"
		"state are not changed.\n",
		NULL,
	}, [COMMAND_WAIT] = {
		"wait", "DEV|RULE...", true, "wait until devices are as the policy wants them",
		"Waits until each named device exists and is in the state that the policy\n"
		"requests, or is online if the policy requests no state. Instead of a device, a\n"
		"rule of the policy may be named: at least one device must match it, and all that\n"
		"match must be in its state. The devices need not exist yet. It changes nothing.\n",
		"\n"
		"Exit status: 0 if all are in that state; 6 if the time limit passed.\n",
	}, [COMMAND_MODE] = {
		"mode", "DEV [MODE]", true, "show or change the driver of a device",
		"Prints the mode of a device: system-ram (bound to the driver kmem), devdax\n"
		"(bound to device_dax, so that programs can map /dev/dax0.0), none (no driver),\n"
		"other. With MODE, devdax or system-ram, it binds the device to that driver. A\n"
		"device that is in use is not changed: it must be unplugged to become devdax, and\n"
		"no process may have /dev/dax0.0 open or mapped if it is to become system-ram. If\n"
		"the change fails, it is undone. If the undo fails, too, the message says so.\n",
		"\n"
		"system-ram brings no memory online by itself: see daxplug plug.\n",
	}, [COMMAND_HISTORY] = {
		"history", "[DEV]...", false, "show the changes that were made",
		"Prints the changes that daxplug has made to all devices, or to those named (by\n"
		"their name at that time, serial:0x1234 or uuid:...): time, old and new state,\n"
		"outcome, reason, user and duration. They are read from the system's journal,\n"
		"which root and the group systemd-journal may read.\n",
		NULL,
	}, [COMMAND_DOCTOR] = {
		"doctor", "[DEV]...", false, "find problems and what to do about them",
		"Explains which driver and backend are used, whether the module is built for this\n"
		"kernel, which other programs switch memory blocks, what prevents an unplug and\n"
		"which process uses it, and what to do next. It changes nothing. Run it as root;\n"
		"other users cannot read everything.\n",
		"\n"
		"Each finding ends with its [ID], which is the same in every version;\n"
		"daxplug-doctor(8) lists all of them.\n"
		"\n"
		"Exit status: 5 if a device is inconsistent, or online without a driver; else 1\n"
		"if anything printed is a problem, or with --strict a warning; else 0.\n",
	}, [COMMAND_HEALTH] = {
		"health", "[DEV]...", false, "one line and an exit status for a monitor",
		"Prints one line of at most 80 characters that says whether all devices, or those\n"
		"named, are well: consistent, with a driver, without poisoned memory, as the\n"
		"policy wants them, and none of daxplug's units failed. It changes nothing.\n",
		"\n"
		"Exit status: 0 all is well, or there are no devices; 1 a problem; 3 unknown.\n"
		"Node Problem Detector and Nagios expect these; for Nagios 1 is a warning.\n",
	}, [COMMAND_HELP] = {
		"help", "[COMMAND]", false, "show help for daxplug or a command",
		"Prints the same as --help.\n",
		NULL,
	}, [COMMAND_VERSION] = {
		"version", NULL, false, "show the version",
		"Prints the version, as daxplug --version does.\n",
		NULL,
	},
	[COMMANDS] = { .name = NULL },
};

const struct option_row option_rows[] = {
	{ 'c', "check", NULL, NULL, "apply",
	  "change nothing; exit 0 if nothing differs, 1 otherwise" },
	{ 'z', "zone", "ZONE", get_zone_string, "plug",
	  "zone of the memory:\n"
	  "movable  ZONE_MOVABLE, so that it can be unplugged again\n"
	  "         (the default; state online_movable)\n"
	  "kernel   a kernel zone (state online_kernel)\n"
	  "auto     chosen by the kernel (state online)\n"
	  "The name of the state is accepted, too." },
	{ 'o', "output", "COLUMNS", get_column_name, "list",
	  "columns to print, separated by commas;\n"
	  "+COLUMNS adds columns to the default ones" },
	{ 'b', "bytes", NULL, NULL, "list", "print sizes in bytes" },
	{ 'r', "raw", NULL, NULL, "list", "use one blank between columns, and none in a value" },
	{ OPT_NOHEADINGS, "noheadings", NULL, NULL, "list", "print no headings" },
	{ OPT_SORT, "sort", "COLUMN", get_column_name, "list", "sort by a column" },
	{ OPT_TOTAL, "total", NULL, NULL, "list", "add a last line with the sum of the sizes" },
	{ OPT_ID, "id", "IDS", finding_id_name, "doctor",
	  "only findings with these ids, separated by commas" },
	{ OPT_STRICT, "strict", NULL, NULL, "doctor", "exit 1 also for warnings" },
	{ OPT_STRICT, "strict", NULL, NULL, "apply",
	  "exit 1 also if a rule matches no device,\n"
	  "or a device cannot have a setting" },
	{ OPT_WAIT, "wait", NULL, NULL, "apply",
	  "wait for devices of rules with \"required\", as long as\n"
	  "the rule allows" },
	{ OPT_ARRIVED, "arrived", NULL, NULL, "apply",
	  "the device has just appeared (for daxplug@.service):\n"
	  "if movable_max applies to it, do not plug it before a\n"
	  "run over the complete policy has decided" },
	{ OPT_PRINT, "print", NULL, NULL, "apply",
	  "change nothing; print the files as one,\n"
	  "and the rule that each device matches" },
	{ OPT_CHECK_CONFIG, "check-config", NULL, NULL, "apply",
	  "only check the files for errors; exit 0 or 2" },
	{ 't', "timeout", "T", NULL, "plug unplug mode",
	  "undo it after T: 30s, 500ms, 5min, 1h, 1d; none is no limit" },
	{ 't', "timeout", "T", NULL, "wait",
	  "stop waiting after T: 30s, 5min, 1h; the default is\n"
	  "none, which is no limit" },
	{ 't', "timeout", "T", NULL, "apply",
	  "time limit of each change, instead of the policy's" },
	{ 't', "timeout", "T", NULL, "health",
	  "report unknown after T: 30s, 500ms; the default is 5s;\n"
	  "none is no limit" },
	{ 'n', "node", "N", NULL, "list show plug unplug apply mode doctor health",
	  "only devices of a NUMA node" },
	{ OPT_CONFIG, "config", "DIR", NULL, "apply list", "directory of the policy files" },
	{ OPT_SINCE, "since", "T", NULL, "history",
	  "only changes since T: 2h, 7d (ago), 2026-11-26,\n"
	  "'2026-11-26 14:30', 2026-11-26T13:30:00Z" },
	{ OPT_LINES, "lines", "N", NULL, "history", "only the last N changes" },
	{ OPT_REPLUG, "replug", NULL, NULL, "plug",
	  "if it is plugged in another zone, unplug it first; if it\n"
	  "cannot be plugged after that, restore the old state" },
	{ OPT_MEMMAP, "memmap-on-memory", "WORD", get_memmap_string, "plug",
	  "where to put the page structures of the device:\n"
	  "yes  in the device, 1/64 of it; fail if not possible\n"
	  "no   in other memory\n"
	  "If it is already plugged in another way, add --replug." },
	{ 'd', "dry-run", NULL, NULL, "plug",
	  "only report what would be done, or what prevents it;\n"
	  "exit status as for the plug, 4 if it may be refused" },
	{ 'd', "dry-run", NULL, NULL, "unplug",
	  "only report whether it can be unplugged now, how much\n"
	  "would be migrated, and what prevents it; exit status 4\n"
	  "if it may be refused" },
	{ 'd', "dry-run", NULL, NULL, "mode",
	  "only report whether it would be done, or what prevents it;\n"
	  "exit status as for the change" },
	{ 'd', "dry-run", NULL, NULL, "apply", "change nothing; list what differs, exit 0" },
	{ OPT_PERSIST, "persist", NULL, NULL, "plug unplug",
	  "also after each boot: write a rule with its serial number\n"
	  "or UUID" },
	{ 'q', "quiet", NULL, NULL, "plug unplug apply mode", "print errors only" },
	{ 'q', "quiet", NULL, NULL, "watch",
	  "print changes only, not the existing devices and ready" },
	{ 'm', "metrics", NULL, NULL, "list",
	  "print metrics for Prometheus (textfile collector of\n"
	  "node_exporter)" },
	{ OPT_WRITE, "write", "FILE", NULL, "list",
	  "write the metrics to this file, which is replaced in one\n"
	  "step" },
	{ 'j', "json", NULL, NULL, "list show plug unplug apply mode history doctor",
	  "print JSON" },
	{ 'j', "json", NULL, NULL, "watch", "print JSON, one object per line" },
	{ OPT_TABLE, "table", NULL, NULL, "help",
	  "print all commands and options, one per line, for\n"
	  "completions" },
	{ 'h', "help", NULL, NULL, NULL, "show this help" },
	{ .name = NULL },
};

const struct command *find_command(const char *name)
{
	const struct command *cmd = commands;

	while (cmd->name && strcmp(cmd->name, name) != 0)
		cmd++;
	return cmd->name ? cmd : NULL;
}

/* Return: the letter of an option, or 0 if it has none. */
int get_option_letter(const struct option_row *row)
{
	/* For history, -n is --lines. For all other commands, -n is --node. */
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
