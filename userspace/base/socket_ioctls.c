/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The ioctls of sockets that manifests may name. Left out: those of drivers alone (SIOCDEVPRIVATE,
 * SIOCPROTOPRIVATE), which mean something else on each, and SIOCGSKNS, which opens a network
 * namespace.
 */
#include <asm/ioctls.h>
#include <linux/if_tun.h>
#include <linux/sockios.h>

#include "base/socket_names.h"

#define PLAIN(command)                                                                             \
	{                                                                                          \
		.name = #command, .number = (uint32_t)(command)                                    \
	}
/* Its argument begins with the name of the one interface that it is about. */
#define NAMED(command)                                                                             \
	{                                                                                          \
		.name = #command, .number = (uint32_t)(command), .interface = true                 \
	}

const struct socket_name socket_ioctls[] = {
	NAMED(SIOCADDMULTI),
	PLAIN(SIOCADDRT),
	PLAIN(SIOCBONDCHANGEACTIVE),
	PLAIN(SIOCBONDENSLAVE),
	NAMED(SIOCBONDINFOQUERY),
	PLAIN(SIOCBONDRELEASE),
	NAMED(SIOCBONDSETHWADDR),
	NAMED(SIOCBONDSLAVEINFOQUERY),
	NAMED(SIOCBRADDBR),
	PLAIN(SIOCBRADDIF),
	NAMED(SIOCBRDELBR),
	PLAIN(SIOCBRDELIF),
	PLAIN(SIOCDARP),
	NAMED(SIOCDELMULTI),
	PLAIN(SIOCDELRT),
	PLAIN(SIOCDIFADDR),
	PLAIN(SIOCDRARP),
	NAMED(SIOCETHTOOL),
	PLAIN(SIOCGARP),
	NAMED(SIOCGHWTSTAMP),
	NAMED(SIOCGIFADDR),
	PLAIN(SIOCGIFBR),
	NAMED(SIOCGIFBRDADDR),
	PLAIN(SIOCGIFCONF),
	PLAIN(SIOCGIFCOUNT),
	NAMED(SIOCGIFDSTADDR),
	NAMED(SIOCGIFFLAGS),
	NAMED(SIOCGIFHWADDR),
	NAMED(SIOCGIFINDEX),
	NAMED(SIOCGIFMAP),
	NAMED(SIOCGIFMETRIC),
	NAMED(SIOCGIFMTU),
	PLAIN(SIOCGIFNAME),
	NAMED(SIOCGIFNETMASK),
	NAMED(SIOCGIFPFLAGS),
	NAMED(SIOCGIFTXQLEN),
	PLAIN(SIOCGIFVLAN),
	NAMED(SIOCGMIIPHY),
	NAMED(SIOCGMIIREG),
	PLAIN(SIOCGRARP),
	PLAIN(SIOCGSTAMPNS_OLD),
	PLAIN(SIOCGSTAMP_OLD),
	PLAIN(SIOCOUTQ),
	PLAIN(SIOCOUTQNSD),
	PLAIN(SIOCSARP),
	NAMED(SIOCSHWTSTAMP),
	NAMED(SIOCSIFADDR),
	PLAIN(SIOCSIFBR),
	NAMED(SIOCSIFBRDADDR),
	NAMED(SIOCSIFDSTADDR),
	NAMED(SIOCSIFFLAGS),
	NAMED(SIOCSIFHWADDR),
	NAMED(SIOCSIFHWBROADCAST),
	NAMED(SIOCSIFMAP),
	NAMED(SIOCSIFMETRIC),
	NAMED(SIOCSIFMTU),
	PLAIN(SIOCSIFNAME),
	NAMED(SIOCSIFNETMASK),
	NAMED(SIOCSIFPFLAGS),
	NAMED(SIOCSIFTXQLEN),
	PLAIN(SIOCSIFVLAN),
	NAMED(SIOCSMIIREG),
	PLAIN(SIOCSRARP),
	PLAIN(SIOCWANDEV),
	/* of /dev/net/tun, which a path rule grants: its interfaces are narrowed here */
	NAMED(TUNSETIFF),
	{},
};
