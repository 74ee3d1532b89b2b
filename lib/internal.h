/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the rooms of libdaxplug offer each other.
 *
 * sysfs.c	one attribute, read or written; names and numbers parsed
 * write.c	one write that can be watched and given up; the waiting of a change
 * helper.c	the process that writes
 * device.c	the handle of one device: its snapshot
 * origin.c	where a device comes from: region, serial numbers, UUID
 * names.c	enums in words
 * blocks.c	the memory blocks of a device: found, looked at, counted
 * state.c	the backend, the state, what is in plug/
 * size.c	bytes: usable, online, in use
 * space.c	memory for page structures, and for what has to move
 * start.c	the calls that change a device
 * runner.c	a change in a thread of its own: begun, followed, given up
 * channel.c	what that thread and the program's tell each other
 * log.c	what the library does, for who wants to know
 * result.c	the options of a change, and its result
 * zones.c	the machine's memory by zones
 * change.c	a change from its beginning to its end, whatever the backend
 * rules.c	what a change may do, and which way it goes
 * preflight.c	what would keep a change from success
 * replug.c	from one plugged state to another, and back
 * settings.c	what the module forgets when a device is unbound
 * mode.c	from one driver to another, and back
 * users.c	which processes have the device open or mapped
 * attribute.c	backends module and native: one word to one attribute
 * byblock.c	backend blocks: the engine's steps, done block by block
 * bind.c	the device to kmem or device_dax, and away from it
 * borrow.c	what a bind changes of the system, and puts back
 * run.c	files in /run/daxplug; what was last asked for
 * lock.c	one change of a device at a time
 * holder.c	who has a lock
 * left.c	memory that a driver let go of
 * overlap.c	another device over the same addresses
 * kmsg.c	what the module logs of a change that failed
 * watch.c	changes of state as events
 * context.c	the context and its list of devices
 * policy_internal.h	the policy: policy.c, layers.c, config.c, values.c, match.c, cards.c
 */
#ifndef DAXPLUG_INTERNAL_H
#define DAXPLUG_INTERNAL_H

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

/* Long enough for every number, and every word that state knows. */
#define ATTR_MAX 64

/* Long enough for plug/blocks and plug/stats, more lines than now included. */
#define TEXT_MAX 4096

/* What the kernel keeps for each page, its struct page, on all that are supported. */
#define PAGE_STRUCTURE 64

/*
 * More is not a device but nonsense, and each would be looked for: 32 TiB of the
 * smallest blocks, 512 TiB of those that machines of that size have.
 */
#define BLOCKS_MAX (1U << 18)

struct dp_memdev {
	char *name;		/* NULL: the kernel does not tell */
	uint64_t serial;
};

/* Who is told what the library does; nobody without a function. */
struct dp_log {
	daxplug_log_fn fn;
	void *data;
};

struct daxplug_device {
	unsigned int refs;
	struct daxplug_device *next;
	char *name;
	char *path;
	int dir;		/* that directory, for what is read of it later */
	uint64_t inode;		/* of it: no other has it meanwhile */
	char *sysfs;		/* the context's directories when it was found */
	char *run;
	struct dp_log log;	/* the context's when it was found */
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

/* How a device can be spoken to now. */
enum dp_mode {
	MODE_GONE,	/* no such device any more */
	MODE_FOREIGN,	/* a driver other than kmem holds it */
	MODE_UNBOUND,	/* no driver holds it */
	MODE_BINDING,	/* daxplug's module is about to have it, or has just had */
	MODE_MODULE,
	MODE_NATIVE,
	MODE_BLOCKS,
};

/* A change that is asked for, of a device in a state. */
struct dp_request {
	enum daxplug_state before;
	enum daxplug_state want;
	bool replug;
	enum daxplug_memmap memmap;
	bool memmap_differs;	/* its memory exists, and not as @memmap has it */
};

/* How a change gets to where it is to go. */
enum dp_way {
	WAY_NONE,	/* it is there already */
	WAY_REFUSED,	/* nothing is tried */
	WAY_DIRECT,	/* by one word, or block by block */
	WAY_REPLUG,	/* by way of an unplug */
};

struct dp_plan {
	enum dp_way way;
	enum daxplug_step step;	/* why it is refused, and the error */
	int err;
	bool is_of_another;	/* the blocks that there are belong to another device */
	bool may_replug;	/* if the direct way leaves it inconsistent */
};

/* A device's blocks; the numbers count up over its ranges. */
struct dp_blocks {
	uint64_t size;		/* of a block, in bytes */
	int dir;		/* of the memory blocks in sysfs */
	unsigned int nr_ranges;
	struct engine_range *ranges;
	unsigned int nr;
};

/* Who has the lock that a change waits for. */
struct dp_holder {
	int pid;		/* 0: not known */
	char name[32];
	bool is_ours;		/* and so are all who have the file open */
};

/* What the module forgets of a device when it is unbound. */
struct dp_settings {
	char policy[2 * TEXT_MAX];	/* of all devices */
	uint64_t timeout, stall;
	enum daxplug_guard guard;
	enum daxplug_memmap memmap;
	bool has_policy, has_timeout, has_stall, has_guard, has_memmap;
};

/* Pages of the machine by what they can hold. */
struct dp_zones {
	uint64_t movable;	/* not the kernel's own data */
	uint64_t kernel;	/* anything */
	uint64_t available;	/* the part of @kernel that can be had now */
};

struct dp_helper;
struct dp_runner;

/* A line of the log that the program has not taken yet. */
struct dp_line {
	struct dp_line *next;
	int level;
	char text[];
};

/* What a program is told of a change under way. */
struct dp_news {
	bool has_progress;
	bool has_ended;
	bool wants_meeting;	/* the thread waits until signals have been let in */
	bool holds_signals;	/* none may be let in */
	struct daxplug_progress progress;
	struct dp_holder holder;
	struct dp_line *lines;
	unsigned int lost_lines;
};

/* Between the thread of a change and the program. */
struct dp_channel {
	pthread_mutex_t mutex;
	pthread_cond_t met;
	int event_fd;		/* the change's */
	bool waits_for_end;	/* the program does */
	struct dp_news news;	/* under the mutex, with what follows */
	struct dp_line **last_line;
	unsigned int nr_lines;
};

/* What carries a change out. Return: 0, or a negative errno. */
typedef int (*dp_change_fn)(struct daxplug_change *c, int want);

/* A change that is to be begun. */
struct dp_job {
	const struct daxplug_device *dev;
	struct daxplug_device *ref;	/* the same, if the caller does not wait */
	dp_change_fn fn;
	int want;
	bool plug;
};

/* A change under way: what was asked for, how it goes, how it ended. */
struct daxplug_change {
	unsigned int limit_ms;
	daxplug_progress_fn progress;
	void *data;
	daxplug_consent_fn ask;
	daxplug_ended_fn ended;
	void *consent_data;	/* for both */

	const struct daxplug_device *dev;
	bool plug;
	bool replug;		/* may unplug first, to plug otherwise */
	enum daxplug_memmap memmap;	/* where page structures are to be */
	enum daxplug_memmap memmap_was;	/* the setting before, if it was changed */
	bool memmap_changed;
	bool cancelled;		/* daxplug_change_cancel() has been called */
	bool begun;		/* something has been written */
	bool waiting;		/* for a lock */
	bool undoing;
	bool restored;		/* unplugged on the way, and as before again */
	int lock;		/* of dp_lock(), or -1 */
	int cancel_fd;		/* eventfd: daxplug_change_cancel() */
	int event_fd;		/* eventfd: there is something to dispatch */
	pid_t pid;		/* the process that may use it */
	struct dp_runner *runner;	/* while it is at work; NULL in its copy */
	struct dp_channel *channel;	/* to the program; in the copy only */
	struct dp_holder holder;
	struct dp_helper *helper;
	uint64_t begin_ms;
	uint64_t begin_pages;
	int stop;		/* 0, or why it is given up: -EINTR, -ETIMEDOUT */
	uint64_t report_ms;	/* when to report progress again */
	uint64_t next_ms;	/* when to count the blocks again */
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
	uint64_t needed;	/* for page structures, in bytes; 0: not known */
	uint64_t available;
};

/* sysfs.c */
int dp_path(char *buf, size_t len, const char *dir, const char *name);
bool dp_exists(const char *dir, const char *name);
int dp_read_fd(int fd, char *buf, size_t len);
int dp_read_text(const char *dir, const char *attr, char *buf, size_t len);
int dp_read(const char *dir, const char *attr, char *buf, size_t len);
int dp_read_u64(const char *dir, const char *attr, uint64_t *value);
int dp_read_link(const char *dir, const char *name, char **base);
int dp_write(const char *dir, const char *attr, const char *word);
bool dp_exists_at(int dir, const char *path);
int dp_open_at(int dir, const char *path, int flags);
int dp_read_text_at(int dir, const char *path, char *buf, size_t len);
int dp_read_slow_at(int dir, const char *path, char *buf, size_t len);
int dp_read_at(int dir, const char *path, char *buf, size_t len);
int dp_read_u64_at(int dir, const char *path, uint64_t *value);
int dp_read_node_at(int dir, const char *path, int *value);
int dp_read_link_at(int dir, const char *path, char **base);
int dp_write_at(int dir, const char *path, const char *word);
bool dp_parse_u64(const char *s, uint64_t *value);
bool dp_parse_id(const char **s, unsigned int *id);
bool dp_parse_device(const char *name, unsigned int *region,
		     unsigned int *instance);
bool dp_parse_mapping(const char *name, unsigned int *id);
bool dp_find_count(const char *text, const char *word, uint64_t *value);

/* write.c */
void dp_begin(struct daxplug_change *c);
bool dp_wait(struct daxplug_change *c, int fd, int ms);
int dp_stopped(struct daxplug_change *c);
int dp_tick(struct daxplug_change *c);
enum dp_mode dp_settled_mode(struct daxplug_change *c);
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
bool dp_is_there(const struct daxplug_device *dev);

/* origin.c */
int dp_origin_load(struct daxplug_device *dev);
void dp_origin_free(struct daxplug_device *dev);

/* names.c */
enum online_type dp_type_of(enum daxplug_state state);
enum daxplug_step dp_step_of(enum engine_step step);

/* blocks.c */
int dp_block_size(const struct daxplug_device *dev, uint64_t *size);
int dp_blocks_load(const struct daxplug_device *dev, struct dp_blocks *blocks);
void dp_blocks_free(struct dp_blocks *blocks);
uint64_t dp_block_number(const struct dp_blocks *blocks, unsigned int block);
int dp_block_look(const struct dp_blocks *blocks, unsigned int block,
		  enum block_state *state);
int dp_blocks_count(const struct dp_blocks *blocks,
		    struct daxplug_blocks *counts);

/* state.c */
/* False too where that cannot be read. */
bool dp_is_unplugged(const struct daxplug_device *dev);
enum dp_mode dp_mode(const struct daxplug_device *dev);
bool dp_may_replug_in(enum dp_mode mode);
bool dp_module_loaded(const struct daxplug_device *dev);
int dp_native_word(const struct daxplug_device *dev, enum daxplug_state *word);

/* size.c */
int dp_node_dir(const struct daxplug_device *dev, char *dir, size_t len);
bool dp_find_kb(const char *text, const char *word, uint64_t *kb);

/* attribute.c, byblock.c: before and after are the caller's to read */
int dp_attribute_change(struct daxplug_change *c, enum daxplug_state want);
int dp_byblock_change(struct daxplug_change *c, enum daxplug_state want);
int dp_may_unbind(const struct daxplug_device *dev, const struct dp_blocks *blocks);

/* space.c */
bool dp_space_for_plug(const struct daxplug_device *dev, enum daxplug_memmap memmap,
		       uint64_t *needed, uint64_t *available);
bool dp_space_for_devdax(const struct daxplug_device *dev, uint64_t *needed,
			 uint64_t *available);
bool dp_space_elsewhere(const struct daxplug_device *dev, uint64_t *bytes);

/* memmap.c */
enum dp_obstacle {
	OBSTACLE_NONE,
	OBSTACLE_SETTING,	/* the driver has no such setting */
	OBSTACLE_KERNEL,	/* the kernel does not know it */
	OBSTACLE_PARAMETER,	/* memory_hotplug.memmap_on_memory is off */
	OBSTACLE_BLOCK,		/* the page structures of a block have the wrong size */
};
enum dp_obstacle dp_memmap_obstacle(const struct daxplug_device *dev, enum dp_mode mode,
				    enum daxplug_memmap memmap);
const char *dp_memmap_text(const struct daxplug_device *dev, enum dp_obstacle obstacle,
			   char *buf, size_t len);
bool dp_memmap_is_own(const struct daxplug_device *dev, enum daxplug_memmap memmap);
bool dp_memmap_differs(const struct daxplug_device *dev, enum dp_mode mode,
		       enum daxplug_memmap memmap);
int dp_memmap_choose(struct daxplug_change *c, enum daxplug_memmap memmap);
int dp_memmap_undo(struct daxplug_change *c);

/* zones.c */
bool dp_zones_read(struct dp_zones *zones);
bool dp_zones_after(const struct daxplug_device *dev, uint64_t *movable,
		    uint64_t *kernel);

/* rules.c */
enum online_type dp_last_asked(const struct daxplug_device *dev);
bool dp_needs_replug(const struct dp_request *r, enum dp_mode mode);
bool dp_is_allowed(const struct dp_request *r, const struct daxplug_device *dev,
		   enum dp_mode mode);
bool dp_is_of_another(const struct dp_request *r, const struct daxplug_device *dev,
		      enum dp_mode mode);
bool dp_is_too_small(const struct dp_request *r, const struct daxplug_device *dev,
		     enum dp_mode mode);
bool dp_is_without_node(const struct dp_request *r, const struct daxplug_device *dev,
			enum dp_mode mode);
struct dp_plan dp_plan_change(const struct dp_request *r,
			      const struct daxplug_device *dev, enum dp_mode mode);

/* change.c */
void dp_look_after(struct daxplug_change *c);
int dp_change_state(struct daxplug_change *c, int state);
int dp_repair(struct daxplug_change *c, int unused);

/* mode.c */
int dp_change_mode(struct daxplug_change *c, int mode);
int dp_check_mode(struct daxplug_change *c, int mode);

/* runner.c */
void dp_change_reset(struct daxplug_change *c, const struct daxplug_device *dev,
		     bool plug);
int dp_change_claim(struct daxplug_change *c);
int dp_start(struct daxplug_change *c, const struct dp_job *job);
int dp_run(struct daxplug_change *change, const struct dp_job *job);

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
void dp_log_now(const struct daxplug_device *dev, enum daxplug_log_level level,
		const char *format, ...) __attribute__((format(printf, 3, 4)));

/* settings.c */
void dp_settings_save(const struct daxplug_device *dev, struct dp_settings *s);
void dp_settings_restore(const struct daxplug_device *dev,
			 const struct dp_settings *s);

/* replug.c */
int dp_replug(struct daxplug_change *c, enum daxplug_state want);
/* From "unplugged" to "offline", by a new binding. 0 or a negative errno. */
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
void dp_remember(const struct daxplug_device *dev, enum daxplug_state asked);
enum daxplug_state dp_remembered(const struct daxplug_device *dev);

/* borrow.c */
const char *dp_policy_left(const char *sysfs, const char *run);
void dp_policy_recover(const struct daxplug_device *dev);
int dp_policy_borrow(const struct daxplug_device *dev, char *was, size_t len);
int dp_policy_give_back(const struct daxplug_device *dev, const char *was);
void dp_id_note(const struct daxplug_device *dev, const char *driver);
void dp_id_remove(const struct daxplug_device *dev, const char *driver);

/* left.c */
void dp_note_left_behind(const struct daxplug_device *dev);
bool dp_left_behind(const struct daxplug_device *dev);

/* overlap.c */
bool dp_overlaps(const struct daxplug_device *dev);

/* kmsg.c */
int dp_kmsg_open(void);
void dp_kmsg_read(int fd, const struct daxplug_device *dev,
		  struct daxplug_change *c);

#endif /* DAXPLUG_INTERNAL_H */
