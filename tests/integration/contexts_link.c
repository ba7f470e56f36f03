/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* contexts/link: what alice may do to the host's links by it, and what the kernel stops. */
#include <signal.h>

#include "tests/integration/common/shipped.h"
#include "tests/integration/common/trial.h"
#include "tests/integration/contexts.h"
#include "tests/tap.h"

#define ALIASES "/etc/modprobe.d/links.conf"

/* A host with a bridge that the manifest names, one that it does not, and a link of somebody else.
 */
void contexts_link_before(void)
{
	shipped_root("modprobe -a bridge veth dummy");
	/* What the kernel loads when it is asked for; the node as udev makes it. */
	shipped_root("modprobe -r vxlan tun; rm -rf /dev/net; mkdir -p /dev/net /etc/modprobe.d");
	shipped_root("mknod -m 666 /dev/net/tun c 10 200");
	shipped_root("echo 'alias rtnl-link-vxlan vxlan\nalias char-major-10-200 tun' >" ALIASES);
}

static void host(void)
{
	shipped_root("ip link add br-int type bridge && ip link add docker0 type bridge");
	shipped_root("ip link add other0 type dummy");
}

static void clear(void)
{
	shipped_root("for link in br-int docker0 other0; do ip link delete $link; done");
	shipped_root("rm " ALIASES);
}

static bool link_is(const char *name, const char *attribute, const char *value)
{
	cleanup_free char *command = NULL;

	if (asprintf(&command, "grep -q '^%s$' /sys/class/net/%s/%s", value, name, attribute) < 0)
		trial_bail("out of memory");
	return shipped_is(command);
}

static void taps(void)
{
	shipped_allowed("link create_tap name=tap0 owner=1000");
	tap(link_is("tap0", "owner", "1000"), "tap0 is there, stays, and is alice's");
	shipped_refused("link create_tap name=tap0", SHIPPED_FAILED, "create tap tap0");
	SHIPPED_DENIED("link create_tap name=eth7", "create_tap", "TUNSETIFF", "eth7",
		       "context.yaml:");
	tap(!shipped_is("test -e /sys/class/net/eth7"), "and it is not there");
}

static void pairs(void)
{
	shipped_allowed("link create_veth name=qvo0 peer=qvb0");
	tap(shipped_is("test -e /sys/class/net/qvb0"), "both ends are there");
	shipped_refused("link create_veth name=qvo0 peer=qvb1", SHIPPED_FAILED, "create link qvo0");
	SHIPPED_DENIED("link create_veth name=eth7 peer=qvb7", "create_veth", "route RTM_NEWLINK",
		       "eth7", "context.yaml:");
	SHIPPED_DENIED("link create_veth name=qvo7 peer=eth7", "route RTM_NEWLINK", "eth7");
	tap(!shipped_is("test -e /sys/class/net/qvo7"), "neither end is made");
}

static void tunnels(void)
{
	shipped_allowed("link create_vxlan name=vxlan-7 vni=7 local=127.0.0.1 remote=192.0.2.7");
	tap(shipped_is("test -e /sys/class/net/vxlan-7"), "the tunnel is there");
	SHIPPED_DENIED("link create_vxlan name=tap7 vni=8 local=127.0.0.1 remote=192.0.2.7",
		       "create_vxlan", "route RTM_NEWLINK", "tap7");
}

static void changes(void)
{
	shipped_allowed("link set_mtu link=tap0 mtu=1400");
	tap(link_is("tap0", "mtu", "1400"), "tap0 has the mtu");
	shipped_refused("link set_mtu link=nothing mtu=1400", SHIPPED_FAILED, "nothing");
	shipped_refused("link set_mtu link=tap0 mtu=65535", SHIPPED_FAILED,
			"set the mtu of tap0: mtu greater than device maximum");
	SHIPPED_DENIED("link set_mtu link=other0 mtu=1400", "set_mtu", "route RTM_SETLINK",
		       "other0", "context.yaml:");
	tap(link_is("other0", "mtu", "1500"), "other0 has the mtu that it had");

	shipped_allowed("link set_address link=tap0 mac=02:00:00:00:00:07");
	tap(link_is("tap0", "address", "02:00:00:00:00:07"), "tap0 has the address");
	SHIPPED_DENIED("link set_address link=vxlan-7 mac=02:00:00:00:00:08", "set_address",
		       "vxlan-7");

	shipped_allowed("link set_state link=qvo0 up=true");
	tap(shipped_is("ip link show qvo0 | grep -q '[<,]UP'"), "qvo0 is up");
	shipped_allowed("link set_state link=qvo0 up=false");
	tap(!shipped_is("ip link show qvo0 | grep -q '[<,]UP'"), "qvo0 is down");
	SHIPPED_DENIED("link set_state link=lo up=false", "set_state", "lo");
	tap(shipped_is("ip link show lo | grep -q '[<,]UP'"), "lo is up still");
}

static void bridges(void)
{
	shipped_allowed("link add_to_bridge bridge=br-int link=qvb0");
	tap(shipped_is("test -e /sys/class/net/br-int/brif/qvb0"), "qvb0 is in br-int");
	SHIPPED_DENIED("link add_to_bridge bridge=docker0 link=tap0", "add_to_bridge",
		       "route RTM_SETLINK", "docker0", "IFLA_MASTER", "context.yaml:");
	tap(!shipped_is("test -e /sys/class/net/docker0/brif/tap0"), "tap0 is not in docker0");
	shipped_refused("link add_to_bridge bridge=br-int link=other0", SHIPPED_BAD_ARGUMENT,
			"link");
	shipped_allowed("link remove_from_bridge link=qvb0");
	tap(!shipped_is("test -e /sys/class/net/br-int/brif/qvb0"), "qvb0 is out of br-int");
}

/* What narrows a grant lies in lists, which the next posternd finds in the kernel's maps. */
static pid_t restart(pid_t posternd)
{
	(void)trial_end(posternd, SIGKILL, NULL);
	posternd = trial_posternd(SHIPPED);
	shipped_allowed("link create_tap name=tap1 owner=1000");
	SHIPPED_DENIED("link create_tap name=eth8", "create_tap", "TUNSETIFF", "eth8");
	shipped_allowed("link set_mtu link=tap1 mtu=1400");
	SHIPPED_DENIED("link set_mtu link=other0 mtu=1400", "set_mtu", "other0");
	return posternd;
}

static void deletions(void)
{
	shipped_says("link list_links", "vxlan-7");
	SHIPPED_DENIED("link delete_link link=br-int", "delete_link", "route RTM_DELLINK", "br-int",
		       "context.yaml:");
	SHIPPED_DENIED("link delete_link link=other0", "other0");
	tap(shipped_is("test -e /sys/class/net/br-int && test -e /sys/class/net/other0"),
	    "both are there");
	shipped_allowed("link delete_link link=tap0");
	shipped_allowed("link delete_link link=tap1");
	shipped_allowed("link delete_link link=qvb0");
	shipped_allowed("link delete_link link=vxlan-7");
	tap(!shipped_is("ls /sys/class/net | grep -E 'tap|qv|vxlan'"), "none of alice's is left");
}

pid_t contexts_link(pid_t posternd)
{
	host();
	taps();
	pairs();
	tunnels();
	changes();
	bridges();
	posternd = restart(posternd);
	deletions();
	clear();
	return posternd;
}
