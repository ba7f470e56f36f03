/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Whose turn it is, of several users' connections to a worker. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/util.h"
#include "helper/connection.h"

#define GREEDY 8

static struct connections all;
static struct connection connections[GREEDY + 2];

static void add(size_t i, uint32_t uid)
{
	connections[i] = (struct connection){.caller.uid = uid};
	assert_int_equal(connections_client_add(&all, &connections[i]), 0);
}

/* The one whose turn it is, when the first len are ready. */
static size_t turn(size_t len)
{
	struct epoll_event events[GREEDY + 3] = {};
	struct epoll_event *next;

	/* The channel's event is nobody's turn. */
	for (size_t i = 0; i < len; i++)
		events[i + 1].data.ptr = &connections[i];
	next = connections_turn(&all, events, len + 1);
	assert_non_null(next);
	return (size_t)((struct connection *)next->data.ptr - connections);
}

static void clear(size_t len)
{
	for (size_t i = 0; i < len; i++)
		connections_client_remove(&all, &connections[i]);
	assert_null(all.clients);
	all = (struct connections){};
}

static void test_users_first(void **state)
{
	size_t had[GREEDY + 2] = {};

	(void)state;
	for (size_t i = 0; i < GREEDY; i++)
		add(i, 1000);
	assert_false(connections_shared(&all));
	add(GREEDY, 1001);
	add(GREEDY + 1, 1002);
	assert_true(connections_shared(&all));
	for (int i = 0; i < 3 * 2 * GREEDY; i++)
		had[turn(GREEDY + 2)]++;
	/* A third each, and a user's connections in turn. */
	for (size_t i = 0; i < GREEDY; i++)
		assert_int_equal(had[i], 2);
	assert_int_equal(had[GREEDY], 2 * GREEDY);
	assert_int_equal(had[GREEDY + 1], 2 * GREEDY);
	clear(GREEDY + 2);
}

/* Who was not ready for long goes first, once. */
static void test_waited(void **state)
{
	(void)state;
	for (size_t i = 0; i < 3; i++)
		add(i, 1000 + (uint32_t)i);
	for (int i = 0; i < 10; i++)
		(void)turn(2);
	assert_int_equal(turn(3), 2);
	assert_int_not_equal(turn(3), 2);
	clear(3);
}

/* A new connection for each call gains no turns. */
static void test_anew(void **state)
{
	size_t had = 0;

	(void)state;
	add(0, 1000);
	for (int i = 0; i < 10; i++) {
		add(1, 1001);
		had += turn(2) == 1;
		connections_client_remove(&all, &connections[1]);
	}
	assert_in_range(had, 0, 5);
	clear(1);
}

static void test_nobody(void **state)
{
	struct epoll_event events[2] = {};

	(void)state;
	assert_null(connections_turn(&all, events, 0));
	assert_null(connections_turn(&all, events, 2));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_users_first),
		cmocka_unit_test(test_waited),
		cmocka_unit_test(test_anew),
		cmocka_unit_test(test_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
