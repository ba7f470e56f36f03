/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Prints the filters as C, for helper/seccomp.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "filters/filters.h"

static int print(const char *name, int r, struct filter *filter)
{
	if (r < 0) {
		(void)fprintf(stderr, "filters: %s: %s\n", name, strerror(-r));
		return r;
	}
	printf("static const struct sock_filter %s[] = {\n", name);
	for (size_t i = 0; i < filter->len; i++)
		printf("\t{0x%x, %u, %u, 0x%x},\n", filter->code[i].code, filter->code[i].jt,
		       filter->code[i].jf, filter->code[i].k);
	printf("};\n");
	free(filter->code);
	*filter = (struct filter){};
	return 0;
}

int main(void)
{
	struct filter filter = {};
	int r;

	printf("/* Made by userspace/filters when Postern is built. */\n#include "
	       "<linux/filter.h>\n");
	r = print("filter_of_calls", filter_calls(&filter), &filter);
	if (r == 0)
		r = print("filter_of_arguments", filter_arguments(false, &filter), &filter);
	if (r == 0)
		r = print("filter_of_arguments_sockets", filter_arguments(true, &filter), &filter);
	return r < 0 || fflush(stdout) != 0 ? EXIT_FAILURE : EXIT_SUCCESS;
}
