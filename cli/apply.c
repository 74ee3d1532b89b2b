// SPDX-License-Identifier: GPL-2.0-only
/* daxplug apply: changes every device to what the policy requests, or lists the differences. */
#include <errno.h>
#include <inttypes.h>
#include <json.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "events.h"
#include "journal.h"
#include "movable.h"
#include "policy.h"
#include "report.h"
#include "required.h"
#include "retry.h"
#include "system.h"

/* The options and results of one run. */
struct run {
	const struct options *o;
	struct daxplug_change *change;
	struct movable_plan *plan;	/* NULL if the policy has no movable_max */
	int plan_err;		/* there is a limit, but the sizes of the zones cannot be read */
	bool no_cards;		/* the list of CXL cards cannot be read, so a match may be wrong */
	bool no_wait;		/* the wait for required devices was not made or not completed */
	bool has_deferred;		/* with --arrived: a device was left to daxplug.service */
	struct json_object *results;
	struct json_object *not_met;	/* array */
	struct json_object *missing;	/* array */
	unsigned int differs;
	unsigned int nr_matched;	/* devices that match a rule */
	unsigned int unmet;	/* settings that a device cannot have, and plugs over movable_max */
	unsigned int unmatched;	/* rules and serial numbers that match no device */
	unsigned int nr_missing;	/* rules with "required" that match no device */
	unsigned int to_retry;	/* failed changes of rules with "retry" */
	bool no_rules;
	int code;
};

/* One difference between a device and its rule. */
struct difference {
	const struct daxplug_device *dev;
	const struct daxplug_rule *rule;
	const char *what;	/* state, guard, timeout, memmap_on_memory */
	const char *is;
	const char *want;
	const uint64_t *is_ms;	/* for a timeout: the value, or NULL if it is not known */
	const uint64_t *want_ms;
};

static void json_add_ms(struct json_object *o, const char *key, const uint64_t *ms)
{
	json_object_object_add(o, key, ms ? json_object_new_uint64(*ms) : NULL);
}

static void report_difference(struct run *run, const struct difference *i, const char *outcome,
			      const struct change_report *v)
{
	if (run->results) {
		struct json_object *o = json_object_new_object();

		json_string(o, "name", daxplug_device_get_name(i->dev));
		json_string(o, "what", i->what);
		json_string(o, "is", i->is);
		json_string(o, "want", i->want);
		json_string(o, "outcome", outcome);
		json_add_ms(o, "is_ms", i->is_ms);
		json_add_ms(o, "want_ms", i->want_ms);
		json_rule(o, i->rule);
		json_add_failure(o, v);
		json_object_array_add(run->results, o);
		return;
	}
	if (v && v->reason[0])
		print_change_report(v);
	if (!run->o->quiet)
		printf("%s: %s %s -> %s: %s [%s, %s:%u]\n",
		       daxplug_device_get_name(i->dev), i->what, i->is, i->want,
		       outcome, daxplug_rule_get_name(i->rule), get_rule_path(i->rule),
		       daxplug_rule_get_line(i->rule));
}

static bool is_dry_run(const struct run *run)
{
	return run->o->check || run->o->dry_run;
}

static void carry_out_change(struct run *run, const struct difference *i,
			     enum daxplug_state want, struct change_report *v)
{
	unsigned int limit = 0;

	if (run->o->has_timeout)
		limit = run->o->timeout_ms;
	else
		(void)daxplug_rule_get_timeout(i->rule, &limit);
	if (v->plug && !run->o->quiet)
		print_change_warnings(i->dev, want, run->change);
	change_device(i->dev, want, limit, run->o->quiet || run->o->json,
		      run->change, v);
	journal_write_change(run->o->command, i->rule, i->dev, v, run->change);
	journal_write_policy(run->o->command, i->rule, i->dev, run->change);
}

static void apply_state(struct run *run, const struct daxplug_rule *rule,
			const struct daxplug_device *dev, enum daxplug_state want)
{
	struct change_report v = { .name = daxplug_device_get_name(dev),
			     .plug = want != DAXPLUG_STATE_UNPLUGGED };
	struct difference i = { .dev = dev, .rule = rule, .what = "state",
			  .want = daxplug_state_name(want) };
	enum daxplug_memmap memmap = v.plug ? policy_get_memmap(rule) : DAXPLUG_MEMMAP_DEFAULT;
	enum daxplug_state is;
	bool failed;

	daxplug_change_set_memmap(run->change, memmap);
	v.err = daxplug_device_get_state(dev, &is);
	if (v.err == -EOPNOTSUPP && policy_is_state_met(DAXPLUG_STATE_OTHER_DRIVER, want))
		return;
	if (!v.err && policy_is_state_met(is, want) && !policy_memmap_differs(dev, memmap))
		return;
	run->differs++;
	if (v.err) {
		i.is = "?";
		failed = true;
		explain_unreadable_state(&v, dev);
	} else {
		i.is = daxplug_state_name(is);
		if (is == want) {
			i.what = "memmap_on_memory";
			i.is = memmap == DAXPLUG_MEMMAP_YES ? "no" : "yes";
			i.want = daxplug_memmap_name(memmap);
		}
		if (is_dry_run(run))
			preview_change(dev, want, run->change, !run->o->quiet, &v);
		else
			carry_out_change(run, &i, want, &v);
		failed = v.err && !is_dry_run(run);
	}
	if (failed && !is_dry_run(run)) {
		run->to_retry += daxplug_rule_get_retry(rule) &&
				 v.code != EXIT_NO_DEVICE && v.code != EXIT_NOT_SUPPORTED;
	}
	/*
	 * With --check the exit status says whether a device differs. The exit code of the dry run
	 * (v.code) is used only if the state could not be read.
	 */
	if (failed || !run->o->check)
		run->code = more_severe_exit_code(run->code, v.code);
	report_difference(run, &i, failed ? "failed" : is_dry_run(run) ? "differs" : "done",
			  &v);
}

static void journal_write_setting(const struct run *run, const struct difference *i,
				  const struct change_report *v)
{
	const struct journal_entry e = {
		.dev = i->dev,
		.command = run->o->command,
		.what = i->what,
		.from = i->is,
		.to = i->want,
		.after = v->err ? NULL : i->want,
		.outcome = !v->err ? "done" :
			   v->code == EXIT_NO_DEVICE ? "no_device" :
			   v->code == EXIT_NOT_SUPPORTED ? "not_supported" : "undone",
		.reason = v->reason,
		.block = DAXPLUG_NO_BLOCK,
		.bytes = DAXPLUG_SIZE_UNKNOWN,
		.duration_ms = JOURNAL_NO_TIME,
		.err = v->err,
		.code = v->code,
		.rule = i->rule,
	};

	journal_write_entry(&e);
}

/* Report a setting that was written, or that could not be written (@err). */
static void report_setting(struct run *run, const struct difference *i, int err)
{
	struct change_report v = { .name = daxplug_device_get_name(i->dev),
			     .err = err };

	run->differs++;
	if (err) {
		v.code = err == -ENODEV ? EXIT_NO_DEVICE :
			 err == -EACCES || err == -EPERM || err == -EROFS ?
			 EXIT_NOT_SUPPORTED : EXIT_REFUSED;
		snprintf(v.reason, sizeof(v.reason), "%s not set to %s: %s",
			 i->what, i->want, strerror(-err));
		run->code = more_severe_exit_code(run->code, v.code);
	}
	if (!is_dry_run(run))
		journal_write_setting(run, i, &v);
	report_difference(run, i, err ? "failed" : is_dry_run(run) ? "differs" : "done", &v);
}

static void apply_guard(struct run *run, const struct daxplug_rule *rule,
			const struct daxplug_device *dev, enum daxplug_guard want)
{
	struct difference i = { .dev = dev, .rule = rule, .what = "guard",
			  .want = daxplug_guard_name(want) };
	enum daxplug_guard is;
	int err = daxplug_device_get_guard(dev, &is);

	/* Only daxplug's module has a guard. report_unmet_guard() reports a missing guard. */
	if (err == -EOPNOTSUPP || err == -ENODEV || (!err && is == want))
		return;
	i.is = err ? "?" : daxplug_guard_name(is);
	report_setting(run, &i, is_dry_run(run) ? 0 :
		       daxplug_device_set_guard(dev, want));
}

static void apply_timeout(struct run *run, const struct daxplug_rule *rule,
			  const struct daxplug_device *dev, unsigned int want_ms)
{
	char is_text[32], want_text[32];
	struct difference i = { .dev = dev, .rule = rule, .what = "timeout",
			  .is = is_text, .want = want_text };
	uint64_t is = 0, want = want_ms;
	int err = daxplug_device_get_timeout(dev, &is);

	if (err == -EOPNOTSUPP || err == -ENODEV ||
	    (!err && is == want_ms))
		return;
	snprintf(is_text, sizeof(is_text), err ? "?" : "%" PRIu64 " ms", is);
	snprintf(want_text, sizeof(want_text), "%u ms", want_ms);
	i.is_ms = err ? NULL : &is;
	i.want_ms = &want;
	report_setting(run, &i, is_dry_run(run) ? 0 :
		       daxplug_device_set_timeout(dev, want_ms));
}

/* Apply memmap_on_memory to a device that the rule does not plug. A plug sets the value itself. */
static void apply_memmap(struct run *run, const struct daxplug_rule *rule,
			 const struct daxplug_device *dev)
{
	enum daxplug_memmap want = policy_get_memmap(rule), is = DAXPLUG_MEMMAP_DEFAULT;
	struct difference i = { .dev = dev, .rule = rule, .what = "memmap_on_memory",
			  .want = daxplug_memmap_name(want) };
	enum daxplug_state state;
	int err;

	if (want == DAXPLUG_MEMMAP_DEFAULT ||
	    (!daxplug_rule_get_state(rule, &state) && state != DAXPLUG_STATE_UNPLUGGED) ||
	    daxplug_device_get_state(dev, &state))
		return;
	err = daxplug_device_get_memmap(dev, &is);
	if (state != DAXPLUG_STATE_UNPLUGGED ? !policy_memmap_differs(dev, want)
					     : !err && is == want)
		return;
	/*
	 * A device without a driver may not have the setting yet. A device without the setting
	 * always behaves as with "no".
	 */
	if (err == -ENODEV || (err == -EOPNOTSUPP &&
			       (want == DAXPLUG_MEMMAP_NO || !daxplug_device_get_driver(dev))))
		return;
	i.is = err ? "?" : daxplug_memmap_name(is);
	report_setting(run, &i, is_dry_run(run) ? 0 : daxplug_device_set_memmap(dev, want));
}

static void apply_settings(struct run *run, const struct daxplug_rule *rule,
			   const struct daxplug_device *dev)
{
	enum daxplug_guard guard;
	unsigned int ms;

	if (!daxplug_rule_get_guard(rule, &guard))
		apply_guard(run, rule, dev, guard);
	if (!daxplug_rule_get_timeout(rule, &ms))
		apply_timeout(run, rule, dev, ms);
}

static bool has_named_devices(const struct run *run)
{
	return run->o->nr_operands || run->o->node >= 0;
}

/* With --strict these are errors, not only warnings, so print them even with --quiet. */
static bool may_print_warnings(const struct run *run)
{
	return !run->o->quiet || run->o->strict;
}

/*
 * If the package daxplug-dkms is installed and there is a policy, a new device stays unplugged
 * until a rule requests a state. Print a message for a device that no rule matches, because no
 * other message names it.
 */
static void report_no_rule(const struct run *run, const struct daxplug_policy *policy,
			   const struct daxplug_device *dev)
{
	enum daxplug_state is;

	if (!daxplug_policy_get_first_rule(policy) || run->results || run->o->quiet ||
	    is_dry_run(run) ||
	    daxplug_device_get_state(dev, &is) ||
	    (is != DAXPLUG_STATE_UNPLUGGED && is != DAXPLUG_STATE_OFFLINE))
		return;
	printf("%s: stays %s: no rule of the policy matches it\n",
	       daxplug_device_get_name(dev), daxplug_state_name(is));
}

static void report_unknown_size(struct run *run, int err)
{
	fprintf(stderr, "daxplug: movable_max cannot be kept: the size of a zone or of the "
			"device is not known: %s\n", strerror(-err));
	run->code = more_severe_exit_code(run->code, EXIT_TROUBLE);
}

/*
 * Does the limit for ZONE_MOVABLE prevent the plug of @dev? With --arrived the answer is yes
 * until daxplug.service has applied the policy, because only a run over all devices can decide.
 */
static bool is_outside_movable_limit(struct run *run, const struct daxplug_policy *policy,
				     const struct daxplug_rule *rule,
				     const struct daxplug_device *dev)
{
	const struct daxplug_rule *limit;
	char why[256];
	int err;

	if (!run->plan && !run->plan_err)
		return false;
	if (run->plan_err)
		return movable_wants_zone(policy, dev);
	if (run->o->arrived && !retry_was_applied() && movable_wants_zone(policy, dev)) {
		run->has_deferred = true;
		if (!run->o->quiet)
			printf("%s: left to daxplug.service: movable_max is for all devices "
			       "together\n", daxplug_device_get_name(dev));
		return true;
	}
	err = movable_plan_find_limit(run->plan, policy, dev, !is_dry_run(run), &limit, why,
				      sizeof(why));
	if (err)
		report_unknown_size(run, err);
	if (err || !limit)
		return err;
	report_movable_limit(rule, limit, dev, why, run->not_met, may_print_warnings(run));
	run->unmet++;
	return true;
}

static void make_movable_plan(struct run *run, struct daxplug_ctx *ctx,
			      const struct daxplug_policy *policy)
{
	movable_plan_free(run->plan);
	run->plan_err = movable_plan_new(ctx, policy, &run->plan);
	if (run->plan_err)
		report_unknown_size(run, run->plan_err);
}

/*
 * Apply the settings first, because they protect the change. If the device has no driver yet,
 * they appear with the bind, so apply them again after it.
 */
static void apply_to_device(struct run *run, const struct daxplug_policy *policy,
			    const struct daxplug_device *dev)
{
	const struct daxplug_rule *rule = daxplug_policy_get_rule(policy, dev);
	bool bound = daxplug_device_get_backend(dev) != DAXPLUG_BACKEND_NONE;
	enum daxplug_state state;

	if (!rule) {
		report_no_rule(run, policy, dev);
		return;
	}
	if (daxplug_rule_is_broken(rule)) {
		fprintf(stderr,
			"daxplug: %s: not changed: its rule [%s] in %s:%u has an error\n",
			daxplug_device_get_name(dev), daxplug_rule_get_name(rule),
			get_rule_path(rule), daxplug_rule_get_line(rule));
		return;
	}
	run->nr_matched++;
	apply_settings(run, rule, dev);
	if (!daxplug_rule_get_state(rule, &state) &&
	    !is_outside_movable_limit(run, policy, rule, dev)) {
		apply_state(run, rule, dev, state);
		if (!is_dry_run(run) && !bound)
			apply_settings(run, rule, dev);
	}
	apply_memmap(run, rule, dev);
	run->unmet += report_unmet_guard(rule, dev, run->not_met, may_print_warnings(run));
}

static void json_add_unchecked_rules(struct run *run, struct json_object *root)
{
	run->not_met = json_array(root, "unmet");
	json_string(root, "warnings", NULL);
	json_string(root, "unmatched", NULL);
	json_string(root, "missing", NULL);
}

/*
 * Report rules without effect. This needs all devices, so it is not done if the user has named
 * some.
 */
static void report_rules_without_effect(struct run *run, const struct daxplug_policy *policy,
					struct daxplug_ctx *ctx, struct json_object *root)
{
	if (root) {
		run->not_met = json_array(root, "unmet");
		run->unmatched += report_warnings(
			policy, json_array(root, "warnings"), true);
		run->unmatched += report_unmatched(
			policy, ctx, json_array(root, "unmatched"), true);
		run->missing = json_array(root, "missing");
	} else {
		run->unmatched += report_warnings(policy, NULL, may_print_warnings(run));
		run->unmatched += report_unmatched(policy, ctx, NULL, may_print_warnings(run));
	}
}

/* Report the devices from @i on as not changed. There are some only if a signal ended the run. */
static void report_not_begun(struct run *run, const struct daxplug_policy *policy,
			     const struct selection *s, unsigned int i)
{
	if (i < s->nr)
		run->code = more_severe_exit_code(run->code, EXIT_REFUSED);
	if (!run->results)
		report_interrupted(s, i);
	for (; run->results && i < s->nr; i++) {
		const struct daxplug_rule *rule = daxplug_policy_get_rule(policy, s->dev[i]);
		enum daxplug_state want;
		struct json_object *o;

		if (!rule || daxplug_rule_is_broken(rule) ||
		    daxplug_rule_get_state(rule, &want))
			continue;
		o = json_add_not_begun(run->results,
				       daxplug_device_get_name(s->dev[i]),
				       daxplug_state_name(want));
		json_string(o, "what", "state");
		json_rule(o, rule);
	}
}

/*
 * Move the devices that are to be plugged into ZONE_MOVABLE to the end, because the limit for
 * this zone depends on the changes of the others.
 */
static void move_movable_to_end(const struct daxplug_policy *policy, struct selection *s)
{
	unsigned int i, end = s->nr, at = 0;

	for (i = 0; i < end; i++) {
		struct daxplug_device *dev = s->dev[at];

		if (!movable_wants_zone(policy, dev)) {
			at++;
			continue;
		}
		memmove(&s->dev[at], &s->dev[at + 1],
			(s->nr - at - 1) * sizeof(struct daxplug_device *));
		s->dev[s->nr - 1] = dev;
	}
}

/*
 * Read the list of CXL memory devices (cards). If this fails, apply no rule, because it is not
 * known whether two cards have the same serial number. Return: 0 or a negative errno.
 */
static int read_cards(struct run *run, struct daxplug_ctx *ctx, struct daxplug_policy *policy)
{
	int err = policy_load_cards(policy, ctx);

	run->no_cards = err;
	if (err)
		run->code = more_severe_exit_code(run->code, EXIT_TROUBLE);
	return err;
}

/*
 * Apply the rules in @awaited that have a device now. @awaited has one entry for each rule of the
 * policy, in the policy's order. Return: 0, or the negative errno with which the list of cards
 * could not be read.
 */
static int apply_to_new_devices(struct run *run, struct daxplug_ctx *ctx,
				struct daxplug_policy *policy, bool *awaited)
{
	const struct daxplug_rule *rule;
	struct daxplug_device *dev;
	size_t i = 0;
	int err = read_cards(run, ctx, policy);

	if (err)
		return err;
	make_movable_plan(run, ctx, policy);
	daxplug_policy_foreach_rule(policy, rule) {
		if (awaited[i] && !required_has_no_device(policy, rule, ctx)) {
			awaited[i] = false;
			daxplug_device_foreach(ctx, dev) {
				if (daxplug_policy_get_rule(policy, dev) == rule)
					apply_to_device(run, policy, dev);
			}
		}
		i++;
	}
	return 0;
}

/* Wait for devices of rules with "required", and apply the policy to each that appears. */
static int wait_for_required(struct run *run, struct daxplug_ctx *ctx,
			     struct daxplug_policy *policy, bool *awaited,
			     uint64_t begin_ms)
{
	const struct daxplug_watch_event *event;
	struct daxplug_watch *w;
	uint64_t until_ms;
	int n;

	n = daxplug_watch_new(ctx, &w);
	if (n)
		return n;
	/* Scan again after each event, because the watch has device objects of its own. */
	while (!(n = daxplug_scan(ctx))) {
		n = apply_to_new_devices(run, ctx, policy, awaited);
		if (n || !required_may_still_appear(policy, ctx, begin_ms, &until_ms))
			break;
		n = events_wait_for_change(w, until_ms);
		while (n > 0 && (n = daxplug_watch_next(w, &event)) > 0)
			;
		if (n < 0)
			break;
	}
	daxplug_watch_free(w);
	return n;
}

static void wait_for_required_devices(struct run *run, struct daxplug_ctx *ctx,
				      struct daxplug_policy *policy)
{
	uint64_t begin_ms = get_monotonic_ms(), waited_ms = 0, until_ms;
	int err = 0;

	if (run->o->wait && !is_dry_run(run) &&
	    required_may_still_appear(policy, ctx, begin_ms, &until_ms)) {
		bool *awaited = required_list_rules(policy, ctx);

		err = awaited ? wait_for_required(run, ctx, policy, awaited, begin_ms) : -ENOMEM;
		free(awaited);
		waited_ms = get_monotonic_ms() - begin_ms;
	}
	run->no_wait = err;
	if (err == -EINTR) {
		run->code = more_severe_exit_code(run->code, EXIT_REFUSED);
	} else if (err) {
		fprintf(stderr, "daxplug: cannot wait for devices: %s\n", strerror(-err));
		run->code = more_severe_exit_code(run->code, EXIT_TROUBLE);
	}
	/*
	 * Without the list of CXL cards it is not known which devices a rule matches. Without the
	 * wait, a device may appear later, so it is not reported as missing.
	 */
	if (run->no_cards || run->no_wait)
		return;
	run->nr_missing = required_report_missing(policy, ctx, waited_ms, run->missing);
	if (run->nr_missing && !run->o->check)
		run->code = more_severe_exit_code(run->code, EXIT_NO_DEVICE);
}

static void apply_to_all_devices(struct run *run, struct daxplug_ctx *ctx,
				 struct daxplug_policy *policy, struct json_object *root)
{
	struct selection s;
	unsigned int i;

	select_devices(ctx, run->o, &s);
	run->code = s.code;
	/* If the devices are not known, every rule would seem to be without a device. */
	if (read_cards(run, ctx, policy) || run->code == EXIT_TROUBLE || !s.scanned) {
		selection_free(&s);
		return;
	}
	if (!has_named_devices(run))
		report_rules_without_effect(run, policy, ctx, root);
	else if (root)
		json_add_unchecked_rules(run, root);
	make_movable_plan(run, ctx, policy);
	if (run->plan)
		move_movable_to_end(policy, &s);
	for (i = 0; i < s.nr && !stop_requested(); i++)
		apply_to_device(run, policy, s.dev[i]);
	report_not_begun(run, policy, &s, i);
	selection_free(&s);
	if (stop_requested())
		run->no_wait = true;
	else if (!has_named_devices(run))
		wait_for_required_devices(run, ctx, policy);
	if (root && (run->no_cards || run->no_wait))
		json_string(root, "missing", NULL);
	movable_plan_free(run->plan);
	if (is_dry_run(run) || run->o->config || stop_requested())
		return;
	if (!has_named_devices(run))
		retry_record_applied();
	retry_schedule(run->to_retry, !has_named_devices(run), run->o->quiet || run->o->json);
}

static void print_no_difference(const struct run *run)
{
	bool named = has_named_devices(run);

	if (run->no_rules && run->o->config)
		printf("there is no policy: %s has no rule in a file *.conf\n",
		       run->o->config);
	else if (run->no_rules)
		printf("there is no policy: no rule in " CONFIG_DIR
		       "/*.conf or the other files of daxplug.conf(5)\n");
	else if (!run->nr_matched)
		printf("no rule of the policy matches %s\n",
		       named ? "what was named" : "a device");
	else if (run->unmatched || run->unmet)
		printf("%s as the policy wants it, as far as it can be: "
		       "rules or serial numbers without a device: %u, "
		       "wishes that cannot be met: %u\n",
		       named ? "what was named is" : "every device is",
		       run->unmatched, run->unmet);
	else
		printf("%s as the policy wants it\n",
		       named ? "what was named is" : "every device is");
}

static int print_end(struct run *run, struct json_object *root)
{
	int code;

	if (root) {
		json_object_object_add(root, "differs",
				       json_object_new_int64(run->differs));
		code = json_print(root, false);
	} else {
		if (!run->differs && !run->has_deferred && !run->o->quiet &&
		    run->code == EXIT_DONE)
			print_no_difference(run);
		code = finish_output();
	}
	if (run->o->check && run->code == EXIT_DONE && (run->differs || run->nr_missing))
		return EXIT_DIFFERS;
	if (run->o->strict && run->code == EXIT_DONE &&
	    (run->unmatched || run->unmet))
		return EXIT_DIFFERS;
	return more_severe_exit_code(run->code, code);
}

static bool has_rules(const struct daxplug_policy *policy)
{
	const struct daxplug_rule *rule;

	daxplug_policy_foreach_rule(policy, rule) {
		if (!daxplug_rule_is_default(rule))
			return true;
	}
	return false;
}

static int apply_policy(struct daxplug_ctx *ctx, struct daxplug_policy *policy,
			const struct options *o)
{
	struct run run = { .o = o, .code = EXIT_DONE };
	struct json_object *root = NULL;

	if (daxplug_change_new(&run.change)) {
		fprintf(stderr, "daxplug: out of memory\n");
		return EXIT_TROUBLE;
	}
	/* An unplug is the only way from one online state to another. */
	daxplug_change_set_replug(run.change, 1);
	run.no_rules = !has_rules(policy);
	if (o->json) {
		root = json_new(o->command);
		run.results = json_array(root, "results");
	}
	catch_signals();
	apply_to_all_devices(&run, ctx, policy, root);
	if (daxplug_policy_get_errors(policy))
		run.code = more_severe_exit_code(run.code, EXIT_USAGE);
	daxplug_change_free(run.change);
	return print_end(&run, root);
}

int run_apply(struct daxplug_ctx *ctx, const struct options *o)
{
	struct daxplug_policy *policy = policy_new();
	int code = policy_read(policy, o->config);

	if (code == EXIT_DONE && o->check_config)
		code = run_check_config(policy, o);
	else if (code == EXIT_DONE && o->print)
		code = run_print_policy(ctx, policy, o);
	else if (code == EXIT_DONE)
		code = apply_policy(ctx, policy, o);
	daxplug_policy_free(policy);
	return code;
}
