/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * The functions and structures that the files of libdaxplug share. They are not
 * exported.
 *
 * sysfs.c	read or write one attribute; parse names and numbers
 * write.c	one write that can be watched and ended; the waits of a change
 * helper.c	the process that does such a write
 * device.c	the handle of a device, and what is read when it is found
 * origin.c	where a device comes from: region, serial numbers, UUID
 * names.c	names of enum values
 * blocks.c	the memory blocks of a device: find, read and count them
 * state.c	backend, state, and the files in plug/
 * size.c	sizes in bytes: usable, online, used
 * memmap.c	where page structures are: read, choose and restore the setting
 * space.c	memory for page structures, and for pages to be migrated
 * start.c	the public functions that change a device
 * runner.c	the thread of a change: start it, follow it, end it
 * channel.c	messages between that thread and the program's thread
 * log.c	log messages for the program
 * result.c	the options of a change, and its result
 * zones.c	the machine's memory by zones
 * change.c	a change from its beginning to its end, with any backend
 * rules.c	which changes are allowed, and how they are done
 * preflight.c	what would prevent a change
 * replug.c	from one plugged state to another, and back after a failure
 * settings.c	settings that the module loses when a device is unbound
 * mode.c	from one driver to another, and back after a failure
 * users.c	processes that have a device open or mapped
 * attribute.c	backends module and native: write one word to one attribute
 * byblock.c	backend blocks: the engine's steps, block by block
 * bind.c	bind a device to kmem or device_dax, and unbind it
 * borrow.c	system settings that a bind changes and restores
 * run.c	files in /run/daxplug; the saved requested state
 * lock.c	the lock that allows one change of a device at a time
 * holder.c	which process holds a lock
 * orphans.c	orphaned memory: blocks of a device without a driver
 * overlap.c	devices with the same addresses
 * kmsg.c	messages of the module about a change that failed
 * watch.c	changes of state as events
 * context.c	the context and its list of devices
 * policy_internal.h	the policy: policy.c, layers.c, config.c, values.c, match.c, cards.c
 */
#ifndef DAXPLUG_INTERNAL_H
#define DAXPLUG_INTERNAL_H

#include <dirent.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "../engine/state.h"
#include "../engine/transaction.h"
#include "daxplug.h"

struct stat;

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

/* In bytes. Enough for any number and any state string. */
#define ATTR_MAX 64

/* In bytes. Enough for plug/blocks and plug/stats, even with more lines than today. */
#define TEXT_MAX 4096

/* Size of struct page in bytes, the same on all supported kernels. */
#define PAGE_STRUCTURE 64

/*
 * Limit for the number of blocks of a device: 32 TiB in blocks of 128 MiB. Machines with more
 * memory have blocks of 2 GiB, for which the limit is 512 TiB. A file is read for each block, so a
 * wrong number from the kernel could make a call last very long. A larger number than the
 * limit is reported as an error (-EPROTO).
 */
#define BLOCKS_MAX (1U << 18)

struct dp_memdev {
	char *name;		/* NULL if the kernel does not give it */
	uint64_t serial;
};

/* The function that gets log messages; NULL for none. */
struct dp_log {
	daxplug_log_fn fn;
	void *data;
};

struct daxplug_device {
	unsigned int refs;
	struct daxplug_device *next;
	char *name;
	char *path;
	int dir;		/* open directory of the device, for later reads */
	uint64_t inode;		/* of @dir; no other device gets this inode while @dir is open */
	char *sysfs;		/* the context's directories when the device was found */
	char *run;
	struct dp_log log;	/* the context's log when the device was found */
	char *driver;
	uint64_t size;
	uint64_t align;
	int target_node;
	unsigned int nr_ranges;
	unsigned int *mapping_ids;
	enum daxplug_origin origin;
	char *region;
	char *uuid;
	unsigned int nr_memdevs;
	struct dp_memdev *memdevs;
};

/* How a device can be changed now. */
enum dp_mode {
	MODE_UNKNOWN,	/* its driver cannot be read; dp_get_mode() returns the error */
	MODE_GONE,	/* the device does not exist any more */
	MODE_FOREIGN,	/* bound to a driver other than kmem */
	MODE_UNBOUND,	/* bound to no driver */
	MODE_BINDING,	/* daxplug's module is binding or unbinding it */
	MODE_MODULE,
	MODE_NATIVE,
	MODE_BLOCKS,
};

/* A requested change of a device. */
struct dp_request {
	enum daxplug_state before;
	enum daxplug_state want;
	bool replug;
	enum daxplug_memmap memmap;
	bool memmap_differs;	/* has page structures in another place than @memmap */
};

/* How a change is done. */
enum dp_way {
	WAY_NONE,	/* the device is in the requested state */
	WAY_REFUSED,	/* refused, nothing is tried */
	WAY_DIRECT,	/* with one word, or block by block */
	WAY_REPLUG,	/* unplug first, then plug */
};

struct dp_plan {
	enum dp_way way;
	enum daxplug_step step;	/* for WAY_REFUSED: the step that is refused */
	int err;		/* for WAY_REFUSED: the errno */
	bool has_bound_overlap;	/* the existing blocks belong to another device */
	bool may_replug;	/* if the device is still inconsistent after a direct change */
};

/* The blocks of a device, numbered across its ranges. */
struct dp_blocks {
	uint64_t size;		/* size of a block in bytes */
	int dir;		/* open sysfs directory of the memory blocks */
	unsigned int nr_ranges;
	struct engine_range *ranges;
	unsigned int nr;
};

/* The process that holds the lock that a change waits for. */
struct dp_holder {
	int pid;		/* 0 if unknown */
	char name[32];
	bool may_be_ours;	/* false if a possible holder is not known to run as this user */
};

/* Settings that the module loses when a device is unbound. */
struct dp_settings {
	uint64_t timeout, stall;
	enum daxplug_guard guard;
	enum daxplug_memmap memmap;
	bool has_timeout, has_stall, has_guard, has_memmap;
};

/* Pages of the machine, by their zones. */
struct dp_zones {
	uint64_t movable;	/* the kernel's own data cannot use these */
	uint64_t kernel;	/* any data can use these */
	uint64_t available;	/* the part of @kernel that can be allocated now */
};

struct dp_helper;
struct dp_runner;

/* A log message that the program has not received yet. */
struct dp_line {
	struct dp_line *next;
	int level;
	char text[];
};

/* Messages to the program about a running change. */
struct dp_news {
	bool has_progress;
	bool has_ended;
	bool wants_meeting;	/* the thread waits until pending signals were delivered */
	bool holds_signals;	/* no signal may be delivered */
	struct daxplug_progress progress;
	struct dp_holder holder;
	struct dp_line *lines;
	unsigned int lost_lines;
};

/* The connection between the thread of a change and the program. */
struct dp_channel {
	pthread_mutex_t mutex;
	pthread_cond_t met;
	int event_fd;		/* eventfd of the change */
	bool waits_for_end;	/* the program waits for the end of the change */
	struct dp_news news;	/* protected by @mutex, like all members below */
	struct dp_line **last_line;
	unsigned int nr_lines;
};

/* The function that does a change. Return: 0 or a negative errno. */
typedef int (*dp_change_fn)(struct daxplug_change *c, int want);

/* A change that is about to start. */
struct dp_job {
	const struct daxplug_device *dev;
	struct daxplug_device *ref;	/* @dev if a reference must be taken, else NULL */
	dp_change_fn fn;
	int want;
	bool plug;
};

/* A change: its options, its progress and its result. */
struct daxplug_change {
	unsigned int limit_ms;
	daxplug_progress_fn progress;
	void *data;
	daxplug_consent_fn ask;
	daxplug_ended_fn ended;
	void *consent_data;	/* for @ask and @ended */

	const struct daxplug_device *dev;
	bool plug;
	bool replug;		/* may unplug first */
	enum daxplug_memmap memmap;	/* where page structures shall be */
	enum daxplug_memmap memmap_was;	/* the setting before, if it was changed */
	bool memmap_changed;	/* the setting or the driver may have to be restored */
	bool memmap_of_module;	/* the setting is in plug/ */
	bool memmap_was_bound;	/* the driver of Linux 7.3 was bound, and must be bound again */
	bool cancelled;		/* daxplug_change_cancel() was called */
	bool begun;		/* a write has begun */
	bool waiting;		/* waits for a lock */
	bool undoing;
	bool restored;		/* unplugged, then restored to its previous state */
	/* Result of dp_lock(). It is -1 without a lock, for the module, and in a change of mode. */
	int lock;
	int cancel_fd;		/* eventfd, written by daxplug_change_cancel() */
	int event_fd;		/* eventfd, readable if there is something to dispatch */
	pid_t pid;		/* the process that may use this change */
	/*
	 * The thread of a change uses a copy of the program's structure. While the change runs,
	 * @runner is set in the program's structure. @channel, for messages to the program, is set
	 * in the copy.
	 */
	struct dp_runner *runner;
	struct dp_channel *channel;
	struct dp_holder holder;
	struct dp_helper *helper;
	uint64_t begin_ms;
	uint64_t begin_pages;
	int stop;		/* 0, or why it must end: -EINTR or -ETIMEDOUT */
	uint64_t report_ms;	/* next time to report progress, in ms */
	uint64_t next_ms;	/* next time to count the blocks, in ms */
	unsigned int total;
	const unsigned int *counted;	/* blocks done; NULL: count them */
	unsigned int done;

	enum daxplug_outcome outcome;
	enum daxplug_backend backend;
	int before_err;
	int after_err;
	enum daxplug_state before;
	enum daxplug_state after;
	enum daxplug_step step;
	uint64_t block;
	uint64_t stuck;
	enum daxplug_limit limit;
	uint64_t needed;	/* for page structures, in bytes; 0: unknown */
	uint64_t available;
};

/* sysfs.c */
int dp_join_path(char *buf, size_t len, const char *dir, const char *name);
bool dp_exists(const char *dir, const char *name);
int dp_read_fd(int fd, char *buf, size_t len);
int dp_read_text(const char *dir, const char *attr, char *buf, size_t len);
int dp_read(const char *dir, const char *attr, char *buf, size_t len);
int dp_read_u64(const char *dir, const char *attr, uint64_t *value);
int dp_read_link(const char *dir, const char *name, char **base);
int dp_write(const char *dir, const char *attr, const char *word);
bool dp_exists_at(int dir, const char *path);
int dp_check_exists_at(int dir, const char *path);
int dp_open_at(int dir, const char *path, int flags);
int dp_read_text_at(int dir, const char *path, char *buf, size_t len);
int dp_read_slow_at(int dir, const char *path, char *buf, size_t len);
int dp_read_at(int dir, const char *path, char *buf, size_t len);
int dp_read_u64_at(int dir, const char *path, uint64_t *value);
int dp_read_node_at(int dir, const char *path, int *value);
int dp_read_link_at(int dir, const char *path, char **base);
int dp_read_link_into(int dir, const char *path, char *buf, size_t len);
int dp_keep_shortage(int err);
int dp_next_entry(DIR *dir, const struct dirent **e);
int dp_write_at(int dir, const char *path, const char *word);
bool dp_parse_u64(const char *s, uint64_t *value);
bool dp_parse_id(const char **s, unsigned int *id);
bool dp_parse_device(const char *name, unsigned int *region,
		     unsigned int *instance);
bool dp_parse_mapping(const char *name, unsigned int *id);
bool dp_find_count(const char *text, const char *word, uint64_t *value);

/* write.c */
void dp_change_begin(struct daxplug_change *c);
int dp_ask_consent(struct daxplug_change *c, enum daxplug_state want);
bool dp_wait(struct daxplug_change *c, int fd, int ms);
int dp_check_stop(struct daxplug_change *c);
int dp_wait_tick(struct daxplug_change *c);
int dp_wait_settled_mode(struct daxplug_change *c, enum dp_mode *mode);
int dp_write_watched(struct daxplug_change *c, int dir, const char *path,
		     const char *word);
void dp_report_progress(struct daxplug_change *c);

/* helper.c */
int dp_helper_start(struct daxplug_change *c);
void dp_helper_end(struct daxplug_change *c);
int dp_helper_write(struct dp_helper *h, int fd, const char *word);
void dp_helper_kill(struct dp_helper *h);
int dp_helper_result(struct dp_helper *h);

/* context.c */
int dp_context_copy(const struct daxplug_ctx *ctx, struct daxplug_ctx **out);
int dp_context_of(const struct daxplug_device *dev, struct daxplug_ctx **out);

/* device.c */
int dp_device_load(const char *sysfs, const char *run, const char *name,
		   struct daxplug_device **out);
bool dp_device_exists(const struct daxplug_device *dev);
int dp_check_device(const struct daxplug_device *dev);

/* origin.c */
int dp_origin_load(struct daxplug_device *dev);
void dp_origin_free(struct daxplug_device *dev);

/* names.c: dp_state_to_engine() is not for DAXPLUG_STATE_OTHER_DRIVER and _UNKNOWN */
enum device_state dp_state_to_engine(enum daxplug_state state);
enum daxplug_state dp_state_from_engine(enum device_state state);
enum online_type dp_type_of_state(enum daxplug_state state);
enum daxplug_step dp_step_from_engine(enum engine_step step);

/* blocks.c */
int dp_block_size(const struct daxplug_device *dev, uint64_t *size);
int dp_blocks_load(const struct daxplug_device *dev, struct dp_blocks *blocks);
void dp_blocks_free(struct dp_blocks *blocks);
uint64_t dp_block_number(const struct dp_blocks *blocks, unsigned int block);
int dp_block_read_state(const struct dp_blocks *blocks, unsigned int block,
			enum block_state *state);
int dp_blocks_count(const struct dp_blocks *blocks,
		    struct daxplug_blocks *counts);

/* state.c; dp_is_unplugged() returns false also if the state cannot be read */
bool dp_is_unplugged(const struct daxplug_device *dev);
/* dp_read_mode() returns MODE_UNKNOWN after any error. dp_get_mode() returns the error. */
enum dp_mode dp_read_mode(const struct daxplug_device *dev);
int dp_get_mode(const struct daxplug_device *dev, enum dp_mode *mode);
bool dp_may_replug_in(enum dp_mode mode);
bool dp_is_module_loaded(const struct daxplug_device *dev);
/* Write a setting. @c is the change that does so, or NULL if the program itself does. */
int dp_set_guard(struct daxplug_change *c, const struct daxplug_device *dev,
		 enum daxplug_guard guard);
int dp_set_timeout(struct daxplug_change *c, const struct daxplug_device *dev, uint64_t ms);
int dp_set_stall(struct daxplug_change *c, const struct daxplug_device *dev, uint64_t ms);
int dp_read_native_state(const struct daxplug_device *dev, enum daxplug_state *word);

/* size.c */
int dp_node_dir(const struct daxplug_device *dev, char *dir, size_t len);
bool dp_find_kb(const char *text, const char *word, uint64_t *kb);

/* attribute.c, byblock.c: the caller reads the states before and after the change */
int dp_attribute_change(struct daxplug_change *c, enum daxplug_state want);
int dp_byblock_change(struct daxplug_change *c, enum daxplug_state want);
int dp_may_unbind(const struct daxplug_device *dev, const struct dp_blocks *blocks);

/* space.c */
int dp_space_for_plug(const struct daxplug_device *dev, enum daxplug_memmap memmap,
		      uint64_t *needed, uint64_t *available);
int dp_space_for_devdax(const struct daxplug_device *dev, uint64_t *needed,
			uint64_t *available);
int dp_space_elsewhere(const struct daxplug_device *dev, uint64_t *bytes);

/* memmap.c */
enum dp_obstacle {
	OBSTACLE_NONE,
	OBSTACLE_SETTING,	/* the driver has no such setting */
	OBSTACLE_KERNEL,	/* the kernel has no such parameter */
	OBSTACLE_PARAMETER,	/* memory_hotplug.memmap_on_memory is off */
	OBSTACLE_BLOCK,		/* a block's page structures have a wrong size */
};
enum dp_obstacle dp_memmap_obstacle(const struct daxplug_device *dev, enum dp_mode mode,
				    enum daxplug_memmap memmap);
const char *dp_memmap_text(const struct daxplug_device *dev, enum dp_obstacle obstacle,
			   char *buf, size_t len);
bool dp_memmap_is_own(const struct daxplug_device *dev, enum daxplug_memmap memmap);
bool dp_memmap_differs(const struct daxplug_device *dev, enum dp_mode mode,
		       enum daxplug_memmap memmap);
/* @c is the change that writes the setting, or NULL if the program itself does. */
int dp_set_memmap(struct daxplug_change *c, const struct daxplug_device *dev,
		  enum daxplug_memmap memmap);
int dp_memmap_choose(struct daxplug_change *c, enum daxplug_memmap memmap);
int dp_memmap_undo(struct daxplug_change *c);

/* zones.c */
int dp_zones_read(struct dp_zones *zones);
int dp_zones_after(const struct daxplug_device *dev, uint64_t *movable, uint64_t *kernel);

/* rules.c */
enum online_type dp_get_requested_type(const struct daxplug_device *dev);
bool dp_needs_replug(const struct dp_request *r, enum dp_mode mode);
bool dp_is_allowed(const struct dp_request *r, const struct daxplug_device *dev,
		   enum dp_mode mode);
int dp_check_bound_overlap(const struct dp_request *r, const struct daxplug_device *dev,
			   enum dp_mode mode);
bool dp_is_too_small(const struct dp_request *r, const struct daxplug_device *dev,
		     enum dp_mode mode);
bool dp_is_without_node(const struct dp_request *r, const struct daxplug_device *dev,
			enum dp_mode mode);
struct dp_plan dp_plan_change(const struct dp_request *r,
			      const struct daxplug_device *dev, enum dp_mode mode);

/* change.c */
void dp_read_state_after(struct daxplug_change *c);
int dp_change_state(struct daxplug_change *c, int state);
int dp_repair(struct daxplug_change *c, int unused);

/* mode.c */
int dp_change_mode(struct daxplug_change *c, int mode);
int dp_check_mode(struct daxplug_change *c, int mode);

/* runner.c */
void dp_change_reset(struct daxplug_change *c, const struct daxplug_device *dev,
		     bool plug);
int dp_change_claim(struct daxplug_change *c);
int dp_change_start(struct daxplug_change *c, const struct dp_job *job);
int dp_change_run(struct daxplug_change *change, const struct dp_job *job);

/* channel.c */
void dp_channel_init(struct dp_channel *ch, int event_fd, bool waits_for_end);
void dp_channel_destroy(struct dp_channel *ch);
void dp_channel_post_progress(struct dp_channel *ch, const struct daxplug_progress *p,
			      const struct dp_holder *holder);
void dp_channel_post_line(struct dp_channel *ch, int level, const char *text);
void dp_channel_meet(struct dp_channel *ch);
void dp_channel_hold_signals(struct dp_channel *ch, bool hold);
void dp_channel_end(struct dp_channel *ch);
void dp_channel_drain(const struct dp_channel *ch);
void dp_channel_take(struct dp_channel *ch, struct dp_news *news);
void dp_channel_answer(struct dp_channel *ch);
void dp_lines_free(struct dp_line *line);

/* log.c */
const char *dp_errno_name(int err);
void dp_log(struct daxplug_change *c, enum daxplug_log_level level,
	    const char *format, ...) __attribute__((format(printf, 3, 4)));
void dp_log_write(struct daxplug_change *c, const struct daxplug_device *dev, const char *attr,
		  const char *word, int err);

/* settings.c */
/*
 * Save the settings that the device has. Return: 0, or a negative errno if one of them cannot be
 * read. The others are saved even then.
 */
int dp_settings_save(const struct daxplug_device *dev, struct dp_settings *s);
void dp_settings_restore(struct daxplug_change *c, const struct dp_settings *s);
/*
 * The module has a list of initial states. Set the entry of this device in it to offline. @word
 * receives the state in the entry, or "" if there was none. Takes the lock of all
 * devices. Return: 0; -ENOENT if the module has no such list; or another negative errno.
 */
int dp_initial_state_borrow(struct daxplug_change *c, char *word, size_t len);
/*
 * Restore the entry that dp_initial_state_borrow() saved, unless another program has changed it
 * since. Entries of other devices stay as they are now. Tries to take the lock of all devices, and
 * goes on without it. Without the lock, an entry that another process writes at the same moment can
 * be lost.
 */
int dp_initial_state_give_back(struct daxplug_change *c, const char *word);

/* replug.c */
int dp_replug(struct daxplug_change *c, enum daxplug_state want);
/*
 * Bind the device again, to get from "unplugged" to "offline". Return: 0 or a negative
 * errno.
 */
int dp_rebind_offline(struct daxplug_change *c);

/* bind.c */
int dp_may_bind(const struct daxplug_device *dev);
int dp_bind(struct daxplug_change *c, const struct daxplug_device *dev);
int dp_unbind(const struct daxplug_device *dev);
int dp_bind_devdax(struct daxplug_change *c, const struct daxplug_device *dev);
int dp_unbind_devdax(struct daxplug_change *c, const struct daxplug_device *dev);
int dp_may_write_driver(const struct daxplug_device *dev, enum daxplug_mode mode,
			const char *file);

/* lock.c */
int dp_lock(struct daxplug_change *c, const struct daxplug_device *dev);
int dp_lock_all(struct daxplug_change *c, const struct daxplug_device *dev);
void dp_unlock(int lock);

/* holder.c */
void dp_find_holder(int lock, struct dp_holder *h);
void dp_process_name(const char *proc, int pid, char *name, size_t len);

/* run.c */
int dp_run_dir(const char *run, bool make);
bool dp_run_is_ours(const struct stat *st);
int dp_run_read(const char *run, const char *name, char *buf, size_t len);
int dp_run_write(const char *run, const char *name, const char *text,
		 size_t len);
void dp_run_remove(const char *run, const char *name);
void dp_save_requested_state(const struct daxplug_device *dev, enum daxplug_state asked);
int dp_load_requested_state(const struct daxplug_device *dev, enum daxplug_state *state);

/* borrow.c */
const char *dp_auto_online_find_left(const char *sysfs, const char *run);
int dp_auto_online_recover(const struct daxplug_device *dev);
int dp_auto_online_borrow(const struct daxplug_device *dev, char *was, size_t len);
int dp_auto_online_give_back(const struct daxplug_device *dev, const char *was);
void dp_note_new_id(const struct daxplug_device *dev, const char *driver);
void dp_remove_new_id(const struct daxplug_device *dev, const char *driver);

/* orphans.c */
void dp_note_orphaned_blocks(const struct daxplug_device *dev);
bool dp_has_orphaned_blocks(const struct daxplug_device *dev);

/* overlap.c */
int dp_check_overlap(const struct daxplug_device *dev);

/* kmsg.c */
int dp_kmsg_open(void);
void dp_kmsg_read(int fd, const struct daxplug_device *dev,
		  struct daxplug_change *c);

#endif /* DAXPLUG_INTERNAL_H */
