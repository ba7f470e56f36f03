/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Whose turn it is, where several users have connections to a worker.
 *
 * epoll hands ready connections out in turn. A user with eight would have eight calls for one of
 * another's, so users take turns first, and then their connections.
 */
#include <errno.h>
#include <stdlib.h>

#include "helper/connection.h"

bool connections_shared(const struct connections *all)
{
	return all->clients && all->clients->next;
}

int connections_client_add(struct connections *all, struct connection *c)
{
	struct client *client = all->clients;

	while (client && client->uid != c->caller.uid)
		client = client->next;
	if (!client) {
		client = calloc(1, sizeof(*client));
		if (!client)
			return -ENOMEM;
		/* Behind those who wait: who connects anew for each call gains nothing by it. */
		*client = (struct client){
			.next = all->clients, .uid = c->caller.uid, .turn = all->turn};
		all->clients = client;
	}
	client->connections++;
	c->client = client;
	c->turn = all->turn;
	return 0;
}

void connections_client_remove(struct connections *all, struct connection *c)
{
	struct client *client = c->client;

	if (--client->connections > 0)
		return;
	for (struct client **at = &all->clients; *at; at = &(*at)->next) {
		if (*at != client)
			continue;
		*at = client->next;
		break;
	}
	free(client);
}

static bool before(const struct connection *a, const struct connection *b)
{
	if (a->client != b->client && a->client->turn != b->client->turn)
		return a->client->turn < b->client->turn;
	return a->turn < b->turn;
}

struct epoll_event *connections_turn(struct connections *all, struct epoll_event *events,
				     size_t len)
{
	struct epoll_event *best = NULL;
	struct connection *c;

	for (size_t i = 0; i < len; i++)
		if (events[i].data.ptr && (!best || before(events[i].data.ptr, best->data.ptr)))
			best = &events[i];
	if (!best)
		return NULL;
	c = best->data.ptr;
	c->turn = c->client->turn = ++all->turn;
	return best;
}
