/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tests of shipped contexts that share a posternd, each in the file of its name. */
#ifndef POSTERN_TESTS_INTEGRATION_CONTEXTS_H
#define POSTERN_TESTS_INTEGRATION_CONTEXTS_H

#include <sys/types.h>

/* What must be there when posternd reads the manifests. */
void contexts_link_before(void);
void contexts_nft_before(void);
void contexts_conntrack_before(void);
void contexts_wireguard_before(void);

void contexts_address(void);
void contexts_netns(void);
void contexts_nft(void);
void contexts_conntrack(void);
void contexts_wireguard(void);
/* Restarts posternd, and returns its new pid. */
pid_t contexts_link(pid_t posternd);

#endif
