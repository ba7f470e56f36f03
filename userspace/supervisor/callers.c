/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Who calls, by the kernel's word, and whether the manifest lists them. */
#include <errno.h>
#include <sys/socket.h>

#include "supervisor/callers.h"

/*
 * The credentials are those that the peer had when it connected (unix(7), SO_PEERCRED). A failure
 * must not leave zeros behind that read as root (polkit's CVE-2021-3560), so nothing is set before
 * all is known.
 */
int caller_identify(struct connection *conn, struct error *err)
{
	gid_t groups[CONTROL_GROUPS_MAX];
	socklen_t len = sizeof(struct ucred), groups_len = sizeof(groups);
	struct ucred cred;

	if (getsockopt(conn->fd, SOL_SOCKET, SO_PEERCRED, &cred, &len) < 0 || len != sizeof(cred))
		return error_set(err, errno, "read the caller's credentials");
	if (cred.uid == (uid_t)-1 || cred.gid == (gid_t)-1)
		return error_say(err, -EPERM, "the caller has no credentials");
	if (getsockopt(conn->fd, SOL_SOCKET, SO_PEERGROUPS, groups, &groups_len) < 0) {
		if (errno == ERANGE)
			return error_say(err, -EPERM, "the caller is in more than %d groups",
					 CONTROL_GROUPS_MAX);
		return error_set(err, errno, "read the caller's groups");
	}
	conn->uid = cred.uid;
	conn->gid = cred.gid;
	conn->pid = cred.pid;
	conn->groups_len = groups_len / sizeof(groups[0]);
	for (size_t i = 0; i < conn->groups_len; i++)
		conn->groups[i] = groups[i];
	return 0;
}

static bool group_listed(const struct manifest *m, gid_t gid)
{
	for (size_t i = 0; i < m->caller_gids_len; i++)
		if (m->caller_gids[i] == gid)
			return true;
	return false;
}

bool caller_listed(const struct manifest *m, const struct connection *conn)
{
	for (size_t i = 0; i < m->caller_uids_len; i++)
		if (m->caller_uids[i] == conn->uid)
			return true;
	for (size_t i = 0; i < conn->groups_len; i++)
		if (group_listed(m, conn->groups[i]))
			return true;
	return group_listed(m, conn->gid);
}
