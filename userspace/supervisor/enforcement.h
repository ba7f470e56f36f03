/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel side as the supervisor holds it: programs loaded, attached and pinned, and its maps.
 *
 * Links and maps are pinned in a bpffs of Postern's own, so that workers stay confined when the
 * supervisor is killed.
 */
#ifndef POSTERN_SUPERVISOR_ENFORCEMENT_H
#define POSTERN_SUPERVISOR_ENFORCEMENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "bpf/abi.h"
#include "policy/netlink.h"

struct enforcement;

/*
 * Prepares the kernel programs. Unless `fresh`, they will work with the maps that an earlier
 * supervisor pinned below `pins`, a directory in which a bpffs is mounted if none is there: then
 * its contexts can be adopted.
 *
 * pins: lives as long as the result. ret: set on success only. Errors: -ESTALE when the kernel
 * holds a map in another form; the text names it.
 */
int enforcement_open(const char *pins, bool fresh, struct enforcement **ret, struct error *err);

/* Does it have the maps of an earlier supervisor? */
bool enforcement_reuses(const struct enforcement *e);

/*
 * Loads and attaches all programs and pins them. What an earlier supervisor pinned stays attached
 * until the new programs are, so that no moment is without enforcement; then it is dropped by a
 * process of its own, since closing a link can wait for seconds (RCU).
 *
 * cgroup, level: id and depth of the cgroup in which all contexts live. Errors: -ENOSYS when the
 * kernel lacks a hook that the table demands, and whatever libbpf says; the text names hook and
 * next step.
 */
int enforcement_load(struct enforcement *e, uint64_t cgroup, uint32_t level, struct error *err);

/* Closes the supervisor's descriptors. What is pinned goes on enforcing. */
void enforcement_free(struct enforcement *e);

/* Removes the pins below `pins` and so ends enforcement; for when no context runs any more. Returns
 * at once: a process of its own does the waiting. */
void enforcement_drop(const char *pins);

/*
 * Attaches and pins the programs that a policy with these flags (POSTERN_POLICY_*) needs besides
 * those that are always attached. They cost every task of the host, so they are attached when the
 * first context asks, and stay until posternd is started again. Some ten milliseconds a hook, the
 * first time: so it is best called when a manifest that asks is loaded, and not only with its first
 * policy (enforcement_policy_set()).
 */
int enforcement_attach_for(struct enforcement *e, uint32_t flags, struct error *err);

/* Is the program of hooks[i] attached? ret_exists: does this kernel have that hook? */
bool enforcement_attached(const struct enforcement *e, size_t i, bool *ret_exists);

/* Is everything there that was attached: each pin, and behind it the link and the program that it
 * was? Returns 0, or a negative errno with what is not. */
int enforcement_check(const struct enforcement *e, struct error *err);

/*
 * LSM programs on this kernel that are not ours, as one text: "file_open: guard (program 12), ...".
 * Programs of an earlier posternd, which go within seconds, are counted at its end. ret: to be
 * freed; NULL when there are none. Returns 0 or a negative errno.
 */
int enforcement_foreign(const struct enforcement *e, char **ret);

/* Sets, reads the tag of the task behind a pidfd. Reading a task without a tag is -ENOENT. */
int enforcement_tag(struct enforcement *e, int pidfd, const struct postern_tag *tag);
int enforcement_tag_read(struct enforcement *e, int pidfd, struct postern_tag *ret);

/* Reports what one of the functions below returned (r): where a map is full, which one. what: could
 * not be done. Returns r. */
int enforcement_set_error(const struct enforcement *e, int r, const char *what, struct error *err);

/* Publishes and withdraws a policy. Rules go in before it is published, so that none is ever half
 * in force. One whose flags ask for programs attaches them first. */
int enforcement_policy_set(struct enforcement *e, uint64_t id, const struct postern_policy *policy);
int enforcement_policy_delete(struct enforcement *e, uint64_t id);

int enforcement_policy_get(struct enforcement *e, uint64_t id, struct postern_policy *ret);

/* Calls `see` for each policy that the kernel has. */
typedef void (*enforcement_policy_fn)(void *userdata, uint64_t id,
				      const struct postern_policy *policy);
int enforcement_policies(struct enforcement *e, enforcement_policy_fn see, void *userdata);

/*
 * Deletes what `keep` does not want of all that the kernel has: policies, rules of directories
 * (name NULL) and of names. Of a policy itself, its patterns and its lists it is asked by the id
 * alone (both NULL). For a start on the maps of an earlier supervisor.
 */
typedef bool (*enforcement_keep_fn)(void *userdata, uint64_t policy,
				    const struct postern_directory_key *directory,
				    const char *name);
int enforcement_sweep(struct enforcement *e, enforcement_keep_fn keep, void *userdata);

/* Sets, deletes a rule; deleting one that is not there is no error. */
int enforcement_directory_set(struct enforcement *e, const struct postern_directory_key *key,
			      const struct postern_rule *rule);
int enforcement_name_set(struct enforcement *e, const struct postern_name_key *key,
			 const struct postern_rule *rule);
int enforcement_directory_delete(struct enforcement *e, const struct postern_directory_key *key);
int enforcement_name_delete(struct enforcement *e, const struct postern_name_key *key);

/* Sets, deletes one of a directory's patterns, and one command of a list of ioctl commands; as
 * above. */
int enforcement_pattern_set(struct enforcement *e, const struct postern_pattern_key *key,
			    const struct postern_pattern *pattern);
int enforcement_pattern_delete(struct enforcement *e, const struct postern_pattern_key *key);
int enforcement_ioctl_set(struct enforcement *e, const struct postern_ioctl_key *key);
int enforcement_ioctl_delete(struct enforcement *e, const struct postern_ioctl_key *key);

/* Sets, deletes what a policy grants of sockets, under its id. enforcement_sockets.c. */
struct policy_sockets;
int enforcement_sockets_set(struct enforcement *e, uint64_t id, const struct policy_sockets *s);
void enforcement_sockets_delete(struct enforcement *e, uint64_t id, const struct policy_sockets *s);

/*
 * Sets a policy's netlink rules under its id: what a rule refers to comes first. Deletes them
 * again, the rules first. enforcement_netlink.c.
 */
int enforcement_netlink_set(struct enforcement *e, uint64_t id, const struct policy_netlink *n);
void enforcement_netlink_delete(struct enforcement *e, uint64_t id, const struct policy_netlink *n);

/*
 * Deletes of all netlink rules in the maps those of policies of which `fn` says false, and those
 * that are not in *ret; what it leaves at NULL stays whole.
 */
typedef bool (*enforcement_netlink_fn)(void *userdata, uint64_t policy,
				       const struct policy_netlink **ret);
int enforcement_netlink_sweep(struct enforcement *e, enforcement_netlink_fn fn, void *userdata);

/*
 * Makes a context's record pages. ret_fd: the map, owned by the caller; ret_pages: slots pages,
 * mapped for reading and writing until munmap().
 */
int enforcement_pages_make(uint32_t slots, int *ret_fd, volatile struct postern_page **ret_pages);

/* Publishes them to the kernel programs, and withdraws them. Both wait for RCU, milliseconds: not
 * for the event loop (aside.h). */
int enforcement_pages_publish(struct enforcement *e, uint32_t context, int fd);
int enforcement_pages_withdraw(struct enforcement *e, uint32_t context);

/* The descriptor that both need. */
int enforcement_pages_fd(struct enforcement *e);

/* The pages that an earlier supervisor made for the context; as enforcement_pages_make().
 * -ENOENT: none; -ESTALE: other than `slots`. */
int enforcement_pages_adopt(struct enforcement *e, uint32_t context, uint32_t slots, int *ret_fd,
			    volatile struct postern_page **ret_pages);

/* Marks a client's connection as one that workers of a policy may receive. */
int enforcement_admit(struct enforcement *e, int connection,
		      const struct postern_admission *admission);

/* Reads that of a descriptor; -ENOENT and others: it has none. */
int enforcement_admission(struct enforcement *e, int fd, struct postern_admission *ret);

/*
 * What the kernel knows about the objects behind some of this process's descriptors.
 * fds and ret: len elements each; ret is written on success only. Returns 0, -EBADF when the kernel
 * does not tell about one of them, or another negative errno.
 */
int enforcement_identify(struct enforcement *e, const int *fds, size_t len,
			 struct postern_identity *ret);

/* The ring of events: `handle` is called for each that enforcement_events_read() finds; the fd
 * becomes readable then. */
typedef void (*enforcement_event_fn)(void *userdata, const struct postern_event *event);
int enforcement_events_open(struct enforcement *e, enforcement_event_fn handle, void *userdata);
int enforcement_events_fd(struct enforcement *e);
int enforcement_events_read(struct enforcement *e);

/* How many events found no room in the ring so far. */
uint64_t enforcement_events_dropped(struct enforcement *e);

#endif
