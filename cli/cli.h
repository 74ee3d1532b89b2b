/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The functions that the files of the command offer each other.
 *
 * daxplug.c	main()
 * commands.h	the tables of commands and options: commands.c, options.c, help.c
 * exit.c	exit codes, and output that cannot be written
 * select.c	finds the devices that the operands name
 * list.c	daxplug list: chooses between table, JSON and metrics
 * table.c	the table of daxplug list: columns, order, colours
 * show.c	daxplug show
 * format.c	sizes, times and states as text
 * colour.c	decides whether output has colours
 * json.c	JSON output: doc/json.md
 * metrics.c	daxplug list --metrics
 * replace.h	writes a file in one step; also saves the last change of a device:
 *		replace.c, last_change.c
 * plug.c	daxplug plug, daxplug unplug
 * hooks.h	runs the administrator's hooks around a change: hooks.c, hook_run.c
 * progress.c	shows the progress of a change; signals
 * explain.c	turns an error into a message and advice
 * watch.c	daxplug watch
 * events.h	waits for a change of any device: events.c
 * journal.h	writes to the system's journal; daxplug history: journal.c, journal_read.c,
 *		history.c
 * values.c	parses values of the command line
 * policy.h	reads the policy and prints its errors: policy.c, policy_state.c
 * apply.c	daxplug apply
 * movable.h	the policy's limit for ZONE_MOVABLE: movable.c
 * report.h	reports parts of the policy that have no effect: report.c
 * required.h	rules with "required": required.c
 * retry.h	repeats "daxplug apply" later after a failed change: retry.c
 * wait.c	daxplug wait
 * show_policy.c daxplug apply --print, --check-config
 * persist.c	daxplug plug --persist
 * mode.c	daxplug mode
 * findings.h	the list of findings of the doctor: findings.c
 * system.h	reads files, processes and nodes of the system, and runs programs: system.c,
 *		nodes.c, cmdline.c, program.c
 * checks.h	the checks that add findings: check_*.c
 * doctor.c	daxplug doctor
 * health.c	daxplug health
 */
#ifndef DAXPLUG_CLI_H
#define DAXPLUG_CLI_H

#include <daxplug.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <time.h>

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* The reason if no firmware table has the addresses of a device, and what to do about it. */
#define NO_NODE "the firmware gives no node (no SRAT entry, no CFMWS window) for its " \
	"addresses, or NUMA is off"
#define NO_NODE_NEXT "boot without numa=off, if that is on the kernel's command line; else only " \
	"firmware that describes the memory helps"

#define CONFIG_DIR "/etc/daxplug/daxplug.conf.d"

/* Scripts rely on these codes: see "Exit status" in daxplug --help. */
enum exit_code {
	EXIT_DONE = 0,		/* done, or there was nothing to do */
	/*
	 * apply --check: a device differs or is missing; apply --strict: a rule or a setting has
	 * no effect
	 */
	EXIT_DIFFERS = 1,
	EXIT_PROBLEM = 1,	/* doctor: a finding is a problem, or with --strict a warning */
	EXIT_TROUBLE = 1,	/* out of memory, output failed, or something could not be read */
	EXIT_USAGE = 2,		/* wrong usage, or an error in the policy */
	EXIT_NO_DEVICE = 3,
	EXIT_REFUSED = 4,	/* refused or undone: nothing changed */
	EXIT_INCONSISTENT = 5,
	EXIT_TIMED_OUT = 6,	/* the change timed out and was undone; wait: its time passed */
	EXIT_NOT_SUPPORTED = 7,	/* not permitted or not supported */
};

/* Exit statuses of daxplug health beside 0, as Node Problem Detector and Nagios expect them. */
enum health_code {
	HEALTH_PROBLEM = 1,
	HEALTH_UNKNOWN = 3,
};

#define COLUMNS_MAX 32

/* The selected columns of daxplug list, by number. If nr is 0, the default columns. */
struct columns {
	unsigned int nr;
	int column[COLUMNS_MAX];
};

struct options {
	const char *command;
	char **operands;
	int nr_operands;
	int node;			/* -1 if not given */
	enum daxplug_zone zone;
	enum daxplug_memmap memmap;
	unsigned int timeout_ms;	/* 0 if there is no limit */
	bool has_timeout;
	const char *write;		/* file for list --metrics, or NULL */
	const char *config;		/* NULL for the layers of daxplug.conf(5) */
	struct columns columns;
	int sort;			/* a column; -1 sorts by name */
	uint64_t since_us;		/* history: 0 for all */
	uint64_t lines;			/* history: how many; 0 for all */
	uint64_t ids;			/* one bit for each finding id; 0 for all */
	bool bytes;
	bool raw;
	bool noheadings;
	bool total;
	bool table;
	bool json;
	bool metrics;
	bool dry_run;
	bool replug;
	bool check;
	bool strict;
	bool print;
	bool check_config;
	bool wait;
	bool arrived;
	bool persist;
	bool quiet;
};

struct selection {
	struct daxplug_device **dev;
	unsigned int nr;
	int code;		/* exit code of the selection itself */
	bool scanned;		/* the list of devices could be read */
};

/* The result of one change, with the reason and advice as text. */
struct change_report {
	const char *name;
	bool plug;
	enum daxplug_state want;
	int err;
	int code;
	char reason[512];	/* empty if the change succeeded */
	char next[512];		/* empty if there is no advice */
	const char *step;	/* the failed step, or NULL */
	uint64_t block;		/* the block that failed, or DAXPLUG_NO_BLOCK */
	uint64_t usable;	/* bytes that can be plugged, or DAXPLUG_SIZE_UNKNOWN */
	uint64_t duration_ms;	/* duration of the call */
	const char *refusal;	/* input of explain_change(): why a hook refused, or NULL */
	bool has_memmap;	/* input of explain_change(): is @memmap known? */
	enum daxplug_memmap memmap;	/* the setting before the change */
};

struct json_object;
struct daxplug_policy;

/* select.c: select_devices() prints an error for each operand that names no device */
void select_devices(struct daxplug_ctx *ctx, const struct options *o,
		    struct selection *s);
bool device_matches(const struct daxplug_device *dev, const char *what);
/* Is the operand @what a serial number, "serial:N"? Then @serial is N. */
bool parse_serial_operand(const char *what, uint64_t *serial);
bool report_if_no_devices(struct daxplug_ctx *ctx);
void selection_free(struct selection *s);

/* exit.c */
int more_severe_exit_code(int a, int b);
int finish_output(void);
int suggest_help(const char *title);

/* values.c: the parsers return false if the text is not valid */
bool parse_number(const char *text, uint64_t *value);
bool parse_zone_string(const char *text, enum daxplug_zone *zone);
bool get_zone_of_state(enum daxplug_state state, enum daxplug_zone *zone);
const char *get_zone_string(size_t i);
bool parse_memmap_string(const char *text, enum daxplug_memmap *memmap);
const char *get_memmap_string(size_t i);

/* list.c */
int run_list(struct daxplug_ctx *ctx, const struct options *o);

/* table.c */
const char *get_column_name(size_t i);
bool parse_column(const char *word, int *column);
bool parse_columns(const char *list, struct columns *columns);
int print_device_table(struct daxplug_ctx *ctx, const struct selection *s,
		       const struct options *o);

/* show.c */
int run_show(struct daxplug_ctx *ctx, const struct options *o);

/* format.c */
const char *format_size(uint64_t bytes, char *buf, size_t len);
const char *format_node(int node, char *buf, size_t len);
const char *get_state_string(const struct daxplug_device *dev, int err,
			     enum daxplug_state state);
const char *read_state_string(const struct daxplug_device *dev);
const char *get_backend_string(const struct daxplug_device *dev);
const char *get_or_dash(const char *word);
const char *get_or_empty(const char *word);
const char *format_memmap(const struct daxplug_device *dev, char *buf, size_t len);
const char *format_duration(uint64_t ms, char *buf, size_t len);
const char *format_utc_time(time_t at, char *buf, size_t len);

/* colour.c */
#define COLOUR_PROBLEM "\033[31m"
#define COLOUR_WARNING "\033[33m"
#define COLOUR_END "\033[0m"
bool may_use_colours(FILE *stream);

/* json.c */
struct json_object *json_new(const char *command);
struct json_object *json_array(struct json_object *root, const char *name);
void json_string(struct json_object *o, const char *key, const char *value);
const char *get_failure_string(int code, int err, const struct daxplug_change *c);
const char *get_outcome_string(const struct change_report *v,
			       const struct daxplug_change *c);
void json_add_device(struct json_object *array,
		     const struct daxplug_device *dev,
		     const struct daxplug_policy *policy, bool all);
struct json_object *json_add_change_report(struct json_object *array,
					   const struct change_report *v,
					   const struct daxplug_change *c);
void json_add_preflight(struct json_object *o,
			const struct daxplug_preflight *p);
void json_add_failure(struct json_object *o, const struct change_report *v);
struct json_object *json_add_not_begun(struct json_object *array,
				       const char *name, const char *want);
int json_print(struct json_object *root, bool one_line);

/* metrics.c */
int run_metrics(struct daxplug_ctx *ctx, const struct options *o);

/* plug.c */
int run_plug(struct daxplug_ctx *ctx, const struct options *o);
int run_unplug(struct daxplug_ctx *ctx, const struct options *o);
void change_device(const struct daxplug_device *dev, enum daxplug_state want,
		   unsigned int timeout_ms, bool quiet,
		   struct daxplug_change *c, struct change_report *v);
void print_change_warnings(const struct daxplug_device *dev, enum daxplug_state want,
			   const struct daxplug_change *c);
void preview_change(const struct daxplug_device *dev, enum daxplug_state want,
		    const struct daxplug_change *c, bool warn, struct change_report *v);
void report_interrupted(const struct selection *s, unsigned int i);

/* progress.c */
void catch_signals(void);
bool stop_requested(void);
void die_of_signal(void);
void progress_begin(struct daxplug_change *c,
		    const struct daxplug_device *dev, bool quiet);
void progress_end(void);

/* explain.c */
int print_scan_error(int err);
void explain_change(struct change_report *v, const struct daxplug_device *dev,
		    const struct daxplug_change *c);
void explain_unreadable_state(struct change_report *v, const struct daxplug_device *dev);
void print_change_report(const struct change_report *v);

/* watch.c */
int run_watch(struct daxplug_ctx *ctx, const struct options *o);

/* show_policy.c */
int run_check_config(const struct daxplug_policy *policy, const struct options *o);
int run_print_policy(struct daxplug_ctx *ctx, struct daxplug_policy *policy,
		     const struct options *o);

/* persist.c */
struct persist;
int persist_begin(struct daxplug_ctx *ctx, const struct options *o,
		  const struct selection *s, enum daxplug_state want,
		  struct persist **out);
int persist_device(const struct persist *p, unsigned int i,
		   struct json_object *root);
void persist_free(struct persist *p);

/* apply.c */
int run_apply(struct daxplug_ctx *ctx, const struct options *o);

/* wait.c */
int run_wait(struct daxplug_ctx *ctx, const struct options *o);

/* mode.c */
int run_mode(struct daxplug_ctx *ctx, const struct options *o);

/* history.c */
bool parse_since(const char *word, uint64_t *us);
int run_history(struct daxplug_ctx *ctx, const struct options *o);

/* doctor.c */
int run_doctor(struct daxplug_ctx *ctx, const struct options *o);

/* health.c */
int run_health(struct daxplug_ctx *ctx, const struct options *o);

#endif /* DAXPLUG_CLI_H */
